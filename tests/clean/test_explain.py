"""Why a block went or stayed: the parts add up to the opinion, and the words that are named are the telling ones."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dedup.clean.blocks import Blocks, page_blocks, text_blocks
from dedup.clean.concepts import ROWS, read_vocabulary
from dedup.clean.evidence import Readers
from dedup.clean.explain import _handed_on, contributions, explain, reason_of, second_names, telling_words
from dedup.clean.model import Model, load_model
from dedup.clean.ngrams import bags, join_lines
from dedup.clean.shape import SHAPE_NAMES
from dedup.clean.trees import evaluate_trees, export_trees
from dedup.records import LABELS
from tests.clean.test_clean_kernels import fitted_trees
from tests.clean.test_clean_model import ARTICLE
from tests.cli.conftest import STORY

CONSENT = "We use cookies and similar trackers. Accept all cookies"
SHARE = "Share this article on Facebook and Twitter"
TEXT = f"{SHARE}\n{STORY}\n{CONSENT}"


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model()


@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_what_the_columns_add_makes_the_opinion(missing: float) -> None:
    fitted, x = fitted_trees(3, missing)
    trees = export_trees(fitted)
    parts = contributions(trees, x)
    assert parts.shape == x.shape
    odds = parts.sum(axis=1, dtype=np.float64) + trees["baseline"][0]
    np.testing.assert_allclose(1 / (1 + np.exp(-odds)), evaluate_trees(trees, x), atol=1e-5)
    # Only the first two columns have to do with the target.
    sizes = np.abs(parts).mean(axis=0)
    assert sizes[:2].min() > 2 * sizes[2:].max()


ODDS = st.floats(-8, 8, width=32)


@settings(deadline=None)
@given(hnp.arrays(np.float32, (3, 4), elements=ODDS), hnp.arrays(np.float32, (3, 6), elements=ODDS))
def test_the_first_opinion_is_handed_on_whole_and_never_blown_up(early: np.ndarray, parts: np.ndarray) -> None:
    handed = _handed_on(early, parts)
    np.testing.assert_allclose(handed.sum(axis=1), parts.sum(axis=1), atol=1e-3)
    assert (np.abs(handed[:, :4] - parts[:, :4]).sum(axis=1) <= np.abs(parts[:, 4]) * 1.001 + 1e-3).all()
    np.testing.assert_array_equal(handed[:, 5:], parts[:, 5:])


def test_the_first_opinion_goes_where_it_came_from() -> None:
    early, parts = np.array([[3, 1, -3.999]], np.float32), np.array([[0, 0, 0, 2, 0.5]], np.float32)
    np.testing.assert_allclose(_handed_on(early, parts), [[1.5, 0.5, 0, 0, 0.5]], rtol=1e-5)
    np.testing.assert_allclose(_handed_on(early, -parts), [[0, 0, -2, 0, -0.5]], rtol=1e-5)


OF_TEXT = {
    "text_share": "its words",
    "concept_body": "its words",
    "least_0": "its words",
    "in_title": "likeness to the title",
    "seen_before": "repetition",
    "digits-3": "the blocks around it",
    "p+1": "the blocks around it",
    "gap_place": "the blocks around it",
    "from_end": "its place",
    "pieces": "its place",
    "first opinion": "first opinion",
}
OF_PAGES = {
    "heading_text_body": "the heading above",
    "from_heading": "the heading above",
    "in_story": "what the page states of its article",
    "names_near": "the names of its elements",
    "names_near+1": "the blocks around it",
    "siblings": "the blocks around it",
    "link_share": "links",
    "box_links^0": "links",
    "box_chars^0": "its place in the article's element",
    "parent_share": "its place in the article's element",
    "title_up": "its place",
    "in_nav": "its element",
    "tag": "its element",
}


@pytest.mark.parametrize("is_page", [False, True])
def test_every_column_has_a_reason_of_its_own(is_page: bool) -> None:
    reasons = {name: reason_of(name) for name in second_names(is_page)}
    # What no pattern knows would be called form.
    assert [name for name, reason in reasons.items() if reason == "its form"] == list(SHAPE_NAMES)
    expected = OF_TEXT | (OF_PAGES if is_page else {})
    assert {name: reason for name, reason in reasons.items() if name in expected} == expected


def probabilities(model: Model, document: Blocks) -> tuple[list[int], list[float]]:
    found = model.predict([document], is_page=document.elements is not None)
    body = np.where(found.labels == 0, found.scores, 1 - found.scores)
    return found.labels.tolist(), body.tolist()


@pytest.mark.parametrize(("kind", "document"), [("page", page_blocks(ARTICLE)), ("text", text_blocks(TEXT))])
def test_the_reasons_of_a_block_add_up_to_its_score(model: Model, kind: str, document: Blocks) -> None:
    labels, body = probabilities(model, document)
    # Of an opinion that the first pass settled the reasons are the first pass's, which has another baseline.
    baselines = [float(model.trees[f"{kind}{number}"]["baseline"][0]) for number in (1, 2)]
    for reasons, p in zip(explain(model, document, labels, count=99), body, strict=True):
        sizes = [abs(reason.towards_body) for reason in reasons]
        assert sizes == sorted(sizes, reverse=True)
        left_out = 0.05 * (14 - len(reasons))
        total = sum(reason.towards_body for reason in reasons)
        assert min(abs(total + baseline - math.log(p / (1 - p))) for baseline in baselines) <= left_out + 0.01


def test_of_an_obvious_line_the_words_are_the_strongest_reason(model: Model) -> None:
    document = text_blocks(TEXT)
    labels, _ = probabilities(model, document)
    assert [LABELS[label] for label in labels] == ["share", *["body"] * 4, "consent"]
    reasons = explain(model, document, labels)
    assert {len(part) for part in reasons} == {3}
    for line, known in ((0, {"Share", "Facebook", "Twitter"}), (-1, {"cookies", "trackers", "Accept"})):
        strongest = reasons[line][0]
        assert strongest.what.startswith("its words (")
        assert known & set(strongest.what[len("its words (") : -1].split(", "))
        assert strongest.towards_body < -1


def reader(tmp_path: Path, word: str, meaning: str) -> Readers:
    """Readers to whom one word says `share`, and one concept."""
    text, concepts = np.zeros((1 << 12, len(LABELS)), np.float32), np.zeros((ROWS, len(LABELS)), np.float32)
    _, rows = bags(*join_lines([word]), 12)
    text[rows, LABELS.index("share")] = 1
    concepts[1, LABELS.index("share")] = 1
    (tmp_path / "xx.tsv").write_text(f"concept\twords\nshare\t{meaning}\n", encoding="utf-8")
    bias = np.zeros(len(LABELS), np.float32)
    return Readers((text, bias), (concepts, bias), (text, bias), read_vocabulary(tmp_path))


def test_words_that_tell_are_named_by_form_and_by_meaning(tmp_path: Path) -> None:
    readers = reader(tmp_path, "partager", "oszd*")
    label = LABELS.index("share")
    assert telling_words(readers, "nobody can Partager: anything here", label) == ["Partager"]
    assert telling_words(readers, "ezt a cikket «Oszd!» meg", label) == ["Oszd"]
    assert telling_words(readers, "nobody knows anything here", label) == []
    assert telling_words(readers, "oszd oszd oszd", label) == ["oszd"]


def test_marks_alone_are_no_words_and_sentences_without_spaces_are_cut(tmp_path: Path) -> None:
    readers = reader(tmp_path, "“", "分享")
    label = LABELS.index("share")
    assert "" not in telling_words(readers, "... «» : () “ x", label)
    [word] = telling_words(readers, "分享" * 40, label)
    assert word == "分享" * 11 + "分…"


@pytest.mark.parametrize("document", [Blocks(texts=["x"], lines=[1]), page_blocks("<p>x"), text_blocks("“ …\n\n—")])
def test_little_is_explained_too(model: Model, document: Blocks) -> None:
    labels, _ = probabilities(model, document)
    assert len(explain(model, document, labels)) == len(document)
