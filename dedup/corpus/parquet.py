"""Parquet, through pyarrow (the extra `parquet`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dedup.corpus.fields import FieldMap
from dedup.corpus.interface import Source
from dedup.corpus.streams import DamagedError
from dedup.errors import InputError, MissingExtraError
from dedup.records import BadRecord, Document

# Rows turned into Python objects at once: pages of 100 KB stay within some 25 MB.
_BATCH = 256
ALL = slice(None)
"""All row groups of a file."""


class ParquetReader:
    """Reads the rows of a Parquet file."""

    def read(
        self, source: Source, fields: FieldMap, before: int = 0, groups: slice = ALL
    ) -> Iterator[Document | BadRecord]:
        """Read one document a row; `where` is `file:row`, rows counted from 1.

        Of some row groups only, rows are counted on from those `before`.

        Raises
        ------
        InputError
            The input is stdin or compressed as a whole: Parquet is read from its end.
        """
        try:
            import pyarrow
            from pyarrow import parquet
        except ImportError as error:
            raise MissingExtraError("parquet", "reading Parquet needs pyarrow", where=source.name) from error
        if not source.stream.seekable():
            hint = "Save it as an uncompressed file; Parquet compresses its columns itself"
            raise InputError("Parquet cannot be read from a pipe", where=source.name, hint=hint)
        number = before
        try:
            file = parquet.ParquetFile(source.stream)
            wanted = range(file.num_row_groups)[groups]
            for batch in file.iter_batches(batch_size=_BATCH, row_groups=wanted):
                for row in rows_of(plain_times(batch, pyarrow)):
                    number += 1
                    where = f"{source.name}:{number}"
                    yield BadRecord(where, row) if isinstance(row, str) else fields.document(row, where)
        except (OSError, pyarrow.ArrowException) as error:
            raise DamagedError(_reason(error, number)) from error


def _reason(error: Exception, rows: int) -> str:
    what = str(error).partition("\n")[0].strip().rstrip(".")
    return f"damaged after row {rows}: {what}" if rows else f"not a Parquet file: {what}"


def plain_times(batch: Any, pyarrow: Any) -> Any:
    """Cut time stamps, times and durations to microseconds, all that Python's own hold."""
    table = pyarrow.Table.from_batches([batch])
    schema = table.schema
    for index, field in enumerate(schema):
        if getattr(field.type, "unit", None) != "ns":
            continue
        if pyarrow.types.is_timestamp(field.type):
            coarser = pyarrow.timestamp("us", field.type.tz)
        else:
            coarser = pyarrow.duration("us") if pyarrow.types.is_duration(field.type) else pyarrow.time64("us")
        schema = schema.set(index, field.with_type(coarser))
    return table if schema is table.schema else table.cast(schema, safe=False)


def rows_of(table: Any) -> Iterator[dict[str, Any] | str]:
    """Turn a batch into rows, or the reason why one is none."""
    try:
        yield from table.to_pylist()
    except (ValueError, OverflowError):  # a string that is no UTF-8, a date out of Python's range: which row is it?
        for index in range(len(table)):
            yield _row(table, index)


def _row(table: Any, index: int) -> dict[str, Any] | str:
    try:
        row: dict[str, Any] = table.slice(index, 1).to_pylist()[0]
    except (ValueError, OverflowError) as error:
        return f"value that cannot be read: {error}"
    return row
