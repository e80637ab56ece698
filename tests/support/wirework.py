"""Frames for tests of gateway and receiver: a device with a key that makes and checks them."""

import os

from alarm_wire.frame import content_of, seal_content, seal_heartbeat
from alarm_wire.receipt import STORED, Receipt, Refusal, open_receipt, pack_refusal, seal_receipt
from alarm_wire.seal import HEARTBEAT, RECEIPT, SIGNAL, Signer
from alarm_wire.signal import HOLD_UP, Heartbeat, Moment, Signal, urgency
from gateway.acts import Frame


class Device:
    """A keypad or gateway made of its key alone."""

    def __init__(self, name, key=None):
        self.id = bytes.fromhex(name)
        self.name = name
        self.key = key or os.urandom(32)
        self.signers = {
            purpose: Signer(self.key, purpose) for purpose in (SIGNAL, HEARTBEAT, RECEIPT)
        }

    def signal(self, number, kind=HOLD_UP, epoch=1, sent_ms=1000, **fields):
        """One sealed signal frame."""
        signal = Signal(self.id, epoch, number, kind, **fields)
        return seal_content(content_of(signal), Moment(epoch, sent_ms), self.signers[SIGNAL])

    def frame(self, number, kind=HOLD_UP, epoch=1, sent_ms=1000, **fields):
        """(Frame, urgency) as the gateway's parts hand it around."""
        raw = self.signal(number, kind, epoch, sent_ms, **fields)
        return Frame(self.id, epoch, number, raw[:50], raw), urgency(kind)

    def heartbeat(self, number, epoch=1):
        """One sealed heartbeat frame."""
        return seal_heartbeat(Heartbeat(self.id, epoch, number), self.signers[HEARTBEAT])

    def beat(self, number, epoch=1):
        """A heartbeat as the gateway's parts hand it around."""
        return Frame(self.id, epoch, number, b"", self.heartbeat(number, epoch))

    def receipt(self, number, state=STORED, epoch=1, moment_ms=1):
        """A sealed receipt for this device."""
        receipt = Receipt(self.id, epoch, number, state, moment_utc_ms=moment_ms)
        return seal_receipt(receipt, self.signers[RECEIPT])

    def refusal(self, number, reason, epoch=1):
        """A refusal for this device."""
        return pack_refusal(Refusal(self.id, epoch, number, reason))

    def opened(self, receipt):
        """The receipt, its seal checked."""
        return open_receipt(receipt, self.signers[RECEIPT])
