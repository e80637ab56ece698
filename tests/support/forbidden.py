"""A statement for each thing that the database must refuse, on a database that is populated.

`CHECKS` and `KEYS` name a constraint and the values, in SQL, that break it and nothing before it:
a row of the table is changed, or copied where a log lets nothing be changed. `TRIGGERS` name a
trigger and a whole statement.
"""

CHECKS = {
    "agency_numbers_grow_ck": {"next_number": "0"},
    "agency_named_ck": {"name": "''"},
    "engine_beat_part_known_ck": {"part": "'toaster'"},
    "refused_frame_bounded_ck": {"frame": "LONG"},
    "authority_kind_known_ck": {"kind": "'army'"},
    "authority_named_ck": {"name": "''"},
    "customer_named_ck": {"name": "''"},
    "endpoint_older_is_sealed_ck": {"older": "substr(sealed, 1, 32)", "older_until_ms": "1"},
    "endpoint_secret_is_sealed_ck": {"sealed": "substr(sealed, 1, 32)"},
    "endpoint_older_ends_ck": {"older": "sealed", "older_until_ms": "NULL"},
    "image_size_bounded_ck": {"size": "0", "content": "EMPTY"},
    "image_version_fits_the_wire_ck": {"version": "0"},
    "image_digest_is_whole_ck": {"digest": "'00'"},
    "image_whole_ck": {"size": "size + 1"},
    "operator_role_known_ck": {"role": "'king'"},
    "policy_version_counts_ck": {"version": "0"},
    "policy_class_known_ck": {"class": "'other'"},
    "team_named_ck": {"name": "''"},
    "unit_on_earth_ck": {"latitude_e6": "90000001", "longitude_e6": "0"},
    "unit_position_whole_ck": {"latitude_e6": "1", "longitude_e6": "NULL"},
    "unit_named_ck": {"name": "''"},
    "unit_kind_known_ck": {"kind": "'toaster'"},
    "access_kind_known_ck": {"kind": "'key'"},
    "address_channel_known_ck": {"channel": "'pigeon'"},
    "address_value_given_ck": {"value": "''"},
    "address_language_known_ck": {"language": "'xx'"},
    "attempt_kind_known_ck": {"kind": "'guess'"},
    "called_back_named_ck": {"webhook_id": "''"},
    "called_back_arrived_ck": {"arrivals": "0"},
    "called_back_digest_is_whole_ck": {"digest": "substr(digest, 1, 8)"},
    "duty_ended_has_moment_ck": {"state": "'ended'", "due_ms": "NULL", "ended_ms": "NULL"},
    "duty_on_has_begun_ck": {
        "state": "'on'",
        "due_ms": "until_ms",
        "began_ms": "NULL",
        "ended_ms": "NULL",
    },
    "duty_ends_ck": {"until_ms": "from_ms"},
    "duty_ends_in_time_ck": {"until_ms": "from_ms + 57600001"},
    "duty_running_has_deadline_ck": {
        "state": "'on'",
        "began_ms": "1",
        "due_ms": "NULL",
        "ended_ms": "NULL",
    },
    "duty_state_known_ck": {"state": "'asleep'", "due_ms": "1", "ended_ms": "NULL"},
    "passkey_counter_counts_ck": {"counter": "-1"},
    "site_named_ck": {"name": "''"},
    "totp_secret_is_sealed_ck": {"sealed": "substr(sealed, 1, 20)"},
    "device_profile_known_ck": {"profile": "'SP9'"},
    "device_id_is_eight_bytes_ck": {"id": "'a1'"},
    "device_kind_known_ck": {"kind": "'toaster'"},
    "floor_plan_picture_bounded_ck": {"picture": "EMPTY"},
    "floor_plan_floor_known_ck": {"floor": "201"},
    "floor_plan_media_known_ck": {"media": "'image/gif'"},
    "floor_plan_digest_is_whole_ck": {"digest": "'00'"},
    "floor_plan_picture_has_size_ck": {"width": "0"},
    "keyholder_rank_counts_ck": {"rank": "0"},
    "keyholder_reachable_ck": {"phone": "''"},
    "on_test_ends_ck": {"until_ms": "from_ms"},
    "on_test_ends_in_time_ck": {"until_ms": "from_ms + 14400001"},
    "proposal_decision_known_ck": {"decided_by": "'o2'", "decision": "'maybe'"},
    "proposal_done_was_approved_ck": {
        "decided_by": "NULL",
        "decision": "NULL",
        "done_ms": "1",
    },
    "proposal_what_known_ck": {"what": "'coup'", "site": "NULL"},
    "proposal_decided_by_somebody_ck": {"decided_by": "NULL", "decision": "'refused'"},
    "proposal_about_a_site_or_not_ck": {"what": "'delete_site'", "site": "NULL"},
    "proposal_four_eyes_ck": {"decided_by": "asked_by", "decision": "'refused'"},
    "site_authority_rank_counts_ck": {"rank": "100"},
    "site_authority_response_known_ck": {"response": "'late'"},
    "spot_on_earth_ck": {"latitude_e6": "90000001"},
    "ticket_outcome_known_ck": {
        "state": "'closed'",
        "outcome": "'nonsense'",
        "due_ms": "NULL",
        "closed_ms": "1",
    },
    "ticket_class_known_ck": {"class": "'other'"},
    "ticket_closed_has_moment_ck": {"closed_ms": "1"},
    "ticket_state_known_ck": {"state": "'lost'"},
    "ticket_closed_has_outcome_ck": {"outcome": "'test'"},
    "ticket_counts_grow_ck": {"round": "-1"},
    "ticket_live_has_deadline_ck": {"due_ms": "NULL"},
    "ticket_taken_has_holder_ck": {"state": "'acknowledged'", "holder": "NULL"},
    "zone_number_fits_the_wire_ck": {"number": "65536"},
    "certificate_part_known_ck": {"part": "'toaster'"},
    "device_board_named_ck": {"board": "''"},
    "device_key_key_is_sealed_ck": {"sealed": "substr(sealed, 1, 32)"},
    "device_order_live_has_deadline_ck": {"state": "'wanted'", "due_ms": "NULL"},
    "device_order_state_known_ck": {"state": "'lost'", "due_ms": "NULL"},
    "device_order_counter_fits_the_wire_ck": {"counter": "0"},
    "device_order_what_known_ck": {"what": "'toast'"},
    "device_settings_settings_are_sealed_ck": {"sealed": "substr(sealed, 1, 8)"},
    "heard_counts_grow_ck": {"number": "-1"},
    "page_open_has_due_ck": {"state": "'queued'", "due_ms": "NULL"},
    "page_channel_known_ck": {"channel": "'pigeon'"},
    "page_counts_grow_ck": {"attempts": "-1"},
    "page_state_known_ck": {"state": "'lost'", "due_ms": "NULL"},
    "page_sending_has_lease_ck": {
        "state": "'sending'",
        "due_ms": "1",
        "lease_owner": "NULL",
        "lease_until_ms": "NULL",
    },
    "page_lease_has_owner_ck": {"lease_owner": "'x'", "lease_until_ms": "NULL"},
    "place_on_the_picture_ck": {"x": "-1"},
    "way_in_on_the_picture_ck": {"x": "10001"},
    # Logs: a row is copied.
    "audit_hashes_are_whole_ck": {"seq": "99", "row": "99", "hash": "substr(hash, 1, 8)"},
    "audit_source_known_ck": {"seq": "99", "row": "99", "source": "'rumour'", "hash": "FRESH"},
    "erasure_done_later_ck": {"deed": "2", "done_ms": "at_ms - 1"},
    "erased_range_whole_ck": {"first_row": "9", "last_row": "8"},
    "erased_source_known_ck": {"source": "'rumour'"},
    "entry_begins_with_open_ck": {"version": "2", "act": "'open'"},
    "entry_act_known_ck": {"version": "2", "act": "'vanish'"},
    "entry_live_has_deadline_ck": {"version": "2", "act": "'note'", "due_ms": "NULL"},
    "entry_version_counts_ck": {"version": "0", "act": "'signal'"},
    "hold_kind_known_ck": {"id": "'h9'", "kind": "'rumour'"},
    "hold_lifted_under_proposal_ck": {"id": "'h9'", "lifted_ms": "1", "lifted_under": "NULL"},
    "hold_reason_given_ck": {"id": "'h9'", "reason": "''"},
    "hold_ends_later_ck": {"id": "'h9'", "until_ms": "set_ms"},
    "signal_alarm_has_ticket_ck": {"number": "9", "ticket": "NULL"},
    "signal_arrived_ck": {"number": "9", "arrivals": "0"},
    "signal_frame_bounded_ck": {"number": "9", "frame": "LONG"},
    "signal_kind_fits_the_wire_ck": {"number": "9", "kind": "256"},
}
LOGS = ("audit", "erasure", "erased", "entry", "hold", "signal", "receipt", "deed")
WHERE = {
    "ticket": "state <> 'closed'",
    "entry": "version = 1",
    "proposal": "decided_by IS NULL",
    "policy": "class = 'emergency'",
}
"""Which row is changed or copied, where it matters."""

KEYS = {
    ("audit", ("source", "row")): {"seq": "99", "hash": "FRESH"},
    ("audit", ("hash",)): {"seq": "99", "row": "99"},
    ("agency", ("name",)): {"id": "'x'"},
    ("authority", ("agency", "name")): {"id": "'x'"},
    ("customer", ("agency", "name")): {"id": "'x'"},
    ("endpoint", ("agency", "name")): {"id": "'x'"},
    ("operator", ("name",)): {"id": "'x'"},
    ("duty", ("operator",)): {
        "id": "'x'",
        "state": "'on'",
        "due_ms": "until_ms",
        "began_ms": "1",
        "ended_ms": "NULL",
    },
    ("erasure", ("agency",)): {"deed": "2", "done_ms": "NULL"},
    ("site", ("agency", "account")): {"id": "'x'"},
    ("keyholder", ("site", "rank")): {"id": "'x'"},
    ("ticket", ("agency", "number")): {"id": "'x'", "class": "'test'"},
    ("ticket", ("site", "class")): {"id": "'x'", "number": "99"},
    ("device_key", ("device",)): {"generation": "9", "retired_ms": "NULL"},
    ("entry", ("ticket", "version")): {},
    ("page", ("ticket", "began", "target", "channel")): {"id": "'x'"},
    ("receipt", ("device", "epoch", "number")): {},
    ("signal", ("device", "epoch", "number")): {},
}

_GROWS = {name: f"{name} only grows" for name in LOGS}
TRIGGERS = {
    **{
        f"{name}_no_delete": (f"DELETE FROM {name}", said)  # noqa: S608 - our words
        for name, said in _GROWS.items()
    },
    **{
        f"{name}_no_update": (f"UPDATE {name} SET {column} = {column}", _GROWS[name])  # noqa: S608 - our words
        for name, column in {
            "audit": "hash",
            "erasure": "at_ms",
            "erased": "last_row",
            "entry": "actor",
            "hold": "reason",
            "signal": "frame",
            "receipt": "ticket",
            "deed": "actor",
        }.items()
    },
    **{f"{name}_no_truncate": (f"TRUNCATE {name} CASCADE", said) for name, said in _GROWS.items()},
    **{
        f"{name}_no_replace": (
            f"INSERT OR REPLACE INTO {name} SELECT * FROM {name}",  # noqa: S608 - our words
            said,
        )
        for name, said in _GROWS.items()
        if name not in ("signal", "audit")
    },
    "hold_no_lift": (
        "UPDATE hold SET lifted_ms = 1, lifted_under = (SELECT min(id) FROM proposal)",
        "two people lift a hold",
    ),
    "operator_made_by_two": (
        """INSERT INTO operator (id, agency, name, password, role, made_ms, made_by)
        SELECT 'x9', agency, 'x9', password, 'admin', made_ms, id FROM operator WHERE id = 'o1'""",
        "two people make a third administrator",
    ),
    "operator_raised_by_two": (
        "UPDATE operator SET role = 'admin' WHERE id = 'o3'",
        "two people make a third administrator",
    ),
    "proposal_by_two": (
        "UPDATE proposal SET decided_by = 'o4', decision = 'approved' WHERE id = 'pr20'",
        "no second person",
    ),
    "entry_follows": (
        """INSERT INTO entry (ticket, version, at_ms, actor, act, due_ms, detail)
        SELECT ticket, 99, at_ms, actor, 'note', 1, detail FROM entry WHERE version = 1""",
        "an act follows the one before",
    ),
    "ticket_moves_on": (
        "UPDATE ticket SET outcome = 'test' WHERE state = 'closed'",
        "a ticket goes on",
    ),
}
