"""Arrow columns of bytes as flat arrays, and back: what is sent between Spark and the kernels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dedup.sketch import Packed


def packed_of(column: Any) -> Packed:
    """Return a column of bytes as texts that lie one after another; null is empty."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    column = column.cast(pa.large_binary())
    if column.null_count:
        column = column.fill_null(b"")
    _, offsets, data = column.buffers()
    if not len(column):
        return Packed(np.empty(0, np.uint8), np.zeros(1, np.int64))
    ends = np.frombuffer(offsets, np.int64)[column.offset : column.offset + len(column) + 1]
    held = np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8)
    return Packed(np.ascontiguousarray(held[ends[0] : ends[-1]]), ends - ends[0])


def numbers(column: Any, kind: type[np.generic]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return the numbers that the rows of a column of bytes hold, one row after the other, and how many each has."""
    packed = packed_of(column)
    return packed.data.view(kind), packed.lengths // np.dtype(kind).itemsize


def bytes_of(values: NDArray[Any], counts: NDArray[np.int64]) -> Any:
    """Return numbers as a column of bytes; `counts` says how many each row has."""
    ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)]) * values.itemsize
    data = pa.py_buffer(np.ascontiguousarray(values))
    if ends[-1] < 1 << 31:
        return pa.Array.from_buffers(pa.binary(), len(counts), [None, pa.py_buffer(ends.astype(np.int32)), data])
    return pa.Array.from_buffers(pa.large_binary(), len(counts), [None, pa.py_buffer(ends), data])


def column(batch: Any, name: str) -> NDArray[Any]:
    """Return a column of numbers without nulls."""
    values: NDArray[Any] = (
        batch.column(name).to_numpy(zero_copy_only=False)
        if isinstance(batch, pa.RecordBatch)
        else batch.column(name).to_numpy()
    )
    return values


def strings(batch: Any, name: str) -> list[Any]:
    """Return a column as a list of Python's objects."""
    values: list[Any] = batch.column(name).to_pylist()
    return values


def batch_of(columns: dict[str, Any]) -> pa.RecordBatch:
    """Return columns, arrays of NumPy or of Arrow or lists, as one batch."""
    return pa.RecordBatch.from_arrays([_array(values) for values in columns.values()], list(columns))


def _array(values: Any) -> Any:
    if isinstance(values, np.ndarray):
        return pa.array(values.view(np.int64) if values.dtype == np.uint64 else values)
    return values if isinstance(values, pa.Array) else pa.array(values)


def on_group(function: Callable[..., pa.Table], *told: Any) -> Callable[[pa.Table], pa.Table]:
    """Bind a function of a group's rows to what it is told; a `partial` would hide its types, which Spark asks for."""

    def run(rows: pa.Table) -> pa.Table:
        return function(*told, rows)

    return run


class Gathered:
    """Gathers rows for a batch, so that what is sent is neither single rows nor more than a worker holds.

    Parameters
    ----------
    names
        Of the columns.
    kinds
        Arrow types of them.
    """

    _ROWS, _BYTES = 1000, 1 << 24

    def __init__(self, names: Sequence[str], kinds: Sequence[Any]) -> None:
        self._schema = pa.schema(list(zip(names, kinds, strict=True)))
        self._rows: list[tuple[Any, ...]] = []
        self._bytes = 0

    def add(self, row: tuple[Any, ...], size: int) -> Iterable[pa.RecordBatch]:
        """Take in a row of about so many bytes; gives a batch where one is full."""
        self._rows.append(row)
        self._bytes += size
        return self.flush() if len(self._rows) >= self._ROWS or self._bytes >= self._BYTES else ()

    def flush(self) -> Iterable[pa.RecordBatch]:
        """Give what is there."""
        rows, self._rows, self._bytes = self._rows, [], 0
        if rows:
            columns = list(zip(*rows, strict=True))
            arrays = [pa.array(values, field.type) for values, field in zip(columns, self._schema, strict=True)]
            yield pa.RecordBatch.from_arrays(arrays, schema=self._schema)
