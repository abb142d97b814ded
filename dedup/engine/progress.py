"""How an engine says how far it is: an interface without a screen in it.

The terminal's bar is one implementation, in `cli/`; a notebook or a log line may be another.
"""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """What an engine tells while it works."""

    def stage(self, name: str, total: int | None = None) -> None:
        """Enter a stage of `total` steps; None where nobody knows how many."""

    def advance(self, steps: int = 1) -> None:
        """Note that so many steps more are done."""


class Silent:
    """Tells nobody."""

    def stage(self, name: str, total: int | None = None) -> None:
        """Say nothing."""

    def advance(self, steps: int = 1) -> None:
        """Say nothing."""
