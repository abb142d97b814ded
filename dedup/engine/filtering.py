"""One document of each cluster: the documents wait on disk while they are matched, then the kept ones go on."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import IO, TYPE_CHECKING, NamedTuple

import msgspec

from dedup.corpus import as_dict
from dedup.corpus.fields import NAMES
from dedup.errors import OutputError
from dedup.records import Document, Member

if TYPE_CHECKING:
    from dedup.engine.result import ScanResult


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
        for document in documents:
            with _told():
                self._file.write(self._encoder.encode(as_dict(document)) + b"\n")
            yield document

    def documents(self) -> Iterator[Document]:
        """Read the documents back, in order."""
        with _told():  # writes what is still in the buffer
            self._file.seek(0)
        for line in self._file:
            row = msgspec.json.decode(line)
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
        with _told():  # writes what is still in the buffer
            self._file.seek(0)
        for line, id, is_copy in zip(self._file, result.ids(), copies.tolist(), strict=True):
            if not is_copy:
                kept.write(line)
            elif dropped is not None:
                fields = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
                dropped.write(self._encoder.encode(fields | {"dropped": reasons[id]}) + b"\n")
        return counts


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        hint = "Free some space there, or set TMPDIR to another folder"
        what = f"cannot keep the documents: {error.strerror or error}"
        raise OutputError(what, where=tempfile.gettempdir(), hint=hint) from error


def _reason(head: str, member: Member) -> dict[str, object]:
    return {
        "duplicate_of": head,
        "relation": member.relation,
        "jaccard": member.jaccard,
        "containment": member.containment,
        "containment_head": member.containment_head,
        "shared": member.shared,
    }
