ALTER TABLE access ADD COLUMN name VARCHAR(80) NOT NULL DEFAULT ''
-- next
ALTER TABLE access ADD COLUMN scopes VARCHAR(400) NOT NULL DEFAULT '*'
-- next
ALTER TABLE access ADD COLUMN means VARCHAR(16) NOT NULL DEFAULT ''
-- next
ALTER TABLE access ADD COLUMN about VARCHAR(200) NOT NULL DEFAULT ''
-- next
ALTER TABLE access ADD COLUMN seen_ms BIGINT
-- next
ALTER TABLE access ADD COLUMN idle_ms BIGINT
-- next
CREATE TABLE passkey (
	id VARCHAR(1400) NOT NULL, 
	operator VARCHAR(36) NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	public_key BYTEA NOT NULL, 
	counter BIGINT NOT NULL, 
	made_ms BIGINT NOT NULL, 
	used_ms BIGINT, 
	CONSTRAINT passkey_pk PRIMARY KEY (id), 
	CONSTRAINT passkey_counter_counts_ck CHECK (counter >= 0), 
	CONSTRAINT passkey_operator_fk FOREIGN KEY(operator) REFERENCES operator (id)
)
-- next
CREATE INDEX passkey_operator_ix ON passkey (operator)
-- next
CREATE TABLE totp (
	operator VARCHAR(36) NOT NULL, 
	sealed BYTEA NOT NULL, 
	made_ms BIGINT NOT NULL, 
	last_step BIGINT NOT NULL, 
	CONSTRAINT totp_pk PRIMARY KEY (operator), 
	CONSTRAINT totp_secret_is_sealed_ck CHECK (length(sealed) = 56), 
	CONSTRAINT totp_operator_fk FOREIGN KEY(operator) REFERENCES operator (id)
)
-- next
CREATE TABLE recovery (
	operator VARCHAR(36) NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	used_ms BIGINT, 
	CONSTRAINT recovery_pk PRIMARY KEY (operator, hash), 
	CONSTRAINT recovery_operator_fk FOREIGN KEY(operator) REFERENCES operator (id)
)
-- next
CREATE TABLE identity (
	issuer VARCHAR(400) NOT NULL, 
	subject VARCHAR(255) NOT NULL, 
	operator VARCHAR(36) NOT NULL, 
	made_ms BIGINT NOT NULL, 
	CONSTRAINT identity_pk PRIMARY KEY (issuer, subject), 
	CONSTRAINT identity_operator_fk FOREIGN KEY(operator) REFERENCES operator (id)
)
-- next
CREATE INDEX identity_operator_ix ON identity (operator)
-- next
CREATE TABLE attempt (
	hash VARCHAR(64) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	operator VARCHAR(36), 
	detail JSON NOT NULL, 
	expires_ms BIGINT NOT NULL, 
	CONSTRAINT attempt_pk PRIMARY KEY (hash), 
	CONSTRAINT attempt_kind_known_ck CHECK (kind IN ('second', 'passkey', 'new_passkey', 'oidc', 'new_codes')), 
	CONSTRAINT attempt_operator_fk FOREIGN KEY(operator) REFERENCES operator (id)
)
-- next
CREATE INDEX attempt_expires_ix ON attempt (expires_ms)
