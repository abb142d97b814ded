"""Reading back what a scan wrote into its folder.

Rows of documents and pairs are read as a stream (`stored`): of the pairs, which may be millions, only those are kept
that a reader can open side by side. How many rows a table should have stands in `summary.json`, so one that was cut off
between two rows is told, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from dedup.engine.stored import Choice, Rows, decoded, unreadable
from dedup.errors import InputError
from dedup.records import Cluster, DocumentRow, Outlet, Pair, Reading, ReportData, Summary, Texts

_NO_SCAN = "Name the folder that was given to dedup scan with -o; a scan that was stopped goes on with --resume"


class _Ends(msgspec.Struct):
    """Of a pair only what decides whether it is wanted: the passages of the others are passed over."""

    a: str
    b: str


def read_folder(path: Path, texts: Texts = "all") -> ReportData:
    """Read what a report may show from the files of a scan.

    Parameters
    ----------
    path
        The folder that `dedup scan` wrote, in files or in parts.
    texts
        Readings that are wanted: none, those of the heads of clusters, or all that the scan left. Without the texts of
        both sides no pair is, and the pairs are not read.

    Returns
    -------
    ReportData
        `pairs` are those that link a member to its cluster's head, where both have a reading. `documents` reads its
        table anew each time it is gone through. A scan of a version without outlets or texts has none.

    Raises
    ------
    InputError
        The folder is none of a scan, or a file is missing, cut off or damaged; `documents` raises it while it is read.
    MissingExtraError
        The scan was written as Parquet, and pyarrow is not installed.
    """
    summary = _summary(path)
    clusters = list(Rows(path, "clusters", Cluster, summary.clusters))
    outlets = Rows(path, "outlets", Outlet)
    found = {row.id: row for row in _readings(Rows(path, "readings", Reading), clusters, texts)}
    return ReportData(
        summary=summary,
        clusters=clusters,
        pairs=_links(path, clusters, found, sum(summary.pairs.values())),
        documents=Rows(path, "documents", DocumentRow, summary.documents),
        outlets=list(outlets) if outlets.exists() else [],
        readings=found,
    )


def _summary(path: Path) -> Summary:
    if not path.is_dir():
        what = "a file, and no folder of dedup scan" if path.exists() else "there is no such folder"
        raise InputError(what, where=str(path), hint=_NO_SCAN)
    file = path / "summary.json"
    if not file.exists():
        raise InputError("this is no folder of dedup scan: summary.json is missing", where=str(path), hint=_NO_SCAN)
    try:
        return decoded(msgspec.json.Decoder(Summary), file.read_bytes(), str(file))
    except OSError as error:
        raise unreadable(file, error) from error


def _readings(rows: Rows[Reading], clusters: list[Cluster], texts: Texts) -> Iterable[Reading]:
    if texts == "none" or not rows.exists():
        return []
    heads = {cluster.head for cluster in clusters}
    return (row for row in rows if texts == "all" or row.id in heads)


def _links(folder: Path, clusters: list[Cluster], readings: dict[str, Reading], count: int) -> list[Pair]:
    """Read the pairs that link a member to its head, both with a reading."""
    read = (cluster for cluster in clusters if cluster.head in readings)
    wanted = {
        frozenset((member.id, cluster.head))
        for cluster in read
        for member in cluster.members
        if member.id in readings and member.id != cluster.head
    }
    if not wanted:
        return []
    choice = Choice(_Ends, lambda pair: frozenset((pair.a, pair.b)) in wanted)
    return list(Rows(folder, "pairs", Pair, count, choice))
