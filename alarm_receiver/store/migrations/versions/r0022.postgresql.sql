CREATE TRIGGER signal_no_truncate BEFORE TRUNCATE ON signal FOR EACH STATEMENT EXECUTE FUNCTION signal_only_grows()
-- next
CREATE TRIGGER entry_no_truncate BEFORE TRUNCATE ON entry FOR EACH STATEMENT EXECUTE FUNCTION entry_only_grows()
-- next
CREATE TRIGGER receipt_no_truncate BEFORE TRUNCATE ON receipt FOR EACH STATEMENT EXECUTE FUNCTION receipt_only_grows()
-- next
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_only_grows()
-- next
CREATE TRIGGER deed_no_truncate BEFORE TRUNCATE ON deed FOR EACH STATEMENT EXECUTE FUNCTION deed_only_grows()
-- next
CREATE TRIGGER hold_no_truncate BEFORE TRUNCATE ON hold FOR EACH STATEMENT EXECUTE FUNCTION hold_only_grows()
-- next
CREATE TRIGGER erasure_no_truncate BEFORE TRUNCATE ON erasure FOR EACH STATEMENT EXECUTE FUNCTION erasure_only_grows()
-- next
CREATE TRIGGER erased_no_truncate BEFORE TRUNCATE ON erased FOR EACH STATEMENT EXECUTE FUNCTION erased_only_grows()
-- next
CREATE OR REPLACE FUNCTION entry_follows_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF EXISTS (SELECT 1 FROM entry p WHERE p.ticket = NEW.ticket AND p.version = NEW.version - 1 AND p.act <> 'close') THEN RETURN NEW; END IF; RAISE EXCEPTION 'an act follows the one before'; END $$; CREATE TRIGGER entry_follows BEFORE INSERT ON entry FOR EACH ROW WHEN (NEW.act <> 'signal' AND NEW.act <> 'open' AND NEW.act <> 'security' AND NEW.act <> 'silence' AND NEW.act <> 'restore' AND NEW.act <> 'confirm' AND NEW.act <> 'page') EXECUTE FUNCTION entry_follows_only_grows()
-- next
CREATE OR REPLACE FUNCTION ticket_moves_on_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'a ticket goes on, and stays closed'; END $$; CREATE TRIGGER ticket_moves_on BEFORE UPDATE ON ticket FOR EACH ROW WHEN (NEW.version < OLD.version OR (OLD.state = 'closed' AND (NEW.state <> 'closed' OR NEW.outcome <> OLD.outcome OR NEW.closed_ms <> OLD.closed_ms OR NEW.version <> OLD.version OR NEW.kind <> OLD.kind OR NEW.silent <> OLD.silent OR NEW.opened_ms <> OLD.opened_ms OR NEW.number <> OLD.number OR (NEW.holder IS NOT NULL AND (OLD.holder IS NULL OR NEW.holder <> OLD.holder))))) EXECUTE FUNCTION ticket_moves_on_only_grows()
