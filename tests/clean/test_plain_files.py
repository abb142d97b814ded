"""The held-out plain documents: each file readable, rightly labelled, with body in every document."""

from __future__ import annotations

import unicodedata
from itertools import groupby
from pathlib import Path

import pytest

from dedup.records import FURNITURE_LABELS, LABELS

FILES = sorted((Path(__file__).parent / "plain").glob("*.tsv"))
# Documents in a language: six, or three.
SIX = {"ar", "de", "en", "es", "fr", "it", "nl", "pt"}
THREE = {"cs", "da", "el", "fa", "fi", "hi", "hu", "id", "ja", "ko", "pl", "ro", "ru", "sv", "tr", "uk", "vi", "zh"}
HEADER = "document\tlabel\ttext"

per_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def _rows(path: Path) -> list[list[str]]:
    header, *lines, end = path.read_bytes().decode("utf-8").split("\n")
    assert (header, end) == (HEADER, "")
    return [line.split("\t") for line in lines]


def _documents(path: Path) -> list[tuple[str, list[str]]]:
    return [(name, [row[1] for row in rows]) for name, rows in groupby(_rows(path), key=lambda row: row[0])]


def test_every_language_is_there() -> None:
    assert {path.stem for path in FILES} == SIX | THREE


@per_file
def test_rows_have_a_document_a_known_label_and_one_line_of_text(path: Path) -> None:
    rows = _rows(path)
    assert [row for row in rows if len(row) != 3 or row[1] not in LABELS] == []
    texts = [row[2] for row in rows]
    assert [text for text in texts if not text or text != text.strip() or text.splitlines() != [text]] == []
    assert [text for text in texts if not unicodedata.is_normalized("NFC", text)] == []


@per_file
def test_a_document_stands_in_one_place_and_has_body(path: Path) -> None:
    documents = _documents(path)
    names = [name for name, _ in documents]
    assert len(names) == len(set(names)) == (6 if path.stem in SIX else 3)
    assert [name for name, labels in documents if labels.count("body") < 6] == []


@per_file
def test_some_documents_are_clean_and_the_others_are_not(path: Path) -> None:
    furniture = [sum(label in FURNITURE_LABELS for label in labels) for _, labels in _documents(path)]
    assert 1 <= furniture.count(0) <= 2
    assert [count for count in furniture if 0 < count < 8] == []
