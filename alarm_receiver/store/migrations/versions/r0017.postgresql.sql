ALTER TABLE page ADD COLUMN began INTEGER
-- next
UPDATE page SET began = round + 1
-- next
ALTER TABLE page ALTER COLUMN began SET NOT NULL
-- next
ALTER TABLE page DROP CONSTRAINT page_ticket_round_target_channel_uq
-- next
ALTER TABLE page DROP CONSTRAINT page_state_known_ck
-- next
ALTER TABLE page DROP CONSTRAINT page_counts_grow_ck
-- next
ALTER TABLE page ADD CONSTRAINT page_ticket_began_target_channel_uq UNIQUE (ticket, began, target, channel)
-- next
ALTER TABLE page ADD CONSTRAINT page_state_known_ck CHECK (state IN ('queued', 'sending', 'sent', 'accepted', 'delivered', 'acknowledged', 'failed', 'superseded'))
-- next
ALTER TABLE page ADD CONSTRAINT page_counts_grow_ck CHECK (attempts >= 0 AND round >= 0 AND began >= 1)
