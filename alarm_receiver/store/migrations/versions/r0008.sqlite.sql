CREATE TABLE customer (
	id VARCHAR(36) NOT NULL, 
	agency VARCHAR(32) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	person VARCHAR(200) NOT NULL, 
	phone VARCHAR(40) NOT NULL, 
	mail VARCHAR(200) NOT NULL, 
	note VARCHAR(1000) NOT NULL, 
	CONSTRAINT customer_pk PRIMARY KEY (id), 
	CONSTRAINT customer_agency_name_uq UNIQUE (agency, name), 
	CONSTRAINT customer_named_ck CHECK (length(name) > 0), 
	CONSTRAINT customer_agency_fk FOREIGN KEY(agency) REFERENCES agency (id)
)
-- next
CREATE TABLE authority (
	id VARCHAR(36) NOT NULL, 
	agency VARCHAR(32) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	phone VARCHAR(40) NOT NULL, 
	note VARCHAR(1000) NOT NULL, 
	CONSTRAINT authority_pk PRIMARY KEY (id), 
	CONSTRAINT authority_agency_name_uq UNIQUE (agency, name), 
	CONSTRAINT authority_kind_known_ck CHECK (kind IN ('police', 'guards', 'ambulance', 'fire', 'technician', 'other')), 
	CONSTRAINT authority_named_ck CHECK (length(name) > 0), 
	CONSTRAINT authority_agency_fk FOREIGN KEY(agency) REFERENCES agency (id)
)
-- next
CREATE TABLE site_authority (
	site VARCHAR(36) NOT NULL, 
	authority VARCHAR(36) NOT NULL, 
	rank INTEGER NOT NULL, 
	reference VARCHAR(40) NOT NULL, 
	response VARCHAR(16) NOT NULL, 
	CONSTRAINT site_authority_pk PRIMARY KEY (site, authority), 
	CONSTRAINT site_authority_response_known_ck CHECK (response IN ('active', 'withdrawn')), 
	CONSTRAINT site_authority_rank_counts_ck CHECK (rank BETWEEN 1 AND 99), 
	CONSTRAINT site_authority_site_fk FOREIGN KEY(site) REFERENCES site (id), 
	CONSTRAINT site_authority_authority_fk FOREIGN KEY(authority) REFERENCES authority (id)
)
-- next
ALTER TABLE site ADD COLUMN customer VARCHAR(36) CONSTRAINT site_customer_fk REFERENCES customer (id)
