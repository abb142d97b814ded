"""The vocabulary: each file readable, with all concepts, and no word that the classifier cannot find."""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from dedup.clean.concepts import MOST, concept_bags, read_vocabulary
from dedup.clean.ngrams import join_lines

VOCABULARY = Path(__file__).parents[2] / "vocabulary"
FILES = sorted(VOCABULARY.glob("*.tsv"))
SEEDS = VOCABULARY.parent / "seeds"
HEADER = "concept\twords"
# Entries of these are runs of letters, but for words in other scripts.
UNSPACED = {"ja", "th", "zh"}
LONGEST_RUN = 8
# The sign that repeats a letter is a mark to the kernel: words with it are never found.
UNREADABLE = "々"

per_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def rows(path: Path) -> list[tuple[str, list[str]]]:
    """Concepts of a file with their words."""
    lines = path.read_bytes().decode("utf-8").split("\n")[1:-1]
    return [(concept, words.split(" ")) for concept, words in (line.split("\t") for line in lines)]


def words_of(path: Path) -> list[str]:
    return [word for _, words in rows(path) for word in words]


def concepts_of_readme() -> list[str]:
    table = re.findall(r"^\| (\w+) \|", (VOCABULARY / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert table[0] == "concept"
    return table[1:]


def test_every_language_with_seed_lines_has_words() -> None:
    assert {path.stem for path in FILES} >= {path.stem for path in SEEDS.glob("*.tsv")}


def test_all_files_together_fit() -> None:
    known = read_vocabulary(VOCABULARY)
    assert known.names == tuple(sorted(concepts_of_readme()))
    assert len(known.names) < MOST


@per_file
def test_format(path: Path) -> None:
    lines = path.read_bytes().decode("utf-8").split("\n")
    assert lines[0] == HEADER, "the header also rules out a byte order mark"
    assert lines[-1] == ""
    assert [line for line in lines[1:-1] if not re.fullmatch(r"\w+\t[^\s]+( [^\s]+)*", line)] == []


@per_file
def test_the_concepts_are_those_of_the_readme_in_its_order(path: Path) -> None:
    assert [concept for concept, _ in rows(path)] == concepts_of_readme()


@per_file
def test_words_are_lower_case_composed_letters_and_marks(path: Path) -> None:
    words = words_of(path)
    assert [word for word in words if word != word.lower()] == []
    assert [word for word in words if not unicodedata.is_normalized("NFC", word)] == []
    letters = [word.removesuffix("*") for word in words]
    assert [word for word in letters if not word or any(unicodedata.category(c)[0] not in "LM" for c in word)] == []


@per_file
def test_no_word_has_two_meanings_in_a_language(path: Path) -> None:
    assert [word for word, count in Counter(words_of(path)).items() if count > 1] == []


@pytest.mark.parametrize("language", sorted(UNSPACED))
def test_runs_are_short_enough_to_be_found(language: str) -> None:
    words = [word for word in words_of(VOCABULARY / f"{language}.tsv") if not word.isascii()]
    assert [word for word in words if len(word) > LONGEST_RUN or word.endswith("*")] == []


@per_file
def test_every_word_is_found_with_its_meaning(path: Path, tmp_path: Path) -> None:
    shutil.copy(path, tmp_path)
    known = read_vocabulary(tmp_path)
    entries = [(word, concept) for concept, words in rows(path) for word in words if UNREADABLE not in word]
    # What begins as no longer beginning does, and is no word by itself.
    indptr, indices = concept_bags(*join_lines([word.replace("*", "xqx") for word, _ in entries]), known)
    found = [[known.names[row - 1] for row in indices[a:b] if row < MOST] for a, b in pairwise(indptr)]
    lost = [(word, concept) for (word, concept), names in zip(entries, found, strict=True) if names[:1] != [concept]]
    assert lost == []
