"""How much of a block stands in another text that belongs to its page: the body or the description it states."""

from __future__ import annotations

from typing import Any

import numpy as np

from dedup._jit import jit
from dedup.clean.ngrams import HEAD_BYTES, Bytes, Floats, Ints, _mix, _tokens, join_lines

# Tokens on end that count as found; two words meet by chance everywhere.
GRAM = 3
# Bytes of the other text that are read: a longer stated body is a book, or an attack.
MAX_BYTES = 400_000


@jit
def _grams(tokens: Any, n: int, out: Any) -> int:
    """Hashes of all runs of `GRAM` tokens; of a shorter text one of all it has. Returns their number."""
    if n == 0:
        return 0
    size = min(GRAM, n)
    for k in range(n - size + 1):
        mixed = np.uint64(size)
        for j in range(size):
            mixed = _mix(mixed, tokens[k + j, 0])
        out[k] = mixed
    return n - size + 1


@jit
def _contains(sorted_grams: Any, count: int, gram: Any) -> bool:
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        if sorted_grams[middle] < gram:
            low = middle + 1
        else:
            high = middle
    return low < count and sorted_grams[low] == gram


@jit
def _overlap(buf: Bytes, starts: Ints, doc: Ints, other: Bytes, other_starts: Ints, out: Any) -> None:
    room = HEAD_BYTES + 2
    for d in range(doc.size - 1):
        room = max(room, min(other_starts[d + 1] - other_starts[d], MAX_BYTES) + 2)
    tokens = np.empty((room, 2), np.uint64)
    kinds = np.empty(room, np.int64)
    marks = np.empty(room, np.uint64)
    known = np.empty(room, np.uint64)
    grams = np.empty(HEAD_BYTES + 2, np.uint64)
    for d in range(doc.size - 1):
        end = min(other_starts[d + 1] - 1, other_starts[d] + MAX_BYTES)
        n, _ = _tokens(other, other_starts[d], end, tokens, kinds, marks)
        count = _grams(tokens, n, known)
        known[:count].sort()
        for i in range(doc[d], doc[d + 1]):
            if n == 0:
                out[i] = np.nan
                continue
            head = min(starts[i + 1] - 1, starts[i] + HEAD_BYTES)
            m, _ = _tokens(buf, starts[i], head, tokens, kinds, marks)
            # The last token may be cut in two where a block is longer than what is read of it.
            m = _grams(tokens, m - (m > GRAM and head < starts[i + 1] - 1), grams)
            found = 0
            for k in range(m):
                found += _contains(known, count, grams[k])
            out[i] = found / max(1, m)


def overlap(buf: Bytes, starts: Ints, doc: Ints, texts: list[str]) -> Floats:
    """Share of the token triples at the beginning of each block that stand in the text of its document.

    Parameters
    ----------
    buf, starts, doc
        Blocks, lower-cased, as in `features.Batch`.
    texts
        One for each document; NaN comes out where it is empty.
    """
    out = np.empty(starts.size - 1, np.float32)
    other, other_starts = join_lines([text.lower().replace("\n", " ") for text in texts])
    _overlap(buf, starts, doc, other, other_starts, out)
    return out
