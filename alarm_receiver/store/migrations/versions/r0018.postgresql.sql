CREATE TABLE certificate (
	device VARCHAR(16) NOT NULL, 
	part VARCHAR(16) NOT NULL, 
	ends_ms BIGINT NOT NULL, 
	epoch BIGINT NOT NULL, 
	number BIGINT NOT NULL, 
	told_ms BIGINT, 
	CONSTRAINT certificate_pk PRIMARY KEY (device), 
	CONSTRAINT certificate_part_known_ck CHECK (part IN ('own', 'authority', 'receiver', 'other')), 
	CONSTRAINT certificate_device_fk FOREIGN KEY(device) REFERENCES device (id)
)
-- next
CREATE TABLE endpoint_certificate (
	endpoint VARCHAR(36) NOT NULL, 
	ends_ms BIGINT NOT NULL, 
	CONSTRAINT endpoint_certificate_pk PRIMARY KEY (endpoint), 
	CONSTRAINT endpoint_certificate_endpoint_fk FOREIGN KEY(endpoint) REFERENCES endpoint (id)
)
-- next
CREATE INDEX signal_certificate_ix ON signal (device, epoch, number) WHERE kind = 112
