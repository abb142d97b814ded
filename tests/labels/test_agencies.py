"""Agency credits labelled by hand: the file is readable, holds ids and labels only, and is what its README says."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest
import zstandard

LABELLED = Path(__file__).parents[2] / "labels"
AGENCIES = LABELLED / "agencies.tsv"
SHARED = Path(__file__).parents[3] / "shared" / "data" / "copy"
SETS = ("helsinki_en", "press_es", "reuters_en")


class Row(NamedTuple):
    set: str
    id: str
    split: str
    stratum: str
    credited: list[str]
    mentioned: list[str]
    doubtful: bool


def rows() -> list[Row]:
    found = []
    for line in AGENCIES.read_text(encoding="utf-8").split("\n")[1:-1]:
        *where, credited, mentioned, doubtful = line.split("\t")
        names = ([name for name in field.split("|") if name] for field in (credited, mentioned))
        found.append(Row(*where, *names, doubtful == "1"))
    return found


def test_format() -> None:
    text = AGENCIES.read_bytes().decode("utf-8")
    header, *lines, end = text.split("\n")
    assert (header, end) == ("set\tid\tsplit\tstratum\tcredited\tmentioned\tdoubtful", "")
    names = r"(?:\w[\w -]{1,20}(?:\|\w[\w -]{1,20})*)?"
    form = re.compile(rf"(?:{'|'.join(SETS)})\t\w+\t(?:dev|test)\t(?:random|agency)\t{names}\t{names}\t[01]")
    assert [line for line in lines if not form.fullmatch(line)] == []


def test_a_document_is_labelled_once() -> None:
    found = Counter((row.set, row.id) for row in rows())
    assert [key for key, times in found.items() if times > 1] == []


def test_no_agency_stands_twice_in_a_row() -> None:
    for row in rows():
        names = row.credited + row.mentioned
        assert len(names) == len(set(names)), row.id


def test_an_unnamed_agency_is_credited_and_doubtful() -> None:
    unnamed = [row for row in rows() if "unnamed" in row.credited + row.mentioned]
    assert unnamed
    assert all(row.credited == ["unnamed"] and row.doubtful for row in unnamed)


def test_the_figures_of_the_readme() -> None:
    counts: Counter[tuple[str, str, str, str]] = Counter()
    for row in rows():
        key = row.set, row.split, row.stratum
        counts[*key, "documents"] += 1
        counts[*key, "credited"] += bool(row.credited)
        counts[*key, "mentioned"] += bool(row.mentioned)
        counts[*key, "doubtful"] += row.doubtful
    says = (LABELLED / "README.md").read_text(encoding="utf-8")
    for key in {key[:3] for key in counts}:
        figures = [str(counts[*key, column]) for column in ("documents", "credited", "mentioned", "doubtful")]
        assert f"| {' | '.join([*key, *figures])} |" in says, key
    total = rows()
    assert f"{len(total)} documents, {sum(row.split == 'test' for row in total)} of them in `test`" in says
    assert f"{sum(bool(row.credited) for row in total)} credit an agency" in says


@pytest.mark.skipif(not SHARED.exists(), reason="the real collections are not on this machine")
@pytest.mark.parametrize("name", SETS)
def test_the_documents_exist(name: str) -> None:
    with zstandard.open(SHARED / f"{name}.jsonl.zst", "rt", encoding="utf-8") as lines:
        sites = {document["id"]: document.get("source") for document in map(json.loads, lines)}
    labelled = [row for row in rows() if row.set == name]
    assert [row.id for row in labelled if row.id not in sites] == []
    hosts = {split: {sites[row.id] or row.id for row in labelled if row.split == split} for split in ("dev", "test")}
    assert hosts["dev"] & hosts["test"] == set()
