"""What an export is: a pure function from what a scan or a check found to the bytes of one file, piece by piece.

A new one of a scan is a file with an `Export`, or, where it writes rows, a `TableExport`, and a line in
`cli/report.py`; one of a check is a file with a `Verdict` and a line in `verdicts.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple, Protocol

from dedup.records import ReportData
from dedup.verdicts import CheckData

Kind = Literal["text", "whole", "number", "names", "counts"]
"""What a column holds: a string, an int, a float, a list of strings, or a mapping from strings to ints."""
Cell = str | int | float | list[str] | dict[str, int] | None
"""None where it is not known."""


class Table(NamedTuple):
    """Rows under named columns."""

    columns: Mapping[str, Kind]
    rows: Iterable[tuple[Cell, ...]]
    """Each with a cell a column, in their order; gone through once."""


class Export(Protocol):
    """Writes what a scan found in one format."""

    def __call__(self, data: ReportData) -> Iterator[bytes]:
        """Write it; the same bytes for the same data, whatever strings are in it."""


class TableExport(Protocol):
    """Writes a table in one format."""

    def __call__(self, table: Table) -> Iterator[bytes]:
        """Write it; the same bytes for the same rows, whatever strings are in them.

        Raises
        ------
        MissingExtraError
            The format's library is not installed.
        """


class Verdict(Protocol):
    """Writes what a check found in one format."""

    def __call__(self, data: CheckData) -> Iterator[bytes]:
        """Write it; the same bytes for the same data, whatever strings are in it."""
