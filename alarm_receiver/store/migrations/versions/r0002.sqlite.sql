ALTER TABLE ticket ADD COLUMN kind VARCHAR(24) NOT NULL DEFAULT 'security'
-- next
ALTER TABLE ticket ADD COLUMN silent BOOLEAN NOT NULL DEFAULT 0
-- next
ALTER TABLE ticket ADD COLUMN confirmed BOOLEAN NOT NULL DEFAULT 0
-- next
ALTER TABLE ticket ADD COLUMN transfers INTEGER NOT NULL DEFAULT '0'
-- next
ALTER TABLE site ADD COLUMN jurisdiction VARCHAR(16) NOT NULL DEFAULT 'generic'
-- next
ALTER TABLE site ADD COLUMN address VARCHAR(400) NOT NULL DEFAULT ''
-- next
ALTER TABLE site ADD COLUMN phone VARCHAR(40) NOT NULL DEFAULT ''
-- next
ALTER TABLE site ADD COLUMN language VARCHAR(8) NOT NULL DEFAULT 'en'
-- next
ALTER TABLE site ADD COLUMN police_reference VARCHAR(40) NOT NULL DEFAULT ''
-- next
ALTER TABLE site ADD COLUMN police_response VARCHAR(16) NOT NULL DEFAULT 'active'
-- next
ALTER TABLE site ADD COLUMN hazards VARCHAR(1000) NOT NULL DEFAULT ''
-- next
CREATE TABLE policy (
	agency VARCHAR(32) NOT NULL, 
	class VARCHAR(16) NOT NULL, 
	body JSON NOT NULL, 
	version INTEGER NOT NULL, 
	CONSTRAINT policy_pk PRIMARY KEY (agency, class), 
	CONSTRAINT policy_class_known_ck CHECK (class IN ('emergency', 'technical', 'test')), 
	CONSTRAINT policy_version_counts_ck CHECK (version >= 1), 
	CONSTRAINT policy_agency_fk FOREIGN KEY(agency) REFERENCES agency (id)
)
-- next
CREATE TABLE address (
	operator VARCHAR(36) NOT NULL, 
	channel VARCHAR(16) NOT NULL, 
	value VARCHAR(200) NOT NULL, 
	CONSTRAINT address_pk PRIMARY KEY (operator, channel), 
	CONSTRAINT address_channel_known_ck CHECK (channel IN ('mail', 'sms')), 
	CONSTRAINT address_value_given_ck CHECK (length(value) > 0), 
	CONSTRAINT address_operator_fk FOREIGN KEY(operator) REFERENCES operator (id)
)
-- next
CREATE TABLE endpoint (
	id VARCHAR(36) NOT NULL, 
	agency VARCHAR(32) NOT NULL, 
	name VARCHAR(60) NOT NULL, 
	url VARCHAR(1000) NOT NULL, 
	secret BLOB NOT NULL, 
	made_ms BIGINT NOT NULL, 
	disabled_ms BIGINT, 
	CONSTRAINT endpoint_pk PRIMARY KEY (id), 
	CONSTRAINT endpoint_agency_name_uq UNIQUE (agency, name), 
	CONSTRAINT endpoint_agency_fk FOREIGN KEY(agency) REFERENCES agency (id)
)
-- next
CREATE TABLE page (
	id VARCHAR(36) NOT NULL, 
	agency VARCHAR(32) NOT NULL, 
	ticket VARCHAR(36) NOT NULL, 
	round INTEGER NOT NULL, 
	target VARCHAR(80) NOT NULL, 
	channel VARCHAR(16) NOT NULL, 
	address VARCHAR(1000) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	made_ms BIGINT NOT NULL, 
	due_ms BIGINT, 
	attempts INTEGER NOT NULL, 
	lease_owner VARCHAR(36), 
	lease_until_ms BIGINT, 
	detail VARCHAR(400) DEFAULT '' NOT NULL, 
	CONSTRAINT page_pk PRIMARY KEY (id), 
	CONSTRAINT page_ticket_round_target_channel_uq UNIQUE (ticket, round, target, channel), 
	CONSTRAINT page_state_known_ck CHECK (state IN ('queued', 'sending', 'sent', 'accepted', 'delivered', 'acknowledged', 'failed')), 
	CONSTRAINT page_channel_known_ck CHECK (channel IN ('webhook', 'mail', 'sms')), 
	CONSTRAINT page_sending_has_lease_ck CHECK ((state = 'sending') = (lease_until_ms IS NOT NULL)), 
	CONSTRAINT page_lease_has_owner_ck CHECK ((lease_owner IS NULL) = (lease_until_ms IS NULL)), 
	CONSTRAINT page_open_has_due_ck CHECK ((state IN ('queued', 'sending')) = (due_ms IS NOT NULL)), 
	CONSTRAINT page_counts_grow_ck CHECK (attempts >= 0 AND round >= 0), 
	CONSTRAINT page_agency_fk FOREIGN KEY(agency) REFERENCES agency (id), 
	CONSTRAINT page_ticket_fk FOREIGN KEY(ticket) REFERENCES ticket (id)
)
-- next
CREATE INDEX page_due_ix ON page (due_ms) WHERE due_ms IS NOT NULL
-- next
CREATE TABLE keyholder (
	id VARCHAR(36) NOT NULL, 
	site VARCHAR(36) NOT NULL, 
	rank INTEGER NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	phone VARCHAR(40) NOT NULL, 
	language VARCHAR(8) NOT NULL, 
	hours VARCHAR(200) NOT NULL, 
	password VARCHAR(200), 
	duress VARCHAR(200), 
	CONSTRAINT keyholder_pk PRIMARY KEY (id), 
	CONSTRAINT keyholder_site_rank_uq UNIQUE (site, rank), 
	CONSTRAINT keyholder_rank_counts_ck CHECK (rank >= 1), 
	CONSTRAINT keyholder_reachable_ck CHECK (length(name) > 0 AND length(phone) > 0), 
	CONSTRAINT keyholder_site_fk FOREIGN KEY(site) REFERENCES site (id)
)
-- next
CREATE TABLE on_test (
	id VARCHAR(36) NOT NULL, 
	site VARCHAR(36) NOT NULL, 
	zones JSON NOT NULL, 
	who VARCHAR(80) NOT NULL, 
	reason VARCHAR(400) NOT NULL, 
	from_ms BIGINT NOT NULL, 
	until_ms BIGINT NOT NULL, 
	CONSTRAINT on_test_pk PRIMARY KEY (id), 
	CONSTRAINT on_test_ends_ck CHECK (until_ms > from_ms), 
	CONSTRAINT on_test_ends_in_time_ck CHECK (until_ms - from_ms <= 14400000), 
	CONSTRAINT on_test_site_fk FOREIGN KEY(site) REFERENCES site (id)
)
-- next
CREATE INDEX on_test_until_ix ON on_test (until_ms)
-- next
CREATE TABLE engine_beat (
	id VARCHAR(36) NOT NULL, 
	beat_ms BIGINT NOT NULL, 
	late_ms BIGINT NOT NULL, 
	CONSTRAINT engine_beat_pk PRIMARY KEY (id)
)
-- next
CREATE TABLE audit (
	seq INTEGER NOT NULL, 
	source VARCHAR(8) NOT NULL, 
	"row" BIGINT NOT NULL, 
	digest BLOB NOT NULL, 
	hash BLOB NOT NULL, 
	CONSTRAINT audit_pk PRIMARY KEY (seq), 
	CONSTRAINT audit_source_row_uq UNIQUE (source, "row"), 
	CONSTRAINT audit_source_known_ck CHECK (source IN ('entry', 'signal', 'deed')), 
	CONSTRAINT audit_hashes_are_whole_ck CHECK (length(digest) = 32 AND length(hash) = 32), 
	CONSTRAINT audit_hash_uq UNIQUE (hash)
)
-- next
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit only grows'); END
-- next
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit only grows'); END
-- next
CREATE TABLE deed (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	agency VARCHAR(32) NOT NULL, 
	at_ms BIGINT NOT NULL, 
	actor VARCHAR(80) NOT NULL, 
	what VARCHAR(40) NOT NULL, 
	subject VARCHAR(80) NOT NULL, 
	detail JSON NOT NULL, 
	CONSTRAINT deed_agency_fk FOREIGN KEY(agency) REFERENCES agency (id)
)
-- next
CREATE TRIGGER deed_no_update BEFORE UPDATE ON deed BEGIN SELECT RAISE(ABORT, 'deed only grows'); END
-- next
CREATE TRIGGER deed_no_delete BEFORE DELETE ON deed BEGIN SELECT RAISE(ABORT, 'deed only grows'); END
