"""The passages of many pairs, on disk: found group by group, read in the order of the pairs.

To find passages a document has to be read again, token by token. The pairs of a group follow one another here, so that
each of its documents is read once and not with each of its pairs. Groups are made as clusters are, but of all pairs:
what binds no cluster, a site's disclaimer on fifty of its pages, makes many pairs of few documents all the same. Of a
million generated documents 2.3 GB are read so, 7.0 GB where pairs go by cluster.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dedup import cluster, match
from dedup._mapped import map_file
from dedup.sketch import Packed

I64 = NDArray[np.int64]
# Pairs handed over at once: enough that the last ones of a batch, which not all threads share, do not count.
_AT_ONCE = 1 << 15
# Four numbers that come out of an array as one tuple.
_SPAN = np.dtype([(name, np.int32) for name in ("a_start", "a_end", "b_start", "b_end")])


class Passages:
    """Passages of pairs.

    Parameters
    ----------
    path
        File to write.
    packed
        The texts.
    a, b
        The pairs.
    workers
        Threads.
    on_progress
        Told the number of pairs done, each time some are.
    """

    def __init__(
        self,
        path: Path,
        packed: Packed,
        a: I64,
        b: I64,
        *,
        workers: int,
        on_progress: Callable[[int], None] = lambda pairs: None,
    ) -> None:
        heads = cluster.head_linked(len(packed), a, b, np.arange(len(packed)))[np.stack([a, b])]
        order = np.argsort(heads.min(axis=0) << 32 | heads.max(axis=0), kind="stable")
        self._counts = np.zeros(len(a), np.int32)
        with path.open("wb") as file:
            for start in range(0, len(order), _AT_ONCE):
                own = order[start : start + _AT_ONCE]
                spans, offsets = match.passages(packed, a[own], b[own], workers=workers)
                self._counts[own] = np.diff(offsets)
                file.write(spans.astype(np.int32).data)
                on_progress(len(own))
        self._spans = map_file(path, np.int32).reshape(-1, 4)
        self._starts = np.empty(len(a), np.int64)
        self._starts[order] = np.cumsum(self._counts[order], dtype=np.int64) - self._counts[order]

    def spans(self, first: int, last: int) -> tuple[I64, NDArray[np.int32]]:
        """Return how many passages each pair from `first` to before `last` has, and them all, shape (n, 4)."""
        counts = self._counts[first:last].astype(np.int64)
        ends = np.cumsum(counts)
        total = int(ends[-1]) if len(ends) else 0
        places = np.repeat(self._starts[first:last] - (ends - counts), counts) + np.arange(total)
        return counts, self._spans[places]

    def of(self, first: int, last: int) -> list[list[tuple[int, int, int, int]]]:
        """Return the passages of each pair from `first` to before `last`."""
        counts, spans = self.spans(first, last)
        ends = np.cumsum(counts)
        rows: list[tuple[int, int, int, int]] = spans.view(_SPAN).reshape(-1).tolist()  # type: ignore[assignment]
        return [rows[end - count : end] for end, count in zip(ends.tolist(), counts.tolist(), strict=True)]
