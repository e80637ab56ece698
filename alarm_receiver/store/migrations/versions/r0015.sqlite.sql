CREATE TABLE image (
	agency VARCHAR(32) NOT NULL, 
	version BIGINT NOT NULL, 
	boards VARCHAR(400) NOT NULL, 
	mpy INTEGER NOT NULL, 
	size INTEGER NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	content BLOB NOT NULL, 
	made_by VARCHAR(80) NOT NULL, 
	made_ms BIGINT NOT NULL, 
	CONSTRAINT image_pk PRIMARY KEY (agency, version), 
	CONSTRAINT image_size_bounded_ck CHECK (size BETWEEN 1 AND 385024), 
	CONSTRAINT image_whole_ck CHECK (length(content) = size), 
	CONSTRAINT image_digest_is_whole_ck CHECK (length(digest) = 64), 
	CONSTRAINT image_version_fits_the_wire_ck CHECK (version BETWEEN 1 AND 2147483647), 
	CONSTRAINT image_agency_fk FOREIGN KEY(agency) REFERENCES agency (id)
)
-- next
CREATE TABLE device_board (
	device VARCHAR(16) NOT NULL, 
	board VARCHAR(32) NOT NULL, 
	CONSTRAINT device_board_pk PRIMARY KEY (device), 
	CONSTRAINT device_board_named_ck CHECK (length(board) > 0), 
	CONSTRAINT device_board_device_fk FOREIGN KEY(device) REFERENCES device (id)
)
