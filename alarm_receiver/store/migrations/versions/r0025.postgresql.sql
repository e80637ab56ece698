ALTER TABLE ticket DROP CONSTRAINT ticket_state_known_ck, ADD CONSTRAINT ticket_state_known_ck CHECK (state = ANY ('{open,acknowledged,dispatched,closed}'::text[]))
-- next
ALTER TABLE ticket DROP CONSTRAINT ticket_class_known_ck, ADD CONSTRAINT ticket_class_known_ck CHECK (class = ANY ('{emergency,technical,test}'::text[]))
-- next
ALTER TABLE ticket DROP CONSTRAINT ticket_taken_has_holder_ck, ADD CONSTRAINT ticket_taken_has_holder_ck CHECK (holder IS NOT NULL OR state <> ALL ('{acknowledged,dispatched}'::text[]))
-- next
ALTER TABLE ticket DROP CONSTRAINT ticket_outcome_known_ck, ADD CONSTRAINT ticket_outcome_known_ck CHECK (outcome IS NULL OR outcome = ANY ('{safe_by_phone,attended,false_alarm,repaired,restored,test}'::text[]))
-- next
ALTER TABLE entry DROP CONSTRAINT entry_act_known_ck, ADD CONSTRAINT entry_act_known_ck CHECK (act = ANY ('{signal,open,security,silence,restore,confirm,page,acknowledge,answer,call,note,park,transfer,dispatch,underway,arrived,hand_back,come_back,close}'::text[]))
-- next
DROP TRIGGER ticket_moves_on ON ticket
-- next
CREATE OR REPLACE FUNCTION ticket_moves_on_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.version >= OLD.version AND NOT COALESCE(NEW.state <> 'closed' OR NEW.outcome <> OLD.outcome OR NEW.closed_ms <> OLD.closed_ms OR NEW.version <> OLD.version OR NEW.kind <> OLD.kind OR NEW.silent <> OLD.silent OR NEW.opened_ms <> OLD.opened_ms OR NEW.number <> OLD.number OR (NEW.holder IS NOT NULL AND (OLD.holder IS NULL OR NEW.holder <> OLD.holder)), FALSE) THEN RETURN NEW; END IF; RAISE EXCEPTION 'a ticket goes on, and stays closed'; END $$; CREATE TRIGGER ticket_moves_on BEFORE UPDATE ON ticket FOR EACH ROW WHEN (NEW.version < OLD.version OR OLD.state = 'closed') EXECUTE FUNCTION ticket_moves_on_only_grows()
-- next
DROP TRIGGER entry_follows ON entry
-- next
CREATE OR REPLACE FUNCTION entry_follows_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF EXISTS (SELECT 1 FROM entry p WHERE p.ticket = NEW.ticket AND p.version = NEW.version - 1 AND p.act <> 'close') THEN RETURN NEW; END IF; RAISE EXCEPTION 'an act follows the one before'; END $$; CREATE TRIGGER entry_follows BEFORE INSERT ON entry FOR EACH ROW WHEN (NEW.act <> ALL ('{signal,open,security,silence,restore,confirm,page}'::text[])) EXECUTE FUNCTION entry_follows_only_grows()
