ALTER TABLE page RENAME TO page_before
-- next
CREATE TABLE page (
	id VARCHAR(36) NOT NULL, 
	agency VARCHAR(32) NOT NULL, 
	ticket VARCHAR(36) NOT NULL, 
	round INTEGER NOT NULL, 
	began INTEGER NOT NULL, 
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
	CONSTRAINT page_ticket_began_target_channel_uq UNIQUE (ticket, began, target, channel), 
	CONSTRAINT page_state_known_ck CHECK (state IN ('queued', 'sending', 'sent', 'accepted', 'delivered', 'acknowledged', 'failed', 'superseded')), 
	CONSTRAINT page_channel_known_ck CHECK (channel IN ('webhook', 'mail', 'sms')), 
	CONSTRAINT page_sending_has_lease_ck CHECK ((state = 'sending') = (lease_until_ms IS NOT NULL)), 
	CONSTRAINT page_lease_has_owner_ck CHECK ((lease_owner IS NULL) = (lease_until_ms IS NULL)), 
	CONSTRAINT page_open_has_due_ck CHECK ((state IN ('queued', 'sending')) = (due_ms IS NOT NULL)), 
	CONSTRAINT page_counts_grow_ck CHECK (attempts >= 0 AND round >= 0 AND began >= 1), 
	CONSTRAINT page_agency_fk FOREIGN KEY(agency) REFERENCES agency (id), 
	CONSTRAINT page_ticket_fk FOREIGN KEY(ticket) REFERENCES ticket (id)
)
-- next
INSERT INTO page (id, agency, ticket, round, target, channel, address, state, made_ms, due_ms, attempts, lease_owner, lease_until_ms, detail, began) SELECT id, agency, ticket, round, target, channel, address, state, made_ms, due_ms, attempts, lease_owner, lease_until_ms, detail, round + 1 FROM page_before
-- next
DROP TABLE page_before
-- next
CREATE INDEX page_due_ix ON page (due_ms) WHERE due_ms IS NOT NULL
