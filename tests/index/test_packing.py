"""Kernels of records and lists, against what they mean."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.index import packing
from dedup.sketch.kernels import ALL_BELOW, SAMPLE_MASK

hashes = st.lists(st.integers(1, 2**46 - 1).map(lambda value: value * 2**18 + value % 7), unique=True, max_size=90)
low = np.uint64(0xFFFFFFFF)


@given(st.lists(hashes, min_size=1, max_size=4))
def test_records_come_back_and_are_counted_against_a_set(sets):
    sizes = np.array([len(own) for own in sets])
    ends = np.cumsum([0, *packing.record_sizes(sizes)])
    data = np.empty(ends[-1], np.uint8)
    packing.pack_records(np.array([value for own in sets for value in own], np.uint64), sizes, data)
    kept = [sorted((value >> 18 << 2) | (value & 3) for value in own) for own in sets]
    for own, start in zip(kept, ends[:-1].tolist(), strict=True):
        assert packing.unpack_record(data, start).tolist() == own
    shared, found = np.empty(len(sets), np.int64), np.empty(len(sets), np.int64)
    first = packing.cut_set(np.array(sets[0], np.uint64))
    packing.count_shared(first, data, ends[:-1], shared, found)
    assert found.tolist() == sizes.tolist()
    assert shared.tolist() == [len({*kept[0]} & {*own}) for own in kept]


@given(hashes)
def test_fingerprints_are_told_from_a_record(values):
    got = packing.prints_of(packing.cut_set(np.array(values, np.uint64)), ALL_BELOW).tolist()
    sampled = [value for value in values if len(values) < ALL_BELOW or value & int(SAMPLE_MASK) == 0]
    assert sorted(got) == sorted(value >> 32 for value in sampled)


@given(
    st.lists(st.integers(0, 2**32 - 1) | st.integers(0, 9), max_size=80).map(sorted),
    st.tuples(st.integers(0, 80), st.integers(0, 80)),
    st.integers(0, 2**32 - 1) | st.integers(0, 10),
)
def test_all_ways_to_the_lower_bound_lead_there(values, span, wanted):
    entries = np.array(values, np.uint32)
    first, end = sorted(min(place, len(values)) for place in span)
    place = first + np.searchsorted(entries[first:end], np.uint32(wanted))
    for search in (packing.lower_bound, packing.reach, packing.reach_back):
        assert search(entries, first, end, np.uint64(wanted)) == place


keys = st.integers(0, 2**32 - 1) | st.sampled_from([0, 1, 2**31, 2**32 - 1])
ranges = st.lists(
    st.tuples(st.integers(1, 20), st.integers(0, 3), st.lists(st.tuples(keys, st.integers(0, 19)), max_size=30)),
    min_size=1,
    max_size=5,
)


@pytest.mark.parametrize("removed", [[], [0, 3, 4, 21, 22]])
@given(parts=ranges)
def test_lists_hold_what_they_were_given_and_merging_loses_nothing(removed, parts):
    first, lists, truth = 7, [], []
    for documents, gap, own in parts:
        postings = sorted({(key, first + place % documents) for key, place in own})
        packed = packing.postings_of(
            np.array([key << 32 for key, _ in postings], np.uint64), np.array([n for _, n in postings], np.int64)
        )
        lists.append(packing.pack_list(packed, first, documents))
        truth += postings
        first += documents + gap
    dead = np.array(removed, np.int64) + 7
    written = []
    merged = packing.merge(lists, 7, first - 7, dead, lambda entries: written.append(entries.copy()))
    merged = merged._replace(entries=np.concatenate(written))
    assert found_in(lists, truth) == sorted(truth)
    left = [(key, n) for key, n in truth if n not in dead]
    assert found_in([merged], truth) == sorted(left)
    asked = (np.array([key for key, _ in left], np.uint32), np.array([n for _, n in left], np.int64))
    assert packing.holds(*asked, merged.entries, merged.starts, merged.bits, merged.first) == len(left)


def found_in(lists, truth):
    """What lists say of all keys, and of keys beside them."""
    asked = np.unique([(key + more) % 2**32 for key, _ in truth for more in (-1, 0, 1)]).astype(np.uint32)
    found = []
    for own in lists:
        low, high = (np.empty(len(asked), np.int64) for _ in range(2))
        packing.locate(asked, own.entries, own.starts, own.bits, low, high)
        numbers, which = (np.empty((high - low).sum(), np.int64) for _ in range(2))
        packing.numbers_of(own.entries, own.bits, own.first, low, high, numbers, which)
        found += zip(asked[which].tolist(), numbers.tolist(), strict=True)
    return sorted(found)
