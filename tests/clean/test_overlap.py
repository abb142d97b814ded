from __future__ import annotations

from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.clean.ngrams import HEAD_BYTES, join_lines
from dedup.clean.overlap import MAX_BYTES, overlap
from tests.clean import naive


def share(*documents: tuple[list[str], str]) -> list[float]:
    """Of every block of some documents; each is its blocks and the other text."""
    blocks = [block.lower() for texts, _ in documents for block in texts]
    doc = np.array([0, *accumulate(len(texts) for texts, _ in documents)], np.int64)
    return overlap(*join_lines(blocks), doc, [other for _, other in documents]).tolist()


WORDS = st.lists(st.sampled_from(["a", "B", "É", "bc", "7", "19", "x2", "中", "文", "!", ", ", "-", " "]), max_size=14)
TEXTS = WORDS.map(" ".join) | WORDS.map("".join)
LONG = st.lists(st.sampled_from(["ab", "cd", "ef,", "1", "2.", "ghijklmnopq"]), min_size=90, max_size=150).map(" ".join)


@settings(deadline=None)
@given(st.lists(st.tuples(st.lists(TEXTS | LONG, max_size=5), TEXTS | LONG), max_size=3))
def test_overlap_is_that_of_the_naive_twin(documents: list[tuple[list[str], str]]) -> None:
    expected = [naive.overlap(block, other, HEAD_BYTES) for texts, other in documents for block in texts]
    np.testing.assert_allclose(share(*documents), expected, rtol=1e-6)


@settings(deadline=None)
@given(TEXTS | LONG | st.text(st.characters(exclude_characters="\n"), min_size=1))
def test_a_text_stands_in_itself_and_nothing_stands_in_nothing(text: str) -> None:
    (same,) = share(([text], text))
    assert same == 1 or np.isnan(same)
    assert np.isnan(share(([text], "")))
    assert np.isnan(share(([text], " -- \n !")))
    if any("a" <= letter <= "z" for letter in text):
        assert same == 1


@pytest.mark.parametrize(
    ("block", "other", "expected"),
    [
        ("one two three", "zero one two three four", 1),
        ("One, two (three)!", "zero one two three four", 1),
        ("one two three four", "one two three five", 1 / 2),
        ("five one two three", "one two three four", 1 / 2),
        ("three two one", "one two three", 0),
        ("one two three", "one\ntwo\nthree", 1),
        ("born in 1999 here", "born in 2024 here", 1),
        ("one two", "zero one two three", 0),
        ("one two", "One two!", 1),
        ("one", "one", 1),
        ("one two three", "one two", 0),
        ("- | -", "one two three", 0),
        ("", "one two three", 0),
        ("他来了", "昨天他来了吗", 1),
        ("他来吗", "昨天他来了吗", 0),
        ("ÉTÉ DES VINS", "un été des vins", 1),
    ],
)
def test_triples_of_tokens_are_what_counts(block: str, other: str, expected: float) -> None:
    assert share(([block], other)) == [pytest.approx(expected)]


@pytest.mark.parametrize("unit", ["абв гд ", "文", "𠀀", "été ", "ab c ", "กข"])
def test_a_long_block_is_known_by_its_beginning_wherever_that_is_cut(unit: str) -> None:
    for pad in ("", "a ", "ab ", "abc "):
        block = pad + unit * 200
        assert share(([block], f"before {block[:HEAD_BYTES]} after"), ([block + " no more"], block)) == [1, 1]


def test_every_block_is_held_against_its_own_document() -> None:
    first, second = "the council met on monday", "nobody knew what would come"
    assert share(([first, second], first), ([], first), ([first, second], second), ([first], "")) == [
        1, 0, 0, 1, pytest.approx(np.nan, nan_ok=True),
    ]  # fmt: skip
    assert share() == []


def test_of_an_endless_text_only_the_beginning_is_read() -> None:
    block = "the council met on monday"
    filler = "x " * (MAX_BYTES // 2)
    assert share(([block], block + " " + filler), ([block], filler + block)) == [1, 0]
    assert share(([block], "文" * MAX_BYTES), ([block], "x" * 5 * MAX_BYTES)) == [0, 0]


def test_lone_surrogates_are_no_words() -> None:
    assert share((["one \ud800 two three"], "one two \udfff three")) == [1]
