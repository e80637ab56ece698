DROP TABLE engine_beat
-- next
CREATE TABLE engine_beat (
	id VARCHAR(36) NOT NULL, 
	beat_ms BIGINT NOT NULL, 
	late_ms BIGINT NOT NULL, 
	part VARCHAR(8) DEFAULT 'all' NOT NULL, 
	since_ms BIGINT DEFAULT '0' NOT NULL, 
	host VARCHAR(80) DEFAULT '' NOT NULL, 
	pid INTEGER DEFAULT '0' NOT NULL, 
	dead_ms BIGINT, 
	CONSTRAINT engine_beat_pk PRIMARY KEY (id), 
	CONSTRAINT engine_beat_part_known_ck CHECK (part IN ('all', 'intake', 'console', 'engine'))
)
-- next
CREATE TABLE heard (
	device VARCHAR(16) NOT NULL, 
	epoch BIGINT NOT NULL, 
	number BIGINT NOT NULL, 
	heard_ms BIGINT NOT NULL, 
	lost_ms BIGINT, 
	CONSTRAINT heard_pk PRIMARY KEY (device), 
	CONSTRAINT heard_counts_grow_ck CHECK (epoch >= 0 AND number >= 0), 
	CONSTRAINT heard_device_fk FOREIGN KEY(device) REFERENCES device (id)
)
-- next
ALTER TABLE device ADD COLUMN profile VARCHAR(4) NOT NULL DEFAULT 'SP5' CONSTRAINT device_profile_known_ck CHECK (profile IN ('SP3', 'SP4', 'SP5', 'SP6', 'DP1', 'DP2', 'DP3', 'DP4'))
