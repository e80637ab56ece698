CREATE TABLE unit (
	agency VARCHAR(32) NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	phone VARCHAR(40) NOT NULL, 
	latitude_e6 INTEGER, 
	longitude_e6 INTEGER, 
	made_ms BIGINT NOT NULL, 
	disabled_ms BIGINT, 
	CONSTRAINT unit_pk PRIMARY KEY (agency, name), 
	CONSTRAINT unit_kind_known_ck CHECK (kind IN ('guard', 'police', 'ambulance', 'fire', 'technician')), 
	CONSTRAINT unit_named_ck CHECK (length(name) > 0), 
	CONSTRAINT unit_position_whole_ck CHECK ((latitude_e6 IS NULL) = (longitude_e6 IS NULL)), 
	CONSTRAINT unit_on_earth_ck CHECK (latitude_e6 BETWEEN -90000000 AND 90000000 AND longitude_e6 BETWEEN -180000000 AND 180000000), 
	CONSTRAINT unit_agency_fk FOREIGN KEY(agency) REFERENCES agency (id)
)
-- next
CREATE TABLE spot (
	site VARCHAR(36) NOT NULL, 
	latitude_e6 INTEGER NOT NULL, 
	longitude_e6 INTEGER NOT NULL, 
	CONSTRAINT spot_pk PRIMARY KEY (site), 
	CONSTRAINT spot_on_earth_ck CHECK (latitude_e6 BETWEEN -90000000 AND 90000000 AND longitude_e6 BETWEEN -180000000 AND 180000000), 
	CONSTRAINT spot_site_fk FOREIGN KEY(site) REFERENCES site (id)
)
-- next
CREATE TABLE way_in (
	site VARCHAR(36) NOT NULL, 
	floor INTEGER NOT NULL, 
	x INTEGER NOT NULL, 
	y INTEGER NOT NULL, 
	CONSTRAINT way_in_pk PRIMARY KEY (site, floor), 
	CONSTRAINT way_in_site_floor_fk FOREIGN KEY(site, floor) REFERENCES floor_plan (site, floor), 
	CONSTRAINT way_in_on_the_picture_ck CHECK (x BETWEEN 0 AND 10000 AND y BETWEEN 0 AND 10000)
)
