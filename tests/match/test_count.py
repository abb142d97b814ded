"""Counting documents met: each kernel against the rules as they are written, on small random corpora."""

import math
from collections import Counter
from dataclasses import astuple
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.match import bands, postings
from dedup.match.count import (
    COMMON,
    COMMON_ONLY,
    DOUBTED,
    MAINLY_COMMON,
    OWN,
    UNSEEN,
    Room,
    candidates_of,
    common_needed,
    copied,
    hits_of,
    meet,
    reach,
    shared_needed,
    tabled,
    walk,
)
from dedup.match.need import PASSAGE_RARE, SHARE, Documents, need_of
from dedup.match.postings import Postings, arrange, entries_of
from dedup.match.rarity import FEWEST, LITTLE, NEARLY_ALL
from dedup.match.table import Floor
from dedup.match.verify import count_shared, verify
from dedup.match.words import word_of, write_words
from dedup.records import Bounds
from dedup.sketch.kernels import ALL_BELOW

FLOORS = [Floor(), Floor.near(Bounds()), Floor(0.1, 0.1, 2, 4), Floor(1.0, 1.0, 1, 2)]


def laid(parts, kind):
    """Parts one after the other, and where each starts."""
    parts = list(parts)
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum([len(part) for part in parts], dtype=np.int64)])
    return np.array([value for part in parts for value in part], kind), starts


# ----------------------------------------------------------------------------------------------- what a copy must share


@settings(max_examples=50)
@given(st.integers(1, 400), st.integers(1, 400), st.sampled_from(FLOORS))
def test_copied_is_the_fewest_shared_shingles_that_the_floor_keeps(size_a, size_b, floor):
    without_passage = Floor(floor.jaccard, floor.containment, floor.shared, 2**31)
    need = need_of(without_passage, without_passage, 10)
    found = copied(size_a, size_b, need.floor)
    kept = [
        n
        for n in range(1, min(size_a, size_b) + 1)
        if without_passage.keeps(np.array([n]), np.array([size_a]), np.array([size_b]))[0]
    ]
    if kept:
        assert found == kept[0]
        assert kept == [*range(kept[0], min(size_a, size_b) + 1)]
    else:
        assert found > min(size_a, size_b)


@pytest.mark.parametrize("floor", FLOORS)
def test_what_is_needed_grows_with_the_documents_and_with_the_bound(floor):
    one, other = astuple(floor), astuple(Floor(0.8, 0.7, 40, 60))
    more = Floor(*(max(pair) for pair in zip(one, other, strict=True)))
    need, higher = need_of(floor, floor.asked(Bounds()), 10), need_of(more, more.asked(Bounds(0.9, 0.9, 50)), 10)
    assert (np.diff(need.least) >= 0).all()
    sizes = [ALL_BELOW, 200, 800, 1600, 10**6]
    small = [1, 5, 15, 30, ALL_BELOW - 1]
    for rare in (0, PASSAGE_RARE - 1, PASSAGE_RARE, 1000):
        for group in (sizes, small):
            table = np.array([[common_needed(a, b, need, rare) for a in group] for b in group])
            assert (table == table.T).all()
            assert (table >= 1).all()
            assert (np.diff(table) >= 0).all()
            assert (table <= [[common_needed(a, b, higher, rare) for a in group] for b in group]).all()
        assert all(common_needed(a, b, need, 0) >= common_needed(a, b, need, rare) for a in sizes for b in sizes)


def test_small_documents_need_all_that_a_copy_has_and_others_its_sample():
    floor, asked = Floor(), Floor().asked(Bounds())
    need = need_of(floor, asked, 10)
    sizes = [1, 4, 15, 29, 30, 31, 62, ALL_BELOW - 1]
    for a in sizes:
        for b in sizes:
            assert common_needed(a, b, need, 10) == min(copied(a, b, need.floor), floor.passage)
            assert common_needed(a, b, need, 0) == min(copied(a, b, need.asked), floor.passage)
    for shared in (30, 100, 1000):
        deviation = math.sqrt(shared * 0.25 * 0.75)
        assert abs(need.least[shared] - (shared / 4 - 3 * deviation)) <= 1
    assert common_needed(10**6, 10**6, need, 10) == PASSAGE_RARE


# ------------------------------------------------------------------------------------------------ walking posting lists


@given(st.lists(st.sets(st.integers(0, 19), min_size=2), max_size=12), st.integers(0, 19), st.integers(0, 20))
def test_entries_are_the_lists_of_each_document(lists, one, other):
    first, last = sorted((one, other))
    members, starts = laid([sorted(own) for own in lists], np.uint32)
    offsets = np.full(last - first + 1, 99, np.int64)
    entries = entries_of(members, starts, first, last, offsets)
    found = [entries[offsets[d] : offsets[d + 1]].tolist() for d in range(last - first)]
    assert found == [[own for own, part in enumerate(lists) if d in part] for d in range(first, last)]


def slow_partners(part, a, full, rank, salts):
    """Who meets whom in one list: all where it is short, else hubs with all, and each with its neighbours."""
    if len(part) <= full:
        return {b for b in part if b > a}
    hubs = sorted(part, key=lambda d: rank[d])[: postings.HUBS]
    rest = sorted((d for d in part if d not in hubs), key=lambda d: int(salts[d]))
    if a in hubs:
        met = part
    else:
        place = rest.index(a)
        met = hubs + rest[max(0, place - postings.NEIGHBOURS) : place + postings.NEIGHBOURS + 1]
    return {b for b in met if b > a}


@given(st.integers(1, 60), st.integers(postings.HUBS, 70), st.integers(0, 9))
def test_walk_meets_all_of_a_short_list_and_hubs_and_neighbours_of_a_long_one(size, full, seed):
    generator = np.random.default_rng(seed)
    rank, salts = generator.permutation(80), generator.integers(0, 2**64, 80, np.uint64)
    part = np.sort(generator.choice(80, size, replace=False)).astype(np.uint32)
    own = part.copy()
    arrange(own, np.array([0, size]), 0, full, rank, salts)
    for a in part.tolist():
        counter, met = np.zeros(80, np.uint16), np.empty(80, np.uint32)
        n = walk(a, own, 1, full, salts, counter, met, 0)
        assert len(set(met[:n].tolist())) == n
        assert set(met[:n].tolist()) == slow_partners(part.tolist(), a, full, rank, salts)
        assert set(np.flatnonzero(counter).tolist()) == set(met[:n].tolist())


@st.composite
def corpora(draw):
    """Posting lists of a few documents, their fingerprints, sizes, and which fingerprints are in many documents."""
    n = draw(st.integers(1, 30))
    generator = np.random.default_rng(draw(st.integers(0, 10**6)))
    singles = [
        sorted(draw(st.sets(st.integers(0, n - 1), min_size=2))) for _ in range(draw(st.integers(0, 6))) if n > 1
    ]
    others = [sorted(draw(st.sets(st.integers(0, n - 1), min_size=2))) for _ in range(draw(st.integers(0, 4))) if n > 1]
    most = draw(st.sampled_from([8, 40, 400]))
    prints = [
        sorted(draw(st.sets(st.integers(1, most), min_size=1, max_size=40)), key=lambda v: (v * 7919) % 10007)
        for _ in range(n)
    ]
    wide = set(draw(st.sets(st.sampled_from(range(4, most + 1, 4)))))
    sizes = [len(own) * draw(st.sampled_from([1, 4])) if len(own) >= 16 else len(own) for own in prints]
    return SimpleNamespace(
        n=n,
        gaps=[generator.geometric(0.25, len(own)) - 1 for own in prints],
        tails=generator.integers(0, 6, n),
        singles=singles,
        others=others,
        prints=prints,
        wide=[[value for value in own if value in wide] for own in prints],
        n_shingles=np.array(sizes, np.int32),
        n_common=np.array([draw(st.integers(0, len(own))) for own in prints], np.int32),
        rank=generator.permutation(n),
        salts=generator.permutation(n).astype(np.uint64),
        full=draw(st.sampled_from([postings.HUBS, postings.HUBS + 4, 100])),
    )


def slow_reach(of, a, b):
    """What two documents share at most: common fingerprints, and what may be shared before and behind each."""
    one, other = of.prints[a], of.prints[b]
    gaps, gaps_other = ([*of.gaps[d], of.tails[d]] for d in (a, b))
    hits = {(i, j) for i, value in enumerate(one) for j, same in enumerate(other) if value == same}
    ends = [(i, j) for i, j in hits if (i + 1, j + 1) not in hits]
    before = sum(1 + min(gaps[i], gaps_other[j]) for i, j in hits)
    return before + sum(min(gaps[i + 1], gaps_other[j + 1]) for i, j in ends) + UNSEEN * (len(ends) - 1)


def slow_candidates(of, need, a):
    """Candidates of one document by the rules, ascending: four times the document, and how common the pair is."""
    rare, in_list = Counter(), set()
    for part in of.singles:
        if a in part:
            rare.update(b for b in part if b > a)
    for part in of.others:
        if a in part:
            in_list |= slow_partners(part, a, of.full, of.rank, of.salts)
    found, only_common = [], []
    for b in sorted({*rare} | in_list):
        least = common_needed(of.n_shingles[a], of.n_shingles[b], need, rare[b])
        if rare[b] + min(of.n_common[a], of.n_common[b]) < least:
            continue
        if rare[b] < min(COMMON, least) and b not in in_list:
            continue
        shared = {*of.prints[a]} & {*of.prints[b]}
        if len(shared) < least:
            continue
        large = min(of.n_shingles[a], of.n_shingles[b]) >= ALL_BELOW
        needed = shared_needed(of.n_shingles[a], of.n_shingles[b], need)
        if large and len(shared) < DOUBTED and slow_reach(of, a, b) < needed:
            continue
        wide = {*of.wide[a]} & {*of.wide[b]}
        small = of.n_shingles[a] < ALL_BELOW and of.n_shingles[b] < ALL_BELOW
        total = sum(value % 4 == 0 for value in shared) if small else len(shared)
        sampled = [of.n_shingles[d] * SHARE if of.n_shingles[d] < ALL_BELOW else len(of.prints[d]) for d in (a, b)]
        rest = min(sampled[0] - len(of.wide[a]), sampled[1] - len(of.wide[b]))
        common = OWN
        if len(wide) >= FEWEST and len(wide) >= NEARLY_ALL * total:
            common = COMMON_ONLY
        elif len(wide) >= FEWEST and total - len(wide) < LITTLE * need.asked.containment * rest:
            common = MAINLY_COMMON
        if common == COMMON_ONLY and len(shared) < common_needed(of.n_shingles[a], of.n_shingles[b], need, 0):
            continue
        alike = copied(of.n_shingles[a], of.n_shingles[b], only_near(need))
        near = alike if small else need.least[alike]
        if common == COMMON_ONLY and len(shared) < near:
            only_common.append((-len(shared), b))
        else:
            found.append(4 * b + common)
    found += [4 * b + COMMON_ONLY for _, b in sorted(only_common)[: need.most_common]]
    return sorted(found)


def only_near(need):
    """Bounds of a copy that no excerpt reaches, nor a passage."""
    return need.asked._replace(containment=2.0, shared=2**31)


def words_of(prints, gaps, wide):
    """Words of fingerprints that are small numbers: hashes have their own high bits."""
    keys = [np.uint64((value * 40503 & 0x1FFFFFF) << 39 | value) for value in prints]
    return [word_of(key, gap, value in wide) for key, gap, value in zip(keys, gaps, prints, strict=True)]


def kernel_arguments(of):
    members, starts = laid(of.singles + of.others, np.uint32)
    arrange(members, starts, len(of.singles), of.full, of.rank, of.salts)
    words, offsets = laid(map(words_of, of.prints, of.gaps, of.wide), np.uint32)
    n_wide = np.array([len(own) for own in of.wide], np.int32)
    documents = Documents(words, offsets, of.n_shingles, of.n_common, of.salts, n_wide, of.tails.astype(np.uint8))
    return Postings(members, starts, len(of.singles), of.full), documents


@settings(max_examples=100)
@given(corpora(), st.sampled_from(FLOORS), st.sampled_from([1, 2, 100]), st.data())
def test_candidates_are_those_of_the_rules_from_any_document_on(of, floor, most_common, data):
    need = need_of(floor, floor.asked(Bounds()), 10)._replace(most_common=most_common)
    lists, documents = kernel_arguments(of)
    first = data.draw(st.integers(0, of.n - 1))
    offsets, found = np.zeros(of.n - first + 1, np.int64), np.zeros(of.n - first, np.int64)
    entries = entries_of(lists.members, lists.starts, first, of.n, offsets)
    room = Room(
        np.zeros(of.n, np.uint16), np.empty(of.n, np.uint32), np.empty((40, 2), np.int32), np.zeros(1, np.int64)
    )
    out = candidates_of(first, offsets, entries, lists, documents, need, room, found)
    assert not room.counter.any()
    parts = [part.tolist() for part in np.split(out, np.cumsum(found))[:-1]]
    assert parts == [slow_candidates(of, need, a) for a in range(first, of.n)]


@settings(max_examples=50)
@given(corpora())
def test_meet_counts_rare_singles_and_marks_the_other_lists(of):
    lists, _ = kernel_arguments(of)
    offsets = np.zeros(of.n + 1, np.int64)
    entries = entries_of(lists.members, lists.starts, 0, of.n, offsets)
    for a in range(of.n):
        counter, met = np.zeros(of.n, np.uint16), np.empty(of.n, np.uint32)
        n = meet(a, entries[offsets[a] : offsets[a + 1]], lists, of.salts, counter, met)
        rare = Counter(b for part in of.singles if a in part for b in part if b > a)
        marked = {b for part in of.others if a in part for b in slow_partners(part, a, of.full, of.rank, of.salts)}
        assert sorted(met[:n].tolist()) == sorted({*rare} | marked)
        assert counter.tolist() == [2 * rare[b] + (b in marked) for b in range(of.n)]


@settings(max_examples=200)
@given(corpora())
def test_reach_is_what_the_rules_say(of):
    _, documents = kernel_arguments(of)
    for a in range(of.n - 1):
        one, other = (documents.words[documents.offsets[d] : documents.offsets[d + 1]] for d in (a, a + 1))
        hits = np.empty((len(other), 2), np.int32)
        table, last = tabled(one, np.empty(1, np.int32))
        n = hits_of(one, other, table, last, hits)
        assert [of.prints[a][i] for i in hits[:n, 0]] == [of.prints[a + 1][j] for j in hits[:n, 1]]
        assert n == len({*of.prints[a]} & {*of.prints[a + 1]})
        if n:
            found = reach(one, other, documents.tails[a], documents.tails[a + 1], hits[:n])
            assert found == slow_reach(of, a, a + 1)


@given(st.integers(1, 60), st.integers(0, 99), st.integers(0, 10**6))
def test_a_run_that_two_documents_share_is_never_longer_than_their_reach(run, place, seed):
    generator = np.random.default_rng(seed)
    copied = generator.integers(1, 2**64, run, np.uint64)
    sets = [np.insert(generator.integers(1, 2**64, 99, np.uint64), at, copied) for at in (place, 99 - place)]
    prints = [own[own & np.uint64(3) == 0] for own in sets]
    sizes, n_shingles = (np.array([len(own) for own in parts]) for parts in (prints, sets))
    words, tails, none = np.empty(sizes.sum(), np.uint32), np.empty(2, np.uint8), np.zeros(2, np.int32)
    wide = np.empty(0, np.uint64)
    write_words(np.concatenate(prints), sizes, np.concatenate(sets), n_shingles, wide, none, (words, tails))
    one, other = words[: sizes[0]], words[sizes[0] :]
    hits = np.empty((sizes[1], 2), np.int32)
    n = hits_of(one, other, *tabled(one, np.empty(1, np.int32)), hits)
    assert n >= (copied & np.uint64(3) == 0).sum()
    assert not n or run > 100 or reach(one, other, *tails, hits[:n]) >= run


def test_a_counter_does_not_run_over():
    """Two books of many common rare fingerprints: more than a counter of 16 bits holds."""
    n = 70_000
    lists = Postings(np.tile(np.array([0, 1], np.uint32), n), np.arange(0, 2 * n + 1, 2), n, 64)
    counter, met = np.zeros(2, np.uint16), np.empty(2, np.uint32)
    assert meet(0, np.arange(n, dtype=np.uint32), lists, np.zeros(2, np.uint64), counter, met) == 1
    assert counter[1] >= 60_000


# --------------------------------------------------------------------------------------------------- figures, and bands


@given(
    st.lists(st.sets(st.integers(1, 2**64 - 1) | st.integers(1, 30), max_size=40), min_size=1, max_size=6), st.data()
)
def test_shared_shingles_are_those_of_python_sets(sets, data):
    shingles, offsets = laid(sets, np.uint64)
    places = st.integers(0, len(sets) - 1)
    pairs = sorted(data.draw(st.lists(st.tuples(places, places), min_size=1, max_size=20)))
    a, b = np.array(pairs, np.int64).T.copy()
    shared = np.empty(len(pairs), np.int32)
    count_shared(shingles, offsets, a, b, shared)
    assert shared.tolist() == [len(sets[one] & sets[other]) for one, other in pairs]


@pytest.mark.parametrize("workers", [1, 3])
def test_verify_holds_documents_of_very_different_size_against_each_other(workers, monkeypatch):
    monkeypatch.setattr("dedup.match.verify._SLICE", 16)
    generator = np.random.default_rng(3)
    sizes = [1, 2, 7, 8, 9, 63, 64, 65, 500, 511, 513, 4100, 40_000]
    shared_by_all = generator.integers(1, 2**64, 20_000, np.uint64)
    sets = []
    for size in sizes:
        own = np.unique(np.concatenate([shared_by_all[: size // 2], generator.integers(1, 2**64, size, np.uint64)]))
        sets.append(generator.permutation(own))
    shingles = np.concatenate(sets)
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum([len(own) for own in sets])])
    pairs = [(i, j) for i in range(len(sets)) for j in range(len(sets)) if i != j]
    a, b = np.array(pairs).T.copy()
    slow = [set(own.tolist()) for own in sets]
    found = verify(shingles, offsets, a, b, workers=workers)
    assert found.tolist() == [len(slow[i] & slow[j]) for i, j in pairs]
    assert len(verify(shingles, offsets, a[:0], b[:0], workers=workers)) == 0


@given(st.integers(1, 6), st.integers(1, 4), st.integers(0, 9), st.integers(0, 99))
def test_keys_of_bands_are_equal_where_all_rows_and_the_band_are(n_bands, rows, n, seed):
    generator = np.random.default_rng(seed)
    values = generator.integers(0, 2**32, 3, np.uint32)  # few, so that rows agree
    signatures = generator.choice(values, (n, n_bands * rows + 2))
    keys = bands.band_keys(signatures, n_bands, rows)
    assert keys.shape == (n, n_bands)
    cut = {
        (d, band): (band, *signatures[d, band * rows : (band + 1) * rows].tolist())
        for d in range(n)
        for band in range(n_bands)
    }
    assert all((keys[one] == keys[other]) == (cut[one] == cut[other]) for one in cut for other in cut)
