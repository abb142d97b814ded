"""A scan of a data frame: tables in, tables out, through Arrow.

What goes in has the Arrow PyCapsule interface (`__arrow_c_stream__`): frames of polars, pandas and DuckDB, tables and
readers of pyarrow. What comes out has it too, so `polars.from_arrow(table)` and `table.to_pandas()` take it back. Text
is not copied between libraries, but becomes a Python string for each document on its way through cleaning.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from dedup.errors import MissingExtraError, RecordError, UsageError
from dedup.records import BadRecord, Document, ReportData

if TYPE_CHECKING:
    from pyarrow import Table

    from dedup.engine.result import ScanResult

# Rows turned into Python objects, or back, at once.
_AT_ONCE = 4096


class Tables(NamedTuple):
    """What a scan found, as `pyarrow.Table`s."""

    pairs: Table
    """As `pairs.jsonl`; a passage is a structure of `a_start`, `a_end`, `b_start`, `b_end`."""
    clusters: Table
    """A row for each member of each cluster, as `dedup report --format parquet` writes it."""
    documents: Table
    """As `documents.jsonl`."""


def scan(table: Any, *, strict: bool = False, on_bad: Callable[[BadRecord], None] | None = None, **how: Any) -> Tables:
    """Find who copied what among the rows of a table.

    Parameters
    ----------
    table
        Whatever has `__arrow_c_stream__`. Columns are understood as the fields of files are (`dedup fields`): `text` or
        `html`, and where known `id`, `url`, `site`, `published` and others; a row without an id is called `row N`.
    strict
        Raise on the first row that is no document, as one whose text is null.
    on_bad
        Told each such row; then it is skipped. Without it a warning tells.
    **how
        As in `dedup.scan`.

    Raises
    ------
    MissingExtraError
        pyarrow is not installed.
    UsageError
        The table has no Arrow stream; an id stands twice; an option makes no sense.
    RecordError
        A row is no document, and `strict` is set.

    Examples
    --------
    >>> import pyarrow
    >>> story = "The bridge over the Orne was closed on Monday after a barge hit one of its pillars, police said."
    >>> table = pyarrow.table({"id": ["a", "b"], "text": [story, "By Ann. " + story]})
    >>> found = scan(table, clean=False)
    >>> found.pairs.select(["a", "b", "relation", "shared"]).to_pylist()
    [{'a': 'a', 'b': 'b', 'relation': 'near', 'shared': 15}]
    >>> found.documents["duplicate_of"].to_pylist()  # of two without dates the longer one is kept
    ['b', None]
    """
    from dedup import api

    _pyarrow()
    result = api.scan(documents(table, strict=strict, on_bad=on_bad), **how)
    return Tables(_pairs(result), _clusters(result), _documents(result))


def documents(
    table: Any, *, strict: bool = False, on_bad: Callable[[BadRecord], None] | None = None
) -> Iterator[Document]:
    """Make documents of the rows of a table, in order; see `scan`."""
    from dedup.corpus import FieldMap

    fields = FieldMap()
    number = 0
    for rows in _batches(table):
        for row in rows:
            number += 1
            where = f"row {number}"
            made = BadRecord(where, row) if isinstance(row, str) else fields.document(row, where)
            if isinstance(made, Document):
                yield made
            elif strict:
                raise RecordError(made.reason, where=where, hint="Without strict it is skipped and told")
            elif on_bad:
                on_bad(made)
            else:
                warnings.warn(f"skipped {where}: {made.reason}", stacklevel=2)


def _pyarrow() -> Any:
    try:
        import pyarrow
    except ImportError as error:
        raise MissingExtraError("arrow", "tables go through pyarrow") from error
    return pyarrow


def _batches(table: Any) -> Iterator[Iterator[dict[str, Any] | str]]:
    """Read a table's stream some rows at a time; a row that cannot be read is a reason."""
    from dedup.corpus.parquet import plain_times, rows_of

    pyarrow = _pyarrow()
    if not hasattr(table, "__arrow_c_stream__"):
        hint = "Give a frame of polars or pandas, or make a table of it with pyarrow.table(...)"
        raise UsageError(f"a {type(table).__name__} has no Arrow stream", hint=hint)
    for batch in pyarrow.RecordBatchReader.from_stream(table):
        for first in range(0, len(batch), _AT_ONCE):
            yield rows_of(plain_times(batch.slice(first, _AT_ONCE), pyarrow))


def _pairs(result: ScanResult) -> Table:
    pa = _pyarrow()
    ends = ("a_start", "a_end", "b_start", "b_end")
    passage = pa.struct([(name, pa.int64()) for name in ends])
    numbers = [(name, pa.float64()) for name in ("jaccard", "containment_a", "containment_b")]
    texts = [(name, pa.string()) for name in ("a", "b", "relation")]
    rest = [("shared", pa.int64()), ("passages", pa.list_(passage)), ("common", pa.bool_())]
    rows = (
        msgspec.structs.asdict(pair) | {"passages": [dict(zip(ends, own, strict=True)) for own in pair.passages]}
        for pair in result.pairs()
    )
    return _table(rows, pa.schema([*texts, *numbers, *rest]))


def _clusters(result: ScanResult) -> Table:
    from dedup.report.tables import cluster_table, to_arrow

    data = ReportData(result.summary(), result.clusters(), [], _Rows(result), [], {})
    return to_arrow(cluster_table(data))


def _documents(result: ScanResult) -> Table:
    pa = _pyarrow()
    text, whole = pa.string(), pa.int64()
    credit = pa.struct([("agency", text), ("kind", text), ("evidence", text), ("start", whole), ("end", whole)])
    schema = pa.schema(
        [
            ("id", text),
            ("cluster_id", text),
            ("is_duplicate", pa.bool_()),
            ("duplicate_of", text),
            ("relation", text),
            ("agency", text),
            ("stripped", pa.map_(text, whole)),
            ("credits", pa.list_(credit)),
            ("mentions", pa.list_(text)),
            *((name, text) for name in ("title", "url", "site", "published")),
        ]
    )
    rows = (msgspec.to_builtins(row) for row in result.documents())
    return _table((row | {"stripped": list(row["stripped"].items())} for row in rows), schema)


def _table(rows: Iterable[dict[str, Any]], schema: Any) -> Table:
    """Make a table of rows, some at a time."""
    pa = _pyarrow()
    stream, batches = iter(rows), []
    while some := list(islice(stream, _AT_ONCE)):
        batches.append(pa.RecordBatch.from_pylist(some, schema=schema))
    return pa.Table.from_batches(batches, schema)


class _Rows:
    """The rows of a scan's documents, made anew each time they are gone through."""

    def __init__(self, result: ScanResult) -> None:
        self._result = result

    def __iter__(self) -> Iterator[Any]:
        return self._result.documents()
