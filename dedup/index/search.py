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
from dedup.match.count import needed_of
from dedup.match.need import FREE_COMMON, LEAST_COMMON, Need, need_of
from dedup.match.postings import RARE
from dedup.match.rarity import FEWEST, NEARLY_ALL, many
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
_ONE, _S32 = np.uint64(1), np.uint64(32)
_RARE, _ALL, _WIDE, _SAMPLED = (np.uint64(16 * i) for i in range(4))
"""Where a counter of 64 bits counts what: common fingerprints that are rare, all, those in much of the index, and those
that are sampled (a short text carries all its shingles) …"""
_BAND = np.uint64(63)
"""… and where it says that a band is common."""
_COUNT, _SAMPLES = np.uint64(0xFFFF), np.uint64(0x7FFF)
"""The bits of a count."""


class Candidates(NamedTuple):
    """Texts that are worth verifying, those with most common fingerprints first."""

    numbers: I64
    wide: NDArray[np.bool_]
    """Nine tenths of what is shared is in much of the index."""


@jit
def walk(entries: U32, bits: int, low: I64, high: I64, weights: U64, counter: U64, met: I64, n: int) -> int:
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
def meet(
    prints: tuple[U32, int],
    low: I64,
    high: I64,
    weights: U64,
    bands: tuple[U32, int],
    ends: tuple[I64, I64],
    sizes: U32,
    counter: U64,
    met: I64,
) -> tuple[I64, U64, I64]:
    """Walk the lists of a segment, which start and end at these places, and return of whom a copy may be.

    These are the places of those with a rare key, two keys or a band, what was counted of each, and the sizes of their
    sets. The counters are all 0, before and after.
    """
    n = walk(prints[0], prints[1], low, high, weights, counter, met, 0)
    banded = np.full(len(ends[0]), _ONE << _BAND)
    n = walk(bands[0], bands[1], ends[0], np.minimum(ends[1], ends[0] + BANDED), banded, counter, met, n)
    places, counts, own = np.empty(n, np.int64), np.empty(n, np.uint64), np.empty(n, np.int64)
    kept = 0
    for place in met[:n]:
        count = counter[place]
        counter[place] = 0
        rare, total = count & _COUNT, count >> _ALL & _COUNT
        if rare > np.uint64(0) or total >= np.uint64(2) or count >> _BAND:
            places[kept], counts[kept], own[kept] = place, count, sizes[place]
            kept += 1
    return places[:kept], counts[:kept], own[:kept]


@jit
def weights_of(lengths: I64, prints: U64, walked: NDArray[np.bool_], many: int) -> U64:
    """Return what each fingerprint adds to a counter, by the length of its list; 0 for those not walked."""
    weights = np.zeros(len(prints), np.uint64)
    for i in range(len(prints)):
        if not walked[i]:
            continue
        weights[i] = _ONE << _ALL
        if lengths[i] < RARE:  # a scan counts the text itself too: a list of so many others is longer by one
            weights[i] |= _ONE << _RARE
        if prints[i] & SAMPLE_MASK == np.uint64(0):
            weights[i] |= _ONE << _SAMPLED
            if lengths[i] >= many:
                weights[i] |= _ONE << _WIDE
    return weights


@jit
def judged(
    counts: U64, sizes: I64, needed: I64, n_shingles: int, least: I64, jaccard: float, containment: float
) -> tuple[I64, I64, I64, NDArray[np.bool_], NDArray[np.bool_]]:
    """Judge of each text that was met what it may be, by what was counted.

    Given are the fewest common fingerprints that are `needed` of each, and those of so many shared shingles (`least`).
    Returned are the places of those that were met often enough, as a scan asks, or have a band in common; and of each
    its common fingerprints, its rank (0 for what may be a near copy, 1 an excerpt, 2 a passage, one more for what is
    common), whether it is common, and whether it is that, may not be near and has no band.
    """
    kept, n = np.empty(len(counts), np.int64), 0
    totals, ranks = np.empty(len(counts), np.int64), np.empty(len(counts), np.int64)
    common, template = np.empty(len(counts), np.bool_), np.empty(len(counts), np.bool_)
    for i in range(len(counts)):
        rare, total = np.int64(counts[i] & _COUNT), np.int64(counts[i] >> _ALL & _COUNT)
        banded = counts[i] >> _BAND > np.uint64(0)
        often = total >= needed[i] and rare + 2 * (total >= 2) >= min(needed[i], 2)
        if sizes[i] == 0 or not (often or banded):
            continue
        smaller = min(sizes[i], n_shingles)
        # The most that they may share; all of it beyond the table.
        shared = smaller if total >= least[-1] else min(np.searchsorted(least, total, "right"), smaller)
        likely = 2
        if shared >= jaccard / (1 + jaccard) * (sizes[i] + n_shingles):
            likely = 0
        elif shared >= containment * smaller:
            likely = 1
        both_small = sizes[i] < ALL_BELOW and n_shingles < ALL_BELOW
        wide, sampled = np.int64(counts[i] >> _WIDE & _COUNT), np.int64(counts[i] >> _SAMPLED & _SAMPLES)
        kept[n], totals[n] = i, total
        common[n] = wide >= FEWEST and wide >= NEARLY_ALL * (sampled if both_small else total)
        template[n] = common[n] and likely > 0 and not banded
        ranks[n] = likely + common[n]
        n += 1
    return kept[:n], totals[:n], ranks[:n], common[:n], template[:n]


@jit
def distinct(keys: U64) -> tuple[U32, U64]:
    """Return the upper 32 bits of keys, sorted and each once, and a key of each."""
    own, short, n = np.sort(keys), np.empty(len(keys), np.uint32), 0
    for key in own:
        if n == 0 or np.uint64(short[n - 1]) != key >> _S32:
            short[n], own[n] = np.uint32(key >> _S32), key
            n += 1
    return short[:n], own[:n]


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
    keys, of = distinct(prints[:_FINGERPRINTS])
    band_keys, _ = distinct(bands)
    places = [opened.locate(_PRINTS, keys) for opened in segments]
    lengths = np.zeros(len(keys), np.int64)
    for low, high in places:
        lengths += high - low
    weights = _weights(lengths, of, documents)
    found = [
        _of_segment(opened, place, weights, band_keys, room) for opened, place in zip(segments, places, strict=True)
    ]
    numbers, counts, sizes = (np.concatenate(column) for column in zip(*found, strict=True)) if found else _NOTHING
    return _worth(numbers, counts, sizes, n_shingles, bounds, documents, LEAST_VERIFIED + VERIFIED * most)


_NOTHING: tuple[Any, ...] = (np.empty(0, np.int64), np.empty(0, np.uint64), np.empty(0, np.int64))


def _weights(lengths: I64, prints: U64, documents: int) -> U64:
    """Return what each fingerprint adds to a counter; 0 for those whose list is not walked."""
    walked = np.ones(len(lengths), bool)
    if lengths.sum() > MEETINGS:
        order = np.argsort(lengths, kind="stable")
        walked[order] = np.cumsum(lengths[order]) <= MEETINGS
    return weights_of(lengths, prints, walked, many(documents))


def _of_segment(opened: Opened, place: tuple[I64, I64], weights: U64, bands: U32, room: Room) -> tuple[Any, ...]:
    """Return the documents of a segment that were met, their counters and the sizes of their sets."""
    prints, own = opened.lists[_PRINTS], opened.lists[_BANDS]
    counter, ends = room.counter[: opened.segment.documents], opened.locate(_BANDS, bands)
    lists = (prints.entries, prints.bits), *place, weights, (own.entries, own.bits), ends
    places, counts, sizes = meet(*lists, opened.n_shingles, counter, room.met)
    return places + opened.segment.first, counts, sizes


def _worth(
    numbers: I64, counts: U64, sizes: I64, n_shingles: int, bounds: Bounds, documents: int, most: int
) -> Candidates:
    """Keep what a scan would verify, and of that the best."""
    needed = np.empty(len(numbers), np.int64)
    need = _need(bounds)
    needed_of(n_shingles, sizes, (counts & _COUNT).astype(np.int64), need, needed)
    given = n_shingles, need.least, bounds.min_jaccard, bounds.min_containment
    kept, totals, ranks, common, template = judged(counts, sizes, needed, *given)
    # Those that are no match unless they are more than a passage come last.
    order = np.lexsort((-totals, ranks))
    # As in a scan: of texts with the same template, and no more, those that share most of it.
    template = template[order]
    order = order[~template | (np.cumsum(template) <= max(LEAST_COMMON, FREE_COMMON // max(1, documents)))][:most]
    return Candidates(numbers[kept[order]], common[order])
