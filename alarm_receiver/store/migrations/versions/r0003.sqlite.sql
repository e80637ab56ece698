CREATE TABLE floor_plan (
	site VARCHAR(36) NOT NULL, 
	floor INTEGER NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	media VARCHAR(16) NOT NULL, 
	picture BLOB NOT NULL, 
	width INTEGER NOT NULL, 
	height INTEGER NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	made_ms BIGINT NOT NULL, 
	CONSTRAINT floor_plan_pk PRIMARY KEY (site, floor), 
	CONSTRAINT floor_plan_media_known_ck CHECK (media IN ('image/svg+xml', 'image/png')), 
	CONSTRAINT floor_plan_floor_known_ck CHECK (floor BETWEEN -50 AND 200), 
	CONSTRAINT floor_plan_picture_bounded_ck CHECK (length(picture) BETWEEN 1 AND 4194304), 
	CONSTRAINT floor_plan_picture_has_size_ck CHECK (width >= 1 AND height >= 1), 
	CONSTRAINT floor_plan_digest_is_whole_ck CHECK (length(digest) = 64), 
	CONSTRAINT floor_plan_site_fk FOREIGN KEY(site) REFERENCES site (id)
)
-- next
CREATE TABLE place (
	device VARCHAR(16) NOT NULL, 
	site VARCHAR(36) NOT NULL, 
	floor INTEGER NOT NULL, 
	x INTEGER NOT NULL, 
	y INTEGER NOT NULL, 
	CONSTRAINT place_pk PRIMARY KEY (device), 
	CONSTRAINT place_site_floor_fk FOREIGN KEY(site, floor) REFERENCES floor_plan (site, floor), 
	CONSTRAINT place_on_the_picture_ck CHECK (x BETWEEN 0 AND 10000 AND y BETWEEN 0 AND 10000), 
	CONSTRAINT place_device_fk FOREIGN KEY(device) REFERENCES device (id)
)
