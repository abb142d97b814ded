from __future__ import annotations

import csv
import io
import json
import pickle
import subprocess
import sys
import zipfile
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.clean import Cleaner
from dedup.clean.model import SHIPPED, load_model, save_model
from dedup.errors import InputError, ModelError
from dedup.records import FURNITURE_LABELS, LABELS

SHARED = Path(__file__).parents[3] / "shared"

ARTICLE = """<html><head><title>Bridge over the Orne reopens</title></head><body>
<nav class="main-menu"><a href=/>Home</a> <a href=/s>Sports</a> <a href=/w>Weather</a></nav>
<article><h1>Bridge over the Orne reopens</h1>
<div class="share-bar"><a href=#>Share on Facebook</a></div>
<p>The bridge over the Orne reopened on Monday after two years of repairs, the council of the district said.</p>
<p>“We waited long enough,” said the mayor, who walked across with some two hundred people in the rain.</p>
<div class="related"><a href=/x>Read also: Ferry on the Orne stops after ninety years</a></div>
<p>The works cost 4 million euros, of which the state paid half. A second bridge will be repaired next year.</p>
</article><footer class="footer">© 2024 The Orne Courier. All rights reserved.</footer></body></html>"""


@pytest.fixture(scope="module")
def cleaner() -> Cleaner:
    return Cleaner.load()


def test_a_page_is_cleaned(cleaner: Cleaner) -> None:
    cleaned = cleaner.clean(html=ARTICLE)
    assert [line.split()[0] for line in cleaned.text.split("\n")] == ["The", "“We", "The"]
    labels = {block.text: block.label for block in cleaned.blocks}
    assert labels["Share on Facebook"] == "share"
    assert labels["Bridge over the Orne reopens"] == "headline"
    assert labels["© 2024 The Orne Courier. All rights reserved."] == "legal"


def test_the_page_goes_before_the_text_and_may_be_a_soup(cleaner: Cleaner) -> None:
    from bs4 import BeautifulSoup

    assert cleaner.clean("something else", ARTICLE) == cleaner.clean(html=ARTICLE)
    assert cleaner.clean(html=BeautifulSoup(ARTICLE, "html.parser")).text == cleaner.clean(html=ARTICLE).text


@pytest.mark.parametrize("nothing", ["", " \n\t\r\n", None])
def test_nothing_in_nothing_out(cleaner: Cleaner, nothing: str | None) -> None:
    assert cleaner.clean(nothing).blocks == []
    assert cleaner.clean(nothing).text == ""
    assert cleaner.clean(html="<html></html>").blocks == []


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab. \n\r©#é中م\u2028\0\ud800")))
def test_every_line_is_accounted_for_and_the_body_is_among_them(cleaner: Cleaner, text: str) -> None:
    cleaned = cleaner.clean(text)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert [(b.line, b.text) for b in cleaned.blocks] == [(i, x.strip()) for i, x in enumerate(lines, 1) if x.strip()]
    assert cleaned.text == "\n".join(block.text for block in cleaned.blocks if block.label == "body")
    assert all(block.label in LABELS and 0 <= block.score <= 1 for block in cleaned.blocks)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["<p>", "<div class=x>", "</div>", "<a>", "text ", "<h1>", "\0", "\ud800", "<!--"])))
def test_any_page_is_cleaned(cleaner: Cleaner, parts: list[str]) -> None:
    cleaned = cleaner.clean(html="".join(parts))
    assert cleaned.text == "\n".join(block.text for block in cleaned.blocks if block.label == "body")


def test_many_are_cleaned_as_one_by_one(cleaner: Cleaner) -> None:
    texts = ["One line.\nAnother line.", "", "Share\n\nBody text of some length."]
    items = [*((text, None) for text in texts), (None, ARTICLE), (None, "<div>" * 600 + "deep")]
    assert cleaner.clean_many(items) == [cleaner.clean(text, html) for text, html in items]


def test_a_model_survives_its_file_byte_for_byte(tmp_path: Path) -> None:
    model = load_model()
    save_model(model, tmp_path / "a.npz")
    save_model(load_model(tmp_path / "a.npz"), tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_the_shipped_model_is_small_and_holds_no_pickle() -> None:
    assert SHIPPED.stat().st_size < 5_000_000
    with np.load(SHIPPED, allow_pickle=False) as file:
        assert all(file[name].dtype != object for name in file.files)
        about = json.loads(file["header"].tobytes())["about"]
    assert about["sets"]


def changed(tmp_path: Path, **arrays: np.ndarray | None) -> Path:
    """A copy of the shipped model with some arrays replaced, or left out where None."""
    with np.load(SHIPPED) as file:
        content = {name: file[name] for name in file.files} | arrays
    path = tmp_path / "changed.npz"
    np.savez(path, **{name: array for name, array in content.items() if array is not None})
    return path


def other_header(**fields: object) -> np.ndarray:
    with np.load(SHIPPED) as file:
        header = json.loads(file["header"].tobytes())
    return np.frombuffer(json.dumps(header | fields).encode(), np.uint8)


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    whole = SHIPPED.read_bytes()
    middle = len(whole) // 2
    cases = {
        "missing": None,
        "empty": b"",
        "text": b"not a model",
        "truncated": whole[:middle],
        "flipped": whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :],
        "pickle": pickle.dumps({"a": 1}),
    }
    for name, content in cases.items():
        path = tmp_path / f"{name}.npz"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(ModelError, match=name):
            Cleaner.load(path)


def test_a_model_of_another_version_or_with_impossible_parts_is_refused(tmp_path: Path) -> None:
    with np.load(SHIPPED) as file:
        left, feature, weights = file["page1_left"], file["text2_feature"], file["text_weights"]
    cases: list[dict[str, np.ndarray | None]] = [
        {"header": other_header(format=99)},
        {"header": other_header(labels=["body"])},
        {"header": other_header(page_features=["x"])},
        {"header": np.frombuffer(b"[]", np.uint8)},
        {"page1_left": np.zeros_like(left)},
        {"text2_feature": np.full_like(feature, 9999)},
        {"text_weights": weights[:1000]},
        {"text2_value": None},
    ]
    for arrays in cases:
        with pytest.raises(ModelError):
            load_model(changed(tmp_path, **arrays))


def test_arrays_of_objects_are_not_unpickled(tmp_path: Path) -> None:
    path = tmp_path / "evil.npz"
    with zipfile.ZipFile(path, "w") as file:
        buffer = io.BytesIO()
        np.save(buffer, np.array([{}], dtype=object), allow_pickle=True)
        file.writestr("header.npy", buffer.getvalue())
    with pytest.raises(ModelError):
        load_model(path)


def test_the_import_is_light() -> None:
    code = (
        "import sys, dedup.clean; sys.exit(any(m in sys.modules for m in ('numpy', 'numba', 'sklearn', 'selectolax')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_cleaning_does_without_scikit_learn() -> None:
    code = (
        "import sys; sys.modules['sklearn'] = None\n"
        "from dedup.clean import Cleaner; print(len(Cleaner.load().clean('a line').blocks))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout.strip() == b"1"


def test_seed_lines_are_read_and_bad_ones_refused(tmp_path: Path) -> None:
    from dedup.clean.labelled import read_seeds

    (tmp_path / "fr.tsv").write_text('label\ttext\nshare\tPartager "ici"\n', encoding="utf-8")
    (seed,) = read_seeds(tmp_path)
    assert (LABELS[seed.code], seed.text, seed.lang) == ("share", 'Partager "ici"', "fr")
    (tmp_path / "fr.tsv").write_text("label\ttext\nshares\tx\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"fr\.tsv:2"):
        read_seeds(tmp_path)


@pytest.mark.skipif(not (SHARED / "seeds").exists(), reason="../shared/seeds is not here")
def test_the_first_documents_lose_furniture_and_no_body(cleaner: Cleaner) -> None:
    wanted: dict[str, dict[int, str]] = defaultdict(dict)
    with (SHARED / "seeds" / "labels.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            wanted[row["file"]][int(row["line"])] = row["label"]
    gone, lost = 0, []
    for name, lines in wanted.items():
        blocks = cleaner.clean((SHARED / "seeds" / name).read_text(encoding="utf-8")).blocks
        assert {block.line for block in blocks} == set(lines)
        for block in blocks:
            gone += lines[block.line] in FURNITURE_LABELS and block.label != "body"
            lost += [(name, block.line)] if lines[block.line] == "body" and block.label != "body" else []
    assert lost == []
    assert gone >= 33


def rows(name: str, count: int) -> list[dict[str, str]]:
    from dedup.clean.labelled import read_lines

    return [row for row in read_lines(SHARED / "data" / "pages" / f"{name}.jsonl.zst") if row["text"]][:count]


@pytest.mark.skipif(not (SHARED / "data" / "pages").exists(), reason="../shared/data/pages is not here")
@pytest.mark.parametrize("name", ["l3s_gn1", "daniel"])
def test_sets_not_trained_on_are_cleaned_no_worse_than_by_resiliparse(cleaner: Cleaner, name: str) -> None:
    peer = pytest.importorskip("resiliparse.extract.html2text")
    from dedup.clean.evaluate import page_f1

    pages = rows(name, 60)
    ours = [cleaned.text for cleaned in cleaner.clean_many([(None, row["html"]) for row in pages])]
    theirs = [peer.extract_plain_text(row["html"], main_content=True) for row in pages]
    gold = [(row["text"], row["lang"]) for row in pages]
    f1 = [page_f1([(g, p, lang) for (g, lang), p in zip(gold, texts, strict=True)]).f1 for texts in (ours, theirs)]
    assert f1[0] >= f1[1]


@pytest.mark.skipif(not (SHARED / "data" / "pages").exists(), reason="../shared/data/pages is not here")
def test_clean_text_stays_whole(cleaner: Cleaner) -> None:
    # Gold texts hold headlines, bylines and stray furniture as well; paragraphs are what must not be lost.
    cleaned = cleaner.clean_many([(row["text"], None) for row in rows("l3s_gn1", 200)])
    paragraphs = [block for part in cleaned for block in part.blocks if len(block.text) > 120]
    assert len(paragraphs) > 1000
    assert sum(block.label != "body" for block in paragraphs) <= 0.002 * len(paragraphs)


def test_blocks_of_a_page_without_a_tree_are_not_sentences_of_one_line() -> None:
    from dedup.clean.batch import gather
    from dedup.clean.blocks import page_blocks, text_blocks
    from dedup.clean.features import _pieces

    deep = page_blocks("<div>" * 600 + "one</div><p>two</p>")
    assert deep.elements is None
    assert len(set(_pieces(gather([deep, text_blocks("one\ntwo")], is_page=False)).tolist())) == 1
