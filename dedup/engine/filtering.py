"""One document of each cluster: the documents wait on disk while they are matched, then the kept ones go on."""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import pairwise
from types import TracebackType
from typing import IO, TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from dedup.corpus import as_dict
from dedup.corpus.fields import NAMES
from dedup.errors import OutputError
from dedup.records import Document, Member

if TYPE_CHECKING:
    from dedup.engine.result import ScanResult


# Bytes copied at a time.
_PIECE = 1 << 20


class Counts(NamedTuple):
    """How many documents went where."""

    kept: int
    dropped: int


class Spool:
    """Documents on disk, one JSON line each, in the order in which they came. Deleted at the end of the block."""

    def __init__(self) -> None:
        # Not in memory: a corpus of pages is many times the size of its texts.
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix="dedup-", buffering=1 << 20)  # noqa: SIM115 - closed by __exit__
        self._encoder = msgspec.json.Encoder(enc_hook=str)
        self._ends = array("q", [0])

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with suppress(OSError):  # what a full disk left in the buffer: the error was told where it happened
            self._file.close()

    def through(self, documents: Iterable[Document]) -> Iterator[Document]:
        """Pass documents on, keeping a copy of each on disk.

        Raises
        ------
        OutputError
            The disk with the temporary folder is full.
        """
        file, encode, ends = self._file, self._encoder.encode, self._ends
        for document in documents:
            line = encode(as_dict(document))
            try:
                file.write(line)
                file.write(b"\n")
            except OSError as error:
                raise _full(error) from error
            ends.append(ends[-1] + len(line) + 1)
            yield document

    def documents(self) -> Iterator[Document]:
        """Read the documents back, in order."""
        for start, end in pairwise(self._ends):
            row = msgspec.json.decode(self._read(start, end))
            known = {name: row.pop(name) for name in NAMES if name in row}
            yield Document(**known, extra=row)

    def write(self, result: ScanResult, kept: IO[bytes], dropped: IO[bytes] | None) -> Counts:
        """Write the documents that head a cluster or stand alone to `kept`, the others with the reason to `dropped`.

        A dropped document has its own fields and `dropped`: the kept document (`duplicate_of`) and the figures of the
        pair, as in `clusters.jsonl`. A field of that name that it came with gives way.

        Raises
        ------
        OutputError
            A disk is full.
        """
        copies = result.is_copy()
        counts = Counts(int((~copies).sum()), int(copies.sum()))
        reasons = (
            {}
            if dropped is None
            else {member.id: _reason(found.head, member) for found in result.each_cluster() for member in found.members}
        )
        ids, ends = result.ids(), self._ends
        for first, last in _runs(copies):
            if not copies[first]:
                self._copy(ends[first], ends[last], kept)
            elif dropped is not None:
                for place in range(first, last):
                    line = self._read(ends[place], ends[place + 1])
                    fields = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
                    dropped.write(self._encoder.encode(fields | {"dropped": reasons[ids[place]]}) + b"\n")
        return counts

    def _read(self, start: int, end: int) -> bytes:
        """Read a part of the file; a seek also writes what is still in the buffer."""
        try:
            if self._file.tell() != start:
                self._file.seek(start)
            return self._file.read(end - start)
        except OSError as error:
            raise _full(error) from error

    def _copy(self, start: int, end: int, target: IO[bytes]) -> None:
        for place in range(start, end, _PIECE):
            target.write(self._read(place, min(place + _PIECE, end)))


def _runs(copies: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Yield first and end of each run of documents that are all copies, or none is."""
    edges = np.flatnonzero(np.diff(copies.astype(np.int8), prepend=-1, append=-1))
    return pairwise(edges.tolist())


def _full(error: OSError) -> OutputError:
    hint = "Free some space there, or set TMPDIR to another folder"
    return OutputError(f"cannot keep the documents: {error.strerror or error}", where=tempfile.gettempdir(), hint=hint)


def _reason(head: str, member: Member) -> dict[str, object]:
    return {
        "duplicate_of": head,
        "relation": member.relation,
        "jaccard": member.jaccard,
        "containment": member.containment,
        "containment_head": member.containment_head,
        "shared": member.shared,
    }
