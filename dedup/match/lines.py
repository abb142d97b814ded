"""Pairs as lines of JSON, their bytes put together by a kernel: what msgspec writes of `Pair`, without a record each.

Only what is hard to write is left to msgspec, by the ten thousand: ids as JSON strings, and the shortest decimals of
floating-point numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from dedup._jit import jit
from dedup.match.table import PairTable
from dedup.records import RELATIONS

U8 = NDArray[np.uint8]
I64 = NDArray[np.int64]

# Ids that are encoded at a time.
_IDS = 1 << 16


def _bytes(text: str) -> U8:
    return np.frombuffer(text.encode(), np.uint8)


_A, _B, _RELATION = _bytes('{"a":'), _bytes(',"b":'), _bytes(',"relation":"')
_JACCARD, _IN_A, _IN_B = _bytes('","jaccard":'), _bytes(',"containment_a":'), _bytes(',"containment_b":')
_SHARED, _PASSAGES, _COMMON = _bytes(',"shared":'), _bytes(',"passages":['), _bytes('],"common":')
_TRUE, _FALSE = _bytes("true}\n"), _bytes("false}\n")
_NAMES, _NAME_ENDS = _bytes("".join(RELATIONS)), np.cumsum([0, *map(len, RELATIONS)])
# Bytes that a line has at most beside its ids and passages: names of fields, three numbers of up to 24 digits, and one.
_LINE = sum(map(len, (_A, _B, _RELATION, _JACCARD, _IN_A, _IN_B, _SHARED, _PASSAGES, _COMMON, _FALSE))) + 3 * 24 + 32
# And a passage: four numbers of 32 bits.
_PASSAGE = 4 * 10 + 6
_COMMA, _CLOSED, _OPEN, _ZERO, _TEN = (np.uint8(ord(char)) for char in ",][0\n")


@jit
def put(out: U8, n: int, part: U8) -> int:
    """Append bytes to `n` of them, and return the new number."""
    for k in range(len(part)):
        out[n + k] = part[k]
    return n + len(part)


@jit
def put_number(out: U8, n: int, number: int) -> int:
    """Append the digits of a number that is not negative."""
    digits, rest = 1, number // 10
    while rest:
        digits, rest = digits + 1, rest // 10
    for k in range(n + digits - 1, n - 1, -1):
        out[k] = _ZERO + np.uint8(number % 10)
        number //= 10
    return n + digits


@jit
def put_next(out: U8, n: int, numbers: U8, at: int) -> tuple[int, int]:
    """Append the number of a JSON list that starts `at` a byte, and return where the one behind it starts, too."""
    while numbers[at] != _COMMA and numbers[at] != _CLOSED:
        out[n] = numbers[at]
        n, at = n + 1, at + 1
    return n, at + 1


@jit
def write_lines(ids: U8, id_ends: I64, columns: Any, figures: Any, passages: Any, out: U8) -> int:
    """Write a line for each pair, and return the number of bytes.

    `ids` are those of all documents as JSON, and where each starts. `columns` are a, b, relation, shared and common;
    `figures` three JSON lists of numbers; `passages` the number of each pair's, and all of them.
    """
    a, b, codes, shared, common = columns
    jaccard, in_a, in_b = figures
    counts, spans = passages
    n, span, at, at_a, at_b = 0, 0, 1, 1, 1
    for row in range(len(a)):
        n = put(out, put(out, n, _A), ids[id_ends[a[row]] : id_ends[a[row] + 1] - 1])
        n = put(out, put(out, n, _B), ids[id_ends[b[row]] : id_ends[b[row] + 1] - 1])
        n = put(out, put(out, n, _RELATION), _NAMES[_NAME_ENDS[codes[row] - 1] : _NAME_ENDS[codes[row]]])
        n, at = put_next(out, put(out, n, _JACCARD), jaccard, at)
        n, at_a = put_next(out, put(out, n, _IN_A), in_a, at_a)
        n, at_b = put_next(out, put(out, n, _IN_B), in_b, at_b)
        n = put_number(out, put(out, n, _SHARED), shared[row])
        n = put(out, n, _PASSAGES)
        for k in range(counts[row]):
            if k:
                out[n] = _COMMA
                n += 1
            out[n] = _OPEN
            for place in range(4):
                n = put_number(out, n + 1, spans[span, place])
                out[n] = _COMMA
            out[n] = _CLOSED
            n, span = n + 1, span + 1
        n = put(out, put(out, n, _COMMON), _TRUE if common[row] else _FALSE)
    return n


class PairLines:
    """Makes the lines of pairs.

    Parameters
    ----------
    ids
        Of all documents.
    table, codes
        The pairs, and the relation of each.
    """

    def __init__(self, ids: Iterable[str], table: PairTable, codes: NDArray[np.uint8]) -> None:
        encoder, ids = msgspec.json.Encoder(), iter(ids)
        lines = bytearray()
        while some := list(islice(ids, _IDS)):
            lines += encoder.encode_lines(some)
        self._ids = np.frombuffer(lines, np.uint8)
        self._ends = np.concatenate([np.zeros(1, np.int64), np.flatnonzero(self._ids == _TEN) + 1])
        self._table, self._codes = table, codes

    def of(self, rows: I64, counts: I64, spans: NDArray[np.int32]) -> memoryview:
        """Return the lines of some rows of the table, with their passages: how many of each, and all of them."""
        table = self._table
        a, b, shared = table.a[rows], table.b[rows], table.shared[rows]
        size_a, size_b = table.size_a[rows], table.size_b[rows]
        figures = tuple(map(_list, (shared / (size_a + size_b - shared), shared / size_a, shared / size_b)))
        lengths = np.diff(self._ends)
        room = int(lengths[a].sum() + lengths[b].sum()) + _LINE * len(rows) + _PASSAGE * len(spans)
        out = np.empty(room, np.uint8)
        columns = (a, b, self._codes[rows], shared, table.common[rows])
        return out[: write_lines(self._ids, self._ends, columns, figures, (counts, spans), out)].data


def _list(numbers: NDArray[np.float64]) -> U8:
    return np.frombuffer(msgspec.json.encode(numbers.tolist()), np.uint8)


def lines_of(made: PairLines, rows: I64, passages: Any, step: int) -> Iterator[memoryview]:
    """Give the lines of rows, some at a time; `passages` gives those of the pairs from one place to before another."""
    for start in range(0, len(rows), step):
        own = rows[start : start + step]
        none = np.zeros(len(own), np.int64), np.empty((0, 4), np.int32)
        counts, spans = passages.spans(start, start + len(own)) if passages else none
        yield made.of(own, counts, spans)
