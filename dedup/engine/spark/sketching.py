"""Texts to sketches, to groups of identical documents, and to the order in which documents become heads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa
from pyspark import TaskContext
from pyspark.sql import functions as f

from dedup import cluster, sketch
from dedup.engine.rows import Row, strip
from dedup.engine.spark.arrow import batch_of, bytes_of, packed_of, strings
from dedup.match import bands
from dedup.sketch import PERMUTATIONS, pack

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from dedup.engine.options import ScanOptions
    from dedup.engine.spark.tables import Tables
    from dedup.records import Keep

SCHEMA = (
    "doc long, id string, row binary, text binary, repeated int, blocks map<string,int>, site string, agency string, "
    "since double, size long, digest long, n_tokens int, n_shingles int, prints binary, bands binary"
)


def sketch_texts(tables: Tables, documents: DataFrame, options: ScanOptions, templates: Any) -> DataFrame:
    """Return the table of sketches: a row for each document with its text as it is matched.

    Parameters
    ----------
    tables
        Of the scan.
    documents
        With `doc`, their number.
    options
        Of the scan.
    templates
        A broadcast of what sites repeat.
    """
    shape = bands.parameters(options.bounds.min_jaccard, PERMUTATIONS)
    run = partial(_sketch, templates, shape)
    return tables.keep("sketch", lambda: documents.select("doc", "id", "row", "text").mapInArrow(run, SCHEMA))


def _sketch(templates: Any, shape: tuple[int, int], batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    decode = msgspec.json.Decoder(Row).decode
    for batch in batches:
        rows = [decode(row) for row in strings(batch, "row")]
        packed, repeated = packed_of(batch.column("text")), np.zeros(len(rows), np.int32)
        blocks = [dict(row.blocks) for row in rows]
        if templates.value.repeats:
            texts = []
            for place, row in enumerate(rows):
                text, repeated[place], change = strip(row, packed.text(place), templates.value)
                texts.append(text)
                for label, count in change.items():
                    blocks[place][label] = blocks[place].get(label, 0) + count
            packed = pack(texts)
        sketches = sketch.sketch(packed, workers=1)
        keys = bands.band_keys(sketches.signatures, *shape)
        since = [cluster.published_instant(row.published) for row in rows]
        yield batch_of({
            "doc": batch.column("doc"),
            "id": batch.column("id"),
            "row": batch.column("row"),
            "text": bytes_of(packed.data, packed.lengths),
            "repeated": repeated,
            "blocks": pa.array([list(counts.items()) for counts in blocks], pa.map_(pa.string(), pa.int32())),
            "site": pa.array([row.site for row in rows], pa.string()),
            "agency": pa.array([row.credits[0].agency if row.credits else None for row in rows], pa.string()),
            "since": pa.array([np.inf if one is None else one for one in since], pa.float64()),
            "size": packed.lengths,
            "digest": sketches.digests,
            "n_tokens": sketches.n_tokens.astype(np.int32),
            "n_shingles": sketches.n_shingles.astype(np.int32),
            "prints": bytes_of(sketches.fingerprints, np.diff(sketches.offsets)),
            "bands": bytes_of(keys, np.full(len(rows), keys.shape[1] if keys.ndim == 2 else 0)),
        })  # fmt: skip


def rank(tables: Tables, sketched: DataFrame, keep: Keep) -> DataFrame:
    """Return of each document its place in the order in which documents become heads: `doc`, `rank`."""
    if keep == "first":
        return sketched.select("doc", f.col("doc").alias("rank"))
    order = _order(keep)

    def placed() -> DataFrame:
        chosen = sketched.select("doc", "id", "since", "size", "agency")
        ranged = chosen.repartitionByRange(*order).sortWithinPartitions(*order)
        return ranged.select("doc").mapInArrow(_place, "doc long, part long, place long")

    return tables.numbered(tables.keep("order", placed), "rank")


def _order(keep: Keep) -> list[Column]:
    """Return what documents are ordered by, as `cluster.priority` does it."""
    longest, since = f.col("size").desc(), f.col("since").asc()
    first = {"earliest": since, "longest": longest, "agency": f.coalesce(f.col("agency"), f.lit("")) == ""}[keep]
    return [first, since, longest, f.col("id").asc()]


def _place(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    part, start = TaskContext.get().partitionId(), 0  # type: ignore[union-attr]
    for batch in batches:
        places = np.arange(start, start + len(batch))
        start += len(batch)
        yield batch_of({"doc": batch.column("doc"), "part": np.full(len(batch), part), "place": places})


def nodes(tables: Tables, sketched: DataFrame, ranks: DataFrame) -> DataFrame:
    """Return the table of nodes: what matching and clustering ask of each document.

    Columns
    -------
    doc, rank
        The document, and its place in the order of heads.
    same, best, copies
        Of the group of documents with the same tokens: the first one, the best rank, how many they are.
    salt, n_tokens, n_shingles
    """

    def make() -> DataFrame:
        known = sketched.select("doc", f.col("digest").alias("salt"), "n_tokens", "n_shingles").join(ranks, "doc")
        groups = (
            known.where("n_tokens > 0")
            .groupBy("salt")
            .agg(f.min("doc").alias("same"), f.min("rank").alias("best"), f.count("*").alias("copies"))
        )
        several = groups.where("copies > 1")
        found = known.join(several, "salt", "left")
        grouped = f.col("copies").isNotNull() & (f.col("n_tokens") > 0)
        return found.select(
            "doc", "rank", "salt", "n_tokens", "n_shingles",
            f.when(grouped, f.col("same")).otherwise(f.col("doc")).alias("same"),
            f.when(grouped, f.col("best")).otherwise(f.col("rank")).alias("best"),
            f.when(grouped, f.col("copies")).otherwise(f.lit(1)).alias("copies"),
        )  # fmt: skip

    return tables.keep("nodes", make)


def chosen(table: DataFrame) -> DataFrame:
    """Return the nodes that candidates are searched among: one of each group, none without tokens."""
    return table.where((f.col("same") == f.col("doc")) & (f.col("n_tokens") > 0))
