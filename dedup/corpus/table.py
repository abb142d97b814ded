"""CSV and TSV: a header of field names, then one record a row.

The encoding is decided from the first 64 KiB: a byte order mark, UTF-8, or what the detector says. TSV has no quotes
(IANA, text/tab-separated-values); where one encloses a whole field, as some writers do, it goes.

The standard library's parser reads the rows. Around it: physical line numbers, a bound on what one row may hold, and a
way on after a quote that is never closed, which would otherwise swallow the rest of the file. Its first line is then
the bad record, and reading goes on with the next line. No line is read more than twice, so a hostile file cannot make
the work quadratic.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from dedup.corpus import encoding, streams
from dedup.corpus.fields import FieldMap
from dedup.corpus.interface import Source
from dedup.records import BadRecord, Document

_DELIMITERS = ",;\t|"


class TableReader:
    """Reads rows under a header.

    Parameters
    ----------
    delimiter
        What stands between fields; None takes the one of `, ; tab |` that stands most often in the header.
    """

    def __init__(self, delimiter: str | None = None) -> None:
        self._delimiter = delimiter

    def read(self, source: Source, fields: FieldMap) -> Iterator[Document | BadRecord]:
        """Read one document a row; `where` is `file:line` of the row's first line, the header being line 1."""
        header: tuple[str, ...] | None = None
        for row in _Rows(source.stream, self._delimiter):
            where = f"{source.name}:{row.line}"
            if row.reason:
                yield BadRecord(where, row.reason)
            elif header is None:
                header = tuple(name.strip() for name in row.cells)  # one without a name is passed over
                if reason := _useless(header, fields):
                    yield BadRecord(where, reason)
                    return
            elif len(row.cells) != len(header):
                yield BadRecord(where, f"number of fields is {len(row.cells)}, the header has {len(header)}")
            else:
                record = {name: cell for name, cell in zip(header, row.cells, strict=True) if name}
                yield fields.document(record, where)


def _useless(header: tuple[str, ...], fields: FieldMap) -> str | None:
    if twice := next((name for name in header if name and header.count(name) > 1), None):
        return f"the header names '{twice}' twice"
    if not fields.finds_text(header):
        shown = ", ".join(name[:40] for name in header[:8])
        return f"the header names no field with text or html (it has: {shown}); name it with --text-field"
    return None


class _Row(NamedTuple):
    line: int
    cells: list[str]
    reason: str = ""


class _Rows:
    """The rows of a table, each with the line it starts on."""

    def __init__(self, stream: streams.Stream, delimiter: str | None) -> None:
        # The limit is the process's, and the default of 128 KiB is less than a page; it is only ever raised.
        csv.field_size_limit(max(csv.field_size_limit(), streams.MAX_RECORD_BYTES))
        self._feed = _Feed(streams.lines(stream))
        self._delimiter = delimiter
        self._quoted = delimiter is None

    def __iter__(self) -> Iterator[_Row]:
        feed = self._feed
        if self._delimiter is None:
            self._delimiter = feed.skip_separator_line() or _likeliest(feed.first_line())
        parser = self._parser()
        while True:
            feed.start_row()
            try:
                cells, reason = next(parser), feed.reason
            except StopIteration:
                return
            except (csv.Error, _RowTooLongError) as error:
                cells, reason = [], _reason(feed, error)
                feed.back_to_second_line()
                parser = self._parser()
            if not self._quoted:
                cells = [_unquoted(cell) for cell in cells]
            if reason or cells:
                yield _Row(feed.first, cells, reason)

    def _parser(self) -> Iterator[list[str]]:
        delimiter = self._delimiter or ","
        if self._quoted:
            return csv.reader(self._feed, delimiter=delimiter, strict=True)
        return csv.reader(self._feed, delimiter=delimiter, quoting=csv.QUOTE_NONE, strict=True)


def _unquoted(cell: str) -> str:
    return cell[1:-1].replace('""', '"') if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell


def _reason(feed: _Feed, error: Exception) -> str:
    if isinstance(error, _RowTooLongError):
        return str(error)
    # A quote that stayed open meets the next opening one, or the end of the file, on a later line.
    return "quote is never closed" if feed.ended_inside or feed.lines > 1 else f"not CSV: {error}"


class _RowTooLongError(Exception):
    """One line, or the lines of one row together, are over the bound."""


class _Feed:
    """Hands lines to the parser and holds those of the row that is being read."""

    def __init__(self, lines: Iterator[bytes | None]) -> None:
        self._lines = lines
        self._again: deque[bytes | None] = deque()
        self._damage = self._read_ahead()
        self._codec = encoding.charset_of(b"\n".join(line for line in self._again if line))
        self._number = 0
        self._twice_until = 0
        self.start_row()

    def start_row(self) -> None:
        self.first = self._number + 1
        self.reason = ""
        self.ended_inside = False
        self._row: list[bytes | None] = []
        self._size = 0

    @property
    def lines(self) -> int:
        return len(self._row)

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        try:
            line = self._again.popleft() if self._again else self._next()
        except StopIteration:
            self.ended_inside = bool(self._row)
            raise
        self._number += 1
        self._row.append(line)
        self._size += len(line or b"")
        if line is None or self._size > streams.MAX_RECORD_BYTES:
            raise _RowTooLongError(streams.too_long("row"))
        try:
            return line.decode(self._codec) + "\n"
        except UnicodeDecodeError as error:
            self.reason = f"not valid {self._codec.upper()}: {error.reason}; save the table as UTF-8"
            return line.decode(self._codec, "replace") + "\n"

    def _next(self) -> bytes | None:
        if self._damage:
            raise self._damage
        return next(self._lines)

    def _read_ahead(self) -> streams.DamagedError | None:
        """Take the lines of the first 64 KiB; return what ended them, to be told after them."""
        size = 0
        try:
            for line in self._lines:
                self._again.append(line)
                size += len(line or b"") + 1
                if size >= encoding.SAMPLE:
                    break
        except streams.DamagedError as damage:
            return damage
        return None

    def first_line(self) -> bytes:
        return (self._again[0] if self._again else None) or b""

    def skip_separator_line(self) -> str | None:
        """Pass over Excel's `sep=;`, and return the delimiter that it names."""
        found = re.fullmatch(rb'"?sep=([,;\t|])"?\r?', self.first_line(), re.IGNORECASE)
        if found:
            next(self)
        return found[1].decode() if found else None

    def back_to_second_line(self) -> None:
        """Read the lines of the row again, without its first, unless that was done already."""
        if self.first <= self._twice_until:
            return
        self._twice_until = self._number
        self._again.extendleft(reversed(self._row[1:]))
        self._number = self.first


def _likeliest(header: bytes) -> str:
    return max(_DELIMITERS, key=lambda delimiter: header.count(delimiter.encode()))
