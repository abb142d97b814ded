"""What lines speak of: the vocabulary as it is read, and the kernels against their naive twins."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.clean.concepts import MOST, ROWS, Vocabulary, concept_bags, concept_scores, read_vocabulary
from dedup.clean.ngrams import join_lines
from dedup.errors import InputError
from tests.clean import naive

# Few letters, so that entries are found; a digit, marks, and letters of scripts with and without spaces.
LINES = st.lists(st.text(alphabet="abбé中文ก 1-.", max_size=40), min_size=1, max_size=6)
LONG = st.builds(
    lambda text, times: text * times, st.text(alphabet="ab 1.", min_size=5, max_size=30), st.integers(1, 90)
)
WORDS = st.text(alphabet="abбé", min_size=1, max_size=4)
ENTRIES = st.one_of(WORDS, WORDS.map(lambda word: word + "*"), st.text(alphabet="中文ก", min_size=1, max_size=10))
MEANINGS = st.dictionaries(ENTRIES, st.integers(1, MOST - 1), max_size=24)


def vocabulary(folder: Path, **languages: dict[str, str]) -> Vocabulary:
    """Vocabulary of some files, each concepts with their words."""
    for language, words in languages.items():
        rows = "".join(f"{concept}\t{entries}\n" for concept, entries in words.items())
        (folder / f"{language}.tsv").write_text("concept\twords\n" + rows, encoding="utf-8")
    return read_vocabulary(folder)


def numbered(meanings: dict[str, int]) -> Vocabulary:
    """Vocabulary in which every number is a concept, so that numbers stay as they are."""
    words = {f"c{number:02}": "z" * number for number in range(1, MOST)}
    for entry, number in meanings.items():
        words[f"c{number:02}"] += f" {entry}"
    with TemporaryDirectory() as folder:
        return vocabulary(Path(folder), xx=words)


def rows_of(lines: list[str], known: Vocabulary) -> list[list[int]]:
    indptr, indices = concept_bags(*join_lines(lines), known)
    return [indices[a:b].tolist() for a, b in pairwise(indptr)]


def meant(line: str, known: Vocabulary) -> list[str]:
    """Names of the concepts of a line, in order."""
    return [known.names[row - 1] for row in rows_of([line], known)[0] if row < MOST]


@settings(deadline=None)
@given(LINES, MEANINGS)
def test_features_are_those_of_the_naive_twin(lines: list[str], meanings: dict[str, int]) -> None:
    expected = [naive.concept_rows(naive.line_concepts(line, meanings)) for line in lines]
    got = rows_of(lines, numbered(meanings))
    assert [sorted(row) for row in got] == [sorted(row) for row in expected]
    assert all(0 < at < ROWS for row in got for at in row)


@settings(deadline=None, max_examples=50)
@given(LONG)
def test_of_long_lines_both_ends_are_read(line: str) -> None:
    meanings = {"a": 1, "ab*": 2, "b": 3, "aa": 4}
    [got] = rows_of([line], numbered(meanings))
    assert sorted(got) == sorted(naive.concept_rows(naive.line_concepts(line, meanings)))


@settings(deadline=None)
@given(LINES, MEANINGS)
def test_scores_are_those_of_the_features(lines: list[str], meanings: dict[str, int]) -> None:
    rng = np.random.default_rng(0)
    weights, bias = rng.normal(size=(ROWS, 3)).astype(np.float32), rng.normal(size=3).astype(np.float32)
    got = concept_scores(*join_lines(lines), numbered(meanings), weights, bias)
    for line, row in zip(lines, got, strict=True):
        bag = naive.concept_rows(naive.line_concepts(line, meanings))
        np.testing.assert_allclose(row, naive.line_scores(bag, weights, bias) if bag else bias, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("line", "concepts"),
    [
        ("share", ["share"]),
        ("sharing shares", ["share", "share"]),
        ("shareholders met", ["state"]),  # the longer beginning
        ("shared", ["was"]),  # the whole word goes before beginnings
        ("she", []),
        ("reshare", []),
        ("share-you.", ["share", "you"]),
        ("подписка", ["subscribe"]),
        ("请订阅本报", ["subscribe"]),
        ("请订阅通讯本报", ["newsletter", "email"]),  # the longest run; others begin inside it
        ("订 阅", []),
        ("订阅 you 通讯", ["subscribe", "you", "email"]),
        ("一二三四五六七八", ["amount"]),
        ("一二三四五六七", []),
        ("甲乙丙丁戊己庚辛壬", []),  # an entry longer than any run that is looked up
        ("4you", ["you"]),
        ("you2", []),
        ("share24", ["share"]),
    ],
)
def test_what_a_line_means(tmp_path: Path, line: str, concepts: list[str]) -> None:
    known = vocabulary(
        tmp_path,
        en={"share": "shar*", "state": "sharehold*", "was": "shared", "you": "you"},
        ru={"subscribe": "подпис*"},
        zh={"subscribe": "订阅", "newsletter": "订阅通讯", "email": "通讯"},
        ja={"amount": "一二三四五六七八 甲乙丙丁戊己庚辛壬"},
    )
    assert meant(line, known) == concepts


def test_pairs_reach_over_two_words_that_mean_nothing(tmp_path: Path) -> None:
    known = vocabulary(tmp_path, en={"share": "share", "you": "you"})
    near, far, turned = rows_of(["share x x you", "share x x x you", "you x x share"], known)
    share, you = 1, 2
    assert MOST + share * MOST + you in near
    assert MOST + you * MOST + share in turned
    assert not [row for row in far if MOST <= row < MOST + MOST * MOST]


def test_a_word_means_what_most_languages_say(tmp_path: Path) -> None:
    known = vocabulary(
        tmp_path,
        aa={"we": "mi ni", "you": "tu* ti"},
        bb={"you": "mi NI", "photo": "tu"},
        cc={"you": "mi"},
    )
    assert known.names == ("photo", "we", "you")
    assert [meant(word, known) for word in ("mi", "ni", "ti")] == [["you"], ["we"], ["you"]]
    # A word and a beginning are two entries, and do not vote against each other.
    assert [meant(word, known) for word in ("tu", "tus")] == [["photo"], ["you"]]


def test_where_languages_disagree_the_first_by_name_wins_whatever_the_file(tmp_path: Path) -> None:
    known = vocabulary(tmp_path, aa={"you": "mi"}, bb={"ago": "mi"}, cc={"we": "mi"})
    assert meant("mi", known) == ["ago"]


def test_the_keys_are_sorted_and_each_has_a_concept(tmp_path: Path) -> None:
    known = vocabulary(tmp_path, aa={"you": "b a c*", "we": "中"})
    assert known.keys.size == 4
    assert (known.keys[1:] > known.keys[:-1]).all()
    assert sorted(known.codes.tolist()) == [1, 2, 2, 2]


@pytest.mark.parametrize("row", ["you", "you\ta\tb", ""])
def test_a_row_of_another_form_is_named(tmp_path: Path, row: str) -> None:
    (tmp_path / "en.tsv").write_text(f"concept\twords\nwe\tour\n{row}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"en\.tsv:3"):
        read_vocabulary(tmp_path)


def test_there_is_room_for_so_many_concepts_and_no_more(tmp_path: Path) -> None:
    words = {f"c{number}": chr(97 + number // 26) + chr(97 + number % 26) for number in range(MOST)}
    with pytest.raises(InputError, match=f"{MOST} concepts, at most {MOST - 1}"):
        vocabulary(tmp_path, aa=words)
    known = vocabulary(tmp_path, aa=dict(list(words.items())[1:]))
    assert len(known.names) == MOST - 1
    assert meant(words["c63"], known) == ["c63"]


def test_no_folder_no_words(tmp_path: Path) -> None:
    for folder in (None, tmp_path):
        nothing = read_vocabulary(folder)
        assert (nothing.names, nothing.keys.size, nothing.codes.size) == ((), 0, 0)


def test_without_words_only_the_emptiness_of_a_line_counts() -> None:
    rng = np.random.default_rng(0)
    weights, bias = rng.normal(size=(ROWS, 2)).astype(np.float32), np.array([1, -1], np.float32)
    one, other, empty = concept_scores(*join_lines(["share this", "中文", ""]), read_vocabulary(None), weights, bias)
    np.testing.assert_allclose(one, naive.line_scores(naive.concept_rows([0, 0]), weights, bias), rtol=1e-5)
    np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(empty, bias)
