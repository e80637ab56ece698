CREATE TABLE proposal_kept AS SELECT * FROM proposal
-- next
DROP TABLE proposal
-- next
CREATE TABLE proposal (
	id VARCHAR(36) NOT NULL, 
	agency VARCHAR(32) NOT NULL, 
	what VARCHAR(16) NOT NULL, 
	site VARCHAR(36), 
	subject VARCHAR(36) DEFAULT '' NOT NULL, 
	reason VARCHAR(400) NOT NULL, 
	asked_by VARCHAR(36) NOT NULL, 
	asked_ms BIGINT NOT NULL, 
	expires_ms BIGINT NOT NULL, 
	decided_by VARCHAR(36), 
	decision VARCHAR(8), 
	done_ms BIGINT, 
	CONSTRAINT proposal_pk PRIMARY KEY (id), 
	CONSTRAINT proposal_what_known_ck CHECK (what IN ('delete_site', 'export_keys', 'lift_hold', 'drop_endpoint')), 
	CONSTRAINT proposal_about_a_site_or_not_ck CHECK ((what IN ('delete_site', 'export_keys')) = (site IS NOT NULL)), 
	CONSTRAINT proposal_four_eyes_ck CHECK (decided_by IS NULL OR decided_by <> asked_by), 
	CONSTRAINT proposal_decided_by_somebody_ck CHECK ((decided_by IS NULL) = (decision IS NULL)), 
	CONSTRAINT proposal_decision_known_ck CHECK (decision IS NULL OR decision IN ('approved', 'refused')), 
	CONSTRAINT proposal_done_was_approved_ck CHECK (done_ms IS NULL OR (decision IS NOT NULL AND decision = 'approved')), 
	CONSTRAINT proposal_agency_fk FOREIGN KEY(agency) REFERENCES agency (id), 
	CONSTRAINT proposal_site_fk FOREIGN KEY(site) REFERENCES site (id), 
	CONSTRAINT proposal_asked_by_fk FOREIGN KEY(asked_by) REFERENCES operator (id), 
	CONSTRAINT proposal_decided_by_fk FOREIGN KEY(decided_by) REFERENCES operator (id)
)
-- next
CREATE INDEX proposal_agency_ix ON proposal (agency)
-- next
INSERT INTO proposal (id, agency, what, site, reason, asked_by, asked_ms, expires_ms, decided_by, decision, done_ms) SELECT id, agency, what, site, reason, asked_by, asked_ms, expires_ms, decided_by, decision, done_ms FROM proposal_kept
-- next
DROP TABLE proposal_kept
-- next
CREATE TABLE hold (
	id VARCHAR(36) NOT NULL, 
	agency VARCHAR(32) NOT NULL, 
	kind VARCHAR(8) NOT NULL, 
	subject VARCHAR(36) NOT NULL, 
	reason VARCHAR(400) NOT NULL, 
	set_by VARCHAR(36) NOT NULL, 
	set_ms BIGINT NOT NULL, 
	until_ms BIGINT, 
	lifted_ms BIGINT, 
	lifted_under VARCHAR(36), 
	CONSTRAINT hold_pk PRIMARY KEY (id), 
	CONSTRAINT hold_kind_known_ck CHECK (kind IN ('ticket', 'site', 'customer')), 
	CONSTRAINT hold_reason_given_ck CHECK (length(reason) > 0), 
	CONSTRAINT hold_ends_later_ck CHECK (until_ms IS NULL OR until_ms > set_ms), 
	CONSTRAINT hold_lifted_under_proposal_ck CHECK ((lifted_ms IS NULL) = (lifted_under IS NULL)), 
	CONSTRAINT hold_agency_fk FOREIGN KEY(agency) REFERENCES agency (id), 
	CONSTRAINT hold_set_by_fk FOREIGN KEY(set_by) REFERENCES operator (id), 
	CONSTRAINT hold_lifted_under_fk FOREIGN KEY(lifted_under) REFERENCES proposal (id)
)
-- next
CREATE INDEX hold_running_ix ON hold (subject) WHERE lifted_ms IS NULL
-- next
CREATE TABLE erasure (
	deed INTEGER NOT NULL, 
	agency VARCHAR(32) NOT NULL, 
	at_ms BIGINT NOT NULL, 
	done_ms BIGINT, 
	CONSTRAINT erasure_pk PRIMARY KEY (deed), 
	CONSTRAINT erasure_done_later_ck CHECK (done_ms IS NULL OR done_ms >= at_ms), 
	CONSTRAINT erasure_deed_fk FOREIGN KEY(deed) REFERENCES deed (seq), 
	CONSTRAINT erasure_agency_fk FOREIGN KEY(agency) REFERENCES agency (id)
)
-- next
CREATE UNIQUE INDEX erasure_one_at_once_ix ON erasure (agency) WHERE done_ms IS NULL
-- next
CREATE TABLE erased (
	deed INTEGER NOT NULL, 
	source VARCHAR(8) NOT NULL, 
	first_row BIGINT NOT NULL, 
	last_row BIGINT NOT NULL, 
	before_ms BIGINT NOT NULL, 
	CONSTRAINT erased_pk PRIMARY KEY (deed, source, first_row), 
	CONSTRAINT erased_source_known_ck CHECK (source IN ('entry', 'signal', 'deed', 'receipt')), 
	CONSTRAINT erased_range_whole_ck CHECK (last_row >= first_row), 
	CONSTRAINT erased_deed_fk FOREIGN KEY(deed) REFERENCES erasure (deed)
)
-- next
CREATE TRIGGER hold_no_update BEFORE UPDATE OF "id", "agency", "kind", "subject", "reason", "set_by", "set_ms", "until_ms" ON hold BEGIN SELECT RAISE(ABORT, 'hold only grows'); END
-- next
CREATE TRIGGER hold_no_delete BEFORE DELETE ON hold BEGIN SELECT RAISE(ABORT, 'hold only grows'); END
-- next
CREATE TRIGGER hold_no_lift BEFORE UPDATE OF lifted_ms, lifted_under ON hold WHEN NOT (OLD.lifted_ms IS NULL AND EXISTS (SELECT 1 FROM proposal p WHERE p.id = NEW.lifted_under AND p.what = 'lift_hold' AND p.subject = OLD.id AND p.decision = 'approved' AND p.done_ms IS NOT NULL)) BEGIN SELECT RAISE(ABORT, 'two people lift a hold'); END
-- next
CREATE TRIGGER erasure_no_update BEFORE UPDATE OF "deed", "agency", "at_ms" ON erasure BEGIN SELECT RAISE(ABORT, 'erasure only grows'); END
-- next
CREATE TRIGGER erasure_no_delete BEFORE DELETE ON erasure BEGIN SELECT RAISE(ABORT, 'erasure only grows'); END
-- next
CREATE TRIGGER erased_no_update BEFORE UPDATE ON erased BEGIN SELECT RAISE(ABORT, 'erased only grows'); END
-- next
CREATE TRIGGER erased_no_delete BEFORE DELETE ON erased BEGIN SELECT RAISE(ABORT, 'erased only grows'); END
-- next
DROP TRIGGER entry_no_delete
-- next
CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry WHEN NOT (EXISTS (SELECT 1 FROM erasure e JOIN erased r ON r.deed = e.deed JOIN audit a ON a.source = 'deed' AND a.row = e.deed JOIN ticket t ON t.id = OLD.ticket JOIN site s ON s.id = t.site WHERE e.done_ms IS NULL AND r.source = 'entry' AND r.before_ms <= e.at_ms - 2592000000 AND OLD.seq BETWEEN r.first_row AND r.last_row AND t.agency = e.agency AND t.state = 'closed' AND t.closed_ms < r.before_ms AND NOT EXISTS (SELECT 1 FROM hold h WHERE h.lifted_ms IS NULL AND (h.until_ms IS NULL OR h.until_ms > e.at_ms) AND ((h.kind = 'ticket' AND h.subject = t.id) OR (h.kind = 'site' AND h.subject = s.id) OR (h.kind = 'customer' AND h.subject = s.customer)))) AND EXISTS (SELECT 1 FROM audit l WHERE l.source = 'entry' AND l.row = OLD.seq)) BEGIN SELECT RAISE(ABORT, 'entry only grows'); END
-- next
DROP TRIGGER receipt_no_delete
-- next
CREATE TRIGGER receipt_no_delete BEFORE DELETE ON receipt WHEN NOT (EXISTS (SELECT 1 FROM erasure e JOIN erased r ON r.deed = e.deed JOIN audit a ON a.source = 'deed' AND a.row = e.deed JOIN ticket t ON t.id = OLD.ticket JOIN site s ON s.id = t.site WHERE e.done_ms IS NULL AND r.source = 'receipt' AND r.before_ms <= e.at_ms - 2592000000 AND OLD.seq BETWEEN r.first_row AND r.last_row AND t.agency = e.agency AND t.state = 'closed' AND t.closed_ms < r.before_ms AND NOT EXISTS (SELECT 1 FROM hold h WHERE h.lifted_ms IS NULL AND (h.until_ms IS NULL OR h.until_ms > e.at_ms) AND ((h.kind = 'ticket' AND h.subject = t.id) OR (h.kind = 'site' AND h.subject = s.id) OR (h.kind = 'customer' AND h.subject = s.customer))))) BEGIN SELECT RAISE(ABORT, 'receipt only grows'); END
-- next
DROP TRIGGER signal_no_delete
-- next
CREATE TRIGGER signal_no_delete BEFORE DELETE ON signal WHEN NOT (EXISTS (SELECT 1 FROM erasure e JOIN erased r ON r.deed = e.deed JOIN audit a ON a.source = 'deed' AND a.row = e.deed JOIN site s ON s.id = OLD.site LEFT JOIN ticket t ON t.id = OLD.ticket WHERE e.done_ms IS NULL AND r.source = 'signal' AND r.before_ms <= e.at_ms - 2592000000 AND OLD.seq BETWEEN r.first_row AND r.last_row AND s.agency = e.agency AND OLD.kind <> 255 AND OLD.received_ms < r.before_ms AND (OLD.ticket IS NULL OR (t.state = 'closed' AND t.closed_ms < r.before_ms)) AND NOT EXISTS (SELECT 1 FROM hold h WHERE h.lifted_ms IS NULL AND (h.until_ms IS NULL OR h.until_ms > e.at_ms) AND ((h.kind = 'ticket' AND h.subject = OLD.ticket) OR (h.kind = 'site' AND h.subject = s.id) OR (h.kind = 'customer' AND h.subject = s.customer)))) AND EXISTS (SELECT 1 FROM audit l WHERE l.source = 'signal' AND l.row = OLD.seq)) BEGIN SELECT RAISE(ABORT, 'signal only grows'); END
-- next
DROP TRIGGER deed_no_delete
-- next
CREATE TRIGGER deed_no_delete BEFORE DELETE ON deed WHEN NOT (EXISTS (SELECT 1 FROM erasure e JOIN erased r ON r.deed = e.deed JOIN audit a ON a.source = 'deed' AND a.row = e.deed WHERE e.done_ms IS NULL AND r.source = 'deed' AND r.before_ms <= e.at_ms - 2592000000 AND OLD.seq BETWEEN r.first_row AND r.last_row AND OLD.agency = e.agency AND OLD.at_ms < r.before_ms AND OLD.what NOT IN ('erase', 'erased', 'hold', 'lift_hold') AND NOT EXISTS (SELECT 1 FROM hold h WHERE h.lifted_ms IS NULL AND (h.until_ms IS NULL OR h.until_ms > e.at_ms) AND h.subject = OLD.subject)) AND EXISTS (SELECT 1 FROM audit l WHERE l.source = 'deed' AND l.row = OLD.seq)) BEGIN SELECT RAISE(ABORT, 'deed only grows'); END
