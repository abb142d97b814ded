"""The engine for many machines: the same scan on Apache Spark, with the same kernels, bounds and results.

    documents -> cleaned rows -> sketches -> lists -> pairs that met -> verified pairs -> heads -> records

Stages are those of the local engine; what it holds in memory or maps from the disk are tables here (`tables`), and what it
looks up is joined. Nothing that grows with the corpus comes to the driver: only counts, what sites repeat (a bounded
sample), counts of outlets, and the texts that a report has room for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dedup.engine.options import ScanOptions, check_options
from dedup.engine.progress import Progress, Silent
from dedup.engine.spark.run import SparkResult, run
from dedup.engine.spark.session import open_session, settings, told
from dedup.engine.work import Work

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from dedup.corpus import FieldMap

__all__ = ["SparkResult", "open_session", "scan", "settings", "told"]


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
        does where driver and executors are on one machine. It is not deleted.
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
    MissingExtraError
        PySpark is not installed.
    """
    from dedup.corpus import FieldMap
    from dedup.engine.spark.reading import read_frame
    from dedup.engine.spark.tables import Tables

    options = options or ScanOptions()
    check_options(options)
    session = documents.sparkSession
    tables = Tables(session, Work(), progress or Silent(), folder)
    with settings(session), told():
        read_frame(tables, documents, options, fields or FieldMap())
        return run(tables, options, may_repeat=False)
