"""Pairs held against each other with their texts: exact figures, then passages.

Texts are sent, not shingle sets: they are half as large, and compress, and to make the shingles again takes ten
microseconds a text. Pairs lie in *blocks*, runs in the order of their documents that need no more than some megabytes
of text, and each block is sent the texts that it needs, each once. A document with a million pairs is in many blocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark import TaskContext
from pyspark.sql import Window
from pyspark.sql import functions as f

from dedup import match, sketch
from dedup.engine.result import make_pairs
from dedup.engine.spark.arrow import batch_of, column, numbers, packed_of
from dedup.match import Floor, PairTable, identical, joined
from dedup.match.count import COMMON_ONLY, OWN
from dedup.match.need import Need
from dedup.match.table import EXACT, relate
from dedup.match.verify import count_shared
from dedup.records import Bounds

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from dedup.engine.options import ScanOptions
    from dedup.engine.spark.tables import Tables

BLOCK_SHINGLES = 1 << 22
"""Of the texts of a block, about 25 MB; their sketches take eight times as much."""

_FOUND = "a long, b long, shared int, size_a int, size_b int, code int, common boolean"
_JUDGED = f"{_FOUND}, kept boolean, bounded boolean, total long"


def in_blocks(pairs: DataFrame, sizes: tuple[str, str]) -> DataFrame:
    """Give each pair its block; `sizes` name the columns with the shingles of its documents."""
    run = partial(_blocks, sizes)
    schema = pairs.schema.add("block", "long")
    return pairs.repartitionByRange("a", "b").sortWithinPartitions("a", "b").mapInArrow(run, schema)


def _blocks(names: tuple[str, str], batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    first, done, last_a = TaskContext.get().partitionId() << 32, 0, -1  # type: ignore[union-attr]
    for batch in batches:
        a = column(batch, "a")
        if not len(a):
            continue
        new = np.append(a[0] != last_a, a[1:] != a[:-1])
        sizes_a, sizes_b = (column(batch, name).astype(np.int64) for name in names)
        total = done + np.cumsum(np.where(new, sizes_a, 0) + sizes_b)
        done, last_a = int(total[-1]), int(a[-1])
        yield batch.append_column("block", pa.array(first + total // BLOCK_SHINGLES))


def _with_texts(blocked: DataFrame, texts: DataFrame, run: Any, schema: str) -> DataFrame:
    one, other = (blocked.select(f.col("block").alias("of"), f.col(side).alias("doc")) for side in ("a", "b"))
    needed = one.unionByName(other).distinct().join(texts, "doc")
    return blocked.groupBy("block").cogroup(needed.groupBy("of")).applyInArrow(run, schema)


def find(
    tables: Tables, candidates: DataFrame, sketched: DataFrame, chained: DataFrame, need: Need, options: ScanOptions
) -> DataFrame:
    """Return the table of verified pairs, of the first documents of each group of identical ones."""
    sizes = ("n_shingles_a", "n_shingles_b")
    blocked = tables.keep("blocks", lambda: in_blocks(candidates, sizes))
    wide = chained.where(f.length("wide") > 0).select("doc", "wide")
    texts = sketched.select("doc", "text").join(wide, "doc", "left")
    run = partial(_verify, need, options.bounds)
    judged = tables.keep("verify", lambda: _with_texts(blocked, texts, run, _JUDGED))

    def bound() -> DataFrame:
        most = f.row_number().over(Window.partitionBy("a").orderBy(f.col("total").desc(), "b"))
        some = judged.where("bounded").withColumn("place", most).where(f.col("place") <= need.most_common).drop("place")
        found = judged.where("not bounded").unionByName(some)
        return found.where("kept and code > 0").drop("kept", "bounded", "total")

    return tables.keep("found", bound)


def _verify(need: Need, bounds: Bounds, pairs: pa.Table, texts: pa.Table) -> pa.Table:
    a, b, documents = _places(pairs, texts)
    rare = pairs.column("rare").to_numpy()[_order(pairs)]
    sketches = sketch.sketch(packed_of(texts.column("text")), workers=1)
    wide, n_wide = numbers(texts.column("wide"), np.uint64)
    looked_up = joined.documents_of(sketches, wide, n_wide)
    total, common, bounded = joined.judge(a, b, rare, looked_up, need)
    own = np.flatnonzero(total)
    a, b, total, common, bounded = a[own], b[own], total[own], common[own], bounded[own]
    shared = np.empty(len(a), np.int32)
    ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(sketches.n_shingles)])
    count_shared(sketches.shingles, ends, a, b, shared)
    floor = Floor().below(bounds)
    sizes = sketches.n_shingles[a], sketches.n_shingles[b]
    kept = np.where(common == COMMON_ONLY, floor.asked(bounds).keeps(shared, *sizes), floor.keeps(shared, *sizes))
    table = _table(a, b, shared, sizes, common != OWN, np.zeros(len(a), bool))
    told = kept | bounded
    columns = {
        "a": documents[a],
        "b": documents[b],
        "shared": shared,
        "size_a": sizes[0].astype(np.int32),
        "size_b": sizes[1].astype(np.int32),
        "code": relate(table, bounds).astype(np.int32),
        "common": common != OWN,
        "kept": kept,
        "bounded": bounded,
        "total": total,
    }
    return pa.Table.from_batches([batch_of({name: values[told] for name, values in columns.items()})])


def _order(pairs: pa.Table) -> NDArray[np.int64]:
    return np.lexsort((pairs.column("b").to_numpy(), pairs.column("a").to_numpy()))


def _places(pairs: pa.Table, texts: pa.Table) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return of each pair, by its documents, where their texts stand, and the document of each text."""
    documents = texts.column("doc").to_numpy()
    order = np.argsort(documents)
    own = _order(pairs)
    a, b = (order[np.searchsorted(documents, pairs.column(side).to_numpy()[own], sorter=order)] for side in ("a", "b"))
    return a, b, documents


def _table(
    a: NDArray[Any], b: NDArray[Any], shared: NDArray[Any], sizes: tuple[Any, Any], common: Any, exact: Any
) -> PairTable:
    return PairTable(a, b, shared.astype(np.int64), *sizes, exact, common, np.empty(0, np.int64), Floor())


def put_back(tables: Tables, found: DataFrame, nodes: DataFrame) -> DataFrame:
    """Return the table of the pairs of all documents, from those of the first of each group of identical ones.

    As `identical.expand` does: of groups of together more than `identical.FULL` documents each is paired with the first
    of the other only.
    """
    several = nodes.where("copies > 1")
    members = several.select(f.col("same").alias("first"), f.col("doc").alias("member"), "copies")

    def make() -> DataFrame:
        copies = several.where(f.col("same") == f.col("doc")).select("doc", "copies")
        known = _with_copies(_with_copies(found, copies, "a"), copies, "b")
        alone = known.where("copies_a = 1 and copies_b = 1")
        grouped = known.where("copies_a > 1 or copies_b > 1")
        few = grouped.where(f.col("copies_a") + f.col("copies_b") <= identical.FULL)
        many = grouped.where(f.col("copies_a") + f.col("copies_b") > identical.FULL)
        b_first = _for_all(many, members, "a")
        a_first = _for_all(many, members, "b").where(f.col("b") != f.col("first_b")).drop("first_b")
        pairs = alone.unionByName(_for_all(_for_all(few, members, "a").drop("first_a"), members, "b").drop("first_b"))
        pairs = pairs.unionByName(b_first.drop("first_a")).unionByName(a_first).drop("copies_a", "copies_b")
        return pairs.withColumn("exact", f.lit(False)).unionByName(_inside(nodes, members)).select(*_in_order())

    return tables.keep("expanded", make)


def _with_copies(pairs: DataFrame, copies: DataFrame, side: str) -> DataFrame:
    of = copies.select(f.col("doc").alias(side), f.col("copies").alias(f"copies_{side}"))
    return pairs.join(of, side, "left").na.fill(1, [f"copies_{side}"])


def _for_all(pairs: DataFrame, members: DataFrame, side: str) -> DataFrame:
    """Put all documents of its group in the place of the first of one side, which stays beside them."""
    own = members.select(f.col("first").alias(f"first_{side}"), "member")
    joined_ones = pairs.withColumnRenamed(side, f"first_{side}").join(own, f"first_{side}", "left")
    return joined_ones.withColumn(side, f.coalesce("member", f"first_{side}")).drop("member")


def _inside(nodes: DataFrame, members: DataFrame) -> DataFrame:
    """Return the pairs inside of groups."""
    full = f.col("copies") <= identical.FULL
    one, other = (members.select("first", f.col("member").alias(side), "copies") for side in ("a", "b"))
    each = one.where(full).join(other.drop("copies"), "first").where("a < b").drop("copies")
    with_first = members.where(~full & (f.col("member") != f.col("first")))
    with_first = with_first.select("first", f.col("first").alias("a"), f.col("member").alias("b"))
    firsts = nodes.where(f.col("same") == f.col("doc"))
    sizes = firsts.where("copies > 1").select(f.col("doc").alias("first"), "n_shingles")
    pairs = each.unionByName(with_first).join(sizes, "first")
    size = f.col("n_shingles")
    return pairs.select(
        "a", "b", size.alias("shared"), size.alias("size_a"), size.alias("size_b"), f.lit(EXACT).alias("code"),
        f.lit(False).alias("common"), f.lit(True).alias("exact"),
    )  # fmt: skip


def _in_order() -> list[Any]:
    turned = f.col("a") > f.col("b")
    sides = [
        f.when(turned, f.col(f"{prefix}{other}")).otherwise(f.col(f"{prefix}{side}")).alias(f"{prefix}{side}")
        for prefix in ("", "size_")
        for side, other in (("a", "b"), ("b", "a"))
    ]
    return [*sides, "shared", "code", "common", "exact"]


def write_pairs(tables: Tables, expanded: DataFrame, sketched: DataFrame, options: ScanOptions) -> DataFrame:
    """Return the table of pairs as they are written: `a`, `b`, and the record as JSON."""
    texts = sketched.select("doc", "id", "text" if options.passages else f.lit(None).cast("binary").alias("text"))
    blocked = tables.keep("blocks of pairs", lambda: in_blocks(expanded, ("size_a", "size_b")))
    run = partial(_records, options.passages)
    return tables.keep("pairs", lambda: _with_texts(blocked, texts, run, "a long, b long, json string"))


def _records(passages: bool, pairs: pa.Table, texts: pa.Table) -> pa.Table:
    a, b, documents = _places(pairs, texts)
    order = _order(pairs)
    shared, size_a, size_b, code, common, exact = (
        pairs.column(name).to_numpy()[order] for name in ("shared", "size_a", "size_b", "code", "common", "exact")
    )
    table = _table(a, b, shared, (size_a.astype(np.int64), size_b.astype(np.int64)), common, exact)
    spans: list[list[tuple[int, int, int, int]]] = [[] for _ in range(len(a))]
    if passages:
        found, ends = match.passages(packed_of(texts.column("text")), a, b, workers=1)
        rows = [tuple(span) for span in found.tolist()]
        spans = [rows[start:end] for start, end in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)]
    ids = texts.column("id").to_pylist()
    records = make_pairs(ids, table, np.arange(len(a)), code.astype(np.uint8), spans)
    encode = msgspec.json.Encoder(enc_hook=str).encode
    lines = [encode(record).decode() for record in records]
    columns = {"a": documents[a], "b": documents[b], "json": pa.array(lines, pa.string())}
    return pa.Table.from_batches([batch_of(columns)])
