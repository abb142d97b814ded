"""The gates of a check: what a batch may hold of copies, boilerplate, short texts and broken records.

Two gates count documents that are copies, one counts bad records. Two more first ask something of each document, its
share of boilerplate or its length, and count those that do not keep to it. All compare a count, or its share of the
documents that were judged, with what is allowed; a share that is allowed exactly passes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import msgspec

from dedup.errors import UsageError
from dedup.verdicts import Checked, Gate

IDS_KEPT = 1000
"""Documents that a gate names: a list for people, and more of them is a broken crawl."""


class Limit(msgspec.Struct, frozen=True):
    """How many may count against a gate: a share of all, 0 to 1, or a number."""

    value: float
    is_share: bool

    @classmethod
    def of(cls, value: str | float) -> Limit:
        """Read a limit: text as `parse` does, a float as a share, a whole number as a number.

        Raises
        ------
        ValueError
            It is none of this; the message says what to write.
        """
        if isinstance(value, str):
            return cls.parse(value)
        is_share = isinstance(value, float)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not 0 <= value <= (1 if is_share else value):
            raise ValueError(f"{value!r} is neither a share, as '5%' or 0.05, nor a number, as 10")
        return cls(float(value), is_share)

    @classmethod
    def parse(cls, text: str) -> Limit:
        """Read `5%` or `0.05`, a share, or `10`, a number.

        Raises
        ------
        ValueError
            It is neither; the message says what to write.
        """
        found = re.fullmatch(r"\s*(\d+)(\.\d+)?\s*(%?)\s*", text, re.ASCII)
        is_share = bool(found and (found[2] or found[3]))
        # By way of a fraction, so that 0.1% is the same float as 1 of 1,000.
        exact = Fraction(found[1] + (found[2] or "")) / (100 if found[3] else 1) if found else Fraction(-1)
        if not found or (is_share and exact > 1):
            raise ValueError(f"'{text}' is neither a share, as 5% or 0.05, nor a number, as 10")
        return cls(float(exact), is_share)

    def found(self, count: int, of: int) -> float:
        """Give what stands against the limit: the count, or its share."""
        return (count / of if of else 0.0) if self.is_share else float(count)

    def allows(self, count: int, of: int) -> bool:
        """Say whether so many are allowed."""
        return self.found(count, of) <= self.value


NONE = Limit(0, is_share=False)


class Each(msgspec.Struct, frozen=True):
    """What a gate asks of each document, and how many may fall short of it."""

    bound: float
    allowed: Limit = NONE

    @classmethod
    def of(cls, value: str | float, *, share: bool) -> Each:
        """Read what is asked of each document: a share of its characters, or a number of them.

        In text there may stand behind a colon how many may fall short of it.

        Raises
        ------
        ValueError
            It is none of this; the message says what to write.
        """
        bound, colon, allowed = value.partition(":") if isinstance(value, str) else (value, "", "")
        limit = Limit.of(bound)
        if limit.is_share != share:
            what = "a share of a document's characters, as 60%" if share else "a number of characters, as 200"
            raise ValueError(f"'{bound}' is not {what}")
        return cls(limit.value, Limit.parse(allowed) if colon else NONE)


_EACH = {"max_boilerplate": True, "min_body_chars": False}
"""Gates that ask something of each document, and whether it is a share."""


class Gates(msgspec.Struct, frozen=True):
    """The gates that are set; None of one that is not."""

    max_duplicates: Limit | None = None
    max_excerpts: Limit | None = None
    max_boilerplate: Each | None = None
    min_body_chars: Each | None = None
    max_bad_records: Limit | None = None

    @classmethod
    def of(cls, **values: str | float | None) -> Gates:
        """Read gates by their names, each as a limit is written; None is one that is not set.

        Raises
        ------
        UsageError
            A limit makes no sense.
        """
        made: dict[str, Any] = {}
        for name, value in values.items():
            try:
                if value is None:
                    continue
                made[name] = Each.of(value, share=_EACH[name]) if name in _EACH else Limit.of(value)
            except ValueError as error:
                raise UsageError(f"{name}: {error}", hint="See dedup.check") from error
        return cls(**made)

    def of_documents(self) -> Iterator[tuple[str, Limit, float | None]]:
        """Give name, limit and what is asked of each document, of the gates that count documents."""
        gates: tuple[tuple[str, Limit | Each | None], ...] = (
            ("max-duplicates", self.max_duplicates),
            ("max-excerpts", self.max_excerpts),
            ("max-boilerplate", self.max_boilerplate),
            ("min-body-chars", self.min_body_chars),
        )
        for name, gate in gates:
            if isinstance(gate, Each):
                yield name, gate.allowed, gate.bound
            elif gate is not None:
                yield name, gate, None

    def __bool__(self) -> bool:
        """Say whether one is set."""
        return any(getattr(self, name) is not None for name in self.__struct_fields__)


class Judge:
    """Counts what stands against each gate.

    Parameters
    ----------
    gates
        Those that are set.
    accept
        A document that would count is accepted instead, as if a baseline named it.
    """

    def __init__(self, gates: Gates, *, accept: bool = False) -> None:
        self._gates, self._accept = gates, accept
        self._counts: dict[str, int] = {name: 0 for name, _, _ in gates.of_documents()}
        self._ids: dict[str, list[str]] = {name: [] for name in self._counts}
        self.judged = 0
        self.accepted = 0

    def add(self, row: Checked) -> bool:
        """Take in a document, and say whether a gate has something against it, whether that counts or is accepted."""
        against = [name for name, _, bound in self._gates.of_documents() if _counts(name, row, bound)]
        row.accepted |= self._accept and bool(against)
        if row.accepted:
            self.accepted += 1
            return bool(against)
        self.judged += 1
        for name in against:
            self._counts[name] += 1
            if len(self._ids[name]) < IDS_KEPT:
                self._ids[name].append(row.id)
        return bool(against)

    def gates(self, documents: int, bad_records: int) -> list[Gate]:
        """Give each gate's verdict; those that failed stand where they stand, in the order of the options."""
        made = [
            _gate(name, limit, self._counts[name], self.judged, self._ids[name], bound)
            for name, limit, bound in self._gates.of_documents()
        ]
        if limit := self._gates.max_bad_records:
            made.append(_gate("max-bad-records", limit, bad_records, documents + bad_records, [], None))
        return made


def _counts(name: str, row: Checked, bound: float | None) -> bool:
    """Say whether a document counts against a gate."""
    if name == "max-duplicates":
        return row.duplicate
    if name == "max-excerpts":
        return row.excerpt
    assert bound is not None  # noqa: S101 - for the type checker
    return row.boilerplate > bound if name == "max-boilerplate" else row.body_chars < bound


def _gate(name: str, limit: Limit, count: int, of: int, ids: list[str], each: float | None) -> Gate:
    found, passed = limit.found(count, of), limit.allows(count, of)
    return Gate(name, limit.value, found, limit.is_share, passed, ids, count, of, each)
