"""What the domain's terms are called on screen. The terms stay as they are everywhere else.

`N_` only marks a text for the catalogues; the page looks it up in its reader's language.
"""

from __future__ import annotations


def N_(text: str) -> str:  # noqa: N802 - the name that gettext's tools look for
    """Mark `text` for translation."""
    return text


KINDS = {
    "hold_up": N_("Hold-up"),
    "duress": N_("Duress"),
    "panic": N_("Panic button"),
    "medical": N_("Medical emergency"),
    "fire": N_("Fire"),
    "tamper": N_("Tamper"),
    "loop_fault": N_("Wiring fault"),
    "mains_lost": N_("Mains power lost"),
    "battery_low": N_("Battery low"),
    "device_late": N_("Device late"),
    "device_lost": N_("Device lost"),
    "path_lost": N_("Path lost"),
    "store_trouble": N_("Storage trouble"),
    "code_locked": N_("Code locked after wrong tries"),
    "self_test_failed": N_("Self-test failed"),
    "clock_skewed": N_("Clock wrong"),
    "forgery": N_("Forged frame"),
    "held_back": N_("Fault comes and goes: held back"),
    "started": N_("Started"),
    "stopped": N_("Stopped"),
    "test_started": N_("Test started"),
    "test_ended": N_("Test ended"),
    "tamper_restored": N_("Tamper restored"),
    "loop_restored": N_("Wiring restored"),
    "mains_restored": N_("Mains power restored"),
    "battery_restored": N_("Battery restored"),
    "device_restored": N_("Device restored"),
    "path_restored": N_("Path restored"),
    "store_restored": N_("Storage restored"),
    "panel_reset": N_("Panel reset"),
    "config_changed": N_("Settings changed"),
    "updated": N_("Firmware updated"),
    "periodic_test": N_("Periodic test"),
    "fetching": N_("Fetching firmware"),
    "certificate": N_("Certificate told"),
    "certificate_ends": N_("Certificate ends"),
    "signals_missing": N_("Signals are missing"),
    "records_missing": N_("An older store was put back: records are missing"),
    "old_primary": N_("An old database server takes writes again: stop it"),
    "security": N_("Security warning"),
}
CLASSES = {
    "emergency": N_("Emergency"),
    "technical": N_("Technical alarm"),
    "test": N_("Test"),
}
PRIORITIES = {"emergency": 1, "technical": 2, "test": 3}
"""Class -> priority as shown: 1 triangle, 2 diamond, 3 circle."""
STATES = {
    "open": N_("Waiting"),
    "acknowledged": N_("Taken"),
    "dispatched": N_("Help sent"),
    "parked": N_("Parked"),
    "closed": N_("Closed"),
}
ACTS = {
    "open": N_("Ticket opened"),
    "signal": N_("Signal received"),
    "security": N_("Security warning"),
    "silence": N_("Fell silent"),
    "restore": N_("Heard again"),
    "acknowledge": N_("Taken"),
    "note": N_("Note"),
    "answer": N_("Answer"),
    "confirm": N_("Alarm confirmed"),
    "page": N_("Paged"),
    "call": N_("Call"),
    "park": N_("Parked"),
    "transfer": N_("Passed on"),
    "underway": N_("Help confirmed"),
    "arrived": N_("Help arrived"),
    "dispatch": N_("Help sent"),
    "hand_back": N_("Handed back to the desk"),
    "come_back": N_("Came back by itself"),
    "close": N_("Closed"),
}
WARNINGS = {
    "identity_reused": N_("A number was used again with other content"),
    "revoked_device": N_("Pressed on a revoked device: not verified"),
    "duress_word": N_("Duress word"),
    "too_many": N_("Too many status signals: some are held back"),
}
"""Why a security warning stands on a ticket."""
OUTCOMES = {
    "safe_by_phone": N_("Safe, solved by phone"),
    "attended": N_("Attended on site"),
    "false_alarm": N_("False alarm"),
    "repaired": N_("Repaired"),
    "restored": N_("Restored by itself"),
    "test": N_("Test"),
}
QUESTIONS = {
    "safe": N_("Safe place"),
    "medical": N_("Medical help"),
    "nature": N_("What has happened"),
    "place": N_("Where"),
    "number": N_("Number calling from"),
    "contact": N_("Best way to reach the caller"),
    "other": N_("Anything else"),
}
ANSWERS = {"yes": N_("Yes"), "no": N_("No"), "unknown": N_("Unknown")}
TARGETS = {
    "premises": N_("The site"),
    "keyholder": N_("A keyholder"),
    "agency": N_("Agency or police"),
}
PAGE_STATES = {
    "queued": N_("waiting to be sent"),
    "sending": N_("being sent"),
    "sent": N_("sent"),
    "accepted": N_("accepted for delivery"),
    "delivered": N_("delivered"),
    "acknowledged": N_("acknowledged"),
    "failed": N_("failed"),
    "superseded": N_("not needed any more"),
}
CHANNELS = {"webhook": N_("their own system"), "mail": N_("e-mail"), "sms": N_("text to a phone")}
DEVICES = {"keypad": N_("Keypad"), "gateway": N_("Gateway")}
PARTS = {
    "own": N_("Certificate"),
    "authority": N_("Certificate of the authority"),
    "receiver": N_("Certificate of the receiver, as seen there"),
    "endpoint": N_("Certificate of an agency's own system"),
}
"""Which certificate of a device ends first."""
TROUBLES = {
    "store": N_("Storage"),
    "path": N_("Path"),
    "tamper": N_("Tamper"),
    "loop": N_("Wiring"),
    "mains": N_("Mains power lost"),
    "battery": N_("Battery low"),
    "on_test": N_("In test mode"),
}
DUTIES = {
    "planned": N_("Planned"),
    "on": N_("At the desk"),
    "break": N_("On a break"),
    "ended": N_("Ended"),
}
AUTHORITIES = {
    "police": N_("Police"),
    "guards": N_("Guards"),
    "ambulance": N_("Ambulance"),
    "fire": N_("Fire brigade"),
    "technician": N_("Technician"),
    "other": N_("Other"),
}
PROPOSALS = {
    "delete_site": N_("Delete a site"),
    "export_keys": N_("Take out the keys of a site's devices"),
    "lift_hold": N_("Lift a legal hold"),
    "drop_endpoint": N_("Hand an agency no more tickets"),
    "make_admin": N_("Make somebody an administrator"),
}
HOLDS = {"ticket": N_("Ticket"), "site": N_("Site"), "customer": N_("Customer")}
ORDERED = {"settings": N_("Settings"), "image": N_("Firmware")}
ORDER_STATES = {
    "wanted": N_("waits for the keypad"),
    "sent": N_("sent"),
    "trying": N_("being tried"),
    "taken": N_("taken"),
    "refused": N_("refused"),
    "taken_back": N_("taken back"),
    "called_off": N_("called off"),
}
STANDINGS = {
    "waiting": N_("waits for a decision"),
    "approved": N_("approved"),
    "refused": N_("refused"),
    "done": N_("done"),
    "over": N_("its day is over"),
}
UNITS = {
    "guard": N_("Guard"),
    "police": N_("Police"),
    "ambulance": N_("Ambulance"),
    "fire": N_("Fire brigade"),
    "technician": N_("Technician"),
}
ROLES = {
    "operator": N_("Operator"),
    "supervisor": N_("Supervisor"),
    "installer": N_("Installer"),
    "agency": N_("Agency"),
    "auditor": N_("Auditor"),
    "admin": N_("Administrator"),
}

MEANS = {
    "password": N_("Password"),
    "setup": N_("Set-up link"),
    "password+code": N_("Password and one-time code"),
    "passkey": N_("Passkey"),
    "oidc": N_("Provider"),
}
SCOPES = {
    "tickets:read": N_("see tickets and their stream"),
    "tickets:write": N_("work on tickets"),
    "sites:read": N_("see sites, devices and keyholders"),
    "sites:write": N_("change sites, keyholders and floor plans"),
    "tests:write": N_("put sites on test"),
    "devices:write": N_("register and revoke devices"),
    "team:read": N_("see operators and policies"),
    "team:write": N_("make operators and policies"),
    "record:read": N_("see who did what"),
    "tokens": N_("see and end own tokens"),
    "export": N_("take registers out as tables"),
    "agencies": N_("make and rename further agencies"),
}


def word(table: dict[str, str], term: str) -> str:
    """The English word for `term`; a term that is newer than this page shows as itself."""
    return table.get(term) or term.replace("_", " ").capitalize()
