"""Leads a scan through its stages on Spark, from the table of what was read."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
from pyspark.sql import functions as f

from dedup.clean.templates import Templates
from dedup.engine import machine
from dedup.engine.options import ScanOptions
from dedup.engine.result import parameters
from dedup.engine.spark import heads, meeting, reading, results, sites, sketching, verifying, whole
from dedup.engine.spark.schema import schema_of
from dedup.errors import UsageError
from dedup.match import Floor, joined, rarity
from dedup.match.need import need_of
from dedup.records import Cluster, DocumentRow, Lang, Outlet, Pair, Reading, Summary

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from dedup.engine.spark.tables import Tables


class Told(NamedTuple):
    """A table of records: in which order they are written, and each as JSON."""

    table: DataFrame
    order: tuple[str, ...]
    kind: type

    def frame(self) -> DataFrame:
        """Return the records as a data frame with a column for each field, in their order."""
        rows = self.lines().select(f.from_json("json", schema_of(self.kind)).alias("row"))
        return rows.select("row.*")

    def lines(self) -> DataFrame:
        """Return the records as JSON in the column `json`, in their order."""
        return self.table.orderBy(*self.order).select("json")


class SparkResult:
    """What a scan on Spark found; its tables stand in the folder of the scan."""

    def __init__(
        self,
        tables: Tables,
        told: dict[str, Told],
        outlets: list[Outlet],
        readings: list[Reading],
        summary: Summary,
        lang: Lang,
    ) -> None:
        self.told = told
        """Pairs, clusters and documents."""
        self.outlet_rows = outlets
        self.readings = readings
        """Texts of the largest clusters, with what was stripped from each."""
        self.summary = summary
        self.lang = lang
        """Of the report."""
        self._tables = tables

    @property
    def pairs(self) -> DataFrame:
        """A row for each pair, as in `pairs.jsonl`, in the order of their documents."""
        return self.told["pairs"].frame()

    @property
    def clusters(self) -> DataFrame:
        """A row for each cluster of two and more documents, in the order of their first documents."""
        return self.told["clusters"].frame()

    @property
    def documents(self) -> DataFrame:
        """A row for each document, in input order."""
        return self.told["documents"].frame()

    @property
    def outlets(self) -> DataFrame:
        """A row for each site, those with most documents first."""
        rows = [(msgspec.json.encode(row).decode(),) for row in self.outlet_rows]
        table = self._tables.session.createDataFrame(rows, "json string")
        return table.select(f.from_json("json", schema_of(Outlet)).alias("row")).select("row.*")


def run(tables: Tables, read: DataFrame, options: ScanOptions, *, may_repeat: bool) -> SparkResult:
    """Lead what was read to its result: in one task what fits into one, else through the stages.

    Parameters
    ----------
    tables
        Of the scan.
    read
        What was read.
    options
        Of the scan.
    may_repeat
        True takes the first document of those with one id and counts the others as bad records; False raises.
    """
    counts = reading.count(tables, read)
    if whole.fits(counts.good, counts.size):
        fine = read.where(f.col("bad").isNull())
        if found := whole.scan(tables, fine, options, may_repeat=may_repeat):
            return _of_one_task(tables, found, options, counts)
    return _through_stages(tables, read, options, counts, may_repeat=may_repeat)


def _of_one_task(tables: Tables, found: whole.Found, options: ScanOptions, counts: reading.Counts) -> SparkResult:
    kinds: dict[str, type] = {"pairs": Pair, "clusters": Cluster, "documents": DocumentRow}
    told = {
        name: Told(found.table.where(f.col("kind") == name).coalesce(1), ("place",), kind)
        for name, kind in kinds.items()
    }
    summary = msgspec.structs.replace(
        found.summary,
        bad_records=found.summary.bad_records + counts.records - counts.good,
        parameters=parameters(options),
        versions=machine.versions(),
        seconds=tables.work.state.seconds,
        peak_memory_mb=machine.peak_memory_mb(),
    )
    return SparkResult(tables, told, found.outlets, found.readings, summary, options.lang)


def _through_stages(
    tables: Tables, read: DataFrame, options: ScanOptions, counts: reading.Counts, *, may_repeat: bool
) -> SparkResult:
    read, twice = reading.distinct(tables, read, may_repeat=may_repeat)
    n_documents = counts.good - twice
    tables.work.state.bad_records = counts.records - n_documents
    if n_documents > joined.MOST_DOCUMENTS:
        raise UsageError(f"{n_documents:,} documents", hint=f"Scan at most {joined.MOST_DOCUMENTS:,} at once")
    documents = tables.numbered(_without_gaps(read) if n_documents < counts.records else read, "doc")
    learned = sites.learn(tables, read) if options.clean else Templates()  # texts as they are have no blocks
    templates = tables.session.sparkContext.broadcast(learned)
    sketched = sketching.sketch_texts(tables, documents, options, templates)
    nodes = sketching.nodes(tables, sketched, sketching.rank(tables, sketched, options.keep))
    found = _match(tables, sketched, nodes, options, n_documents)
    heading = heads.link(tables, found, nodes, options)
    members = heads.figures(tables, heading, found, nodes)
    expanded = verifying.put_back(tables, found, nodes)
    pairs = verifying.write_pairs(tables, expanded, sketched, options)
    clustered = results.clusters(tables, members, sketched)
    rows = results.documents(tables, sketched, members, reading.Cleaning.of(options).in_text)
    told = {
        "pairs": Told(pairs, ("a", "b"), Pair),
        "clusters": Told(clustered, ("first",), Cluster),
        "documents": Told(rows, ("doc",), DocumentRow),
    }
    outlets = results.outlets(sketched, members, clustered)
    readings = results.readings(tables, documents, sketched, members, clustered, options)
    summary = results.summary(tables, sketched, members, expanded, parameters(options))
    return SparkResult(tables, told, outlets, readings, summary, options.lang)


def _without_gaps(read: DataFrame) -> DataFrame:
    """Count the places anew in each part, where some of its documents were left out."""
    from pyspark.sql import Window

    places = read.select("part", "place")
    anew = f.row_number().over(Window.partitionBy("part").orderBy("place")) - 1
    places = places.withColumn("anew", anew)
    return read.join(places, ["part", "place"]).drop("place").withColumnRenamed("anew", "place")


def _match(tables: Tables, sketched: DataFrame, nodes: DataFrame, options: ScanOptions, n_documents: int) -> DataFrame:
    def count() -> dict[str, int]:
        own = sketching.chosen(nodes).select("n_shingles")
        n_keys = sketched.select((f.length("prints") + f.length("bands")) / 8).groupBy().sum().collect()[0][0]
        return {"chosen": own.count(), "keys": int(n_keys or 0)}

    counts = tables.note("chosen", count)
    floor = Floor().below(options.bounds)
    need = need_of(floor, floor.asked(options.bounds), counts["chosen"])
    cut = meeting.cut_for(n_documents, counts["keys"])
    singles = meeting.singles(tables, sketched, nodes, need, cut)
    common = meeting.common_keys(singles, cut)
    chained = meeting.chains(tables, sketched, common, cut, rarity.many(counts["chosen"]))
    lists = meeting.lists(tables, sketched, nodes, chained, need, cut)
    full = meeting.full_length(tables, lists, counts["chosen"])
    met = meeting.meetings(tables, singles, lists, nodes, full, n_documents)
    candidates = meeting.worth(tables, met, nodes, chained, need)
    return verifying.find(tables, candidates, sketched, chained, need, options)
