"""Recall on real press, against tables that an independent program made from the raw texts."""

import csv
import io
import json
from pathlib import Path

import pytest

from dedup import match, sketch
from dedup.records import Bounds

SETS = Path(__file__).parents[3] / "shared" / "data" / "copy"


@pytest.mark.parametrize("name", ["helsinki_en", "press_es", "reuters_en"])
def test_copied_text_is_found_and_no_figure_is_below_the_table_s(name):
    if not (SETS / f"{name}.pairs.tsv").exists():
        pytest.skip("needs the development corpora in ../shared")
    zstandard = pytest.importorskip("zstandard")
    with (SETS / f"{name}.jsonl.zst").open("rb") as file:
        rows = [
            json.loads(line) for line in io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(file), "utf-8")
        ]
    place = {str(row["id"]): d for d, row in enumerate(rows)}
    packed = sketch.pack(row["text"] or "" for row in rows)
    table = match.find_pairs(sketch.sketch(packed), Bounds())
    codes = match.relate(table, Bounds())
    found = {pair: row for row, pair in enumerate(zip(table.a.tolist(), table.b.tolist(), strict=True)) if codes[row]}
    wanted = hit = below = 0
    with (SETS / f"{name}.pairs.tsv").open(encoding="utf-8", newline="") as file:
        for truth in csv.DictReader(file, delimiter="\t"):
            row = found.get(tuple(sorted((place[truth["id1"]], place[truth["id2"]]))))
            if float(truth["containment"]) >= 0.25 and int(truth["n_shared"]) >= 30:
                wanted += 1
                hit += row is not None
            # Folding makes a few shingles equal that the table tells apart, and words with "_" two.
            below += row is not None and table.shared[row] < 0.97 * int(truth["n_shared"]) - 3
    assert hit >= 0.99 * wanted > 0
    assert below == 0
