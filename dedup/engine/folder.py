"""Reading back what a scan wrote into its folder.

Rows of documents and pairs are read as a stream: of the pairs, which may be millions, only those are kept that a reader
can open side by side. How many rows a file should have stands in `summary.json`, so one that was cut off between two
lines is told, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from dedup.errors import InputError
from dedup.records import Cluster, DocumentRow, Outlet, Pair, Reading, ReportData, Summary, Texts

_AGAIN = "Scan again into this folder"
_NO_SCAN = "Name the folder that was given to dedup scan with -o; a scan that was stopped goes on with --resume"

T = TypeVar("T")


class _Ends(msgspec.Struct):
    """Of a pair only what decides whether it is wanted: the passages of the others are passed over."""

    a: str
    b: str


def read_folder(path: Path, texts: Texts = "all") -> ReportData:
    """Read what a report may show from the files of a scan.

    Parameters
    ----------
    path
        The folder that `dedup scan` wrote.
    texts
        Readings that are wanted: none, those of the heads of clusters, or all that the scan left. Without the texts of
        both sides no pair is, and `pairs.jsonl` is not read.

    Returns
    -------
    ReportData
        `pairs` are those that link a member to its cluster's head, where both have a reading. `documents` reads its
        file anew each time it is gone through. A scan of a version without outlets or texts has none.

    Raises
    ------
    InputError
        The folder is none of a scan, or a file is missing, cut off or damaged; `documents` raises it while it is read.
    """
    summary = _summary(path)
    clusters = list(_Rows(path / "clusters.jsonl", Cluster, summary.clusters))
    outlets, readings = path / "outlets.jsonl", path / "readings.jsonl"
    found = {row.id: row for row in _readings(readings, clusters, texts)} if readings.exists() else {}
    return ReportData(
        summary=summary,
        clusters=clusters,
        pairs=list(_links(path / "pairs.jsonl", clusters, found, sum(summary.pairs.values()))),
        documents=_Rows(path / "documents.jsonl", DocumentRow, summary.documents),
        outlets=list(_Rows(outlets, Outlet)) if outlets.exists() else [],
        readings=found,
    )


class _Rows(Generic[T]):
    """The rows of a file, read anew each time they are gone through."""

    def __init__(self, path: Path, kind: type[T], count: int | None = None) -> None:
        self._path = path
        self._decoder = msgspec.json.Decoder(kind)
        self._count = count

    def __iter__(self) -> Iterator[T]:
        for where, line in _lines(self._path, self._count):
            yield _decoded(self._decoder, line, where)


def _summary(path: Path) -> Summary:
    if not path.is_dir():
        what = "a file, and no folder of dedup scan" if path.exists() else "there is no such folder"
        raise InputError(what, where=str(path), hint=_NO_SCAN)
    file = path / "summary.json"
    if not file.exists():
        raise InputError("this is no folder of dedup scan: summary.json is missing", where=str(path), hint=_NO_SCAN)
    try:
        return _decoded(msgspec.json.Decoder(Summary), file.read_bytes(), str(file))
    except OSError as error:
        raise _unreadable(file, error) from error


def _readings(path: Path, clusters: list[Cluster], texts: Texts) -> Iterable[Reading]:
    if texts == "none":
        return []
    heads = {cluster.head for cluster in clusters}
    return (row for row in _Rows(path, Reading) if texts == "all" or row.id in heads)


def _links(path: Path, clusters: list[Cluster], readings: dict[str, Reading], count: int) -> Iterator[Pair]:
    """Read the pairs that link a member to its head, both with a reading."""
    read = (cluster for cluster in clusters if cluster.head in readings)
    wanted = {
        frozenset((member.id, cluster.head))
        for cluster in read
        for member in cluster.members
        if member.id in readings and member.id != cluster.head
    }
    if not wanted:
        return
    ends, whole = msgspec.json.Decoder(_Ends), msgspec.json.Decoder(Pair)
    for where, line in _lines(path, count):
        pair = _decoded(ends, line, where)
        if frozenset((pair.a, pair.b)) in wanted:
            yield _decoded(whole, line, where)


def _lines(path: Path, count: int | None) -> Iterator[tuple[str, bytes]]:
    """Read the lines of a file, each with its place; there should be so many."""
    number = 0
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if not line.endswith(b"\n"):
                    raise InputError("the file was cut off in this line", where=f"{path}:{number}", hint=_AGAIN)
                yield f"{path}:{number}", line
    except OSError as error:
        raise _unreadable(path, error) from error
    if count not in (None, number):
        what = f"the file has {number:,} rows, and summary.json counts {count:,}"
        raise InputError(what, where=f"{path}:{number}", hint=_AGAIN)


def _unreadable(path: Path, error: OSError) -> InputError:
    return InputError(f"cannot be read: {error.strerror}", where=str(path), hint=_AGAIN)


def _decoded(decoder: msgspec.json.Decoder[T], raw: bytes, where: str) -> T:
    try:
        return decoder.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        reason = str(error) or type(error).__name__
        raise InputError(f"not what dedup scan writes here: {reason}", where=where, hint=_AGAIN) from error
