CREATE TABLE called_back (
	endpoint VARCHAR(36) NOT NULL, 
	webhook_id VARCHAR(100) NOT NULL, 
	page VARCHAR(36) NOT NULL, 
	digest BLOB NOT NULL, 
	at_ms BIGINT NOT NULL, 
	arrivals INTEGER NOT NULL, 
	refused VARCHAR(400) DEFAULT '' NOT NULL, 
	CONSTRAINT called_back_pk PRIMARY KEY (endpoint, webhook_id), 
	CONSTRAINT called_back_named_ck CHECK (length(webhook_id) > 0), 
	CONSTRAINT called_back_digest_is_whole_ck CHECK (length(digest) = 32), 
	CONSTRAINT called_back_arrived_ck CHECK (arrivals >= 1), 
	CONSTRAINT called_back_endpoint_fk FOREIGN KEY(endpoint) REFERENCES endpoint (id)
)
-- next
CREATE INDEX called_back_at_ix ON called_back (at_ms)
