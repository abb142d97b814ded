"""Candidates, exact figures and relations, against all pairs of small corpora and planted copies in larger ones."""

import itertools
import os
import subprocess
import sys
import time
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup import match, sketch
from dedup.errors import UsageError
from dedup.match import bands, postings
from dedup.match.identical import FULL
from dedup.match.table import EXACT, EXCERPT, NEAR, PASSAGE
from dedup.records import Bounds
from tests import naive

# Few words, so that texts share shingles.
TEXT = st.lists(st.sampled_from(["a", "B", "c", "é", "東"]), max_size=25).map(" ".join)


def scan(texts, bounds=None, workers=2):
    packed = sketch.pack(texts)
    return match.find_pairs(sketch.sketch(packed, workers=workers), bounds or Bounds(), workers=workers)


def pairs(table, codes=None):
    kept = slice(None) if codes is None else codes > 0
    return set(zip(table.a[kept].tolist(), table.b[kept].tolist(), strict=True))


def row_of(table, a, b):
    """The row that tells of two documents, -1 for none."""
    return int(table.against(np.array([a]), np.array([b]))[0])


def words(n, seed):
    """Words of their own for each seed."""
    return [f"w{seed}x{x}" for x in np.random.default_rng(seed).integers(0, 10**6, n)]


@settings(max_examples=60)
@given(st.lists(TEXT, max_size=8))
def test_small_documents_are_matched_as_the_slow_twin_does(texts):
    table = scan(texts)
    expected = {}
    for a, b in itertools.combinations(range(len(texts)), 2):
        shared, size_a, size_b = naive.overlap(texts[a], texts[b])
        exact = bool(size_a) and naive.words(texts[a]) == naive.words(texts[b])
        if exact or (shared and table.floor.keeps(*(np.array([n]) for n in (shared, size_a, size_b)))[0]):
            expected[a, b] = (shared, size_a, size_b, exact)
    columns = (table.shared, table.size_a, table.size_b, table.exact)
    found = dict(zip(zip(table.a, table.b, strict=True), zip(*columns, strict=True), strict=True))
    assert found == expected
    assert list(found) == sorted(found)


@given(st.lists(TEXT, min_size=2, max_size=8), st.randoms())
@settings(max_examples=30)
def test_order_of_documents_does_not_matter(texts, random):
    order = list(range(len(texts)))
    random.shuffle(order)
    table, moved = scan(texts), scan([texts[d] for d in order])
    back = {tuple(sorted((order[a], order[b]))) for a, b in pairs(moved)}
    assert back == pairs(table)


def planted():
    """Sources, and copies of every kind at a known place: (text, source, relation or None)."""
    made = []
    for k in range(120):
        source = words(400, k)
        own = words(400, 10_000 + k)
        made += [
            (" ".join(source), k, None),
            (" ".join(source).upper().replace(" ", ", "), k, EXACT),
            (" ".join([*source[:200], "new", *source[200:380]]), k, NEAR),
            (" ".join(source[100:160]), k, EXCERPT),
            (" ".join(own[:200] + source[50:300] + own[200:]), k, EXCERPT),
            (" ".join(own[100:300] + source[300:345] + own[:50] + words(300, 20_000 + k)), k, PASSAGE),
        ]
    return made


def test_planted_copies_are_found_and_nothing_else_of_other_sources():
    made = planted()
    table = scan([text for text, _, _ in made])
    codes = match.relate(table, Bounds())
    found = dict(zip(zip(table.a.tolist(), table.b.tolist(), strict=True), codes.tolist(), strict=True))
    wanted = {(6 * k, 6 * k + i): made[6 * k + i][2] for k in range(120) for i in range(1, 6)}
    missed = [pair for pair, code in wanted.items() if found.get(pair) != code]
    assert len(missed) <= 0.01 * len(wanted), missed
    assert all(made[a][1] == made[b][1] for a, b in found)


def test_short_excerpts_of_long_texts_are_found():
    made = [text for k in range(300) for text in (" ".join(words(600, k)), " ".join([*words(600, k)[300:320], "end"]))]
    codes = match.relate(table := scan(made), Bounds())
    hit = sum((2 * k, 2 * k + 1) in pairs(table, codes) for k in range(300))
    assert hit >= 0.95 * 300  # 16 of 17 shingles shared: 99 % have one of a quarter


def test_relations_at_their_bounds():
    one = words(104, 1)  # 100 shingles
    table = scan([" ".join(one), " ".join(one[:84]), " ".join(words(20, 2) + one[:18] + words(20, 3)), "x y"])
    assert pairs(table) == {(0, 1)}
    row = row_of(table, 0, 1)
    assert (table.shared[row], table.size_a[row], table.size_b[row]) == (80, 100, 80)
    assert table.jaccard[row] == 0.8
    for bounds, code in [
        (Bounds(), NEAR),
        (Bounds(min_jaccard=0.81), EXCERPT),
        (Bounds(min_jaccard=0.81, min_shared=81), 0),
        (Bounds(min_jaccard=0.8), NEAR),
    ]:
        assert match.relate(table, bounds).tolist() == [code]


def test_passage_needs_twice_the_shared_shingles():
    quote = words(35, 1)  # 31 shingles
    table = scan([" ".join(words(300, k) + quote + words(300, k + 10)) for k in (2, 3)])
    assert match.relate(table, Bounds()).tolist() == [PASSAGE]
    assert match.relate(table, Bounds(min_shared=16)).tolist() == [0]


def test_bounds_below_the_floor_lower_it_or_are_refused():
    texts = ["a b c d e f g h i j k", "x y c d e f g h z z z"]  # 2 of 7 shared
    low = Bounds(min_jaccard=0.1, min_containment=0.1, min_shared=2)
    table = scan(texts)
    assert not pairs(table)
    assert match.relate(scan(texts, low), low).tolist() == [NEAR]
    for bounds in (Bounds(min_jaccard=0.3), Bounds(min_containment=0.1), Bounds(min_shared=14)):
        with pytest.raises(UsageError, match="kept down to"):
            match.check_floor(table, bounds)
    match.check_floor(table, Bounds())


def test_figures_are_found_in_either_order():
    one = words(104, 1)
    table = scan(["", " ".join(one[:84]), " ".join(one)])
    assert row_of(table, 1, 2) == row_of(table, 2, 1) == 0
    assert row_of(table, 0, 1) == -1


def test_empty_texts_match_nothing_and_one_word_matches_itself():
    table = scan(["", "", "...", "Photo", "photo!", "photos", "Photo of"])
    assert pairs(table) == {(3, 4)}
    assert table.exact.all()


def test_no_documents_and_one():
    assert len(scan([])) == len(scan(["one two three"])) == 0


def test_prefix_chain():
    chain = [" ".join(words(900, 1)[: 30 * k]) for k in range(1, 31)]
    found = pairs(table := scan(chain), match.relate(table, Bounds()))
    assert found == set(itertools.combinations(range(30), 2))


def test_thousands_of_identical_documents():
    text = " ".join(words(200, 1))
    few = scan([text] * 300)
    assert len(few) == 300 * 299 // 2
    assert few.exact.all()
    near = text + " more"
    table = scan([text] * (FULL + 1000) + [near])
    assert len(table) == FULL + 999 + FULL + 1000
    row = row_of(table, FULL + 1000, 7)
    assert (table.a[row], table.b[row]) == (7, FULL + 1000)
    assert (table.size_a[row], table.size_b[row]) == (196, 197)
    assert table.exact[row_of(table, 1500, 7)]
    assert np.unique(table.same).tolist() == [0, FULL + 1000]


def test_pairs_of_large_groups_tell_of_all():
    short, long = " ".join(words(200, 1)[:150]), " ".join(words(200, 1))
    table = scan([short, *[long] * (FULL + 1), short, long])
    row = row_of(table, FULL + 2, FULL)  # a short text after, a long text before
    assert {int(table.size_a[row]), int(table.size_b[row])} == {146, 196}
    assert table.shared[row] == 146


def test_template_text_in_thousands_of_documents():
    template = words(100, 1)
    texts = [" ".join(template + words(200, 10 + k)) for k in range(5000)]
    texts.append(" ".join(words(200, 10 + 77) + words(80, 3)))  # a copy of one's own text
    start = time.perf_counter()
    table = scan(texts)
    assert time.perf_counter() - start < 60
    assert (77, 5000) in pairs(table, match.relate(table, Bounds()))
    assert len(table) < 0.1 * 5000**2 / 2  # bounded, not all that share the template


def test_order_of_documents_does_not_matter_in_long_lists_either(monkeypatch):
    monkeypatch.setattr(postings, "MEETINGS", 0)
    monkeypatch.setattr(postings, "FREE_MEETINGS", 0)
    template = words(100, 1)
    texts = [" ".join(template + words(60, 10 + k)) for k in range(500)]
    order = np.random.default_rng(1).permutation(len(texts))
    table, moved = scan(texts), scan([texts[d] for d in order])
    assert 500 < len(table) < 500**2 / 6
    assert {tuple(sorted((int(order[a]), int(order[b])))) for a, b in pairs(moved)} == pairs(table)


def test_story_in_hundreds_of_documents():
    """All that carry half of each other are found; for no more than a passage too many carry it."""
    story = words(400, 1)
    carried = [300 + k % 100 for k in range(600)]
    texts = [" ".join(story[:length] + words(200 + k, 10 + k)) for k, length in enumerate(carried)]
    size = [length + 200 + k - 4 for k, length in enumerate(carried)]
    wanted = {
        (a, b)
        for a, b in itertools.combinations(range(600), 2)
        if min(carried[a], carried[b]) - 4 >= 0.5 * min(size[a], size[b])
    }
    table = scan(texts)
    found = pairs(table, match.relate(table, Bounds()))
    assert len(wanted - found) <= 0.001 * len(wanted)
    others = [(a, b) for a, b in zip(table.a.tolist(), table.b.tolist(), strict=True) if (a, b) not in wanted]
    assert all(min(carried[a], carried[b]) > 330 for a, b in others)  # they share what no more than 256 carry


@pytest.mark.parametrize("workers", [1, 3])
def test_workers_make_no_difference(workers):
    texts = [text for text, _, _ in planted()]
    one, other = scan(texts), scan(texts, workers=workers)
    for field in fields(one):
        if field.name != "floor":
            assert np.array_equal(getattr(one, field.name), getattr(other, field.name)), field.name


def test_bands_come_from_datasketch():
    from datasketch import MinHashLSH

    usual = MinHashLSH(threshold=0.7, num_perm=128, weights=(0.1, 0.9))
    assert bands.parameters(0.7, 128) == (usual.b, usual.r) == (20, 6)
    reference = MinHashLSH(threshold=0.8, num_perm=128, weights=(0.1, 0.9))
    assert bands.parameters(0.8, 128) == (reference.b, reference.r)


def test_bands_agree_where_those_of_datasketch_do():
    from datasketch import MinHash, MinHashLSH

    texts = [" ".join(words(60, k // 3)[: 60 - 4 * (k % 3)]) for k in range(90)]
    signatures = sketch.sketch(sketch.pack(texts)).signatures
    lsh = MinHashLSH(params=(20, 6), num_perm=128)
    expected = set()
    for d, signature in enumerate(signatures):
        reference = MinHash(hashvalues=signature, scheme="affine32")
        expected |= {(other, d) for other in lsh.query(reference)}
        lsh.insert(d, reference)
    own = bands.band_keys(signatures, 20, 6)
    found = {(a, b) for a, b in itertools.combinations(range(90), 2) if (own[a] == own[b]).any()}
    assert expected
    assert found == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("one two three four five six", "One two three four five"),
        ("seven", "Seven!"),
        ("one", "two"),
        ("", "…"),
        ("", "a"),
    ],
)
def test_compare_gives_the_figures_of_two_texts_whatever_they_are(one, other):
    table = match.compare(sketch.pack([one, other]))
    assert (table.shared[0], table.size_a[0], table.size_b[0]) == naive.overlap(one, other)
    assert table.exact[0] == (naive.words(one) == naive.words(other) != [])


PROGRAM = """
import numpy as np
np.seterr(over="ignore")
from dedup import match, sketch
from dedup.records import Bounds
texts = ["Un été à 東京, straße 한국 one two", "un ete a 東 京 STRASSE 한국 one two three", "four", "Four!"]
packed = sketch.pack(texts * 2)
table = match.find_pairs(sketch.sketch(packed), Bounds())
print(table, *match.passages(packed, table.a, table.b))
"""


def test_kernels_run_without_compiling():
    outputs = {
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", PROGRAM],
            env={**os.environ, "NUMBA_DISABLE_JIT": disable, "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for disable in ("0", "1")
    }
    assert len(outputs) == 1
    assert "PairTable" in outputs.pop()
