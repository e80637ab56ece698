ALTER TABLE address RENAME TO address_before
-- next
CREATE TABLE address (
	operator VARCHAR(36) NOT NULL, 
	channel VARCHAR(16) NOT NULL, 
	value VARCHAR(200) NOT NULL, 
	language VARCHAR(8) DEFAULT '' NOT NULL, 
	CONSTRAINT address_pk PRIMARY KEY (operator, channel), 
	CONSTRAINT address_channel_known_ck CHECK (channel IN ('mail', 'sms')), 
	CONSTRAINT address_language_known_ck CHECK (language IN ('', 'cs', 'en', 'fa', 'he', 'hu', 'ru')), 
	CONSTRAINT address_value_given_ck CHECK (length(value) > 0), 
	CONSTRAINT address_operator_fk FOREIGN KEY(operator) REFERENCES operator (id)
)
-- next
INSERT INTO address (operator, channel, value) SELECT operator, channel, value FROM address_before
-- next
DROP TABLE address_before
