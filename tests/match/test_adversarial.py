"""The law that every copy is found, on random corpora; and corpora made to hurt: what is right in each, at what work.

Work is counted, never timed: candidates and pairs of a corpus twice as large may be little more than twice as many.
"""

import itertools
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dedup
from benchmarks import generate
from dedup import match, sketch
from dedup.match import candidates, pairs, postings
from dedup.match.identical import FULL
from dedup.records import Bounds
from tests import naive

WORDS = st.lists(st.sampled_from(["a", "b", "c"]), max_size=66)


def find(texts, workers=2):
    return match.find_pairs(sketch.sketch(sketch.pack(texts), workers=workers), Bounds(), workers=workers)


def listed(table):
    return set(zip(table.a.tolist(), table.b.tolist(), strict=True))


def copies(texts):
    """All pairs with a Jaccard similarity of 0.7, or half of one inside the other and 30 shared shingles."""
    sets = [set(naive.shingles(naive.words(text))) for text in texts]
    found = set()
    for a, b in itertools.combinations(range(len(texts)), 2):
        shared, either = len(sets[a] & sets[b]), len(sets[a] | sets[b])
        if shared and (shared >= 0.7 * either or (shared >= 30 and shared >= 0.5 * min(len(sets[a]), len(sets[b])))):
            found.add((a, b))
    return found


@st.composite
def spliced(draw):
    """Up to 90 texts of at most 66 words, put together from pieces of a few, with words replaced."""
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    sources = generator.integers(0, 40, (draw(st.integers(1, 5)), 66))
    texts = []
    for _ in range(draw(st.sampled_from([3, 20, 90]))):
        text = sources[generator.integers(len(sources))].copy()
        cut = generator.integers(0, 67)
        text[cut:] = sources[generator.integers(len(sources))][cut:]
        edited = generator.random(66) < generator.choice([0, 0.02, 0.05])
        text[edited] = generator.integers(40, 400, edited.sum())
        texts.append(" ".join(f"w{word}" for word in text[: generator.integers(1, 67)]))
    return texts


@settings(max_examples=40)
@given(st.lists(WORDS.map(" ".join), max_size=12))
def test_all_copies_are_found_in_texts_of_three_words(texts):
    assert copies(texts) <= listed(find(texts))


@settings(max_examples=12)
@given(spliced(), st.randoms(use_true_random=False))
def test_all_copies_are_found_and_the_table_is_the_same_however_it_is_made(texts, random):
    table = find(texts)
    assert copies(texts) <= listed(table)
    order = list(range(len(texts)))
    random.shuffle(order)
    moved = find([texts[d] for d in order])
    assert {tuple(sorted((order[a], order[b]))) for a, b in listed(moved)} == listed(table)


@settings(max_examples=12)
@given(spliced(), st.sampled_from([1, 3]), st.sampled_from([1, 2, 7]), st.sampled_from([1, 50, 1000]), st.booleans())
def test_workers_blocks_and_chunks_make_no_difference(texts, workers, block, chunk, bounded):
    with pytest.MonkeyPatch.context() as patch:
        if bounded:  # no meetings but those of hubs and neighbours in lists of more than 64
            patch.setattr(postings, "MEETINGS", 0)
            patch.setattr(postings, "FREE_MEETINGS", 0)
        one = find(texts)
        patch.setattr(candidates, "_SLICE", block)
        patch.setattr(candidates, "_CHUNK", chunk)
        patch.setattr(candidates, "_AN_ENTRY", 1 << 29)  # blocks of few documents
        other = find(texts, workers)
    for field in fields(one):
        if field.name != "floor":
            assert np.array_equal(getattr(one, field.name), getattr(other, field.name)), field.name


def test_copies_of_long_texts_are_found_as_a_sample_promises():
    """Texts of 70 to 400 words, where one shingle in four is a fingerprint: 0.999 and 0.995 are what is promised."""
    generator = np.random.default_rng(8)
    texts = []
    for source in range(100):
        words = generator.integers(0, 10**6, 400)
        own = generator.integers(0, 10**6, 200)
        for _ in range(6):
            start = generator.integers(0, 100)
            part = words[start : start + generator.integers(70, 300)].copy()
            edited = generator.random(len(part)) < generator.choice([0, 0.01, 0.03])
            part[edited] = generator.integers(0, 10**6, edited.sum())
            more = own[: generator.integers(0, 2 * len(part) // 3)]
            texts.append(" ".join(f"w{word}" for word in [*part, *more]))
        assert len(texts) == 6 * source + 6
    wanted = {pair for k in range(0, len(texts), 6) for pair in ((k + a, k + b) for a, b in copies(texts[k : k + 6]))}
    found = listed(find(texts))
    assert len(wanted) > 1000
    assert len(wanted - found) <= 0.001 * len(wanted)


# ------------------------------------------------------------------------------------------------------- made to hurt


def texts_of(kind, n, **more):
    return [document["text"] for document, _ in generate.CORPORA[kind](n, **more)]


def heads(texts):
    """Cluster with the first as the best, and hold each member against its head."""
    documents = [{"id": f"{k:06}", "text": text} for k, text in enumerate(texts)]
    result = dedup.scan(documents, clean=False, keep="first", workers=2)
    head = np.arange(len(texts))
    for cluster in result.clusters():
        sizes = {}
        for member in cluster.members:
            head[int(member.id)] = int(cluster.head)
            if member.id == cluster.head or len(sizes) > 20:
                continue
            shared, own, heads = naive.overlap(texts[int(member.id)], texts[int(cluster.head)])
            sizes[member.id] = own
            assert member.shared == shared
            assert member.jaccard == shared / (own + heads - shared)
            assert member.jaccard >= 0.7 or (shared >= 15 and shared / min(own, heads) >= 0.5)
    return head


def work(texts, monkeypatch):
    """How many candidates were verified, and how many pairs the table has."""
    verified = []

    def counted(shingles, offsets, a, b, **more):
        verified.append(len(a))
        return real(shingles, offsets, a, b, **more)

    real = pairs.verify
    with monkeypatch.context() as patch:
        patch.setattr(pairs, "verify", counted)
        table = find(texts)
    return np.array([sum(verified), len(table)])


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("template", {}),
        ("template", {"own": 30}),
        ("identical", {}),
        ("one-word", {}),
        ("digest", {}),
        ("prefix", {}),
        ("near-template", {}),
    ],
    ids=str,
)
def test_work_grows_with_the_corpus_not_with_its_square(kind, more, monkeypatch):
    """Under a budget as small as that of a corpus a thousand times as large."""
    monkeypatch.setattr(postings, "FREE_MEETINGS", 0)
    monkeypatch.setattr(postings, "MEETINGS", 8)
    n = 200 if kind == "digest" else 1000
    one, two = work(texts_of(kind, n, **more), monkeypatch), work(texts_of(kind, 2 * n, **more), monkeypatch)
    size = 3 * n if kind == "digest" else n
    if kind in {"identical", "one-word"}:  # no search at all; groups of identical ones are listed up to a bound
        assert (one[0], two[0]) == (0, 0)
        assert two[1] <= FULL // 2 * 2 * size
    else:
        assert (two <= 2.6 * one + size).all(), (one, two)
        assert (one <= 200 * size).all(), (one, two)


def test_pages_that_share_a_template():
    """Three fifths of each page are the template: by the figures each is an excerpt of each, and one cluster is right
    where the corpus is small; where it is large the template is common, and binds nothing."""
    small = heads(texts_of("template", 200))
    assert set(small.tolist()) == {0}
    large = heads(texts_of("template", 800))
    assert (large != np.arange(800)).sum() <= 4  # some share a set phrase of the language beside it, by chance


def test_identical_texts_are_one_cluster():
    assert set(heads(texts_of("identical", 1500)).tolist()) == {0}


def test_one_word_texts_go_with_those_of_the_same_word():
    texts = texts_of("one-word", 2000)
    first = {}
    expected = [first.setdefault(" ".join(naive.words(text)), k) for k, text in enumerate(texts)]
    assert len(first) < 2000
    assert heads(texts).tolist() == expected


def test_a_digest_does_not_unite_its_stories():
    n = 150
    texts = texts_of("digest", n)
    head = heads(texts)
    assert head[: 3 * n].tolist() == [k % n for k in range(3 * n)]
    assert head[3 * n] == 3 * n


def test_prefixes_go_with_the_first_that_they_hold_enough_of():
    """Each holds all that come before. Where few do, all are the shortest with more behind it; where so many hold it
    that its text says nothing, one goes with the first that is nearly the same."""
    assert set(heads(texts_of("prefix", 200)).tolist()) == {0}
    texts = texts_of("prefix", 900)
    size = [len(set(naive.shingles(naive.words(text)))) for text in texts]
    expected = []
    for b in range(900):
        taken = [a for a in sorted(set(expected)) if size[a] >= 0.7 * size[b]]
        expected.append(taken[0] if taken else b)
    assert heads(texts).tolist() == expected


@pytest.mark.parametrize("bounded", [False, True])
def test_weather_reports_of_one_template_are_where_their_head_is(bounded, monkeypatch):
    """Each report that reaches a Jaccard similarity of 0.7 with a head is in its cluster, or in that of an earlier."""
    if bounded:
        monkeypatch.setattr(postings, "FREE_MEETINGS", 0)
        monkeypatch.setattr(postings, "MEETINGS", 0)
    base = [f"report{k}" for k in range(150)]
    generator = np.random.default_rng(7)
    texts = []
    for k in range(600):
        words = base.copy()
        for place in generator.choice(150, int(generator.integers(0, 5)) if k else 0, replace=False):
            words[place] = f"number{generator.integers(10**6)}"
        texts.append(" ".join(words))
    head = heads(texts)
    near = [b for b in range(1, 600) if (b_figures := naive.overlap(texts[0], texts[b]))[0] >= 0.7 * (
        b_figures[1] + b_figures[2] - b_figures[0])]  # fmt: skip
    assert len(near) > 500
    assert set(head[near].tolist()) == {0}
