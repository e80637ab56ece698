"""What people did beside tickets, in words; the terms stay as they are in the store and the API."""

from __future__ import annotations

import re
from typing import Any

from alarm_receiver.web.words import N_

DEEDS = {
    "sign_in": N_("Signed in to the receiver"),
    "setup": N_("Set the receiver up"),
    "make_token": N_("Made a token"),
    "end_token": N_("Ended a token"),
    "sign_out_everywhere": N_("Signed out everywhere"),
    "sign_out_operator": N_("Signed somebody out"),
    "change_password": N_("Changed the password"),
    "add_passkey": N_("Added a passkey"),
    "drop_passkey": N_("Removed a passkey"),
    "put_codes": N_("Turned one-time codes on"),
    "drop_codes": N_("Removed one-time codes"),
    "drop_factors": N_("Removed somebody's second factor"),
    "reset_password": N_("Made a new password for somebody"),
    "use_recovery_code": N_("Used a recovery code"),
    "fold_tickets": N_("Gave old tickets the kind that their timelines say"),
    "make_agency": N_("Added a further agency"),
    "rename_agency": N_("Renamed an agency"),
    "link_agency": N_("Made a set-up link for an agency"),
    "make_operator": N_("Added a person"),
    "disable_operator": N_("Shut a person out"),
    "put_role": N_("Changed a role"),
    "put_address": N_("Changed where somebody is reached"),
    "put_policy": N_("Changed who is paged"),
    "make_endpoint": N_("Added an agency's own system"),
    "rotate_endpoint": N_("Gave an agency's own system a new secret"),
    "drop_endpoint": N_("Removed an agency's own system"),
    "make_site": N_("Added a site"),
    "change_site": N_("Changed a site"),
    "delete_site": N_("Deleted a site"),
    "put_spot": N_("Changed the position of a site"),
    "put_keyholder": N_("Added or changed a keyholder"),
    "drop_keyholder": N_("Removed a keyholder"),
    "put_floor": N_("Added or changed a floor plan"),
    "drop_floor": N_("Removed a floor plan"),
    "put_place": N_("Marked a keypad on the plan"),
    "drop_place": N_("Took a keypad off the plan"),
    "put_way_in": N_("Marked the way in on the plan"),
    "put_on_test": N_("Put a site on test"),
    "end_test": N_("Ended a test"),
    "walk_word": N_("Said whose a press in the walk test was"),
    "register_device": N_("Registered a device"),
    "revoke_device": N_("Revoked a device"),
    "change_device": N_("Changed a device"),
    "put_zone": N_("Named a zone"),
    "rotate_key": N_("Gave a device a new key"),
    "export_keys": N_("Took out the keys of a site's devices"),
    "put_profile": N_("Changed how a gateway is supervised"),
    "put_board": N_("Named the board of a keypad"),
    "put_image": N_("Stored firmware"),
    "order_image": N_("Ordered firmware for a keypad"),
    "begin_roll_out": N_("Began a roll-out of firmware"),
    "hold_roll_out": N_("Held a roll-out"),
    "go_on_roll_out": N_("Let a roll-out go on"),
    "end_roll_out": N_("Ended a roll-out"),
    "fail_roll_out": N_("Could not order firmware for a keypad"),
    "finish_roll_out": N_("A roll-out was over"),
    "order_settings": N_("Ordered settings for a keypad"),
    "page_again": N_("Sent a page again"),
    "page_ended": N_("Ended a page that did not arrive"),
    "call_off": N_("Called an order off"),
    "put_unit": N_("Added or changed a unit"),
    "drop_unit": N_("Removed a unit"),
    "put_authority": N_("Added or changed an agency outside"),
    "drop_authority": N_("Removed an agency outside"),
    "link_authority": N_("Named who is sent to a site"),
    "unlink_authority": N_("Took off who is sent to a site"),
    "put_customer": N_("Added or changed a customer"),
    "drop_customer": N_("Removed a customer"),
    "set_customer": N_("Named the customer of a site"),
    "put_team": N_("Added or changed a team"),
    "drop_team": N_("Dissolved a team"),
    "plan_duty": N_("Planned a duty"),
    "cancel_duty": N_("Cancelled a duty"),
    "start_duty": N_("Began the duty"),
    "pause_duty": N_("Began a break"),
    "resume_duty": N_("Ended a break"),
    "end_duty": N_("Ended the duty"),
    "propose": N_("Asked for a second person's decision"),
    "decide": N_("Decided on a proposal"),
    "hold": N_("Set a legal hold"),
    "lift_hold": N_("Lifted a legal hold"),
    "erase": N_("Began to erase what is past its period"),
    "erased": N_("Erased what is past its period"),
    "export_registry": N_("Took the register out"),
    "export_devices": N_("Took the list of devices out"),
    "make_admin": N_("Made somebody an administrator"),
    "export_tickets": N_("Took the tickets out"),
    "import_registry": N_("Read a register in"),
    "import_devices": N_("Read a list of devices in"),
}
"""Deed -> what it is called on screen; one that is not here is shown as its term."""

_LONG_ID = re.compile(r"\b([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
VALUE_MAX = 200


def shorter(text: str) -> str:
    """`text` with the first eight digits of each long id: enough to tell two apart by eye."""
    return _LONG_ID.sub(r"\1…", text)


def plain(value: Any) -> str:
    """A detail of a deed as people read it: lists and pairs without their brackets."""
    if isinstance(value, dict):
        said = ", ".join(f"{name} {plain(one)}" for name, one in value.items())
    elif isinstance(value, list):
        said = ", ".join(plain(one) for one in value)
    else:
        said = str(value)
    return said if len(said) <= VALUE_MAX else said[: VALUE_MAX - 1] + "…"
