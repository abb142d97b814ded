"""Labels made by hand: the file is readable, holds no text, and is what its README says."""

from __future__ import annotations

import re
from pathlib import Path

from dedup.clean.labelled import block_hash, read_labels
from dedup.records import LABELS

LABELLED = Path(__file__).parents[2] / "labels"
FRENCH = LABELLED / "french.tsv"


def test_format() -> None:
    text = FRENCH.read_bytes().decode("utf-8")
    header, *lines, end = text.split("\n")
    assert (header, end) == ("page\tblock\tlabel", "")
    form = re.compile(rf"\w+__\S+\t[0-9a-f]{{16}}\t(?:{'|'.join(LABELS)})")
    assert [line for line in lines if not form.fullmatch(line)] == []


def test_rows_of_a_page_stand_together() -> None:
    pages = [line.split("\t")[0] for line in FRENCH.read_text(encoding="utf-8").split("\n")[1:-1]]
    turns = [page for page, before in zip(pages, ["", *pages], strict=False) if page != before]
    assert len(turns) == len(set(turns))


def test_the_figures_of_the_readme() -> None:
    pages = read_labels(FRENCH)
    labels = [label for rows in pages.values() for _, label in rows]
    says = (LABELLED / "README.md").read_text(encoding="utf-8")
    assert f"of {len(pages)} French news pages" in says
    assert f"{len(labels):,} rows, {labels.count('body')} of them `body`" in says


def test_every_page_has_body_and_furniture() -> None:
    for page, rows in read_labels(FRENCH).items():
        labels = {label for _, label in rows}
        assert "body" in labels, page
        assert labels & {"navigation", "legal"}, page


def test_the_hash_is_the_one_of_the_readme() -> None:
    assert block_hash("À lire aussi") == "6efd6786e05335c6"
    assert len(block_hash("\ud800")) == 16
