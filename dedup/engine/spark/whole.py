"""What one task holds goes through the local engine in one task, once executors have read and cleaned it.

A query planner sends a small table to where the large one is and shuffles neither. So here: to find pairs, clusters and
records takes two dozen stages where documents have to be brought together from many machines, and each has to be
planned, started and written down, about a second. What one task holds needs none of that: it takes up the rows that
were read as a scan on one machine does that was stopped when all was read (`engine.local`), and goes on with it.

Where that takes too much memory after all, the task gives up, and the scan goes through the stages.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
from pyspark import TaskContext
from pyspark.sql import functions as f

from dedup import match
from dedup.engine import local
from dedup.engine.holdings import GROWING
from dedup.engine.options import CleanOptions
from dedup.engine.progress import Silent
from dedup.engine.spark.arrow import Gathered, strings
from dedup.engine.work import Work
from dedup.errors import UsageError
from dedup.match import identical
from dedup.records import Outlet, Reading, Summary

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from dedup.engine.options import ScanOptions
    from dedup.engine.result import ScanResult
    from dedup.engine.spark.tables import Tables

MOST_BYTES = 1 << 28
"""Of rows, texts and blocks that one task takes: it holds few of them in memory, and needs some times as much on the
disk, but one core works at them for some 10 seconds; the stages take a minute, however many cores there are."""
MOST_DOCUMENTS = 100_000
"""And of documents, as some hundred bytes of each are held in memory, and pairs may be several for each."""
MEMORY = 1 << 28
"""Of the local engine's buffers."""
TASK_MEMORY = 1 << 30
"""That the task gives up at, beside what it maps from the disk: twice what 37,554 articles of 230 MB take."""
A_PAIR = 150
"""Bytes of memory for each of the pairs, while their table is made."""

STAGE = "in one task"
_SCHEMA = "kind string, place long, json string"
_GIVEN_UP, _TWICE = "given up", "twice"


class Found(NamedTuple):
    """What the task found: a table of records by `kind`, each as JSON, with its `place`; and what is small."""

    table: DataFrame
    outlets: list[Outlet]
    readings: list[Reading]
    summary: Summary


class TooMuchError(Exception):
    """One task cannot hold it."""


class Bounded(Silent):
    """Stops a scan that takes more memory than a task has."""

    def __init__(self, sketched: match.Sketched, most: int) -> None:
        self._sketched, self._most = sketched, most

    def stage(self, name: str, total: int | None = None) -> None:
        """Before documents are matched, count the pairs of those that are identical."""
        if name != "match":
            return
        held = self._sketched.load()
        _, copies = np.unique(held.digests[held.n_tokens > 0], return_counts=True)
        pairs = np.where(copies <= identical.FULL, copies * (copies - 1) // 2, copies - 1).sum()
        if pairs * A_PAIR > self._most:
            raise TooMuchError(f"{pairs:,} pairs of identical documents")

    def advance(self, steps: int = 1) -> None:
        """Look how much memory is taken."""
        if (taken := own_memory()) > self._most:
            raise TooMuchError(f"{taken >> 20:,} MB of memory")


def own_memory() -> int:
    """Return the bytes of memory of this process that are no file's; 0 where the system does not tell."""
    with suppress(OSError), Path("/proc/self/status").open(encoding="ascii") as lines:
        return sum(int(line.split()[1]) << 10 for line in lines if line.startswith("RssAnon:"))
    return 0


def fits(documents: int, size: int) -> bool:
    """Say whether one task takes so many documents, with so many bytes of rows, texts and blocks."""
    return documents <= MOST_DOCUMENTS and size <= MOST_BYTES


def scan(tables: Tables, read: DataFrame, options: ScanOptions, *, may_repeat: bool) -> Found | None:
    """Scan what was read in one task.

    Parameters
    ----------
    tables
        Of the scan.
    read
        Documents, as `reading` reads them, without what is bad.
    options
        Of the scan.
    may_repeat
        True takes the first document of those with one id and counts the others as bad records; False raises.

    Returns
    -------
    Found | None
        None where it takes too much memory.

    Raises
    ------
    UsageError
        An id stands twice, and `may_repeat` is not set.
    """
    labels = CleanOptions(keep_labels=tuple(options.cleaning.keep_labels))
    asked = msgspec.structs.replace(options, cleaning=labels, memory=MEMORY)
    run = partial(_scan, asked, may_repeat, TASK_MEMORY)

    def make() -> DataFrame:
        together = read.coalesce(1).sortWithinPartitions("part", "place")
        return together.select("id", "site", "row", "text", "lines").mapInArrow(run, _SCHEMA)

    table = tables.keep(STAGE, make)
    small = table.where(f.col("kind").isin("outlets", "readings", "summary", _GIVEN_UP, _TWICE))
    rows: dict[str, list[str]] = {"outlets": [], "readings": []}
    for row in sorted(small.collect(), key=lambda row: row["place"]):
        rows.setdefault(row["kind"], []).append(row["json"])
    if _TWICE in rows:
        hint = "Give every document an id of its own"
        raise UsageError("this id stands twice", where=rows[_TWICE][0], hint=hint)
    if _GIVEN_UP in rows:
        return None
    outlets = [msgspec.json.decode(row, type=Outlet) for row in rows["outlets"]]
    readings = [msgspec.json.decode(row, type=Reading) for row in rows["readings"]]
    return Found(table, outlets, readings, msgspec.json.decode(rows["summary"][0], type=Summary))


def _scan(
    options: ScanOptions, may_repeat: bool, most: int, batches: Iterable[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    rows = Gathered(("kind", "place", "json"), (pa.string(), pa.int64(), pa.string()))
    cores = TaskContext.get().cpus()  # type: ignore[union-attr]
    options = msgspec.structs.replace(options, workers=max(1, cores))
    encode = msgspec.json.Encoder(enc_hook=str).encode
    # Spark names its workers a folder with room; the system's may have none.
    room = os.environ.get("SPARK_LOCAL_DIRS", "").partition(",")[0] or None
    with tempfile.TemporaryDirectory(prefix="dedup-", dir=room) as folder:
        work = Work(Path(folder))
        twice = _take_in(work, batches)
        if twice and not may_repeat:
            yield from rows.add((_TWICE, 0, twice), len(twice))
        else:
            try:
                guard = Bounded(match.Sketched(work.path("sketched"), options.bounds.min_jaccard), most)
                for kind, records in _told(local.scan((), options, guard, work=work)):
                    for place, record in enumerate(records):
                        line = encode(record).decode()
                        yield from rows.add((kind, place, line), len(line))
            except TooMuchError as error:
                yield from rows.add((_GIVEN_UP, 0, str(error)), 100)
        yield from rows.flush()
        work.release()


def _take_in(work: Work, batches: Iterable[pa.RecordBatch]) -> str:
    """Put documents into the folder of a scan that has read all of them; return an id that stands twice, if any."""
    encode = msgspec.json.Encoder().encode
    seen: set[str] = set()
    twice = ""
    files = {name: work.grown(name) for name in GROWING}
    state = work.state
    for batch in batches:
        columns = (strings(batch, name) for name in ("id", "site", "row", "text", "lines"))
        for id, site, row, text, lines in zip(*columns, strict=True):
            if id in seen:
                twice, state.bad_records = twice or id, state.bad_records + 1
                continue
            seen.add(id)
            files["rows"].write(row + b"\n")
            files["texts"].write(text)
            if lines is not None:
                files["lines"].write(b"[%b,%b]\n" % (encode(site), lines))
    for name, file in files.items():
        state.bytes[name] = file.tell()
        file.close()
    state.documents = len(seen)
    work.finish("read")
    return twice


def _told(result: ScanResult) -> Iterator[tuple[str, Iterable[Any]]]:
    clusters = result.clusters()
    yield "pairs", result.pairs()
    yield "clusters", clusters
    yield "documents", result.documents()
    yield "outlets", result.outlets(clusters)
    yield "readings", result.readings()
    yield "summary", [result.summary()]
