ALTER TABLE operator ADD COLUMN made_by VARCHAR(36) CONSTRAINT operator_made_by_fk REFERENCES operator (id)
-- next
ALTER TABLE operator ADD COLUMN made_under VARCHAR(36)
-- next
CREATE TRIGGER operator_made_by_two BEFORE INSERT ON operator WHEN NOT (NEW.role <> 'admin' OR NEW.made_by IS NULL OR 2 > (SELECT count(*) FROM operator o WHERE o.agency = NEW.agency AND o.role = 'admin' AND o.disabled_ms IS NULL AND o.id <> NEW.id) OR EXISTS (SELECT 1 FROM proposal p WHERE p.id = NEW.made_under AND p.what = 'make_admin' AND p.subject = NEW.id AND p.decision = 'approved' AND p.done_ms IS NOT NULL)) BEGIN SELECT RAISE(ABORT, 'two people make a third administrator'); END
-- next
CREATE TRIGGER operator_raised_by_two BEFORE UPDATE OF role, made_under ON operator WHEN NOT (NEW.role <> 'admin' OR NEW.made_by IS NULL OR 2 > (SELECT count(*) FROM operator o WHERE o.agency = NEW.agency AND o.role = 'admin' AND o.disabled_ms IS NULL AND o.id <> NEW.id) OR EXISTS (SELECT 1 FROM proposal p WHERE p.id = NEW.made_under AND p.what = 'make_admin' AND p.subject = NEW.id AND p.decision = 'approved' AND p.done_ms IS NOT NULL)) BEGIN SELECT RAISE(ABORT, 'two people make a third administrator'); END
-- next
CREATE TRIGGER proposal_by_two BEFORE UPDATE OF decided_by, decision ON proposal WHEN NOT (NEW.decision IS NULL OR NEW.decision <> 'approved' OR NOT EXISTS (SELECT 1 FROM operator o WHERE o.made_under IS NULL AND o.made_ms > NEW.asked_ms - 604800000 AND ((o.id = NEW.decided_by AND o.made_by = NEW.asked_by) OR (o.id = NEW.asked_by AND o.made_by = NEW.decided_by)))) BEGIN SELECT RAISE(ABORT, 'who made the other alone is no second person yet'); END
