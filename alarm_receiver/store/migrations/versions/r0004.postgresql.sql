CREATE TABLE sealing (
	id VARCHAR(16) NOT NULL, 
	made_ms BIGINT NOT NULL, 
	CONSTRAINT sealing_pk PRIMARY KEY (id)
)
-- next
CREATE TABLE device_key (
	device VARCHAR(16) NOT NULL, 
	generation INTEGER NOT NULL, 
	sealed BYTEA NOT NULL, 
	made_ms BIGINT NOT NULL, 
	retired_ms BIGINT, 
	CONSTRAINT device_key_pk PRIMARY KEY (device, generation), 
	CONSTRAINT device_key_key_is_sealed_ck CHECK (length(sealed) = 68), 
	CONSTRAINT device_key_device_fk FOREIGN KEY(device) REFERENCES device (id)
)
-- next
CREATE UNIQUE INDEX device_key_one_active_ix ON device_key (device) WHERE retired_ms IS NULL
