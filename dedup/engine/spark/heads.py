"""Head-linked clusters by rounds over the pairs, as `cluster.heads` makes them in one pass.

That pass takes documents by rank: one that is still free becomes a head and takes its free neighbours. So a document
is a head where no neighbour of better rank is one. In each round all documents without a better neighbour become heads,
and their neighbours go (Blelloch, Fineman and Shun 2012, "Greedy sequential maximal independent set and matching are
parallel on average", section 3: over a random order the rounds are few). Pairs that are left when they are not many are
settled in one task by the kernel of the local engine.

Documents go by their rank here, so that a pair says by itself which of the two comes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from pyspark.sql import functions as f

from dedup import cluster
from dedup.engine.result import WHOLE
from dedup.engine.spark.arrow import batch_of
from dedup.match.table import EXACT
from dedup.records import RELATIONS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from dedup.engine.options import ScanOptions
    from dedup.engine.spark.tables import Tables

FEW_PAIRS = 4_000_000
"""That one task settles: 64 MB of ranks, and a few times that while they are."""


def link(tables: Tables, found: DataFrame, nodes: DataFrame, options: ScanOptions) -> DataFrame:
    """Return the table of documents that another one heads: `doc`, `head`."""
    binding = [RELATIONS.index(relation) + 1 for relation in options.cluster_on]
    whole = [RELATIONS.index(relation) + 1 for relation in WHOLE]

    def edges() -> DataFrame:
        binds = f.col("code").isin(binding) & (f.col("code").isin(whole) | ~f.col("common"))
        pairs = found.where(binds).select("a", "b")
        for side, rank in (("a", "one"), ("b", "other")):
            pairs = pairs.join(nodes.select(f.col("doc").alias(side), f.col("best").alias(rank)), side)
        return pairs.select(f.least("one", "other").alias("first"), f.greatest("one", "other").alias("later"))

    pairs = tables.keep("edges", edges)
    taken = _taken(tables, pairs)

    def heads() -> DataFrame:
        """Give the taken ones the best of the heads beside them, and all the documents that they stand for."""
        by_heads = pairs.join(taken.select(f.col("rank").alias("first")), "first", "left_anti")
        head_of = by_heads.groupBy("later").agg(f.min("first").alias("head_rank"))
        members = nodes.select("doc", "rank", "best").join(head_of.withColumnRenamed("later", "best"), "best", "left")
        members = members.withColumn("head_rank", f.coalesce("head_rank", "best")).where("head_rank != rank")
        by_rank = nodes.select(f.col("rank").alias("head_rank"), f.col("doc").alias("head"))
        return members.join(by_rank, "head_rank").select("doc", "head")

    return tables.keep("heads", heads)


def _taken(tables: Tables, pairs: DataFrame) -> DataFrame:
    """Return the table of those that a head takes, by rank."""
    left, number = pairs, 0
    parts: list[DataFrame] = []
    while True:
        size = tables.note(f"pairs left {number}", lambda left=left: {"pairs": left.count()})["pairs"]  # type: ignore[misc]
        if size <= FEW_PAIRS:
            settled = tables.keep(f"taken {number}", partial(_settle, left))
            return _together([*parts, settled])
        heads = left.select("first").distinct().join(left.select(f.col("later").alias("first")), "first", "left_anti")
        now = left.join(heads, "first").select(f.col("later").alias("rank")).distinct()
        part = tables.keep(f"taken {number}", lambda now=now: now)  # type: ignore[misc]
        parts.append(part)
        gone = part.unionByName(heads.withColumnRenamed("first", "rank"))
        left = tables.keep(f"left {number}", partial(_without, left, gone))
        number += 1


def _without(pairs: DataFrame, gone: DataFrame) -> DataFrame:
    for side in ("first", "later"):
        pairs = pairs.join(gone.withColumnRenamed("rank", side), side, "left_anti")
    return pairs


def _together(parts: list[DataFrame]) -> DataFrame:
    table = parts[0]
    for part in parts[1:]:
        table = table.unionByName(part)
    return table


def _settle(pairs: DataFrame) -> DataFrame:
    return pairs.coalesce(1).mapInArrow(_settle_here, "rank long")


def _settle_here(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    held = [batch for batch in batches if len(batch)]
    if not held:
        return
    table = pa.Table.from_batches(held)
    first, later = (table.column(side).to_numpy() for side in ("first", "later"))
    ranks, places = np.unique(np.concatenate([first, later]), return_inverse=True)
    own = np.arange(len(ranks))
    heads = cluster.head_linked(len(ranks), places[: len(first)], places[len(first) :], own)
    yield batch_of({"rank": ranks[heads != own]})


def figures(tables: Tables, heads: DataFrame, found: DataFrame, nodes: DataFrame) -> DataFrame:
    """Return the table of the members of clusters: `doc`, `head`, `shared`, `code` (null for heads), `n_shingles`.

    Documents with the same tokens share their figures, so those of the first of each group tell of all.
    """

    def make() -> DataFrame:
        known: Any = heads
        for side in ("doc", "head"):
            own = nodes.select(f.col("doc").alias(side), f.col("same").alias(f"{side}_same"))
            known = known.join(own, side)
        one, other = f.col("doc_same"), f.col("head_same")
        known = known.select("doc", "head", f.least(one, other).alias("a"), f.greatest(one, other).alias("b"))
        members = known.join(found.select("a", "b", "shared", "code"), ["a", "b"], "left").drop("b")
        firsts = heads.select(f.col("head").alias("doc")).distinct()
        none = (f.lit(None).cast("int").alias(name) for name in ("shared", "code"))
        firsts = firsts.select("doc", f.col("doc").alias("head"), *none)
        rows = members.withColumn("copy", f.lit(True)).drop("a").unionByName(firsts.withColumn("copy", f.lit(False)))
        rows = rows.join(nodes.select("doc", "n_shingles"), "doc")
        shared = f.coalesce("shared", "n_shingles")  # of a head, and of one that is identical to it
        code = f.when(f.col("copy"), f.coalesce("code", f.lit(EXACT)))
        table: DataFrame = rows.select("doc", "head", shared.alias("shared"), code.alias("code"), "n_shingles")
        return table

    return tables.keep("members", make)
