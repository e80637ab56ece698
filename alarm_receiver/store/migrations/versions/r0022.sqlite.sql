CREATE TRIGGER entry_no_replace BEFORE INSERT ON entry WHEN NEW.seq > 0 AND EXISTS (SELECT 1 FROM entry WHERE seq = NEW.seq) BEGIN SELECT RAISE(ABORT, 'entry only grows'); END
-- next
CREATE TRIGGER receipt_no_replace BEFORE INSERT ON receipt WHEN NEW.seq > 0 AND EXISTS (SELECT 1 FROM receipt WHERE seq = NEW.seq) BEGIN SELECT RAISE(ABORT, 'receipt only grows'); END
-- next
CREATE TRIGGER deed_no_replace BEFORE INSERT ON deed WHEN NEW.seq > 0 AND EXISTS (SELECT 1 FROM deed WHERE seq = NEW.seq) BEGIN SELECT RAISE(ABORT, 'deed only grows'); END
-- next
CREATE TRIGGER hold_no_replace BEFORE INSERT ON hold WHEN EXISTS (SELECT 1 FROM hold WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'hold only grows'); END
-- next
CREATE TRIGGER erasure_no_replace BEFORE INSERT ON erasure WHEN EXISTS (SELECT 1 FROM erasure WHERE deed = NEW.deed) BEGIN SELECT RAISE(ABORT, 'erasure only grows'); END
-- next
CREATE TRIGGER erased_no_replace BEFORE INSERT ON erased WHEN EXISTS (SELECT 1 FROM erased WHERE deed = NEW.deed AND source = NEW.source AND first_row = NEW.first_row) BEGIN SELECT RAISE(ABORT, 'erased only grows'); END
-- next
CREATE TRIGGER entry_follows BEFORE INSERT ON entry WHEN (NEW.act <> 'signal' AND NEW.act <> 'open' AND NEW.act <> 'security' AND NEW.act <> 'silence' AND NEW.act <> 'restore' AND NEW.act <> 'confirm' AND NEW.act <> 'page') AND NOT (EXISTS (SELECT 1 FROM entry p WHERE p.ticket = NEW.ticket AND p.version = NEW.version - 1 AND p.act <> 'close')) BEGIN SELECT RAISE(ABORT, 'an act follows the one before'); END
-- next
CREATE TRIGGER ticket_moves_on BEFORE UPDATE ON ticket WHEN NEW.version < OLD.version OR (OLD.state = 'closed' AND (NEW.state <> 'closed' OR NEW.outcome <> OLD.outcome OR NEW.closed_ms <> OLD.closed_ms OR NEW.version <> OLD.version OR NEW.kind <> OLD.kind OR NEW.silent <> OLD.silent OR NEW.opened_ms <> OLD.opened_ms OR NEW.number <> OLD.number OR (NEW.holder IS NOT NULL AND (OLD.holder IS NULL OR NEW.holder <> OLD.holder)))) BEGIN SELECT RAISE(ABORT, 'a ticket goes on, and stays closed'); END
