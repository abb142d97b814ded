"""Compaction: all segments into one, without what was removed; the rows of texts that no document holds go, too."""

from __future__ import annotations

import numpy as np

from dedup.index.adding import Batch
from dedup.index.packing import I64
from dedup.index.segments import MOST, Gone, Opened
from dedup.index.store import Store


class Plan:
    """What is there, and what goes.

    Parameters
    ----------
    store
        In a transaction of a writer.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        documents = _numbers(store, "SELECT number FROM documents ORDER BY number")
        texts = _numbers(store, "SELECT number FROM texts ORDER BY number")
        self._dead = np.setdiff1d(texts, _numbers(store, "SELECT DISTINCT text FROM documents"), assume_unique=True)
        self._documents = documents
        self._live = np.union1d(documents, np.setdiff1d(texts, self._dead, assume_unique=True))

    def run(self, batch: Batch) -> None:
        """Do it, as part of a batch."""
        for number in self._dead.tolist():
            self._store.run("DELETE FROM texts WHERE number = ?", (number,))
        batch.counts.texts -= len(self._dead)
        old = batch.segments
        held = sum(opened.segment.entries[-1] for opened in old)
        if len(old) > 1 or held > len(self._documents) or len(self._dead):
            batch.replace(len(old), [self._merged(batch, group) for group in self._groups(old)])

    def _groups(self, old: list[Opened]) -> list[list[Opened]]:
        """Put together what may stand in one segment; what has nothing left is in none."""
        groups: list[list[Opened]] = []
        for opened in old:
            first, end = opened.segment.first, opened.segment.end
            if np.searchsorted(self._live, first) == np.searchsorted(self._live, end):
                continue
            if groups and end - groups[-1][0].segment.first <= MOST:
                groups[-1].append(opened)
            else:
                groups.append([opened])
        return groups

    def _merged(self, batch: Batch, group: list[Opened]) -> Opened:
        first, end = group[0].segment.first, group[-1].segment.end
        own = self._live[np.searchsorted(self._live, first) : np.searchsorted(self._live, end)]
        everything = np.arange(first, end)
        gone = Gone(
            np.union1d(self._dead[(self._dead >= first) & (self._dead < end)], everything[everything < own[0]]),
            np.setdiff1d(everything, self._documents, assume_unique=True),
        )
        return batch.merged(group, gone, int(own[0]), int(own[-1]) + 1)


def _numbers(store: Store, query: str) -> I64:
    return np.array([number for (number,) in store.run(query)], np.int64)
