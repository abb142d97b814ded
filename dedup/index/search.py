"""Candidates of one text among those held: counted over its posting lists.

The rules are those of a scan (`match.count`), but a text that is checked is one, not each with each: so lists of common
fingerprints are walked too, the shortest first, while `MEETINGS` last, and what chains of them find in a scan is found
by counting. A fingerprint is *rare* or in *much of the index* by the lists as they are now. What a scan of all finds is
therefore found: a fingerprint that is rare among all was rare at any time before.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup._jit import jit
from dedup.index.packing import I64, U32, U64
from dedup.index.segments import LISTS, Opened
from dedup.match import rarity
from dedup.match.count import FREE_COMMON, LEAST_COMMON, Need, need_of, needed_of
from dedup.match.postings import RARE
from dedup.match.table import Floor
from dedup.records import Bounds
from dedup.sketch.kernels import ALL_BELOW, SAMPLE_MASK

MEETINGS = 1 << 19
"""Entries of lists that are walked for a text: a few milliseconds."""
BANDED = 1 << 10
"""Entries of the list of a band that are walked in each segment: beyond, a template's copies are like one another."""
LEAST_VERIFIED, VERIFIED = 100, 10
"""Candidates of a text that are verified: the most likely ones, so many and so many for each match that is wanted. A
story that thousands carry has thousands, of which nobody wants the figures against one more copy."""
_FINGERPRINTS = 32_000
"""Of a text that are looked up: what a counter of 15 bits holds. A text of 800,000 characters has so many."""
_PRINTS, _BANDS = LISTS.index("prints"), LISTS.index("bands")
_ONE = np.uint64(1)
_RARE, _ALL, _WIDE, _SAMPLED = (np.uint64(16 * i) for i in range(4))
"""Where a counter of 64 bits counts what: common fingerprints that are rare, all, those in much of the index, and those
that are sampled (a short text carries all its shingles) …"""
_BAND = np.uint64(63)
"""… and where it says that a band is common."""


class Candidates(NamedTuple):
    """Texts that are worth verifying, those with most common fingerprints first."""

    numbers: I64
    wide: NDArray[np.bool_]
    """Nine tenths of what is shared is in much of the index."""


@jit
def walk(entries: U32, bits: int, first: int, low: I64, high: I64, weights: U64, counter: U64, met: I64, n: int) -> int:
    """Add the weight of each key to the counters of its documents, and return how many different ones were met."""
    mask = (_ONE << np.uint64(bits)) - _ONE
    for k in range(len(low)):
        if weights[k] == np.uint64(0):
            continue
        for i in range(low[k], high[k]):
            place = np.int64(np.uint64(entries[i]) & mask)
            if place >= len(counter):  # a damaged entry
                continue
            if counter[place] == np.uint64(0):
                met[n] = place
                n += 1
            if weights[k] >> np.uint64(63):
                counter[place] |= weights[k]
            else:
                counter[place] += weights[k]
    return n


@jit
def take(counter: U64, met: I64, counts: U64, least: int) -> int:
    """Clear the counters of those met; keep those with a rare key, `least` keys or a band, and return how many."""
    n = 0
    for place in met:
        count = counter[place]
        counter[place] = 0
        rare, total = count & np.uint64(0xFFFF), count >> np.uint64(16) & np.uint64(0xFFFF)
        if rare > np.uint64(0) or total >= np.uint64(least) or count >> np.uint64(63):
            met[n], counts[n] = place, count
            n += 1
    return n


@lru_cache(8)
def _need(bounds: Bounds) -> Need:
    floor = Floor().below(bounds)
    return need_of(floor, floor.asked(bounds), 1)


class Room:
    """Counters for the documents of a segment; each thread has its own."""

    def __init__(self, n: int) -> None:
        self.counter = np.zeros(n, np.uint64)
        self.met = np.empty(n, np.int64)


def candidates(
    segments: list[Opened],
    prints: U64,
    bands: U64,
    n_shingles: int,
    bounds: Bounds,
    documents: int,
    most: int,
    room: Room,
) -> Candidates:
    """Return the texts that are worth verifying against one.

    Parameters
    ----------
    segments
        Of the index.
    prints, bands
        Fingerprints and band keys of the text.
    n_shingles
        Its distinct shingles.
    bounds
        What counts as a copy.
    documents
        Texts that are held.
    most
        Matches that are wanted.
    room
        Of this thread.
    """
    keys, order = np.unique((prints[:_FINGERPRINTS] >> np.uint64(32)).astype(np.uint32), return_index=True)
    band_keys = np.unique((bands >> np.uint64(32)).astype(np.uint32))
    places = [opened.locate(_PRINTS, keys) for opened in segments]
    lengths = np.zeros(len(keys), np.int64)
    for low, high in places:
        lengths += high - low
    weights = _weights(lengths, prints[order], documents)
    found = [
        _of_segment(opened, place, weights, band_keys, room) for opened, place in zip(segments, places, strict=True)
    ]
    numbers, counts, sizes = (np.concatenate(column) for column in zip(*found, strict=True)) if found else _NOTHING
    return _worth(numbers, counts, sizes, n_shingles, bounds, documents, LEAST_VERIFIED + VERIFIED * most)


_NOTHING: tuple[Any, ...] = (np.empty(0, np.int64), np.empty(0, np.uint64), np.empty(0, np.int64))


def _weights(lengths: I64, prints: U64, documents: int) -> U64:
    """Return what each fingerprint adds to a counter; 0 for those whose list is not walked."""
    order = np.argsort(lengths, kind="stable")
    walked = np.empty(len(lengths), bool)
    walked[order] = np.cumsum(lengths[order]) <= MEETINGS
    sampled = prints & SAMPLE_MASK == 0
    # A scan counts the text itself too: a list of so many others is longer by one.
    rare, wide = lengths < RARE, sampled & (lengths >= rarity.many(documents))
    columns = ((rare, _RARE), (np.True_, _ALL), (wide, _WIDE), (sampled, _SAMPLED))
    weights = np.zeros(len(lengths), np.uint64)
    for on, place in columns:
        weights |= np.uint64(1) * on << place
    return np.where(walked, weights, np.uint64(0))


def _of_segment(opened: Opened, place: tuple[I64, I64], weights: U64, bands: U32, room: Room) -> tuple[Any, ...]:
    """Return the documents of a segment that were met, their counters and the sizes of their sets."""
    prints, own = opened.lists[_PRINTS], opened.lists[_BANDS]
    counter = room.counter[: opened.segment.documents]
    n = walk(prints.entries, prints.bits, prints.first, *place, weights, counter, room.met, 0)
    low, high = opened.locate(_BANDS, bands)
    high = np.minimum(high, low + BANDED)
    banded = np.full(len(bands), _ONE << _BAND)
    n = walk(own.entries, own.bits, own.first, low, high, banded, counter, room.met, n)
    counts = np.empty(n, np.uint64)
    n = take(counter, room.met[:n], counts, 2)
    numbers = room.met[:n].copy()
    return numbers + opened.segment.first, counts[:n], opened.n_shingles[numbers].astype(np.int64)


def _worth(
    numbers: I64, counts: U64, sizes: I64, n_shingles: int, bounds: Bounds, documents: int, most: int
) -> Candidates:
    """Keep what a scan would verify, and of that the best."""
    low = np.uint64(0xFFFF)
    rare, total, wide = ((counts >> place & low).astype(np.int64) for place in (_RARE, _ALL, _WIDE))
    sampled = (counts >> _SAMPLED & np.uint64(0x7FFF)).astype(np.int64)
    needed = np.empty(len(numbers), np.int64)
    needed_of(n_shingles, sizes, rare, _need(bounds), needed)
    enough = (total >= needed) & (rare + 2 * (total >= 2) >= np.minimum(needed, 2))
    kept = np.flatnonzero((enough | (counts >> _BAND > 0)) & (sizes > 0))
    both_small = (sizes[kept] < ALL_BELOW) & (n_shingles < ALL_BELOW)
    of = np.where(both_small, sampled[kept], total[kept])
    common = (wide[kept] >= rarity.FEWEST) & (wide[kept] >= rarity.NEARLY_ALL * of)
    # Those that are no match unless they are more than a passage come last.
    likely = _possible(total[kept], sizes[kept], n_shingles, bounds)
    order = np.lexsort((-total[kept], likely + common))
    # As in a scan: of texts with the same template, and no more, those that share most of it.
    template = common[order] & (likely[order] > 0) & (counts[kept[order]] >> _BAND == 0)
    order = order[~template | (np.cumsum(template) <= max(LEAST_COMMON, FREE_COMMON // max(1, documents)))][:most]
    return Candidates(numbers[kept[order]], common[order])


def _possible(total: I64, sizes: I64, n_shingles: int, bounds: Bounds) -> NDArray[np.int64]:
    """Return the strongest relation that so many common fingerprints let expect, 0 for near, then excerpt, passage."""
    least = _need(bounds).least
    shared = np.minimum(np.searchsorted(least, total, "right"), np.minimum(sizes, n_shingles))
    shared[total >= least[-1]] = n_shingles  # beyond the table
    near = shared >= bounds.min_jaccard / (1 + bounds.min_jaccard) * (sizes + n_shingles)
    inside = shared >= bounds.min_containment * np.minimum(sizes, n_shingles)
    return np.select([near, inside], [0, 1], 2)
