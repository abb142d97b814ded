"""Posting lists against dicts of sets: which documents carry a key, chains of common ones, the order in long lists."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.match import postings
from dedup.match.keys import KeyFiles
from dedup.match.postings import (
    ListFile,
    arrange,
    chain,
    count_sizes,
    hash_table,
    lists_of,
    longest_full,
    look_up,
    write_chains,
)

MASK = 2**64 - 1
ENTRIES = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 15)), max_size=80)
"""Key and document."""


def slow_lists(entries, chosen, most):
    """Lists of two to `most` chosen documents by key, and the sizes of the longer ones."""
    carried = {}
    for key, document in entries:
        if chosen[document]:
            carried.setdefault(key, set()).add(document)
    lists = [sorted(carried[key]) for key in sorted(carried) if 2 <= len(carried[key]) <= most]
    return lists, {key: len(carried[key]) for key in carried if len(carried[key]) > most}


def split(members, sizes):
    return [part.tolist() for part in np.split(members, np.cumsum(sizes))[:-1]]


@given(ENTRIES, st.lists(st.booleans(), min_size=16, max_size=16), st.integers(1, 9))
def test_lists_are_those_of_a_dict_of_sets(entries, chosen, most):
    shift = np.uint64(4)
    words = np.sort(np.array([key << 4 | document for key, document in entries], np.uint64))
    out = (
        np.empty(len(words), np.uint32),
        np.empty(len(words) // 2 + 1, np.int32),
        np.empty(len(words) // most + 1, np.uint64),
        np.empty(len(words) // most + 1, np.int32),
    )
    n_members, n_lists, n_keys = lists_of(words, shift, np.array(chosen), most, out)
    lists, longer = slow_lists(entries, chosen, most)
    assert split(out[0][:n_members], out[1][:n_lists]) == lists
    assert dict(zip(out[2][:n_keys].tolist(), out[3][:n_keys].tolist(), strict=True)) == longer
    assert n_members == sum(map(len, lists))


@pytest.mark.parametrize("workers", [1, 3, 100])
def test_lists_of_files_follow_one_another_and_tell_of_common_keys(tmp_path, workers):
    generator = np.random.default_rng(1)
    keys = generator.integers(1, 2**64, 300, np.uint64)
    picked, documents = generator.integers(0, 300, 4000), generator.integers(0, 900, 4000)
    files, lists = KeyFiles(tmp_path / "keys", 900).clear(), ListFile(tmp_path / "lists")
    files.add(keys[picked], documents)
    chosen = np.arange(900) % 7 > 0
    common, counts = lists.add(files, chosen, 12, workers)
    wanted, longer = slow_lists(
        [(int(keys[k]) >> 10, d) for k, d in zip(picked, documents.tolist(), strict=True)], chosen, 12
    )
    assert wanted
    assert longer
    assert dict(zip(common.tolist(), counts.tolist(), strict=True)) == longer
    files.clear().add(keys[picked], documents)
    lists.add(files, chosen, 900, workers)  # again, with no bound: what is longer has its list, too
    members, starts = lists.mapped()
    every, _ = slow_lists(
        [(int(keys[k]) >> 10, d) for k, d in zip(picked, documents.tolist(), strict=True)], chosen, 900
    )
    assert split(members, np.diff(starts)) == wanted + every
    assert len(lists) == len(wanted) + len(every) == len(starts) - 1


def test_no_keys_make_no_lists(tmp_path):
    lists = ListFile(tmp_path / "lists")
    common, counts = lists.add(KeyFiles(tmp_path / "keys", 1).clear(), np.ones(1, bool), 64, 2)
    members, starts = lists.mapped()
    assert (len(common), len(counts), len(members), starts.tolist()) == (0, 0, 0, [0])


@given(st.dictionaries(st.integers(1, MASK), st.integers(1, 10**6), max_size=200), st.lists(st.integers(1, MASK)))
def test_the_table_holds_what_was_put_in_and_nothing_else(counts, others):
    table = hash_table(np.array([*counts], np.uint64), np.array([*counts.values()], np.int32), np.uint64(3))
    assert table.shift == 3
    assert len(table.table) & (len(table.table) - 1) == 0
    assert len(table.table) >= 2 * len(counts)
    for key in [*counts, *others]:
        place = look_up(table.table, np.uint64(key))
        found = int(table.documents[place]) if place >= 0 else None
        assert found == counts.get(key)


def test_keys_that_fall_on_one_place_are_all_found():
    """All on the last place of the table: those that follow are looked for from its front on."""
    last = 2 ** max(6, (2 * 30).bit_length()) - 1
    keys = [key for key in range(1, 10**5) if (key * 0x9E3779B97F4A7C15 & MASK) >> 32 & last == last][:30]
    assert len(keys) == 30
    table = hash_table(np.array(keys, np.uint64), np.arange(30, dtype=np.int32) + 1, np.uint64(0))
    assert [int(table.documents[look_up(table.table, np.uint64(key))]) for key in keys] == [*range(1, 31)]


def slow_chain(one, other):
    h = (one * 0x9E3779B97F4A7C15 ^ other) * 0xFF51AFD7ED558CCD & MASK
    return (h ^ h >> 32) * 0x9E3779B97F4A7C15 & MASK


@given(st.integers(0, MASK), st.integers(0, MASK))
def test_a_chain_tells_which_of_the_two_comes_first(one, other):
    assert int(chain(np.uint64(one), np.uint64(other))) == slow_chain(one, other)
    assert (slow_chain(one, other) == slow_chain(other, one)) == (one == other)


def slow_chains(documents, common, small, many):
    """Chains with their documents; and of each document the common ones' number, and those in many documents.

    In a document of all shingles the sampled ones follow one another as well as the neighbours do: what a longer copy
    of it, which has only these, will have as chains.
    """
    chains, n_common, wide = [], [], []
    for d, prints in enumerate(documents):
        readings = [prints]
        if len(prints) < small:
            readings.append([value for value in prints if value % 4 == 0])
        chains += [
            (slow_chain(one, other), d)
            for one, other in {
                pair for reading in readings for pair in itertools.pairwise(reading) if pair[0] in common
            }
        ]
        n_common.append(sum(value in common for value in prints))
        wide.append([value for value in prints if value % 4 == 0 and common.get(value, 0) > many])
    return sorted(chains), n_common, wide


@settings(max_examples=200)
@given(st.lists(st.lists(st.integers(1, 24), unique=True, max_size=12), max_size=8), st.data())
def test_chains_follow_the_text_and_small_documents_are_read_twice(documents, data):
    common = data.draw(st.dictionaries(st.integers(1, 24), st.integers(65, 300)))
    small, many, first = 7, 150, 10
    prints = np.array([value for own in documents for value in own], np.uint64)
    sizes = np.array([len(own) for own in documents], np.int32)
    keys, owners = np.empty(2 * len(prints), np.uint64), np.empty(2 * len(prints), np.int64)
    wide, n_common, n_wide = np.empty(len(prints), np.uint64), np.zeros(len(sizes), np.int32), np.zeros(len(sizes), int)
    table = hash_table(np.array([*common], np.uint64), np.array([*common.values()], np.int32), np.uint64(0))
    out = (keys, owners, wide, n_common, n_wide)
    n, w = write_chains(prints, sizes, first, table, np.uint64(3), small, many, out)
    chains, wanted_common, wanted_wide = slow_chains(documents, common, small, many)
    found = list(zip(keys[:n].tolist(), (owners[:n] - first).tolist(), strict=True))
    assert sorted(set(found)) == chains
    assert len(found) <= 2 * len(prints)
    assert n_common.tolist() == wanted_common
    assert split(wide[:w], n_wide) == wanted_wide


def test_common_keys_are_looked_up_without_the_bits_that_the_files_cut_off():
    common = hash_table(np.array([5], np.uint64), np.array([70], np.int32), np.uint64(10))
    prints = np.array([5 << 10 | 3, 77, 6 << 10], np.uint64)
    keys, owners, wide = np.empty(6, np.uint64), np.empty(6, np.int64), np.empty(3, np.uint64)
    n_common, n_wide = np.zeros(1, np.int32), np.zeros(1, np.int32)
    out = (keys, owners, wide, n_common, n_wide)
    assert write_chains(prints, np.array([3], np.int32), 4, common, np.uint64(3), 2, 64, out) == (1, 0)
    assert (int(keys[0]), int(owners[0])) == (slow_chain(5 << 10 | 3, 77), 4)
    assert n_common.tolist() == [1]


@given(st.lists(st.integers(1, 40), min_size=1, max_size=6), st.integers(0, 25), st.integers(0, 6), st.integers(0, 99))
def test_longer_lists_have_hubs_by_rank_then_the_rest_by_salt(sizes, full, first, seed):
    generator = np.random.default_rng(seed)
    rank, salts = generator.permutation(50), generator.permutation(50).astype(np.uint64) << np.uint64(57)
    lists = [np.sort(generator.choice(50, size, replace=False)) for size in sizes]
    members = np.concatenate(lists).astype(np.uint32)
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
    arrange(members, starts, first, full, rank, salts)
    for own, before in enumerate(lists):
        found = members[starts[own] : starts[own + 1]].tolist()
        if own < first or len(before) <= full:
            assert found == before.tolist()
            continue
        by_rank = sorted(before.tolist(), key=lambda d: rank[d])
        hubs, rest = by_rank[: postings.HUBS], by_rank[postings.HUBS :]
        assert found == hubs + sorted(rest, key=lambda d: int(salts[d]))


def slow_longest(sizes, n_documents):
    budget = postings.FREE_MEETINGS + postings.MEETINGS * n_documents
    longest = 0
    while longest < postings.MOST_FULL:
        size = longest + 1
        if sum(n * (n - 1) // 2 for n in sizes if n <= size) > budget:
            break
        longest = size
    return max(postings.LEAST_FULL, longest)


@settings(max_examples=20)
@given(st.lists(st.integers(2, 6000), max_size=40), st.integers(1, 1000), st.sampled_from([0, 1 << 12, 1 << 24]))
def test_lists_are_full_from_the_shortest_on_until_the_budget_is_spent(sizes, n_documents, free):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postings, "FREE_MEETINGS", free)
        found = longest_full(count_sizes(np.array(sizes, np.int64)), n_documents)
        assert found == slow_longest(sizes, n_documents)


def test_a_corpus_without_large_templates_loses_nothing():
    assert longest_full(count_sizes(np.array([2, 3, 600])), 1000) == postings.MOST_FULL
    assert longest_full(count_sizes(np.empty(0, np.int64)), 0) == postings.MOST_FULL
    assert longest_full(count_sizes(np.full(10**5, 4096)), 10**5) < 4096
