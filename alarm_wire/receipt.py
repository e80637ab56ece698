"""The receiver's answers: a sealed Receipt that a promise has been kept, or a Refusal.

A receipt is made after COMMIT and sealed with the key of the device that it is for; nobody in
between can make one. A device drops a signal from its flash ring on a receipt and on nothing
else. A refusal is not sealed (there may be no key to seal it with) and therefore proves nothing:
a gateway counts it, a device never acts on it.

    receipt   version 1, type 1, device 8, epoch 4, number 4, state 1, ticket 16,
              moment_utc_ms 8 | seal 16                                             = 59 bytes
    refusal   version 1, type 1, device 8, epoch 4, number 4, reason 1              = 19 bytes
"""

import struct

from alarm_wire.frame import (
    BAD_FIELD,
    REASON_NAMES,
    RECEIPT_FRAME,
    REFUSAL_FRAME,
    VERSION,
    WRONG_TYPE,
    WRONG_VERSION,
    WireError,
    check_length,
    open_sealed,
)
from alarm_wire.seal import SEAL_BYTES, Signer

STORED = 1
"""The signal and, for an alarm, its ticket are committed."""
ACKNOWLEDGED = 2
"""An operator has taken the ticket that this signal opened or joined."""
HEARD = 3
"""A heartbeat was heard. Nothing was stored; never a reason to drop a signal."""
STATE_NAMES: "dict[int, str]" = {STORED: "stored", ACKNOWLEDGED: "acknowledged", HEARD: "heard"}

NO_TICKET = bytes(16)

_RECEIPT = "!BB8sIIB16sQ"
_REFUSAL = "!BB8sIIB"
RECEIPT_BYTES = struct.calcsize(_RECEIPT) + SEAL_BYTES
REFUSAL_BYTES = struct.calcsize(_REFUSAL)


class Receipt:
    """`state` of the signal or heartbeat (device, epoch, number) at the receiver.

    ticket          16 bytes, the UUID of its ticket, or NO_TICKET
    moment_utc_ms   the receiver's clock when it sealed this; a device may set its clock by it
    """

    def __init__(
        self,
        device: bytes,
        epoch: int,
        number: int,
        state: int,
        *,
        ticket: bytes = NO_TICKET,
        moment_utc_ms: int = 0,
    ) -> None:
        self.device = device
        self.epoch = epoch
        self.number = number
        self.state = state
        self.ticket = ticket
        self.moment_utc_ms = moment_utc_ms

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Receipt) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash((self.device, self.epoch, self.number, self.state))

    def __repr__(self) -> str:
        return "<Receipt %d.%d %s>" % (self.epoch, self.number, STATE_NAMES.get(self.state, "?"))


class Refusal:
    """The receiver will not take (device, epoch, number), for `reason` (frame.REASON_NAMES)."""

    def __init__(self, device: bytes, epoch: int, number: int, reason: int) -> None:
        self.device = device
        self.epoch = epoch
        self.number = number
        self.reason = reason

    def __repr__(self) -> str:
        return "<Refusal %d.%d %s>" % (self.epoch, self.number, REASON_NAMES.get(self.reason, "?"))


def seal_receipt(receipt: Receipt, signer: Signer) -> bytes:
    """The 59-byte frame of `receipt`; `signer` is for purpose RECEIPT, with the device's key."""
    body = struct.pack(
        _RECEIPT,
        VERSION,
        RECEIPT_FRAME,
        receipt.device,
        receipt.epoch,
        receipt.number,
        receipt.state,
        receipt.ticket,
        receipt.moment_utc_ms,
    )
    return body + signer.seal(body)


def open_receipt(frame: bytes, signer: Signer) -> Receipt:
    """The receipt in `frame`. Raises WireError; nothing unsealed gets through."""
    fields = struct.unpack(_RECEIPT, open_sealed(frame, RECEIPT_FRAME, RECEIPT_BYTES, signer))
    if fields[5] not in STATE_NAMES:
        raise WireError(BAD_FIELD, "state %d is not one of 1, 2, 3" % fields[5])
    return Receipt(
        fields[2],
        fields[3],
        fields[4],
        fields[5],
        ticket=fields[6],
        moment_utc_ms=fields[7],
    )


def pack_refusal(refusal: Refusal) -> bytes:
    """The 19-byte frame of `refusal`."""
    return struct.pack(
        _REFUSAL,
        VERSION,
        REFUSAL_FRAME,
        refusal.device,
        refusal.epoch,
        refusal.number,
        refusal.reason,
    )


def unpack_refusal(frame: bytes) -> Refusal:
    """The refusal in `frame`. Raises WireError."""
    check_length(frame, REFUSAL_BYTES)
    version, kind_of_frame, device, epoch, number, reason = struct.unpack(_REFUSAL, frame)
    if version != VERSION:
        raise WireError(WRONG_VERSION, "version %d, known is %d" % (version, VERSION))
    if kind_of_frame != REFUSAL_FRAME:
        raise WireError(WRONG_TYPE, "type %d is not a refusal" % kind_of_frame)
    if reason not in REASON_NAMES:
        raise WireError(BAD_FIELD, "reason %d is not known" % reason)
    return Refusal(device, epoch, number, reason)
