"""Writes the files of a scan into a folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from dedup import corpus, report
from dedup.engine.progress import Progress, Silent
from dedup.records import Pair, ReportData

if TYPE_CHECKING:
    from dedup.engine.result import ScanResult


def write(result: ScanResult, folder: Path, progress: Progress | None = None) -> ReportData:
    """Write `pairs.jsonl`, `clusters.jsonl`, `documents.jsonl`, `summary.json` and `report.html`.

    Raises
    ------
    OutputError
        A file cannot be written; none is left half-written.
    """
    progress = progress or Silent()
    read, linked = result.to_read(), []
    progress.stage("passages", result.n_pairs)
    result.find_passages(progress.advance)
    progress.stage("write")
    wanted = result.links(read)

    def noting() -> Iterator[Pair]:
        for place, pair in result.each_pair():
            if wanted[place]:
                linked.append(pair)
            yield pair

    _rows(folder / "pairs.jsonl", noting())
    clusters = result.clusters()
    _rows(folder / "clusters.jsonl", clusters)
    _rows(folder / "documents.jsonl", result.documents())
    data = result.report_data(clusters, linked, read)
    with corpus.open_output(folder / "report.html") as stream:
        for piece in report.render_html(data):
            stream.write(piece.encode("utf8", "replace"))
    with corpus.open_output(folder / "summary.json") as stream:
        stream.write(msgspec.json.format(msgspec.json.encode(data.summary), indent=2) + b"\n")
    return data


def _rows(path: Path, rows: Iterable[object]) -> None:
    with corpus.open_output(path) as stream:
        corpus.write_jsonl(rows, stream)
