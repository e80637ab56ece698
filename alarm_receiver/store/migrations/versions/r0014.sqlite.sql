CREATE TABLE endpoint (
	id VARCHAR(36) NOT NULL, 
	agency VARCHAR(32) NOT NULL, 
	name VARCHAR(60) NOT NULL, 
	url VARCHAR(1000) NOT NULL, 
	sealed BLOB NOT NULL, 
	older BLOB, 
	older_until_ms BIGINT, 
	made_ms BIGINT NOT NULL, 
	disabled_ms BIGINT, 
	CONSTRAINT endpoint_pk PRIMARY KEY (id), 
	CONSTRAINT endpoint_agency_name_uq UNIQUE (agency, name), 
	CONSTRAINT endpoint_secret_is_sealed_ck CHECK (length(sealed) = 68), 
	CONSTRAINT endpoint_older_is_sealed_ck CHECK (older IS NULL OR length(older) = 68), 
	CONSTRAINT endpoint_older_ends_ck CHECK ((older IS NULL) = (older_until_ms IS NULL)), 
	CONSTRAINT endpoint_agency_fk FOREIGN KEY(agency) REFERENCES agency (id)
)
