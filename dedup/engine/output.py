"""Writes the files of a scan into a folder."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import CancelledError, ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import msgspec

from dedup import corpus, report
from dedup.engine.progress import Progress, Silent
from dedup.engine.result import PAIRS_AT_ONCE
from dedup.records import ReportData

if TYPE_CHECKING:
    from dedup.engine.result import ScanResult


def write(result: ScanResult, folder: Path, progress: Progress | None = None) -> ReportData:
    """Write `pairs`, `clusters`, `documents`, `outlets` and `readings` as JSONL, `summary.json` and `report.html`.

    Raises
    ------
    OutputError
        A file cannot be written; none is left half-written.
    """
    progress = progress or Silent()
    read = result.to_read()
    progress.stage("passages", result.n_pairs)
    stopped = Event()

    def advance(pairs: int) -> None:
        if stopped.is_set():
            raise CancelledError
        progress.advance(pairs)

    with ThreadPoolExecutor(1) as pool:
        passages = pool.submit(result.find_passages, advance)
        try:
            clusters = result.clusters()
            _rows(folder / "clusters.jsonl", clusters)
            outlets = result.outlets(clusters)
            _rows(folder / "outlets.jsonl", outlets)
            readings = {reading.id: reading for reading in result.readings(read)}
            _rows(folder / "readings.jsonl", readings.values())
            _rows(folder / "documents.jsonl", result.documents())
            passages.result()
        except BaseException:  # who stops does not wait for the passages of all pairs
            stopped.set()
            raise
    progress.stage("write", result.n_pairs)
    with corpus.open_output(folder / "pairs.jsonl") as stream:
        for lines in result.pair_lines():
            stream.write(lines)
            progress.advance(PAIRS_AT_ONCE)
    data = result.report_data(clusters, result.links(read), readings, outlets)
    with corpus.open_output(folder / "report.html") as stream:
        for piece in report.render_html(data, lang=result.options.lang):
            stream.write(piece.encode("utf8", "replace"))
    with corpus.open_output(folder / "summary.json") as stream:
        stream.write(msgspec.json.format(msgspec.json.encode(data.summary), indent=2) + b"\n")
    return data


def _rows(path: Path, rows: Iterable[object]) -> None:
    with corpus.open_output(path) as stream:
        corpus.write_jsonl(rows, stream)
