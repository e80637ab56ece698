CREATE TABLE agency (
	id VARCHAR(32) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	next_number BIGINT DEFAULT '1' NOT NULL, 
	CONSTRAINT agency_pk PRIMARY KEY (id), 
	CONSTRAINT agency_numbers_grow_ck CHECK (next_number >= 1)
)
-- next
CREATE TABLE refused (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	at_ms BIGINT NOT NULL, 
	reason VARCHAR(32) NOT NULL, 
	detail VARCHAR(200) NOT NULL, 
	device VARCHAR(16), 
	frame BLOB NOT NULL, 
	CONSTRAINT refused_frame_bounded_ck CHECK (length(frame) <= 128)
)
-- next
CREATE TABLE setup (
	hash VARCHAR(64) NOT NULL, 
	made_ms BIGINT NOT NULL, 
	used_ms BIGINT, 
	CONSTRAINT setup_pk PRIMARY KEY (hash)
)
-- next
CREATE TABLE site (
	id VARCHAR(36) NOT NULL, 
	agency VARCHAR(32) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	account VARCHAR(16) NOT NULL, 
	made_ms BIGINT NOT NULL, 
	CONSTRAINT site_pk PRIMARY KEY (id), 
	CONSTRAINT site_agency_account_uq UNIQUE (agency, account), 
	CONSTRAINT site_named_ck CHECK (length(name) > 0 AND length(account) > 0), 
	CONSTRAINT site_agency_fk FOREIGN KEY(agency) REFERENCES agency (id)
)
-- next
CREATE TABLE operator (
	id VARCHAR(36) NOT NULL, 
	agency VARCHAR(32) NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	password VARCHAR(200) NOT NULL, 
	role VARCHAR(16) NOT NULL, 
	made_ms BIGINT NOT NULL, 
	disabled_ms BIGINT, 
	CONSTRAINT operator_pk PRIMARY KEY (id), 
	CONSTRAINT operator_role_known_ck CHECK (role IN ('operator', 'supervisor', 'installer', 'agency', 'auditor', 'admin')), 
	CONSTRAINT operator_agency_fk FOREIGN KEY(agency) REFERENCES agency (id), 
	CONSTRAINT operator_name_uq UNIQUE (name)
)
-- next
CREATE TABLE zone (
	site VARCHAR(36) NOT NULL, 
	number INTEGER NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	CONSTRAINT zone_pk PRIMARY KEY (site, number), 
	CONSTRAINT zone_number_fits_the_wire_ck CHECK (number BETWEEN 0 AND 65535), 
	CONSTRAINT zone_site_fk FOREIGN KEY(site) REFERENCES site (id)
)
-- next
CREATE TABLE device (
	id VARCHAR(16) NOT NULL, 
	site VARCHAR(36) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	zone INTEGER NOT NULL, 
	made_ms BIGINT NOT NULL, 
	revoked_ms BIGINT, 
	CONSTRAINT device_pk PRIMARY KEY (id), 
	CONSTRAINT device_kind_known_ck CHECK (kind IN ('keypad', 'gateway')), 
	CONSTRAINT device_id_is_eight_bytes_ck CHECK (length(id) = 16), 
	CONSTRAINT device_site_fk FOREIGN KEY(site) REFERENCES site (id)
)
-- next
CREATE INDEX device_site_ix ON device (site)
-- next
CREATE TABLE ticket (
	id VARCHAR(36) NOT NULL, 
	agency VARCHAR(32) NOT NULL, 
	number BIGINT NOT NULL, 
	site VARCHAR(36) NOT NULL, 
	class VARCHAR(16) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	version INTEGER NOT NULL, 
	round INTEGER NOT NULL, 
	opened_ms BIGINT NOT NULL, 
	due_ms BIGINT, 
	closed_ms BIGINT, 
	holder VARCHAR(80), 
	outcome VARCHAR(32), 
	CONSTRAINT ticket_pk PRIMARY KEY (id), 
	CONSTRAINT ticket_agency_number_uq UNIQUE (agency, number), 
	CONSTRAINT ticket_state_known_ck CHECK (state IN ('open', 'acknowledged', 'dispatched', 'closed')), 
	CONSTRAINT ticket_class_known_ck CHECK (class IN ('emergency', 'technical', 'test')), 
	CONSTRAINT ticket_counts_grow_ck CHECK (version >= 1 AND round >= 0), 
	CONSTRAINT ticket_live_has_deadline_ck CHECK ((state = 'closed') = (due_ms IS NULL)), 
	CONSTRAINT ticket_closed_has_moment_ck CHECK ((state = 'closed') = (closed_ms IS NOT NULL)), 
	CONSTRAINT ticket_closed_has_outcome_ck CHECK ((state = 'closed') = (outcome IS NOT NULL)), 
	CONSTRAINT ticket_taken_has_holder_ck CHECK (state NOT IN ('acknowledged', 'dispatched') OR holder IS NOT NULL), 
	CONSTRAINT ticket_agency_fk FOREIGN KEY(agency) REFERENCES agency (id), 
	CONSTRAINT ticket_site_fk FOREIGN KEY(site) REFERENCES site (id)
)
-- next
CREATE UNIQUE INDEX ticket_one_live_ix ON ticket (site, class) WHERE state <> 'closed'
-- next
CREATE INDEX ticket_opened_ix ON ticket (agency, opened_ms)
-- next
CREATE INDEX ticket_due_ix ON ticket (due_ms) WHERE due_ms IS NOT NULL
-- next
CREATE TABLE access (
	hash VARCHAR(64) NOT NULL, 
	operator VARCHAR(36) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	made_ms BIGINT NOT NULL, 
	expires_ms BIGINT NOT NULL, 
	revoked_ms BIGINT, 
	CONSTRAINT access_pk PRIMARY KEY (hash), 
	CONSTRAINT access_kind_known_ck CHECK (kind IN ('session', 'token')), 
	CONSTRAINT access_operator_fk FOREIGN KEY(operator) REFERENCES operator (id)
)
-- next
CREATE INDEX access_operator_ix ON access (operator)
-- next
CREATE TABLE device_key (
	device VARCHAR(16) NOT NULL, 
	generation INTEGER NOT NULL, 
	secret BLOB NOT NULL, 
	made_ms BIGINT NOT NULL, 
	retired_ms BIGINT, 
	CONSTRAINT device_key_pk PRIMARY KEY (device, generation), 
	CONSTRAINT device_key_secret_is_whole_ck CHECK (length(secret) = 32), 
	CONSTRAINT device_key_device_fk FOREIGN KEY(device) REFERENCES device (id)
)
-- next
CREATE UNIQUE INDEX device_key_one_active_ix ON device_key (device) WHERE retired_ms IS NULL
-- next
CREATE TABLE entry (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	ticket VARCHAR(36) NOT NULL, 
	version INTEGER NOT NULL, 
	at_ms BIGINT NOT NULL, 
	actor VARCHAR(80) NOT NULL, 
	act VARCHAR(16) NOT NULL, 
	due_ms BIGINT, 
	detail JSON NOT NULL, 
	CONSTRAINT entry_ticket_version_uq UNIQUE (ticket, version), 
	CONSTRAINT entry_version_counts_ck CHECK (version >= 1), 
	CONSTRAINT entry_begins_with_open_ck CHECK ((version = 1) = (act = 'open')), 
	CONSTRAINT entry_live_has_deadline_ck CHECK ((act = 'close') = (due_ms IS NULL)), 
	CONSTRAINT entry_ticket_fk FOREIGN KEY(ticket) REFERENCES ticket (id)
)
-- next
CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'entry only grows'); END
-- next
CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'entry only grows'); END
-- next
CREATE TABLE signal (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	device VARCHAR(16) NOT NULL, 
	epoch BIGINT NOT NULL, 
	number BIGINT NOT NULL, 
	site VARCHAR(36) NOT NULL, 
	kind INTEGER NOT NULL, 
	flags INTEGER NOT NULL, 
	zone INTEGER NOT NULL, 
	frame BLOB NOT NULL, 
	received_ms BIGINT NOT NULL, 
	age_ms BIGINT NOT NULL, 
	age_exact BOOLEAN NOT NULL, 
	late BOOLEAN NOT NULL, 
	ticket VARCHAR(36), 
	arrivals INTEGER NOT NULL, 
	CONSTRAINT signal_device_epoch_number_uq UNIQUE (device, epoch, number), 
	CONSTRAINT signal_kind_fits_the_wire_ck CHECK (kind BETWEEN 1 AND 255), 
	CONSTRAINT signal_alarm_has_ticket_ck CHECK (kind >= 96 OR ticket IS NOT NULL), 
	CONSTRAINT signal_arrived_ck CHECK (arrivals >= 1), 
	CONSTRAINT signal_frame_bounded_ck CHECK (length(frame) <= 128), 
	CONSTRAINT signal_device_fk FOREIGN KEY(device) REFERENCES device (id), 
	CONSTRAINT signal_site_fk FOREIGN KEY(site) REFERENCES site (id), 
	CONSTRAINT signal_ticket_fk FOREIGN KEY(ticket) REFERENCES ticket (id)
)
-- next
CREATE INDEX signal_ticket_ix ON signal (ticket)
-- next
CREATE TRIGGER signal_no_update BEFORE UPDATE OF "seq", "device", "epoch", "number", "site", "kind", "flags", "zone", "frame", "received_ms", "age_ms", "age_exact", "late", "ticket" ON signal BEGIN SELECT RAISE(ABORT, 'signal only grows'); END
-- next
CREATE TRIGGER signal_no_delete BEFORE DELETE ON signal BEGIN SELECT RAISE(ABORT, 'signal only grows'); END
-- next
CREATE TABLE receipt (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	device VARCHAR(16) NOT NULL, 
	epoch BIGINT NOT NULL, 
	number BIGINT NOT NULL, 
	site VARCHAR(36) NOT NULL, 
	ticket VARCHAR(36) NOT NULL, 
	made_ms BIGINT NOT NULL, 
	CONSTRAINT receipt_device_epoch_number_uq UNIQUE (device, epoch, number), 
	CONSTRAINT receipt_site_fk FOREIGN KEY(site) REFERENCES site (id), 
	CONSTRAINT receipt_ticket_fk FOREIGN KEY(ticket) REFERENCES ticket (id)
)
-- next
CREATE INDEX receipt_site_seq_ix ON receipt (site, seq)
-- next
CREATE TRIGGER receipt_no_update BEFORE UPDATE ON receipt BEGIN SELECT RAISE(ABORT, 'receipt only grows'); END
-- next
CREATE TRIGGER receipt_no_delete BEFORE DELETE ON receipt BEGIN SELECT RAISE(ABORT, 'receipt only grows'); END
