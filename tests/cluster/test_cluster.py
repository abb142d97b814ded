"""Heads, ranks and ids of clusters."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import cluster
from dedup.cluster.heads import write_neighbours
from dedup.cluster.priority import published_instant
from tests import naive

PAIR = st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda pair: pair[0] != pair[1])


def heads(n, pairs, rank=None, same=None):
    a, b = np.array(sorted(pairs), np.int64).reshape(-1, 2).T
    rank = np.arange(n) if rank is None else np.array(rank)
    return cluster.head_linked(n, a, b, rank, None if same is None else np.array(same)).tolist()


@given(st.sets(PAIR), st.permutations(range(12)))
def test_heads_are_those_of_the_slow_twin(pairs, rank):
    assert heads(12, pairs, rank) == naive.head_linked(12, pairs, rank)


@given(st.sets(PAIR), st.permutations(range(12)))
def test_each_member_matches_its_head_and_heads_do_not_match_better_heads(pairs, rank):
    found = heads(12, pairs, rank)
    both = pairs | {(b, a) for a, b in pairs}
    for d, head in enumerate(found):
        assert head == d or (d, head) in both
        assert found[head] == head
        if head == d:
            assert all(rank[other] > rank[d] or found[other] != other for _, other in filter(lambda p: p[0] == d, both))


@given(st.sets(PAIR), st.permutations(range(12)), st.permutations(range(12)))
def test_order_of_documents_does_not_matter(pairs, rank, shuffle):
    found = heads(12, pairs, rank)
    moved = heads(12, {(shuffle[a], shuffle[b]) for a, b in pairs}, [rank[shuffle.index(d)] for d in range(12)])
    assert [moved[shuffle[d]] for d in range(12)] == [shuffle[head] for head in found]


def test_a_chain_falls_apart():
    assert heads(5, {(0, 1), (1, 2), (2, 3), (3, 4)}) == [0, 0, 2, 2, 4]


def test_identical_documents_share_what_one_of_them_matches():
    # 1, 2 and 3 are the same, the pairs tie 2 and 3 to 1 only; 3 is taken first.
    assert heads(5, {(1, 2), (1, 3), (0, 1)}, [4, 3, 2, 0, 1], same=[0, 1, 1, 1, 4]) == [3, 3, 3, 3, 4]


def test_an_early_flash_heads_the_story_that_grew_from_it():
    ids = ["flash", "story", "late flash"]
    times = ["2024-05-01T10:00:00Z", "2024-05-01T12:00:00Z", "2024-05-01T13:00:00Z"]
    rank = cluster.priority(ids, times, np.array([100, 900, 100]), [None] * 3, "earliest")
    assert heads(3, {(0, 1), (0, 2), (1, 2)}, rank) == [0, 0, 0]
    rank = cluster.priority(ids, times, np.array([100, 900, 100]), [None] * 3, "longest")
    assert heads(3, {(0, 1), (0, 2), (1, 2)}, rank) == [1, 1, 1]


def test_no_documents():
    assert heads(0, set()) == []


@pytest.mark.parametrize(
    ("keep", "best_first"),
    [
        ("earliest", ["d", "b", "a", "e", "c"]),  # of the two without a time the longer
        ("longest", ["e", "a", "b", "c", "d"]),
        ("agency", ["b", "c", "d", "a", "e"]),
        ("first", ["a", "b", "c", "d", "e"]),
    ],
)
def test_priority(keep, best_first):
    ids = ["a", "b", "c", "d", "e"]
    published = ["2024-05-01T12:00:00+02:00", "2024-05-01T09:59:00", None, "2024-05-01", "soon"]
    lengths = np.array([5, 4, 4, 3, 9])
    rank = cluster.priority(ids, published, lengths, [None, "AFP", "AP", None, None], keep)
    assert [ids[d] for d in np.argsort(rank)] == best_first


def slow_priority(ids, published, lengths, agencies, keep):
    """The rule as it is written, one key for each document."""

    def key(d):
        instant = published_instant(published[d])
        since = float("inf") if instant is None else instant
        rule = {"earliest": since, "longest": -lengths[d], "agency": not agencies[d]}[keep]
        return rule, since, -lengths[d], ids[d], d

    return sorted(range(len(ids)), key=key)


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abcd"),
            st.sampled_from([None, "soon", "2024", "2024-05", "2024-05-01T10:00:00Z"]),
            st.integers(0, 3),
            st.sampled_from([None, "AFP"]),
        )
    ),
    st.sampled_from(["earliest", "longest", "agency"]),
)
def test_priority_is_that_of_the_slow_twin(rows, keep):
    ids, published, lengths, agencies = ([row[k] for row in rows] for k in range(4))
    rank = cluster.priority(ids, published, np.array(lengths, np.int64), agencies, keep)
    assert np.argsort(rank).tolist() == slow_priority(ids, published, lengths, agencies, keep)


def test_ties_go_to_the_id():
    rank = cluster.priority(["b", "a"], [None, None], np.array([1, 1]), [None, None], "earliest")
    assert rank.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("published", "same_as"),
    [
        ("2018", "2018-01-01T00:00:00Z"),
        ("2018-07", "2018-07-01T00:00:00Z"),
        ("2018-07-15", "2018-07-15T00:00:00+00:00"),
        (" 2018-07-15T12:00 ", "2018-07-15T12:00:00Z"),
        ("2018-07-15T12:00:00+02:00", "2018-07-15T10:00:00Z"),
        ("2018-07-15T00:30:00.5-04:00", "2018-07-15T04:30:00.500Z"),
    ],
)
def test_instants(published, same_as):
    assert cluster.published_instant(published) == cluster.published_instant(same_as) is not None


@pytest.mark.parametrize("published", [None, "", "yesterday", "2018-13-01", "0000-00-00"])
def test_unreadable_times_are_unknown(published):
    assert cluster.published_instant(published) is None


def test_the_first_and_the_last_year_can_be_compared():
    first, last = "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"
    assert cluster.published_instant(first) < 0 < cluster.published_instant(last)


def test_cluster_id_depends_on_the_head_only():
    assert cluster.cluster_id("a") == cluster.cluster_id("a") != cluster.cluster_id("b")
    assert len(cluster.cluster_id("\ud800 é")) == 13


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=40))
def test_each_document_has_the_other_of_each_of_its_pairs_for_a_neighbour(pairs):
    a, b = np.array(pairs, np.int64).reshape(-1, 2).T.copy()
    ends = np.cumsum(np.bincount(np.concatenate([a, b]), minlength=10))
    offsets, neighbours = np.append(0, ends), np.empty(2 * len(a), np.int64)
    write_neighbours(a, b, offsets[:-1].copy(), neighbours)
    for document in range(10):
        own = sorted(neighbours[offsets[document] : offsets[document + 1]].tolist())
        assert own == sorted([y for x, y in pairs if x == document] + [x for x, y in pairs if y == document])
