"""Writes the results of a scan on Spark: tables in parts, by the executors; what is small, by the driver."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from dedup import corpus, report
from dedup.engine.folder import read_folder
from dedup.engine.spark.session import told
from dedup.records import ReportData

if TYPE_CHECKING:
    from dedup.engine.spark.run import SparkResult

Form = Literal["jsonl", "parquet"]

MOST_SHOWN = 2_000_000
"""Documents of a scan that gets its page at once: beyond, `dedup report` makes it, where there is memory for it."""


def write(result: SparkResult, folder: Path, form: Form = "jsonl") -> ReportData:
    """Write the files of a scan; pairs, clusters and documents are folders of parts, whose names give their order.

    Parameters
    ----------
    result
        What was found.
    folder
        That driver and executors reach under this path.
    form
        Of the parts: JSON lines, the same bytes as the local engine's when they are put together, or Parquet.

    Raises
    ------
    OutputError
        A file cannot be written.
    """
    for name, table in result.told.items():
        target = (folder / f"{name}.{form}").absolute().as_uri()
        with told():
            if form == "jsonl":
                table.lines().write.text(target)
            else:
                table.frame().write.parquet(target)
    for name, rows in (("outlets", result.outlet_rows), ("readings", result.readings)):
        with corpus.open_output(folder / f"{name}.jsonl") as stream:
            corpus.write_jsonl(rows, stream)
    with corpus.open_output(folder / "summary.json") as stream:
        stream.write(msgspec.json.format(msgspec.json.encode(result.summary), indent=2) + b"\n")
    if result.summary.documents > MOST_SHOWN:
        return ReportData(result.summary, [], [], [], result.outlet_rows, {})
    data = read_folder(folder)
    with corpus.open_output(folder / "report.html") as stream:
        for piece in report.render_html(data, lang=result.lang):
            stream.write(piece.encode("utf8", "replace"))
    return data
