CREATE TABLE proposal (
	id VARCHAR(36) NOT NULL, 
	agency VARCHAR(32) NOT NULL, 
	what VARCHAR(16) NOT NULL, 
	site VARCHAR(36) NOT NULL, 
	reason VARCHAR(400) NOT NULL, 
	asked_by VARCHAR(36) NOT NULL, 
	asked_ms BIGINT NOT NULL, 
	expires_ms BIGINT NOT NULL, 
	decided_by VARCHAR(36), 
	decision VARCHAR(8), 
	done_ms BIGINT, 
	CONSTRAINT proposal_pk PRIMARY KEY (id), 
	CONSTRAINT proposal_what_known_ck CHECK (what IN ('delete_site', 'export_keys')), 
	CONSTRAINT proposal_four_eyes_ck CHECK (decided_by IS NULL OR decided_by <> asked_by), 
	CONSTRAINT proposal_decided_by_somebody_ck CHECK ((decided_by IS NULL) = (decision IS NULL)), 
	CONSTRAINT proposal_decision_known_ck CHECK (decision IS NULL OR decision IN ('approved', 'refused')), 
	CONSTRAINT proposal_done_was_approved_ck CHECK (done_ms IS NULL OR (decision IS NOT NULL AND decision = 'approved')), 
	CONSTRAINT proposal_agency_fk FOREIGN KEY(agency) REFERENCES agency (id), 
	CONSTRAINT proposal_site_fk FOREIGN KEY(site) REFERENCES site (id), 
	CONSTRAINT proposal_asked_by_fk FOREIGN KEY(asked_by) REFERENCES operator (id), 
	CONSTRAINT proposal_decided_by_fk FOREIGN KEY(decided_by) REFERENCES operator (id)
)
-- next
CREATE INDEX proposal_agency_ix ON proposal (agency)
