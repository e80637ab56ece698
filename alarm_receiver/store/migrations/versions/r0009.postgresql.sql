CREATE TABLE health (
	device VARCHAR(16) NOT NULL, 
	at_ms BIGINT NOT NULL, 
	pending INTEGER NOT NULL, 
	rssi_dbm INTEGER NOT NULL, 
	mains_mv INTEGER NOT NULL, 
	battery_mv INTEGER NOT NULL, 
	firmware INTEGER NOT NULL, 
	trouble INTEGER NOT NULL, 
	CONSTRAINT health_pk PRIMARY KEY (device), 
	CONSTRAINT health_device_fk FOREIGN KEY(device) REFERENCES device (id)
)
