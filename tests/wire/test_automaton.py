"""The automaton finds what a look at every place of a text finds."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.wire.automaton import Automaton

LETTERS = frozenset(string.ascii_letters + string.digits + "_")
WORDS = ["AP", "Reuters", "Associated Press", "The Associated Press", "Press", "ТАСС", "Télam", "新华社", "a.b", "ab"]


def naive(words: list[str], text: str) -> set[tuple[int, int]]:
    """Look at every place of a text for the longest word that ends there."""

    def is_bound(place: int) -> bool:
        return not 0 < place < len(text) or not LETTERS.issuperset(text[place - 1 : place + 1])

    def is_word(start: int, end: int) -> bool:
        piece = text[start:end]
        same = any(len(piece) == len(word) and all(map(is_letter, piece, word)) for word in words)
        return same and is_bound(start) and is_bound(end)

    def is_letter(char: str, other: str) -> bool:
        return char in (other, other.lower(), other.upper())

    ends = range(len(text) + 1)
    longest = (next((start for start in range(end) if is_word(start, end)), end) for end in ends)
    return {(start, end) for start, end in zip(longest, ends, strict=True) if start < end}


def found(automaton: Automaton, text: str) -> set[tuple[int, int]]:
    spans = automaton.spans(text)
    assert len(spans) == len(set(spans))
    return set(spans)


def words_in(text: str) -> set[str]:
    return {text[start:end] for start, end in Automaton(WORDS).spans(text)}


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("filler", ["x ", "Press, ", "ap", "é", "社", "- "])
def test_a_word_is_found_at_every_place(word, filler):
    automaton = Automaton(WORDS)
    for before in range(9):
        for after in range(9):
            text = f"{filler * before}{word}{filler * after}"
            assert found(automaton, text) == naive(WORDS, text), text


# Few letters, so that words begin alike, end alike, hold each other, and stand in texts.
pieces = st.text("aB .éЯ社_", min_size=1, max_size=5)


@given(st.lists(pieces, min_size=1, max_size=6), st.text("abAB .éÉяЯ社_\n", max_size=60))
def test_any_words_in_any_text(words, text):
    assert found(Automaton(words), text) == naive(words, text)


@given(st.lists(st.sampled_from([*WORDS, " ", "\n", "/", "x", "社", "ASSOCIATED", "тАсс"]), max_size=30).map("".join))
def test_words_among_others(text):
    assert found(Automaton(WORDS), text) == naive(WORDS, text)


def test_letters_count_in_any_case_and_words_are_given_as_written():
    assert words_in("reuters and REUTERS, тасс и Тасс, TÉLAM") == {
        "reuters", "REUTERS", "тасс", "Тасс", "TÉLAM",
    }  # fmt: skip


def test_parts_of_words_are_not_found_and_the_longest_word_is():
    assert words_in("MAP apart _AP AP1 Pressed") == set()
    assert words_in("by The Associated Press") == {"The Associated Press"}


@pytest.mark.parametrize("text", ["", " ", "\ud800AP\udfff", "\ud800"])
def test_texts_without_words_and_broken_ones(text):
    assert words_in(text) == ({"AP"} if "AP" in text else set())


@pytest.mark.parametrize("filler", ["x", "é", "社", "𝄞", " "])
@pytest.mark.parametrize("before", [0, 1, 20, 63, 64, 65, 200, 1000])
def test_places_are_code_points(filler, before):
    text = f"{filler * before} Reuters {filler * 100} AP"
    last = len(text)
    assert found(Automaton(WORDS), text) == {(before + 1, before + 8), (last - 2, last)}


@given(st.lists(st.text("abAB .éÉяЯ社_\n\0", max_size=20), max_size=6))
def test_several_texts_in_one_go_are_as_one_by_one(texts):
    automaton = Automaton(["aB", "a", "é.", "社", "b a"])
    assert [*map(set, automaton.spans_of(texts))] == [found(automaton, text) for text in texts]
