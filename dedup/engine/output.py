"""Writes the files of a scan into a folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray

from dedup import corpus, report
from dedup.records import Pair, ReportData

if TYPE_CHECKING:
    from dedup.engine.result import ScanResult


def write(result: ScanResult, folder: Path) -> ReportData:
    """Write `pairs.jsonl`, `clusters.jsonl`, `documents.jsonl`, `summary.json` and `report.html`.

    Raises
    ------
    OutputError
        A file cannot be written; none is left half-written.
    """
    linked: list[Pair] = []
    read = result.to_read()
    _rows(folder / "pairs.jsonl", _noting(result, linked, read))
    _rows(folder / "clusters.jsonl", result.each_cluster())
    _rows(folder / "documents.jsonl", result.documents())
    data = result.report_data(linked, read)
    with corpus.open_output(folder / "report.html") as stream:
        for piece in report.render_html(data):
            stream.write(piece.encode("utf8", "replace"))
    with corpus.open_output(folder / "summary.json") as stream:
        stream.write(msgspec.json.format(msgspec.json.encode(data.summary), indent=2) + b"\n")
    return data


def _noting(result: ScanResult, linked: list[Pair], read: NDArray[np.bool_]) -> Iterator[Pair]:
    """Pass the pairs on, and note those that the report shows, so that passages are found once."""
    for pair in result.pairs():
        if result.links(pair, read):
            linked.append(pair)
        yield pair


def _rows(path: Path, rows: Iterable[object]) -> None:
    with corpus.open_output(path) as stream:
        corpus.write_jsonl(rows, stream)
