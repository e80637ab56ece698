"""The errors of the gateway; the tree is drawn in the package's docstring."""

from __future__ import annotations


class GatewayError(Exception):
    """What happened, where, and what to do."""


class ConfigError(GatewayError):
    """The configuration is not usable; `faults` lists everything found, one line each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class SpoolError(GatewayError):
    """Nothing can be kept now; what was offered has not been answered."""


class SpoolBroken(SpoolError):  # noqa: N818 - a state of the disk, worse than an error
    """What was kept can no longer be trusted to be on disk: end the process, start anew."""


class Refused(GatewayError):  # noqa: N818 - the verdict is the name
    """An input that is no frame: `reason` is a name to count by, `detail` says what and where."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class AnswerError(GatewayError):
    """A receiver answered something that is no answer to what it was sent."""

    smaller = True
    """One frame whose answer cannot be read must not hold up the others: the order is halved."""


class LinkError(GatewayError):
    """A receiver was not reached, or said that it cannot serve now.

    retry_after_ms  how long it asked to be left alone, or None
    smaller         whether a smaller body may fare better
    reached         it was reached: another path leads to the same answer
    """

    def __init__(
        self,
        text: str,
        *,
        retry_after_ms: int | None = None,
        smaller: bool = False,
        reached: bool = False,
    ) -> None:
        super().__init__(text)
        self.reached = reached
        self.retry_after_ms = retry_after_ms
        self.smaller = smaller


class FolderHeldError(GatewayError):
    """Another gateway runs on the same folder: which, and what to do."""
