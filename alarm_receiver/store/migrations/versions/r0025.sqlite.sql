DROP TRIGGER ticket_moves_on
-- next
CREATE TRIGGER ticket_moves_on BEFORE UPDATE ON ticket WHEN (NEW.version < OLD.version OR OLD.state = 'closed') AND NOT (NEW.version >= OLD.version AND NOT COALESCE(NEW.state <> 'closed' OR NEW.outcome <> OLD.outcome OR NEW.closed_ms <> OLD.closed_ms OR NEW.version <> OLD.version OR NEW.kind <> OLD.kind OR NEW.silent <> OLD.silent OR NEW.opened_ms <> OLD.opened_ms OR NEW.number <> OLD.number OR (NEW.holder IS NOT NULL AND (OLD.holder IS NULL OR NEW.holder <> OLD.holder)), FALSE)) BEGIN SELECT RAISE(ABORT, 'a ticket goes on, and stays closed'); END
