"""The engine for many machines: the same scan on Apache Spark, with the same kernels, bounds and results.

    documents -> cleaned rows -> sketches -> lists -> pairs that met -> verified pairs -> heads -> records

What fits into one task goes through the local engine there, once it is read and cleaned (`whole`). Else the stages are
those of the local engine; what it holds in memory or maps from the disk are tables here (`tables`), and what
it looks up is joined. Nothing that grows with the corpus comes to the driver: only counts, what sites repeat (a bounded
sample), counts of outlets, and the texts that a report has room for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dedup.corpus import FieldMap
from dedup.engine.options import ScanOptions, check_options
from dedup.engine.progress import Progress, Silent
from dedup.engine.work import Work
from dedup.errors import MissingExtraError, RecordError
from dedup.records import BadRecord

try:
    from dedup.engine.spark.reading import bad, count, read_frame, read_inputs
    from dedup.engine.spark.run import SparkResult, run
    from dedup.engine.spark.session import open_session, settings, told
    from dedup.engine.spark.tables import Tables
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] not in ("pyspark", "pyarrow", "pandas"):
        raise
    raise MissingExtraError("spark", f"a scan on Spark needs {error.name}") from error

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

MOST_BAD = 1000
"""Bad records that are told one by one; all are counted."""

__all__ = ["SparkResult", "open_session", "scan", "scan_files"]


def scan(
    documents: DataFrame,
    options: ScanOptions | None = None,
    *,
    folder: str | None = None,
    fields: FieldMap | None = None,
    progress: Progress | None = None,
) -> SparkResult:
    """Find who copied what among the rows of a data frame.

    Parameters
    ----------
    documents
        With a column of text or HTML; names of columns are understood as fields of files are (`dedup fields`), and `id`
        has to be distinct. Input order is the order of its partitions and of the rows in them.
    options
        Bounds and the rest; None for the defaults. `workers` and `memory` are Spark's matter.
    folder
        Where the tables of stages go, a path or URL that all executors write to; None for a temporary folder, which
        does where driver and executors are on one machine, and goes with the result. One that is named stays.
    fields
        Names of columns, where the table of aliases does not tell.
    progress
        Told each stage; None for nobody.

    Returns
    -------
    SparkResult
        Pairs, clusters, documents and outlets as data frames, the same as those of `dedup.scan`.

    Raises
    ------
    UsageError
        An id stands twice, or an option makes no sense.
    """
    options = options or ScanOptions()
    check_options(options)
    session = documents.sparkSession
    tables = Tables(session, Work(), progress or Silent(), folder)
    with settings(session), told():
        read = read_frame(tables, documents, options, fields or FieldMap())
        return run(tables, read, options, may_repeat=False)


def scan_files(
    session: SparkSession,
    inputs: Sequence[str],
    options: ScanOptions,
    work: Work,
    *,
    format: str | None = None,
    exclude: Path | None = None,
    fields: FieldMap | None = None,
    strict: bool = False,
    on_bad: Callable[[BadRecord], None] = lambda bad: None,
    progress: Progress | None = None,
) -> SparkResult:
    """Find who copied what among the documents of files, which executors read by themselves.

    Parameters
    ----------
    session
        Spark's, of `open_session`.
    inputs
        Files, folders and globs that driver and executors reach under the same paths.
    options
        As in `scan`.
    work
        The scan's folder, which all reach, too; what is done there is not done again.
    format, exclude, fields, strict
        As in `dedup.read`.
    on_bad
        Told the first `MOST_BAD` bad records.
    progress
        Told each stage.

    Raises
    ------
    UsageError
        stdin is among the inputs.
    RecordError
        A record is bad, and `strict` is set.
    """
    check_options(options)
    tables = Tables(session, work, progress or Silent())
    with settings(session), told():
        read = read_inputs(tables, inputs, options, format=format, exclude=exclude, fields=fields or FieldMap())
        counts = count(tables, read)
        for row in bad(read).limit(MOST_BAD).collect() if counts.good < counts.records else ():
            on_bad(record := BadRecord(row["where"], row["bad"]))
            if strict:
                raise RecordError(record.reason, where=record.where, hint="Without --strict it is skipped and counted")
        return run(tables, read, options, may_repeat=True)
