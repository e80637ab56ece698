ALTER TABLE address ADD COLUMN language VARCHAR(8) DEFAULT '' NOT NULL
-- next
ALTER TABLE address ADD CONSTRAINT address_language_known_ck CHECK (language IN ('', 'cs', 'en', 'fa', 'he', 'hu', 'ru'))
