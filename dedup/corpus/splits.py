"""Inputs cut into pieces that workers read independently: together, in order, what `read` gives.

A line of JSON Lines belongs to the piece in which it starts, so a file is cut at any byte without being read. Which
number a line has depends on the pieces before: `count_lines` of each can be had in any order, and `read_split` is told
their sum. That an id stands twice no piece can know; whoever puts them together has to look.
"""

from __future__ import annotations

import io
import stat
import sys
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Any

import msgspec

from dedup.corpus.fields import FieldMap
from dedup.corpus.folder import File, Inputs
from dedup.corpus.interface import Source
from dedup.corpus.jsonl import JsonlReader
from dedup.corpus.parquet import ParquetReader
from dedup.corpus.reading import READERS, files, read_file
from dedup.corpus.streams import CHUNK, COMPRESSIONS, STDIN, DamagedError, Stream, is_wide, open_stream
from dedup.errors import InputError, UsageError
from dedup.records import BadRecord, Document

# Large enough that starting to read does not count, small enough that many workers share one file.
SIZE = 64 << 20


class Split(msgspec.Struct, frozen=True):
    """A file or a piece of one."""

    path: str
    named: bool
    """Named by the caller, not found in a folder or by a glob."""
    format: str
    start: int = 0
    """Of JSON Lines the byte, of Parquet the row group, from which on it takes what starts there, and …"""
    end: int | None = None
    """… before which; None for all the rest."""

    @property
    def is_whole(self) -> bool:
        """Tell whether it is a file, not a piece of one."""
        return self.start == 0 and self.end is None


def splits(inputs: Inputs, *, format: str | None = None, exclude: Path | None = None, size: int = SIZE) -> list[Split]:
    """Cut inputs into pieces, in input order.

    Parameters
    ----------
    inputs, format, exclude
        As in `read`.
    size
        Bytes of a piece. JSON Lines that are not compressed are cut at multiples of it, Parquet between row groups;
        all other files stay whole.

    Raises
    ------
    InputError
        As `read` at the call.
    UsageError
        `format` is unknown, or stdin is one of the inputs.
    """
    found = files(inputs, format, exclude)
    if any(file.path == STDIN for file, _ in found):
        raise UsageError("stdin cannot be read in pieces", where=STDIN, hint="Write it to a file first")
    return [split for file, format in found for split in _cut(Split(file.path, file.named, format), size)]


def count_lines(split: Split) -> int:
    """Count the lines, of Parquet the rows, of a piece; 0 for a whole file, after which none of it is numbered."""
    if split.is_whole:
        return 0
    try:
        with open_stream(split.path) as stream:
            return _count_rows(split, stream) if split.format == "parquet" else _count_lines(split, stream)
    except (DamagedError, InputError):  # told when it is read
        return 0


def read_split(split: Split, fields: FieldMap | None = None, before: int = 0) -> Iterator[Document | BadRecord]:
    """Read the documents of a piece, and tell its bad records, in order.

    Parameters
    ----------
    split
        The piece.
    fields
        As in `read`.
    before
        Lines of the file in the pieces before it: with them each document is told to be where `read` tells it is.

    Raises
    ------
    InputError
        A file that was named cannot be opened.
    MissingExtraError
        A format or compression needs an extra that is not installed.
    """
    reader = READERS[split.format] if split.is_whole else _PieceReader(split, before)
    return read_file(File(split.path, split.named), reader, fields or FieldMap())


class _PieceReader:
    """Reads a piece of a file."""

    def __init__(self, split: Split, before: int) -> None:
        self._split, self._before = split, before

    def read(self, source: Source, fields: FieldMap) -> Iterator[Document | BadRecord]:
        split, before = self._split, self._before
        if split.format == "parquet":
            return ParquetReader().read(source, fields, before, slice(split.start, split.end))
        piece = Source(source.name, Stream(_Piece(source.stream, split), compressed=False))
        # A piece after the first begins with the line feed before its first line.
        return JsonlReader().read(piece, fields, before - 1 if split.start else before)


class _Piece:
    """The lines of a piece.

    A later piece begins with the line feed before its first line: what looks like a byte order mark there is none.
    """

    def __init__(self, stream: Stream, split: Split) -> None:
        self._chunks = _chunks(stream, split)

    def read1(self, _size: int) -> bytes:
        return next(self._chunks, b"")


def _chunks(stream: Stream, split: Split) -> Iterator[bytes]:
    at, begun = max(split.start - 1, 0), split.start == 0
    stream.seek(at)
    while chunk := stream.read(CHUNK) or b"":
        # Place in the chunk of the last byte of the range: a line feed there or later has the next piece behind it.
        last = sys.maxsize if split.end is None else max(split.end - 1 - at, 0)
        at += len(chunk)
        if not begun:
            first = chunk.find(b"\n", 0, last)
            if first < 0 and last <= len(chunk):
                return
            if first < 0:
                continue
            chunk, last, begun = chunk[first:], last - first, True
        end = chunk.find(b"\n", last)
        if end >= 0:
            yield chunk[: end + 1]
            return
        yield chunk


def _count_lines(split: Split, stream: Stream) -> int:
    size = stream.seek(0, io.SEEK_END)
    at, stop = max(split.start - 1, 0), min(size if split.end is None else split.end, size) - 1
    stream.seek(at)
    count = int(split.start == 0)
    while at < stop and (chunk := stream.read(min(CHUNK, stop - at))):
        count += chunk.count(b"\n")
        at += len(chunk)
    return count


def _count_rows(split: Split, stream: Stream) -> int:
    groups = _row_groups(stream)
    return sum(rows for rows, _ in groups[split.start : split.end])


def _row_groups(stream: Stream) -> list[tuple[int, int]]:
    """Return rows and bytes of each row group; none of what cannot be read."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:  # told when it is read
        return []
    try:
        told: Any = parquet.ParquetFile(stream).metadata
    except (OSError, pyarrow.ArrowException):
        return []
    groups = (told.row_group(place) for place in range(told.num_row_groups))
    return [(group.num_rows, group.total_byte_size) for group in groups]


def _cut(whole: Split, size: int) -> list[Split]:
    compressed = PurePath(whole.path).suffix.lower() in COMPRESSIONS
    if compressed or whole.format not in ("jsonl", "parquet"):
        return [whole]
    try:
        known = Path(whole.path).stat()
        if not stat.S_ISREG(known.st_mode) or known.st_size <= size:
            return [whole]
        with open_stream(whole.path) as stream:
            starts = _group_starts(stream, size) if whole.format == "parquet" else _starts(stream, known.st_size, size)
    except (OSError, DamagedError, InputError):  # told when it is read
        return [whole]
    return [
        msgspec.structs.replace(whole, start=start, end=end)
        for start, end in zip(starts, [*starts[1:], None], strict=True)
    ]


def _starts(stream: Stream, total: int, size: int) -> list[int]:
    return [0] if is_wide(stream.read(4) or b"") else list(range(0, total, size))


def _group_starts(stream: Stream, size: int) -> list[int]:
    """Return the row groups that begin a piece: one is ended by the group that fills it."""
    starts, held = [0], 0
    for place, (_, weight) in enumerate(_row_groups(stream)):
        if held >= size:
            starts.append(place)
            held = 0
        held += weight
    return starts
