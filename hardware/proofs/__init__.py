"""Circuit proofs: each states claims with figures and limits, and can fail.

A proof reads its numbers from `Books`, lets ngspice integrate the circuit, and returns a `Proof`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Claim:
    """One figure against its limit."""

    text: str
    value: float
    limit: float
    unit: str
    at_least: bool = True

    @property
    def holds(self) -> bool:
        """Whether the figure keeps its limit."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def __str__(self) -> str:
        """Show figure, limit and verdict."""
        sign = ">=" if self.at_least else "<="
        word = "holds" if self.holds else "FAILS"
        return f"{word}: {self.text}: {self.value:.4g} {self.unit} ({sign} {self.limit:.4g})"


@dataclass
class Proof:
    """Claims of one proof, and what its plot needs."""

    name: str
    claims: list[Claim] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def complaints(self) -> list[str]:
        """The claims that fail, as text."""
        return [f"{self.name}: {claim}" for claim in self.claims if not claim.holds]
