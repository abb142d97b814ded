"""Documents to cleaned texts: each executor reads and cleans pieces of the input by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import chdir
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import pyarrow as pa
from pyspark import SparkFiles, TaskContext
from pyspark.sql import functions as f

from dedup import corpus
from dedup.clean.sites import page_of
from dedup.corpus.fields import FieldMap
from dedup.corpus.folder import Inputs
from dedup.engine.cleaning import clean_here
from dedup.engine.holdings import together
from dedup.engine.local import as_it_is
from dedup.engine.options import CleanOptions, ScanOptions
from dedup.engine.rows import NOBODY, attributions, row_of
from dedup.engine.spark.arrow import Gathered
from dedup.errors import UsageError
from dedup.records import BadRecord, Cleaned, Document
from dedup.sketch.text import SURROGATES
from dedup.wire import Attribution

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from dedup.engine.spark.tables import Tables

COLUMNS = {
    "part": pa.int64(),
    "place": pa.int64(),
    "id": pa.string(),
    "bad": pa.string(),
    "where": pa.string(),
    "row": pa.binary(),
    "text": pa.binary(),
    "lines": pa.binary(),
    "site": pa.string(),
    "key": pa.binary(),
    "page": pa.binary(),
    "size": pa.int64(),
}
"""Of the table of documents. `part` and `place` give the input order; `bad` says what is wrong with a record that is
none; `row` and `lines` are those of the local engine; `key` and `page` stand for a page where its site's lines are
learned; `size` counts the bytes of row, text and lines."""
SCHEMA = (
    "part long, place long, id string, bad string, where string, row binary, text binary, lines binary, "
    "site string, key binary, page binary, size long"
)


class Counts(NamedTuple):
    """How much was read."""

    records: int
    good: int
    """Those that are documents."""
    size: int
    """Bytes of their rows, texts and blocks."""


class Cleaning(msgspec.Struct, frozen=True):
    """What executors are told of cleaning."""

    options: CleanOptions
    clean: bool
    attribute: bool

    @classmethod
    def of(cls, options: ScanOptions) -> Cleaning:
        """Return what the options of a scan say."""
        given = options.cleaning
        cleaning = CleanOptions(given.model, given.sites, given.favor, tuple(given.keep_labels))
        return cls(cleaning, options.clean, options.attribute)

    def sent(self, session: SparkSession) -> Cleaning:
        """Send the files of classifier and sites to the executors, each once."""
        for path in (self.options.model, self.options.sites):
            if path:
                session.sparkContext.addFile(str(Path(path).absolute()))
        return self

    def here(self) -> CleanOptions:
        """Return the options with the files as this executor has them."""
        paths = {
            name: Path(SparkFiles.get(path.name)) if (path := getattr(self.options, name)) else None
            for name in ("model", "sites")
        }
        return msgspec.structs.replace(self.options, **paths)

    @property
    def in_text(self) -> frozenset[str]:
        """Labels of the blocks that go into texts."""
        return frozenset({"body", *self.options.keep_labels})


def read_inputs(
    tables: Tables, inputs: Inputs, options: ScanOptions, *, format: str | None, exclude: Any, fields: FieldMap
) -> DataFrame:
    """Return the table of the documents of files, which every executor has to reach under the same path."""
    session = tables.session

    def make() -> DataFrame:
        pieces = corpus.splits(inputs, format=format, exclude=exclude)
        shared = session.sparkContext.broadcast(pieces)
        counts: dict[int, int] = {}
        if any(piece.start for piece in pieces):  # lines have numbers, so those of the pieces before are counted
            alone = session.range(0, len(pieces), 1, len(pieces))
            lines = alone.mapInArrow(partial(_count_lines, Path.cwd(), shared), "id long, lines long").collect()
            counts = {row["id"]: row["lines"] for row in lines}
        before: list[int] = []
        last = ""
        for number, piece in enumerate(pieces):
            before.append(before[-1] + counts.get(number - 1, 0) if piece.path == last else 0)
            last = piece.path
        read = partial(_read_pieces, Path.cwd(), shared, before, fields, Cleaning.of(options).sent(session))
        return session.range(0, len(pieces), 1, len(pieces)).mapInArrow(read, SCHEMA)

    return tables.keep("read", make)


def read_frame(tables: Tables, frame: DataFrame, options: ScanOptions, fields: FieldMap) -> DataFrame:
    """Return the table of the documents of a data frame, whose columns are understood as fields of files are."""
    read = partial(_read_rows, fields, Cleaning.of(options).sent(tables.session))
    return tables.keep("read", lambda: frame.mapInArrow(read, SCHEMA))


def count(tables: Tables, read: DataFrame) -> Counts:
    """Count what was read."""

    def work_out() -> dict[str, int]:
        fine = f.col("bad").isNull()
        counts = (f.count(f.lit(1)), f.count(f.when(fine, 1)), f.sum("size"))
        return dict(zip(Counts._fields, (n or 0 for n in read.agg(*counts).collect()[0]), strict=True))

    return Counts(**tables.note("records", work_out))


def bad(read: DataFrame) -> DataFrame:
    """Return the records that are none, in input order."""
    return read.where(f.col("bad").isNotNull()).orderBy("part", "place")


def distinct(tables: Tables, read: DataFrame, *, may_repeat: bool) -> tuple[DataFrame, int]:
    """Return the documents, of those with one id the first, and how many were left out.

    Raises
    ------
    UsageError
        An id stands twice, and `may_repeat` is not set.
    """
    at = f.struct("part", "place")
    fine = read.where(f.col("bad").isNull())
    twice = fine.groupBy("id").agg(f.count("*").alias("n"), f.min(at).alias("first")).where("n > 1")
    more = tables.note("ids twice", lambda: {"more": twice.agg(f.sum(f.col("n") - 1)).collect()[0][0] or 0})["more"]
    if not more:
        return fine, 0
    if not may_repeat:
        raise UsageError("this id stands twice", where=twice.first()["id"], hint="Give every document an id of its own")  # type: ignore[index]
    firsts = twice.select("id", "first")
    known = fine.join(firsts, "id", "left")
    return known.where(f.col("first").isNull() | (f.col("first") == at)).drop("first"), more


def _count_lines(folder: Path, pieces: Any, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        numbers = batch.column("id").to_pylist()
        with chdir(folder):  # where relative paths were given
            lines = [corpus.count_lines(pieces.value[number]) for number in numbers]
        yield pa.RecordBatch.from_pydict({"id": numbers, "lines": lines})


def _read_pieces(
    folder: Path,
    pieces: Any,
    before: list[int],
    fields: FieldMap,
    cleaning: Cleaning,
    batches: Iterable[pa.RecordBatch],
) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for number in batch.column("id").to_pylist():
            with chdir(folder):
                items = corpus.read_split(pieces.value[number], fields, before[number])
                yield from _cleaned(items, number, cleaning)


def _read_rows(fields: FieldMap, cleaning: Cleaning, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    part = TaskContext.get().partitionId()  # type: ignore[union-attr]

    def items() -> Iterator[Document | BadRecord]:
        number = 0
        for batch in batches:
            for record in batch.to_pylist():
                number += 1
                yield fields.document(record, f"part {part}, row {number}")

    yield from _cleaned(items(), part, cleaning)


def _cleaned(items: Iterable[Document | BadRecord], part: int, cleaning: Cleaning) -> Iterator[pa.RecordBatch]:
    """Clean the documents of one part, and give each its row, bad records at the end."""
    bad: list[BadRecord] = []
    names, kinds = list(COLUMNS), list(COLUMNS.values())
    rows = Gathered(names, kinds)
    encode = msgspec.json.Encoder().encode

    def fine() -> Iterator[Document]:
        for item in items:
            if isinstance(item, BadRecord):
                bad.append(item)
            else:
                yield item

    place = 0
    for document, cleaned, agencies in _attributed(_pairs(fine(), cleaning), cleaning):
        text = cleaned.text.encode("utf-8", SURROGATES)
        row = encode(row_of(document, cleaned, text, agencies, in_text=cleaning.in_text))
        lines, key, page = None, None, None
        if cleaned.blocks:
            lines = encode([(block.label, block.text) for block in cleaned.blocks])
            if document.site:
                key, page = page_of(cleaned.blocks)
        size = len(row) + len(text) + len(lines or b"")
        told = (document.id, None, document.where, row, text, lines, document.site, key, page, size)
        yield from rows.add((part, place, *told), size + len(page or b""))
        place += 1
    for record in bad:
        yield from rows.add((part, place, None, record.reason, record.where, *[None] * 7), 100)
        place += 1
    yield from rows.flush()


def _attributed(
    pairs: Iterable[tuple[Document, Cleaned]], cleaning: Cleaning
) -> Iterator[tuple[Document, Cleaned, Attribution]]:
    for some in together(pairs):
        agencies = attributions(some) if cleaning.attribute else [NOBODY] * len(some)
        for (document, cleaned), own in zip(some, agencies, strict=True):
            yield document, cleaned, own


def _pairs(documents: Iterator[Document], cleaning: Cleaning) -> Iterator[tuple[Document, Cleaned]]:
    if cleaning.clean:
        return clean_here(documents, cleaning.here())
    return ((document, as_it_is(document)) for document in documents)
