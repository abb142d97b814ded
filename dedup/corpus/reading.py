"""Reading documents from inputs of any format: what is good comes out, what is bad is told."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from dedup.corpus.fields import FieldMap
from dedup.corpus.folder import File, Inputs, find
from dedup.corpus.interface import FORMATS, SUFFIXES, Reader, Source, format_of
from dedup.corpus.jsonl import JsonlReader
from dedup.corpus.page import PageReader
from dedup.corpus.parquet import ParquetReader
from dedup.corpus.streams import STDIN, DamagedError, open_stream
from dedup.corpus.table import TableReader
from dedup.corpus.warc import WarcReader
from dedup.errors import InputError, RecordError, UsageError
from dedup.records import BadRecord, Document

READERS: dict[str, Reader] = {
    "jsonl": JsonlReader(),
    "csv": TableReader(),
    "tsv": TableReader("\t"),
    "html": PageReader("html"),
    "txt": PageReader("text"),
    "parquet": ParquetReader(),
    "warc": WarcReader(),
}


def read(
    inputs: Inputs,
    *,
    fields: FieldMap | None = None,
    format: str | None = None,
    exclude: Path | None = None,
    strict: bool = False,
    on_bad: Callable[[BadRecord], None] | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Iterator[Document]:
    """Read documents, one at a time.

    Parameters
    ----------
    inputs
        Files, folders (at any depth, all files of a known suffix), globs, and `-` for stdin. Files come sorted by
        path and each once, stdin last: this is the *input order*, whatever the order of the arguments. A file of a
        folder or glob that cannot be opened is a bad record.
    fields
        Names of the fields, where the table of aliases does not tell.
    format
        Format of all inputs, whatever their suffix. Without it stdin is JSON Lines.
    exclude
        Folder that a scan writes to: no file of it is taken out of a folder or by a glob. Where the input lies in it,
        only the files that a scan writes, directly in it, are passed over.
    strict
        Raise on the first bad record.
    on_bad
        Told each bad record; then it is skipped.
    on_progress
        Told the number of bytes taken from the disk, each time some are; their sum reaches `total_bytes`.

    Returns
    -------
    Iterator of Document
        Memory is bounded by the largest record, and by some 200 bytes a document to know an id again.

    Raises
    ------
    InputError
        An input is missing, empty of readable files or of an unknown format: at the call, before anything is read.
        A file that was named cannot be opened.
    MissingExtraError
        A format or compression needs an extra that is not installed.
    RecordError
        A record is bad, and `strict` is set.
    UsageError
        `format` is unknown.
    """
    jobs = files(inputs, format, exclude)
    return _good(_once(_items(jobs, fields or FieldMap(), on_progress)), strict, on_bad)


def files(inputs: Inputs, format: str | None, exclude: Path | None) -> list[tuple[File, str]]:
    """List the files that `read` would read, in input order, each with its format; raises what it would at the call."""
    if format is not None and format not in FORMATS:
        raise UsageError(f"unknown format '{format}'", hint=f"Known formats: {', '.join(FORMATS)}")
    return [(file, format or _format(file.path)) for file in find(inputs, format, exclude)]


def _format(path: str) -> str:
    known = "jsonl" if path == STDIN else format_of(path)
    if known is None:
        hint = f"Say what it is with --format ({', '.join(FORMATS)}); known suffixes: {' '.join(SUFFIXES)}"
        raise InputError("unknown suffix", where=path, hint=hint)
    return known


def _items(
    jobs: Iterable[tuple[File, str]], fields: FieldMap, on_progress: Callable[[int], None] | None
) -> Iterator[Document | BadRecord]:
    for file, format in jobs:
        yield from read_file(file, READERS[format], fields, on_progress)


def read_file(
    file: File, reader: Reader, fields: FieldMap, on_progress: Callable[[int], None] | None = None
) -> Iterator[Document | BadRecord]:
    """Open a file and read it; where it is damaged, or cannot be opened and was not named, this is a bad record."""
    # A name that is not valid in the file system's encoding must not reach an id, which has to be UTF-8.
    name = os.fsencode(file.path).decode("utf-8", "backslashreplace")
    try:
        with open_stream(file.path, on_progress) as stream:
            yield from reader.read(Source(name, stream), fields)
    except DamagedError as error:
        yield BadRecord(name, error.reason)
    except InputError as error:
        if file.named:
            raise
        yield BadRecord(name, error.what)


def _once(items: Iterable[Document | BadRecord]) -> Iterator[Document | BadRecord]:
    """Turn a document whose id was seen before into a bad record."""
    seen: dict[str, str] = {}
    for item in items:
        if isinstance(item, BadRecord):
            yield item
        elif (first := seen.setdefault(item.id, item.where)) is not item.where:
            yield BadRecord(item.where, f"id '{item.id}' was already used at {first}")
        else:
            yield item


def _good(
    items: Iterable[Document | BadRecord], strict: bool, on_bad: Callable[[BadRecord], None] | None
) -> Iterator[Document]:
    for item in items:
        if isinstance(item, Document):
            yield item
        elif strict:
            raise RecordError(item.reason, where=item.where, hint="Without --strict it is skipped and counted")
        elif on_bad is not None:
            on_bad(item)
