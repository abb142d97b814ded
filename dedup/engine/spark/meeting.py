"""Keys to posting lists, to the pairs of documents that meet in them: `match.joined`, with Spark between its steps.

What is shuffled are not rows of keys but *words* by the million in columns of bytes, so that neither the JVM nor Python
has an object for a key: each task puts its words into slots, and what is of one slot is joined in one place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import Window
from pyspark.sql import functions as f

from dedup.engine.spark.arrow import batch_of, bytes_of, column, numbers, on_group
from dedup.engine.spark.sketching import chosen
from dedup.match import joined
from dedup.match.need import Need
from dedup.match.postings import HUBS, NEIGHBOURS, count_sizes, hash_table, longest_full, write_chains
from dedup.sketch.kernels import ALL_BELOW, SAMPLE_MASK

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from dedup.engine.spark.tables import Tables

SLOT_WORDS = 1 << 22
"""Words of a slot, about: 32 MB, and a few times that while they are sorted."""
SENT_WORDS = 1 << 21
"""Words that a task gathers before it sends them."""

SINGLES, BANDS, CHAINS = range(3)
"""What kind of key a list is of."""

_WORDS = "slot long, words binary"
_LISTS = "slot long, keys binary, members binary, sizes binary"


class Cut(NamedTuple):
    """How keys and documents share a word."""

    bits: int
    """Slots are 2 to this power."""
    shift: int
    """Bits of the document."""


def cut_for(n_documents: int, n_words: int) -> Cut:
    """Return how keys are cut, of so many documents and so many in all."""
    bits = max(0, (n_words // SLOT_WORDS).bit_length())
    return Cut(bits, joined.code_bits(n_documents))


def sent(slots: NDArray[Any], words: NDArray[np.uint64]) -> pa.RecordBatch:
    """Return words as rows, one for each slot."""
    order = np.argsort(slots, kind="stable")
    slots, words = slots[order], words[order]
    starts = np.flatnonzero(np.append(True, slots[1:] != slots[:-1])) if len(slots) else np.empty(0, np.int64)
    counts = np.diff(np.append(starts, len(words)))
    return batch_of({"slot": slots[starts].astype(np.int64), "words": bytes_of(words, counts)})


def gathered(parts: Iterable[tuple[NDArray[Any], NDArray[np.uint64]]]) -> Iterator[pa.RecordBatch]:
    """Send slots and words, many at a time."""
    waiting: list[tuple[NDArray[Any], NDArray[np.uint64]]] = []
    n = 0
    for slots, words in parts:
        waiting.append((slots, words))
        n += len(words)
        if n >= SENT_WORDS:
            yield sent(*map(np.concatenate, zip(*waiting, strict=True)))
            waiting, n = [], 0
    if n:
        yield sent(*map(np.concatenate, zip(*waiting, strict=True)))


def key_words(
    name: str, kind: int, cut: Cut, need: Need, batches: Iterable[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """Send the words of a column of keys; columns are `doc`, `n_shingles` and the keys."""

    def parts() -> Iterator[tuple[NDArray[Any], NDArray[np.uint64]]]:
        for batch in batches:
            keys, counts = numbers(batch.column(name), np.uint64)
            codes = joined.codes_of(column(batch, "doc"), column(batch, "n_shingles"), need)
            slots, words = joined.words_of(keys, np.repeat(codes, counts), *cut)
            yield slots.astype(np.int64) + (kind << cut.bits), words

    return gathered(parts())


def make_lists(cut: Cut, table: pa.Table) -> pa.Table:
    """Return the posting lists of a slot."""
    slot = table.column("slot")[0].as_py()
    words, _ = numbers(table.column("words"), np.uint64)
    return _row(slot, joined.lists_of(words, cut.shift))


def _row(slot: int, lists: joined.Lists) -> pa.Table:
    if not len(lists.sizes):
        return pa.Table.from_batches([_lists_row(slot, lists).slice(0, 0)])
    return pa.Table.from_batches([_lists_row(slot, lists)])


def _lists_row(slot: int, lists: joined.Lists) -> pa.RecordBatch:
    one = {name: bytes_of(values, np.array([len(values)])) for name, values in lists._asdict().items()}
    return batch_of({"slot": np.array([slot], np.int64), **one})


def read_lists(batch: pa.RecordBatch) -> Iterator[tuple[int, joined.Lists]]:
    """Read the lists of each slot of a batch."""
    for row in range(len(batch)):
        own = batch.slice(row, 1)
        kinds = (("keys", np.uint64), ("members", np.uint32), ("sizes", np.int32))
        yield own.column("slot")[0].as_py(), joined.Lists(*(numbers(own.column(name), kind)[0] for name, kind in kinds))


def singles(tables: Tables, sketched: DataFrame, nodes: DataFrame, need: Need, cut: Cut) -> DataFrame:
    """Return the table of lists of fingerprints, also of those that are common."""

    def make() -> DataFrame:
        send = partial(key_words, "prints", SINGLES, cut, need)
        words = searched(sketched, nodes).select("doc", "n_shingles", "prints").mapInArrow(send, _WORDS)
        return words.groupBy("slot").applyInArrow(on_group(make_lists, cut), _LISTS)

    return tables.keep("singles", make)


def searched(sketched: DataFrame, nodes: DataFrame) -> DataFrame:
    """Return the sketches of the documents that candidates are searched among."""
    others = nodes.where((f.col("same") != f.col("doc")) | (f.col("n_tokens") == 0)).select("doc")
    return sketched.join(others, "doc", "left_anti")


def common_keys(lists: DataFrame, cut: Cut) -> DataFrame:
    """Return what is common: a row for each document and each common key that it has."""
    return lists.mapInArrow(partial(_common_keys, cut), "doc long, key long, documents int")


def _common_keys(cut: Cut, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for slot, lists in read_lists(batch):
            _, common = joined.rare_and_common(lists)
            keys = joined.whole_key(common.keys, slot, *cut)
            yield batch_of({
                "doc": (common.members >> 1).astype(np.int64),
                "key": np.repeat(keys, common.sizes),
                "documents": np.repeat(common.sizes, common.sizes),
            })  # fmt: skip


def chains(tables: Tables, sketched: DataFrame, common: DataFrame, cut: Cut, many: int) -> DataFrame:
    """Return the table of the documents that have common fingerprints: their number, the chains, and those in many."""

    def make() -> DataFrame:
        keys = common.groupBy("doc").agg(
            f.collect_list("key").alias("keys"), f.collect_list("documents").alias("documents")
        )
        known = sketched.select("doc", "n_shingles", "prints").join(keys, "doc")
        run = partial(_chains, cut, many)
        return known.mapInArrow(run, "doc long, n_shingles int, n_common int, chains binary, wide binary")

    return tables.keep("chains", make)


def _chains(cut: Cut, many: int, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    low = np.uint64(joined.cut(*cut))
    for batch in batches:
        prints, counts = numbers(batch.column("prints"), np.uint64)
        listed = (batch.column(name).flatten().to_numpy() for name in ("keys", "documents"))
        keys, documents = listed
        keys, first = np.unique(keys.view(np.uint64) >> low, return_index=True)
        table = hash_table(keys, documents[first].astype(np.int32), low)
        chained, owners = np.empty(2 * len(prints), np.uint64), np.empty(2 * len(prints), np.int64)
        wide, n_common, n_wide = np.empty(len(prints), np.uint64), *np.zeros((2, len(batch)), np.int32)
        sizes, small = counts.astype(np.int32), int(ALL_BELOW)
        out = (chained, owners, wide, n_common, n_wide)
        n, w = write_chains(prints, sizes, 0, table, SAMPLE_MASK, small, many, out)
        yield batch_of({
            "doc": batch.column("doc"),
            "n_shingles": batch.column("n_shingles"),
            "n_common": n_common,
            "chains": bytes_of(chained[:n], np.bincount(owners[:n], minlength=len(batch))),
            "wide": bytes_of(wide[:w], n_wide.astype(np.int64)),
        })  # fmt: skip


def lists(tables: Tables, sketched: DataFrame, nodes: DataFrame, chained: DataFrame, need: Need, cut: Cut) -> DataFrame:
    """Return the table of lists of bands and chains."""

    def make() -> DataFrame:
        banded = searched(sketched, nodes).select("doc", "n_shingles", "bands")
        words = banded.mapInArrow(partial(key_words, "bands", BANDS, cut, need), _WORDS).unionByName(
            chained.select("doc", "n_shingles", "chains").mapInArrow(
                partial(key_words, "chains", CHAINS, cut, need), _WORDS
            )
        )
        return words.groupBy("slot").applyInArrow(on_group(make_lists, cut), _LISTS)

    return tables.keep("lists", make)


def full_length(tables: Tables, lists: DataFrame, n_chosen: int) -> int:
    """Return the longest list of bands and chains in which all documents meet."""

    def work_out() -> dict[str, int]:
        counted = lists.mapInArrow(_count_sizes, "counts array<long>").collect()
        total = np.sum([count_sizes(np.empty(0, np.int64)), *(row["counts"] for row in counted)], axis=0)
        return {"full": longest_full(total, n_chosen)}

    return int(tables.note("full lists", work_out)["full"])


def _count_sizes(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        sizes, _ = numbers(batch.column("sizes"), np.int32)
        yield pa.RecordBatch.from_pydict({"counts": [count_sizes(sizes).tolist()]})


def meetings(
    tables: Tables, single: DataFrame, lists: DataFrame, nodes: DataFrame, full: int, n_documents: int
) -> DataFrame:
    """Return the table of the pairs that met often enough to be worth a look."""

    def make() -> DataFrame:
        total = _number_of(single, 0) + _number_of(lists, full)
        block = max(1, -(-n_documents // max(1, -(-total // SLOT_WORDS))))
        longer = lists.mapInArrow(partial(_longer, full), "list string, doc long")
        words = (
            single.mapInArrow(partial(_meet, block, 0), _WORDS)
            .unionByName(lists.mapInArrow(partial(_meet, block, full), _WORDS))
            .unionByName(_in_longer(longer, nodes).mapInArrow(partial(_meet_pairs, block), _WORDS))
        )
        return words.groupBy("slot").applyInArrow(on_group(_count), "a long, b long, rare int, in_list boolean")

    return tables.keep("meetings", make)


def _number_of(lists: DataFrame, full: int) -> int:
    """Count meetings in lists; `full` is 0 for those of singles."""
    rows = lists.mapInArrow(partial(_count_meetings, full), "n long").groupBy().sum("n").collect()
    return int(rows[0][0] or 0)


def _some(lists: joined.Lists, full: int) -> joined.Lists:
    return joined.split(lists, full)[0] if full else joined.rare_and_common(lists)[0]


def _count_meetings(full: int, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for _, own in read_lists(batch):
            sizes = _some(own, full).sizes.astype(np.int64)
            yield batch_of({"n": np.array([(sizes * (sizes - 1) // 2).sum()])})


def _meet(block: int, full: int, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    def parts() -> Iterator[tuple[NDArray[Any], NDArray[np.uint64]]]:
        for batch in batches:
            for _, own in read_lists(batch):
                lists = _some(own, full)
                for some in _portions(lists):
                    words = joined.meetings_of(some, in_list=bool(full))
                    yield joined.first_of(words) // block, words

    return gathered(parts())


def _portions(lists: joined.Lists) -> Iterator[joined.Lists]:
    """Cut lists into runs whose meetings are not too many at once."""
    sizes = lists.sizes.astype(np.int64)
    done, ends = np.cumsum(sizes * (sizes - 1) // 2), np.cumsum(sizes)
    cuts = np.flatnonzero(np.diff(done // SENT_WORDS)) + 1
    for first, last in zip([0, *cuts.tolist()], [*cuts.tolist(), len(sizes)], strict=True):
        if last > first:
            start = int(ends[first] - sizes[first])
            yield joined.Lists(lists.keys[first:last], lists.members[start : ends[last - 1]], lists.sizes[first:last])


def _longer(full: int, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for slot, own in read_lists(batch):
            longer = joined.split(own, full)[1]
            names = np.array([f"{slot}-{number}" for number in range(len(longer.sizes))], object)
            documents = (longer.members >> 1).astype(np.int64)
            yield batch_of({"list": pa.array(np.repeat(names, longer.sizes), pa.string()), "doc": documents})


def _in_longer(longer: DataFrame, nodes: DataFrame) -> DataFrame:
    """Return who meets in lists that are too long for all: each the hubs, and its neighbours by content."""
    known = longer.join(chosen(nodes).select("doc", "best", "salt"), "doc")
    ranked = known.withColumn("place", f.row_number().over(Window.partitionBy("list").orderBy("best")))
    hubs = ranked.where(f.col("place") <= HUBS).select(
        "list", f.col("doc").alias("hub"), f.col("place").alias("hub_place")
    )
    met = (
        ranked.join(hubs, "list").where(f.col("place") > f.col("hub_place")).select("doc", f.col("hub").alias("other"))
    )
    by_salt = Window.partitionBy("list").orderBy(f.col("salt").bitwiseXOR(f.lit(-(1 << 63))))  # as it has no sign
    next_ones = f.array(*(f.lead("doc", step).over(by_salt) for step in range(1, NEIGHBOURS + 1)))
    rest = ranked.where(f.col("place") > HUBS).select("doc", next_ones.alias("others"))
    rest = rest.select("doc", f.explode("others").alias("other"))
    return met.unionByName(rest.where(f.col("other").isNotNull()))


def _meet_pairs(block: int, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    def parts() -> Iterator[tuple[NDArray[Any], NDArray[np.uint64]]]:
        for batch in batches:
            words = joined.meetings(column(batch, "doc"), column(batch, "other"))
            yield joined.first_of(words) // block, words

    return gathered(parts())


def _count(table: pa.Table) -> pa.Table:
    words, _ = numbers(table.column("words"), np.uint64)
    names = ("a", "b", "rare", "in_list")
    return pa.Table.from_batches([batch_of(dict(zip(names, joined.count_meetings(words), strict=True)))])


def worth(tables: Tables, met: DataFrame, nodes: DataFrame, chained: DataFrame, need: Need) -> DataFrame:
    """Return of the pairs that met those that are worth a look at their fingerprints."""

    def make() -> DataFrame:
        common = chained.select("doc", "n_common")
        facts = chosen(nodes).select("doc", "n_shingles").join(common, "doc", "left").na.fill(0, ["n_common"])
        a, b = (
            facts.select(*(f.col(name).alias(f"{name}_{side}") for name in ("doc", "n_shingles", "n_common")))
            for side in ("a", "b")
        )
        known = met.join(a, f.col("a") == f.col("doc_a")).join(b, f.col("b") == f.col("doc_b"))
        columns = ("a", "b", "rare", "in_list", "n_shingles_a", "n_shingles_b", "n_common_a", "n_common_b")
        run = partial(_worth, need)
        return known.select(*columns).mapInArrow(run, "a long, b long, rare int, n_shingles_a int, n_shingles_b int")

    return tables.keep("candidates", make)


def _worth(need: Need, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        sizes, commons = (
            (column(batch, f"{name}_a"), column(batch, f"{name}_b")) for name in ("n_shingles", "n_common")
        )
        kept = joined.worth(sizes, commons, column(batch, "rare"), column(batch, "in_list"), need)
        yield batch.filter(pa.array(kept)).select(["a", "b", "rare", "n_shingles_a", "n_shingles_b"])
