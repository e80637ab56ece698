CREATE TABLE team (
	agency VARCHAR(32) NOT NULL, 
	name VARCHAR(60) NOT NULL, 
	made_ms BIGINT NOT NULL, 
	CONSTRAINT team_pk PRIMARY KEY (agency, name), 
	CONSTRAINT team_named_ck CHECK (length(name) > 0), 
	CONSTRAINT team_agency_fk FOREIGN KEY(agency) REFERENCES agency (id)
)
-- next
CREATE TABLE duty (
	id VARCHAR(36) NOT NULL, 
	agency VARCHAR(32) NOT NULL, 
	operator VARCHAR(36) NOT NULL, 
	state VARCHAR(8) NOT NULL, 
	from_ms BIGINT NOT NULL, 
	until_ms BIGINT NOT NULL, 
	due_ms BIGINT, 
	began_ms BIGINT, 
	ended_ms BIGINT, 
	CONSTRAINT duty_pk PRIMARY KEY (id), 
	CONSTRAINT duty_state_known_ck CHECK (state IN ('planned', 'on', 'break', 'ended')), 
	CONSTRAINT duty_ends_ck CHECK (until_ms > from_ms), 
	CONSTRAINT duty_ends_in_time_ck CHECK (until_ms - from_ms <= 57600000), 
	CONSTRAINT duty_running_has_deadline_ck CHECK ((state = 'ended') = (due_ms IS NULL)), 
	CONSTRAINT duty_ended_has_moment_ck CHECK ((state = 'ended') = (ended_ms IS NOT NULL)), 
	CONSTRAINT duty_on_has_begun_ck CHECK (state NOT IN ('on', 'break') OR began_ms IS NOT NULL), 
	CONSTRAINT duty_agency_fk FOREIGN KEY(agency) REFERENCES agency (id), 
	CONSTRAINT duty_operator_fk FOREIGN KEY(operator) REFERENCES operator (id)
)
-- next
CREATE UNIQUE INDEX duty_one_at_once_ix ON duty (operator) WHERE state IN ('on', 'break')
-- next
CREATE INDEX duty_due_ix ON duty (due_ms) WHERE due_ms IS NOT NULL
-- next
CREATE TABLE team_member (
	agency VARCHAR(32) NOT NULL, 
	team VARCHAR(60) NOT NULL, 
	operator VARCHAR(36) NOT NULL, 
	CONSTRAINT team_member_pk PRIMARY KEY (agency, team, operator), 
	CONSTRAINT team_member_agency_team_fk FOREIGN KEY(agency, team) REFERENCES team (agency, name), 
	CONSTRAINT team_member_operator_fk FOREIGN KEY(operator) REFERENCES operator (id)
)
