"""Text that is common to much of a corpus: a disclaimer makes no pairs, near copies stay what they are."""

import itertools

import numpy as np
import pytest

import dedup
from dedup import match, sketch
from dedup.match import rarity
from dedup.records import Bounds
from tests import naive

DISCLAIMER = [f"notice{k}" for k in range(60)]
N = 320


def own(n, seed):
    return [f"w{seed}x{x}" for x in np.random.default_rng(seed).integers(0, 10**6, n)]


def document(id, words):
    return {"id": id, "text": " ".join(words)}


def scan(documents):
    return dedup.scan(documents, clean=False)


def slow_common(sets, a, b):
    """The rule as it is written, of sampled shingles: those in many documents are nine tenths, or leave no copy."""
    shared = sets[a] & sets[b]
    wide = {h for h in sets[a] | sets[b] if sum(h in own for own in sets) > rarity.many(len(sets))}
    few = len(shared - wide) < rarity.LITTLE * Bounds().min_containment * min(len(sets[a] - wide), len(sets[b] - wide))
    return len(shared & wide) >= rarity.FEWEST and (len(shared & wide) >= rarity.NEARLY_ALL * len(shared) or few)


def test_many_is_a_number_in_small_corpora_and_a_share_in_large_ones():
    assert [rarity.many(n) for n in (0, 10, 256_000, 257_000, 5_000_000)] == [256, 256, 256, 257, 5000]


def test_a_disclaimer_on_every_page_makes_no_pairs():
    pages = [document(f"d{k}", [*own(200, k), *DISCLAIMER]) for k in range(N)]
    result = scan(pages)
    assert list(result.pairs()) == []
    assert result.clusters() == []
    assert not any(row.is_duplicate for row in result.documents())


def test_copies_among_disclaimed_pages_are_found_nevertheless():
    pages = [document(f"d{k}", [*own(200, k), *DISCLAIMER]) for k in range(N)]
    pages += [
        document("near", [*own(200, 7)[:190], *DISCLAIMER]),
        document("excerpt", [*own(300, 901), *own(200, 8)[:150], *DISCLAIMER]),
        document("passage", [*own(300, 902), *own(200, 9)[50:120], *DISCLAIMER]),
    ]
    result = scan(pages)
    found = {(pair.a, pair.b): (pair.relation, pair.common) for pair in result.pairs()}
    assert found == {
        ("d7", "near"): ("near", False),
        ("d8", "excerpt"): ("excerpt", False),
        ("d9", "passage"): ("passage", False),
    }
    clusters = {tuple(sorted(member.id for member in cluster.members)) for cluster in result.clusters()}
    assert clusters == {("d7", "near"), ("d8", "excerpt")}


def test_a_template_and_a_sentence_are_no_excerpt():
    """What two pages share is mostly the template, and a quote of their own that alone would bind nothing."""
    template = own(240, 999)
    pages = [document(f"d{k}", [*own(300, k), *template]) for k in range(N)]
    quoting = [document(f"q{k}", [*own(260, 900 + k), *own(40, 7000), *template]) for k in range(4)]
    result = scan([*pages, *quoting])
    relations = {(pair.a, pair.b): (pair.relation, pair.common) for pair in result.pairs()}
    assert relations["q0", "q1"] == ("excerpt", True)
    assert result.clusters() == []


@pytest.fixture(scope="module")
def short():
    """Pages that are mostly the disclaimer, in which a copy with and without it stands."""
    pages = [document(f"s{k}", [*own(45, k), *DISCLAIMER]) for k in range(N)]
    return scan([*pages, document("copy", [*own(45, 3)[:40], "end", *DISCLAIMER])])


def test_short_pages_that_are_mostly_disclaimer_are_labelled_and_bind_no_cluster(short):
    pairs = list(short.pairs())
    common = [pair for pair in pairs if pair.common]
    assert len(common) > 1000
    assert {pair.relation for pair in common} == {"excerpt"}
    for pair in common[::200]:
        assert pair.shared == naive.overlap(short.text(pair.a), short.text(pair.b))[0]
    assert [(pair.a, pair.b, pair.relation) for pair in pairs if not pair.common] == [("s3", "copy", "near")]
    assert [{member.id for member in cluster.members} for cluster in short.clusters()] == [{"s3", "copy"}]


def test_all_pairs_of_short_pages_are_listed(short):
    """56 shared of 101: a list of 321 documents is short enough for all to meet."""
    excerpts = {(pair.a, pair.b) for pair in short.pairs()}
    ids = [*short.ids()]
    assert len(excerpts) >= 0.999 * len(ids) * (len(ids) - 1) / 2


def test_near_copies_with_a_common_template_cluster_nevertheless():
    """Weather reports, of which 10 of 110 words are their own: what they share is common, but it is the text."""
    pages = [document(f"r{k:03}", [*DISCLAIMER, *[f"more{i}" for i in range(60)], *own(10, k)]) for k in range(N)]
    result = scan(pages)
    clusters = result.clusters()
    assert [cluster.size for cluster in clusters] == [N]
    assert all(member.jaccard >= 0.7 for member in clusters[0].members)
    assert {(pair.relation, pair.common) for pair in itertools.islice(result.pairs(), 100)} == {("near", True)}


def test_identical_documents_count_once():
    """400 copies of one press release are one text: what it shares with an excerpt is not common."""
    release = own(200, 1)
    result = scan([document(f"c{k}", release) for k in range(400)] + [document("part", [*release[:80], *own(40, 2)])])
    assert not any(pair.common for pair in result.pairs())
    assert [cluster.size for cluster in result.clusters()] == [401]


@pytest.mark.parametrize("n", [100, rarity.MANY])
def test_nothing_is_common_in_a_small_corpus(n):
    pages = [document(f"s{k}", [*own(40, k), *DISCLAIMER]) for k in range(n)]
    result = scan(pages)
    assert not any(pair.common for pair in result.pairs())
    assert [cluster.size for cluster in result.clusters()] == [n]


def test_the_label_is_that_of_the_slow_twin():
    """Two templates, one on all pages and one on a few, and copies that share them in any mixture."""
    few = own(50, 5000)
    texts = [" ".join([*DISCLAIMER[:50], *own(40, k), *(few if k % 100 == 0 else [])]) for k in range(290)]
    texts += [" ".join([*DISCLAIMER[: 10 * k], *own(90, 4)[: 60 - 6 * k], *own(8, 700 + k)]) for k in range(6)]
    table = match.find_pairs(sketch.sketch(sketch.pack(texts)), Bounds())
    a, b = table.a.tolist(), table.b.tolist()
    rows = [k for k in range(len(table)) if k % 500 == 0 or b[k] >= 290 or (a[k] % 100 == 0 and b[k] % 100 == 0)]
    found = {(a[k], b[k]): bool(table.common[k]) for k in rows}
    sets = [{h for h in map(naive.shingle_hash, naive.shingles(naive.words(text))) if h % 4 == 0} for text in texts]
    assert found == {pair: slow_common(sets, *pair) for pair in found}
    assert {True, False} == set(found.values())
