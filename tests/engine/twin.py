"""An index in memory: every text is held as it is, and matched by a scan of all that is held and the one asked for."""

from contextlib import contextmanager

import numpy as np

from dedup import match, sketch
from dedup.records import RELATIONS, Bounds
from dedup.verdicts import Match


class Twin:
    def __init__(self, bounds=None):
        self.bounds = bounds or Bounds()
        self.texts, self.entries = [], []

    def __len__(self):
        return len(self.entries)

    def held(self, ids):
        return {entry.id for entry in self.entries} & {*ids}

    def add(self, packed, entries):
        with self.adding(packed, entries):
            return len(entries)

    @contextmanager
    def adding(self, packed, entries):
        assert len(packed) == len(entries)
        yield
        self.texts += [packed.text(place) for place in range(len(packed))]
        self.entries += entries

    def find(self, packed, *, bounds=None, most=20, workers=1):
        return [self._find(packed.text(place), bounds or self.bounds)[:most] for place in range(len(packed))]

    def _find(self, text, bounds):
        new = len(self.texts)
        table = match.find_pairs(sketch.sketch(sketch.pack([*self.texts, text]), workers=1), bounds)
        found = []
        for row in np.flatnonzero(table.b == new):
            if code := match.relate(table, bounds)[row]:
                entry = self.entries[table.a[row]]
                figures = table.jaccard[row], table.containment_b[row], table.containment_a[row]
                told = RELATIONS[code - 1], *map(float, figures), int(table.shared[row])
                found.append(Match(entry.id, *told, entry.site, entry.published, entry.agency))
        return sorted(found, key=lambda one: (RELATIONS.index(one.relation), -one.shared, one.id))
