"""The tables that a scan's stages leave: Parquet in a folder that driver and executors reach.

Each stage writes its table and the next ones read it. So nothing is worked out twice, an executor that dies takes
nothing with it but the tasks it was at, and a scan that was stopped goes on with the stage that it was in.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as f

from dedup.engine.progress import Progress
from dedup.engine.work import Work

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


class Tables:
    """Tables of stages.

    Parameters
    ----------
    session
        Spark's.
    work
        What is done, and the folder of the scan.
    progress
        Told each stage.
    folder
        Where the tables stand, a path or a URL that Spark writes to; None for the folder of `work`.
    """

    def __init__(self, session: SparkSession, work: Work, progress: Progress, folder: str | None = None) -> None:
        self.session, self.work = session, work
        self._progress = progress
        self._folder = (folder or work.folder.absolute().as_uri()).rstrip("/")

    def place(self, name: str) -> str:
        """Return where a table stands, as Spark names it."""
        return f"{self._folder}/{name}"

    def keep(self, name: str, make: Callable[[], DataFrame]) -> DataFrame:
        """Return the table of a stage, which is made and written unless it is there."""
        if not self.work.is_done(name):
            self._progress.stage(name)
            start = time.perf_counter()
            self.session.sparkContext.setJobDescription(f"dedup: {name}")
            table = make()
            table.write.mode("overwrite").parquet(self.place(name))
            self.work.state.seconds[name] = round(time.perf_counter() - start, 3)
            self.work.finish(name)
            return self.session.read.schema(table.schema).parquet(self.place(name))  # without a job that finds it out
        return self.session.read.parquet(self.place(name))

    def numbered(self, table: DataFrame, number: str) -> DataFrame:
        """Give rows a number, from 0 on in the order of `part`, then of `place`, which counts from 0 in each part.

        The parts are as many as there were tasks; how many rows each has is all that comes to the driver.
        """
        sizes = {row["part"]: row["count"] for row in table.groupBy("part").count().collect()}
        starts, total = [], 0
        for part in sorted(sizes):
            starts.append((part, total))
            total += sizes[part]
        offsets = self.session.createDataFrame(starts, "part long, first long")
        numbered = table.join(f.broadcast(offsets), "part")
        return numbered.withColumn(number, numbered["first"] + numbered["place"]).drop("part", "place", "first")

    def note(self, name: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Return some figures that are worked out once; they stand beside what is done."""
        figures = self.work.state.figures
        if name not in figures:
            self.session.sparkContext.setJobDescription(f"dedup: {name}")
            figures[name] = make()
            self.work.save()
        found: dict[str, Any] = figures[name]
        return found
