"""What a scan tells, as records in JSON: clusters, outlets, rows of documents, readings, the summary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa
from pyspark.sql import functions as f

from dedup import cluster, report, wire
from dedup.engine import machine
from dedup.engine.clusters import Group, make_cluster
from dedup.engine.readings import furniture
from dedup.engine.rows import Row, credits_in, stripped_of
from dedup.engine.spark.arrow import Gathered, strings
from dedup.records import RELATIONS, Cluster, DocumentRow, Outlet, Reading, Relation, Summary
from dedup.sketch.text import SURROGATES

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from dedup.engine.options import ScanOptions
    from dedup.engine.spark.tables import Tables

_ENCODER = msgspec.json.Encoder(enc_hook=str)


def clusters(tables: Tables, members: DataFrame, sketched: DataFrame) -> DataFrame:
    """Return the table of clusters: `head`, `first` (document), `size`, the record as JSON, counts of outlets."""

    def make() -> DataFrame:
        known = members.join(sketched.select("doc", "row"), "doc").withColumn("copy", f.col("doc") != f.col("head"))
        together = known.repartition("head").sortWithinPartitions("head", "copy", "doc")
        schema = "head long, first long, size long, json string, outlets binary"
        return together.select("head", "doc", "shared", "code", "n_shingles", "row").mapInArrow(_clusters, schema)

    return tables.keep("clusters", make)


def _clusters(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    names = ["head", "first", "size", "json", "outlets"]
    rows = Gathered(names, [pa.int64(), pa.int64(), pa.int64(), pa.string(), pa.binary()])
    for head, group in _runs(batches):
        record, outlets = _cluster(group)
        line = _ENCODER.encode(record).decode()
        told = msgspec.msgpack.encode(list(outlets.counts()))
        yield from rows.add((head, min(one[0] for one in group), len(group), line, told), len(line) + len(told))
    yield from rows.flush()


def _runs(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[int, list[tuple[Any, ...]]]]:
    """Give the rows of each head, which stand together."""
    names = ("doc", "shared", "code", "n_shingles", "row")
    head = -1
    group: list[tuple[Any, ...]] = []
    for batch in batches:
        for own, *row in zip(strings(batch, "head"), *(strings(batch, name) for name in names), strict=True):
            if own != head:
                if group:
                    yield head, group
                head, group = own, []
            group.append(tuple(row))
    if group:
        yield head, group


def _cluster(members: list[tuple[Any, ...]]) -> tuple[Cluster, wire.Outlets]:
    decode = msgspec.json.Decoder(Row).decode
    rows = [decode(member[4]) for member in members]
    first = [row.credits[0] if row.credits else None for row in rows]
    relations: list[Relation | None] = [None if member[2] is None else RELATIONS[member[2] - 1] for member in members]
    agencies = [one.agency if one else None for one in first]
    record = make_cluster(
        Group(
            ids=[row.id for row in rows],
            sites=[row.site for row in rows],
            published=[row.published or None for row in rows],
            agencies=agencies,
            credit_words=[one.evidence or None if one else None for one in first],
            canonical=[row.canonical for row in rows],
            hosts=[row.host for row in rows],
            sizes=[member[3] for member in members],
            shared=[member[1] for member in members],
            relations=relations,
        )
    )
    outlets = wire.Outlets()
    outlets.add(record, agencies)
    return record, outlets


def documents(tables: Tables, sketched: DataFrame, members: DataFrame, in_text: frozenset[str]) -> DataFrame:
    """Return the table of rows of documents: `doc`, and the record as JSON."""

    def make() -> DataFrame:
        heads = sketched.select(f.col("doc").alias("head"), f.col("id").alias("head_id"))
        known = members.select("doc", "head", "code").join(heads, "head")
        rows = sketched.select("doc", "row", "repeated").join(known, "doc", "left")
        return rows.mapInArrow(partial(_documents, in_text), "doc long, json string")

    return tables.keep("documents", make)


def _documents(in_text: frozenset[str], batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    decode = msgspec.json.Decoder(Row).decode
    names = ("doc", "row", "repeated", "code", "head_id")
    for batch in batches:
        docs, lines = [], []
        for doc, held, repeated, code, head in zip(*(strings(batch, name) for name in names), strict=True):
            row = decode(held)
            record = DocumentRow(
                id=row.id,
                cluster_id=cluster.cluster_id(head) if head is not None else None,
                is_duplicate=code is not None,
                duplicate_of=head if code is not None else None,
                relation=RELATIONS[code - 1] if code is not None else None,
                agency=row.credits[0].agency if row.credits else None,
                stripped=stripped_of(row, repeated, in_text),
                credits=credits_in(row, repeated),
                mentions=row.mentions,
                title=row.title,
                url=row.url,
                site=row.site,
                published=row.published,
            )
            docs.append(doc)
            lines.append(_ENCODER.encode(record).decode())
        yield pa.RecordBatch.from_arrays([pa.array(docs, pa.int64()), pa.array(lines, pa.string())], ["doc", "json"])


def outlets(sketched: DataFrame, members: DataFrame, clustered: DataFrame) -> list[Outlet]:
    """Count what each site carried: the counts of clusters, and of documents that stand alone, come to the driver."""
    counts = wire.Outlets()
    alone = sketched.select("doc", "site", "agency").join(members.select("doc"), "doc", "left_anti")
    for row in alone.where(f.col("site").isNotNull()).groupBy("site", "agency").count().toLocalIterator():
        counts.add_alone(row["site"], row["agency"], row["count"])
    decode = msgspec.msgpack.Decoder(list[wire.OutletCounts]).decode
    for row in clustered.select("outlets").mapInArrow(_add_up, "outlets binary").toLocalIterator():
        counts.merge(decode(row["outlets"]))
    return counts.rows()


def _add_up(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    counts, decode = wire.Outlets(), msgspec.msgpack.Decoder(list[wire.OutletCounts]).decode
    for batch in batches:
        for told in strings(batch, "outlets"):
            counts.merge(decode(told))
    yield pa.RecordBatch.from_pydict({"outlets": [msgspec.msgpack.encode(list(counts.counts()))]})


def readings(
    tables: Tables, read: DataFrame, sketched: DataFrame, members: DataFrame, clustered: DataFrame, options: ScanOptions
) -> list[Reading]:
    """Make what can be read side by side in the report; that of the largest clusters comes to the driver."""
    wanted = _to_read(members, clustered, sketched, options)
    if not wanted:
        return []
    rows = tables.session.createDataFrame([(doc,) for doc in wanted], "doc long")
    found = sketched.select("doc", "id", "text").join(f.broadcast(rows), "doc").join(read.select("doc", "lines"), "doc")
    in_text = {"body", *options.cleaning.keep_labels}
    made = []
    for row in found.orderBy("doc").toLocalIterator():
        text = bytes(row["text"]).decode("utf-8", SURROGATES)
        blocks = msgspec.json.decode(bytes(row["lines"])) if row["lines"] else []
        made.append(Reading(row["id"], text, list(furniture(blocks, text, in_text))))
    return made


def _to_read(members: DataFrame, clustered: DataFrame, sketched: DataFrame, options: ScanOptions) -> list[int]:
    """Choose the documents that a report lets read: of the largest clusters, while there is room."""
    shown = clustered.select("head", "first", "size").orderBy(f.col("size").desc(), "first").limit(report.MAX_CLUSTERS)
    copy = f.col("doc") != f.col("head")
    sizes = sketched.select("doc", f.col("size").alias("bytes"))
    known = members.select("doc", "head").join(f.broadcast(shown), "head").join(sizes, "doc")
    groups: dict[int, list[int]] = {}
    lengths: list[int] = []
    order = known.orderBy(f.col("size").desc(), "first", copy, "doc").select("head", "doc", "bytes")
    documents: list[int] = []
    for row in order.toLocalIterator():
        groups.setdefault(row["head"], []).append(len(documents))
        documents.append(row["doc"])
        lengths.append(row["bytes"])
    places = [np.array(group) for group in groups.values()]
    chosen = report.to_read(places, np.array(lengths, np.int64), options.texts)
    return sorted(documents[places[place][member]] for place, own in chosen for member in own)


def summary(
    tables: Tables, sketched: DataFrame, members: DataFrame, expanded: DataFrame, parameters: dict[str, Any]
) -> Summary:
    """Count everything."""
    state = tables.work.state

    def count() -> dict[str, Any]:
        codes = {row["code"]: row["count"] for row in expanded.groupBy("code").count().collect()}
        blocks = sketched.select(f.explode("blocks")).groupBy("key").sum("value").collect()
        agencies = sketched.where(f.col("agency").isNotNull()).groupBy("agency").count().collect()
        copies = f.sum(f.col("code").isNotNull().cast("long"))
        ends = members.groupBy().agg(copies, f.count_distinct("head")).collect()[0]
        return {
            "documents": sketched.count(),
            "duplicates": ends[0] or 0,
            "clusters": ends[1],
            "pairs": {relation: codes.get(place, 0) for place, relation in enumerate(RELATIONS, 1)},
            "blocks": {row[0]: row[1] for row in sorted(blocks)},
            "agencies": {row[0]: row[1] for row in sorted(agencies, key=lambda row: (-row[1], row[0]))},
        }

    return Summary(
        **tables.note("summary", count),
        bad_records=state.bad_records,
        parameters=parameters,
        versions=machine.versions(),
        seconds=state.seconds,
        peak_memory_mb=machine.peak_memory_mb(),
    )
