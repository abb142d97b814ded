"""What a reader of a format is, and which suffix means which format.

A new format is one file with a `Reader`, a line in `SUFFIXES` and one in `reading.READERS`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import NamedTuple, Protocol

from dedup.corpus.fields import FieldMap
from dedup.corpus.streams import COMPRESSIONS, Stream
from dedup.records import BadRecord, Document

SUFFIXES: dict[str, str] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",  # public corpora name JSON Lines so; a file with one indented object is not read
    ".csv": "csv",
    ".tsv": "tsv",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".txt": "txt",
    ".parquet": "parquet",
    ".warc": "warc",
    ".wet": "warc",
}
"""Suffix to format; a suffix of compression may follow."""
FORMATS: tuple[str, ...] = tuple(dict.fromkeys(SUFFIXES.values()))


class Source(NamedTuple):
    """An input, opened."""

    name: str
    """As shown to people and used in ids: the path, or `-`."""
    stream: Stream


class Reader(Protocol):
    """Reads one format."""

    def read(self, source: Source, fields: FieldMap) -> Iterator[Document | BadRecord]:
        """Read the documents of an input in order, in bounded memory, and tell the records that are bad.

        Raises
        ------
        DamagedError
            The stream ends early or is damaged.
        MissingExtraError
            The format's library is not installed.
        """


def format_of(path: str) -> str | None:
    """Tell the format by the suffix; None where it is unknown."""
    pure = PurePath(path)
    if pure.suffix.lower() in COMPRESSIONS:
        pure = pure.with_suffix("")
    return SUFFIXES.get(pure.suffix.lower())
