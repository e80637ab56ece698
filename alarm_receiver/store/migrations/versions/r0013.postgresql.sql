CREATE TABLE device_order (
	device VARCHAR(16) NOT NULL, 
	what VARCHAR(16) NOT NULL, 
	counter BIGINT NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	reason VARCHAR(200) NOT NULL, 
	tries INTEGER NOT NULL, 
	asked_by VARCHAR(80) NOT NULL, 
	asked_ms BIGINT NOT NULL, 
	moved_ms BIGINT NOT NULL, 
	sent_ms BIGINT NOT NULL, 
	due_ms BIGINT, 
	epoch BIGINT NOT NULL, 
	number BIGINT NOT NULL, 
	place INTEGER NOT NULL, 
	pieces INTEGER NOT NULL, 
	CONSTRAINT device_order_pk PRIMARY KEY (device, what), 
	CONSTRAINT device_order_what_known_ck CHECK (what IN ('settings', 'image')), 
	CONSTRAINT device_order_state_known_ck CHECK (state IN ('wanted', 'sent', 'trying', 'taken', 'refused', 'taken_back', 'called_off')), 
	CONSTRAINT device_order_live_has_deadline_ck CHECK ((state IN ('wanted', 'sent', 'trying')) = (due_ms IS NOT NULL)), 
	CONSTRAINT device_order_counter_fits_the_wire_ck CHECK (counter BETWEEN 1 AND 2147483647), 
	CONSTRAINT device_order_device_fk FOREIGN KEY(device) REFERENCES device (id)
)
-- next
CREATE INDEX device_order_due_ix ON device_order (due_ms) WHERE due_ms IS NOT NULL
-- next
CREATE TABLE device_settings (
	device VARCHAR(16) NOT NULL, 
	counter BIGINT NOT NULL, 
	sealed BYTEA NOT NULL, 
	CONSTRAINT device_settings_pk PRIMARY KEY (device), 
	CONSTRAINT device_settings_settings_are_sealed_ck CHECK (length(sealed) BETWEEN 36 AND 1060), 
	CONSTRAINT device_settings_device_fk FOREIGN KEY(device) REFERENCES device (id)
)
