from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.clean.anchors import ANCHOR_NAMES, LEVELS, _way, anchors
from dedup.clean.blocks import page_blocks
from tests.clean import naive

COLUMN = {name: k for k, name in enumerate(ANCHOR_NAMES)}


@dataclass
class Tree:
    """One document: its elements by their parents, and a row for each block."""

    parent: list[int]
    element: list[int] = field(default_factory=list)
    likeness: list[float] = field(default_factory=list)
    h1: list[bool] = field(default_factory=list)
    heading: list[bool] = field(default_factory=list)
    chars: list[float] = field(default_factory=list)
    linked: list[float] = field(default_factory=list)

    @property
    def depth(self) -> list[int]:
        return [len(naive.path(e, self.parent)) - 1 for e in range(len(self.parent))]


def run(trees: list[Tree]) -> tuple[np.ndarray, np.ndarray]:
    """The trees in one batch."""
    doc = np.cumsum([0, *(len(tree.element) for tree in trees)])
    low = np.cumsum([0, *(len(tree.parent) for tree in trees)]).tolist()
    blocks = {
        name: [x for tree in trees for x in getattr(tree, name)]
        for name in ("likeness", "h1", "heading", "chars", "linked")
    }
    return anchors(
        np.array(blocks["likeness"], np.float32),
        np.array(blocks["h1"], np.bool_),
        np.array(blocks["heading"], np.bool_),
        np.array(blocks["chars"], np.float32),
        np.array(blocks["linked"], np.float32),
        doc.astype(np.int64),
        np.array([e + first for tree, first in zip(trees, low[:-1], strict=True) for e in tree.element], np.int64),
        np.array(
            [e + first if e >= 0 else -1 for tree, first in zip(trees, low[:-1], strict=True) for e in tree.parent],
            np.int64,
        ),
        np.array([e for tree in trees for e in tree.depth], np.int64),
    )


@st.composite
def forests(draw: st.DrawFn) -> list[Tree]:
    # One seed for many numbers: drawing each of them by itself is what would take the time.
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    trees = []
    for size in draw(st.lists(st.integers(1, 14), max_size=3)):
        reach = rng.integers(1, 8)  # 1: a chain; many: a bush
        tree = Tree([-1, *(int(rng.integers(max(0, i - reach), i)) for i in range(1, size))])
        for _ in range(rng.integers(0, 9)):
            tree.element.append(int(rng.integers(size)))
            tree.likeness.append(float(rng.choice([-2, 0, 0.5, 0.75, 1, 1.25, 2])))
            tree.h1.append(bool(rng.random() < 0.2))
            tree.heading.append(tree.h1[-1] or bool(rng.random() < 0.3))
            tree.chars.append(float(rng.integers(1, 900)))
            tree.linked.append(float(rng.integers(0, tree.chars[-1] + 1)))
        trees.append(tree)
    return trees


@settings(deadline=None)
@given(forests())
def test_anchors_are_those_of_the_naive_twin(trees: list[Tree]) -> None:
    got, above = run(trees)
    expected, heading_above, first = [], [], 0
    for tree in trees:
        title = naive.title_block(tree.likeness, tree.h1)
        headings = [i for i, is_heading in enumerate(tree.heading) if is_heading]
        for i in range(len(tree.element)):
            row = naive.place(i, title, headings, tree.element, tree.parent)
            expected.append(row + naive.boxes(i, LEVELS, tree.chars, tree.linked, tree.element, tree.parent))
            heading_above.append(max((first + h for h in headings if h < i), default=-1))
        first += len(tree.element)
    np.testing.assert_allclose(got, np.array(expected).reshape(got.shape), rtol=1e-5, atol=1e-6)
    assert above.tolist() == heading_above


@settings(deadline=None)
@given(forests())
def test_documents_do_not_see_one_another(trees: list[Tree]) -> None:
    alone = [run([tree])[0] for tree in trees]
    np.testing.assert_array_equal(run(trees)[0], np.concatenate([np.empty((0, len(ANCHOR_NAMES))), *alone]))


@settings(deadline=None)
@given(forests())
def test_the_way_there_is_the_way_back_and_depth_tells_its_sides_apart(trees: list[Tree]) -> None:
    for tree in trees:
        parent, depth = np.array(tree.parent, np.int64), np.array(tree.depth, np.int64)
        for a in range(parent.size):
            assert _way(a, 0, parent, depth) == (depth[a], 0)
            for b in range(parent.size):
                up, down = _way(a, b, parent, depth)
                assert (down, up) == _way(b, a, parent, depth)
                assert up - down == depth[a] - depth[b]
                assert (up == down == 0) == (a == b)


@settings(deadline=None)
@given(forests())
def test_boxes_grow_outwards(trees: list[Tree]) -> None:
    out, _ = run(trees)
    for level in range(1, LEVELS):
        steps = out[:, COLUMN[f"box_steps^{level}"]]
        for name in ("box_chars", "box_blocks"):
            larger = out[:, COLUMN[f"{name}^{level}"]] - out[:, COLUMN[f"{name}^{level - 1}"]]
            assert (larger >= 0).all()
            assert not larger[steps == 0].any()
    assert ((out[:, COLUMN["box_links^0"]] >= 0) & (out[:, COLUMN["box_links^0"]] <= 1)).all()


def test_a_box_that_holds_nothing_more_is_no_level_and_a_long_chain_of_them_ends() -> None:
    # A block at the bottom of 100 elements, each the only child of the one before, and one at the root.
    tree = Tree([*range(-1, 100)], [100, 0], [0, 0], [False] * 2, [False] * 2, [50, 30], [0, 30])
    out, _ = run([tree])
    steps = [out[0, COLUMN[f"box_steps^{level}"]] for level in range(LEVELS)]
    assert steps == [0, 64, 36, 0]
    chars = [out[0, COLUMN[f"box_chars^{level}"]] for level in range(LEVELS)]
    np.testing.assert_allclose(np.expm1(chars), [50, 50, 80, 80], rtol=1e-5)


def test_without_title_or_heading_nothing_is_said() -> None:
    out, above = run([Tree([-1], [0, 0], [-2, -2], [False] * 2, [False] * 2, [9, 9], [0, 0])])
    assert np.isnan(out[:, :6]).all()
    assert not np.isnan(out[:, 6:]).any()
    assert above.tolist() == [-1, -1]
    assert run([])[0].shape == (0, len(ANCHOR_NAMES))


def test_the_title_is_the_likest_block_a_main_heading_before_others_and_else_the_first_main_heading() -> None:
    def title(likeness: list[float], h1: list[bool]) -> int:
        n = len(likeness)
        out, _ = run([Tree([-1], [0] * n, likeness, h1, h1, [9.0] * n, [0.0] * n)])
        return int(np.flatnonzero(out[:, COLUMN["from_title"]] == 0)[0])

    assert title([1.5, 1.9, 0], [False, False, True]) == 1
    assert title([1.5, 1.9, 1.5], [False, False, True]) == 2
    assert title([1.9, 1.9], [False, False]) == 0
    assert title([1, 0, 0.5], [False, True, True]) == 1
    assert title([0, 0, 0.75], [False, True, True]) == 2


def test_the_article_is_nearer_to_the_title_than_the_teasers_are() -> None:
    page = page_blocks(
        "<body><nav><ul><li>Home</ul></nav><main><article><h1>The bridge is closed</h1><div><p>It was closed."
        "<p>Nobody knows why.</div></article></main><aside><section><h2>Most read</h2><ul><li><a>The mill</a></ul>"
    )
    assert page.elements is not None
    n = len(page)
    h1 = [page.texts[i] == "The bridge is closed" for i in range(n)]
    heading = [h1[i] or page.texts[i] == "Most read" for i in range(n)]
    chars = [float(len(text)) for text in page.texts]
    tree = Tree(page.elements.parent, page.element, [0.0] * n, h1, heading, chars, [0.0] * n)
    assert tree.depth == page.elements.depth
    out, above = run([tree])
    row = {text: out[i] for i, text in enumerate(page.texts)}
    assert row["It was closed."][COLUMN["title_up"]] == 1
    assert row["The mill"][COLUMN["title_up"]] == 3
    assert row["Home"][COLUMN["from_title"]] < 0 < row["It was closed."][COLUMN["from_title"]]
    assert above.tolist() == [-1, -1, 1, 1, 1, 4]
    assert row["The mill"][COLUMN["heading_up"]] == 1
