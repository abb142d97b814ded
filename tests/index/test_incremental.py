"""Day by day as all at once: adding in batches, each found against what is held, gives the pairs of one scan."""

import io
import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from dedup import match, sketch
from dedup.index import Index
from dedup.records import RELATIONS, Bounds
from dedup.verdicts import Entry

REPOSITORY = Path(__file__).parents[2]
NEWSROOM = REPOSITORY / "fixtures" / "newsroom" / "documents.jsonl"
SETS = REPOSITORY.parent / "shared" / "data" / "copy"
BATCHES = 5


def newsroom():
    rows = [json.loads(line) for line in NEWSROOM.read_text(encoding="utf8").splitlines()]
    return [row.get("text") or row["html"] for row in rows]


def press(name):
    path = SETS / f"{name}.jsonl.zst"
    if not path.exists():
        pytest.skip("needs the development corpora in ../shared")
    zstandard = pytest.importorskip("zstandard")
    with path.open("rb") as file:
        lines = io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(file), "utf-8")
        return [json.loads(line)["text"] or "" for line in lines]


def scanned(texts):
    """Pairs of a scan, as it lists them: relation and figures by documents."""
    table = match.find_pairs(sketch.sketch(sketch.pack(texts)), Bounds())
    codes = match.relate(table, Bounds())
    names = [None, *RELATIONS]
    listed = np.flatnonzero((codes > 0) & ~(table.common & (codes == len(RELATIONS))))
    columns = (table.a, table.b, table.shared, table.containment_a, table.containment_b)
    return {
        (int(a), int(b)): (names[codes[row]], int(shared), one, other)
        for row, (a, b, shared, one, other) in zip(
            listed.tolist(), zip(*(column[listed].tolist() for column in columns), strict=True), strict=True
        )
    }


def found_day_by_day(texts, folder):
    """Pairs of each document with those of earlier batches, and the batch of each document."""
    cuts = np.linspace(0, len(texts), BATCHES + 1).astype(int).tolist()
    found = {}
    with Index.create(folder) as index:
        for first, last in pairwise(cuts):
            packed = sketch.pack(texts[first:last])
            for number, matches in enumerate(index.find(packed, most=len(texts)), first):
                for own in matches:
                    figures = own.relation, own.shared, own.containment_held, own.containment
                    found[int(own.id), number] = figures
            index.add(packed, [Entry(str(number)) for number in range(first, last)])
        assert index.verify() == []
    return found, np.searchsorted(cuts, np.arange(len(texts)), "right")


@pytest.mark.parametrize("name", ["newsroom", "helsinki_en", "reuters_en", "press_es"])
def test_adding_in_batches_finds_the_pairs_of_one_scan(name, tmp_path):
    texts = newsroom() if name == "newsroom" else press(name)
    found, batch = found_day_by_day(texts, tmp_path / "held")
    wanted = {pair: figures for pair, figures in scanned(texts).items() if batch[pair[0]] != batch[pair[1]]}
    assert len(wanted) > 20
    assert {pair: found.get(pair) for pair in wanted} == wanted
    # A fingerprint that was rare then, and is not any more, lets see a passage that a scan of all passes over. So do
    # fingerprints that lie apart, of which a scan doubts that they are of a passage (`count.reach`).
    more = [pair for pair in found if pair not in wanted]
    assert {found[pair][0] for pair in more} <= {"passage"}
    assert len(more) <= 0.01 * len(wanted)
