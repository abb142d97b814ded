"""The seed lines: each file readable, rightly labelled, and worth learning from."""

from __future__ import annotations

import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from dedup.records import FURNITURE_LABELS, LABELS

SEEDS = Path(__file__).parents[2] / "seeds"
FILES = sorted(SEEDS.glob("*.tsv"))
HEADER = "label\ttext"
REQUIRED = {"fr", "en", "es", "de", "it", "pt", "nl", "pl", "ru", "ar", "zh", "ja"}
# Lines each language was written to; a file that shrinks below has lost something.
AT_LEAST = {
    **{"fr": 450, "en": 400, "es": 220, "it": 170, "pt": 170, "ca": 40, "ro": 60},
    **{"de": 540, "zh": 440, "ja": 400, "ru": 390, "ar": 350, "nl": 340, "pl": 310, "tr": 260, "ko": 220},
    **dict.fromkeys(("sv", "cs", "uk", "el"), 200),
    **dict.fromkeys(("da", "no", "fi", "hu", "id", "vi", "bg", "hr", "he", "fa", "hi", "th"), 120),
}
# A classifier that sees little but furniture learns to strip: both sides stay well represented.
FURNITURE_SHARE = (0.5, 0.75)

per_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def _rows(path: Path) -> list[list[str]]:
    lines = path.read_bytes().decode("utf-8").split("\n")
    return [line.split("\t") for line in lines[1:] if line]


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _is_control(char: str) -> bool:
    # Line and paragraph separators would break a line in two for str.splitlines().
    return unicodedata.category(char) in {"Cc", "Cs", "Co", "Zl", "Zp"}


def test_required_languages_are_there() -> None:
    assert {path.stem for path in FILES} >= REQUIRED


def test_total_is_enough_to_learn_from() -> None:
    assert sum(len(_rows(path)) for path in FILES) >= 1500


@pytest.mark.parametrize(("lang", "least"), AT_LEAST.items(), ids=list(AT_LEAST))
def test_language_keeps_its_lines(lang: str, least: int) -> None:
    assert len(_rows(SEEDS / f"{lang}.tsv")) >= least


@per_file
def test_format(path: Path) -> None:
    text = path.read_bytes().decode("utf-8")
    assert text.split("\n")[0] == HEADER, "the header also rules out a byte order mark"
    assert text.endswith("\n")
    wrong = [row for row in _rows(path) if len(row) != 2 or not row[1] or row[1] != row[1].strip()]
    assert wrong == []
    assert "\n\n" not in text


@per_file
def test_labels_are_the_contract_s(path: Path) -> None:
    assert {row[0] for row in _rows(path)} - set(LABELS) == set()


@per_file
def test_every_furniture_label_and_body_has_examples(path: Path) -> None:
    assert {row[0] for row in _rows(path)} >= {*FURNITURE_LABELS, "body"}


@per_file
def test_content_and_furniture_are_both_well_represented(path: Path) -> None:
    rows = _rows(path)
    furniture = sum(row[0] in FURNITURE_LABELS for row in rows)
    low, high = FURNITURE_SHARE
    assert low <= furniture / len(rows) <= high


@per_file
def test_no_line_twice(path: Path) -> None:
    counts = Counter(_folded(row[1]) for row in _rows(path))
    assert [text for text, count in counts.items() if count > 1] == []


@per_file
def test_no_control_characters_and_composed_form(path: Path) -> None:
    texts = [row[1] for row in _rows(path)]
    assert [text for text in texts if any(map(_is_control, text))] == []
    assert [text for text in texts if not unicodedata.is_normalized("NFC", text)] == []
