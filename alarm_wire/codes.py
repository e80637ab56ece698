"""The one table from our kinds to the codes of other receivers: SIA DC-03 letters and Contact ID.

Contact ID is a qualifier (1 new, 3 restored) and an event of three digits (SIA DC-05). The table
promises a code for every kind, also for kinds that this version does not know: by their class.
"""

from alarm_wire import signal as kinds


class Code:
    """`sia`: two letters; `qualifier` 1 or 3 and `event` of three digits for Contact ID."""

    def __init__(self, sia: str, qualifier: int, event: int) -> None:
        self.sia = sia
        self.qualifier = qualifier
        self.event = event

    def contact_id(self) -> str:
        """Four digits such as 1122."""
        return "%d%03d" % (self.qualifier, self.event)


CODES: "dict[int, Code]" = {
    kinds.HOLD_UP: Code("HA", 1, 122),
    kinds.DURESS: Code("HA", 1, 121),
    kinds.PANIC: Code("PA", 1, 120),
    kinds.MEDICAL: Code("MA", 1, 100),
    kinds.FIRE: Code("FA", 1, 110),
    kinds.TAMPER: Code("TA", 1, 137),
    kinds.LOOP_FAULT: Code("HT", 1, 380),
    kinds.MAINS_LOST: Code("AT", 1, 301),
    kinds.BATTERY_LOW: Code("YT", 1, 302),
    kinds.DEVICE_LATE: Code("ET", 1, 330),
    kinds.DEVICE_LOST: Code("EM", 1, 381),
    kinds.PATH_LOST: Code("YC", 1, 350),
    kinds.STORE_TROUBLE: Code("YX", 1, 300),
    kinds.CODE_LOCKED: Code("JA", 1, 461),
    kinds.SELF_TEST_FAILED: Code("YX", 1, 307),
    kinds.CLOCK_SKEWED: Code("YX", 1, 626),
    kinds.FORGERY: Code("TA", 1, 145),
    kinds.HELD_BACK: Code("UT", 1, 377),
    kinds.STARTED: Code("RR", 1, 305),
    kinds.STOPPED: Code("YX", 1, 308),
    kinds.TEST_STARTED: Code("TS", 1, 607),
    kinds.TEST_ENDED: Code("TE", 3, 607),
    kinds.TAMPER_RESTORED: Code("TR", 3, 137),
    kinds.LOOP_RESTORED: Code("HJ", 3, 380),
    kinds.MAINS_RESTORED: Code("AR", 3, 301),
    kinds.BATTERY_RESTORED: Code("YR", 3, 302),
    kinds.DEVICE_RESTORED: Code("EN", 3, 381),
    kinds.PATH_RESTORED: Code("YK", 3, 350),
    kinds.STORE_RESTORED: Code("YZ", 3, 300),
    kinds.PANEL_RESET: Code("HR", 3, 122),
    kinds.CONFIG_CHANGED: Code("YG", 1, 306),
    kinds.UPDATED: Code("YG", 1, 306),
    kinds.FETCHING: Code("YG", 1, 306),
    kinds.CERTIFICATE: Code("YG", 1, 306),
    kinds.PERIODIC_TEST: Code("RP", 1, 602),
}
_BY_CLASS = {
    kinds.EMERGENCY: Code("UA", 1, 140),
    kinds.TECHNICAL: Code("UT", 1, 300),
    kinds.STATUS: Code("RP", 1, 602),
}


def code_of(kind: int) -> Code:
    """The code of `kind`; of its class when this version does not know it."""
    known = CODES.get(kind)
    return known if known is not None else _BY_CLASS[kinds.urgency(kind)]
