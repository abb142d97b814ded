from __future__ import annotations

from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.clean import blocks as cutting
from dedup.clean.assemble import assemble, labelled_blocks
from dedup.clean.blocks import Blocks, page_blocks, text_blocks
from dedup.clean.structured import Facts
from dedup.records import LABELS, Block
from tests.clean import naive

PIECES = [
    "The mill closed. ",
    "Nobody knew why! ",
    "Share ",
    "他来了。",
    "   •  ",
    "\n",
    "\r\n",
    "\r",
    "\u2028",
    "\t",
    "x",
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)
ANY = st.text(max_size=60)


def cut(text: str, bound: int) -> Blocks:
    """Blocks of a text whose lines are cut where they are longer than `bound`."""
    with patch.object(cutting, "LONG_LINE", bound):
        return text_blocks(text)


@settings(deadline=None)
@given(TEXTS | ANY, st.integers(0, 40))
def test_every_sign_of_a_text_lies_in_one_block_that_knows_where(text: str, bound: int) -> None:
    blocks = cut(text, bound)
    assert all(text[a:b] == piece for a, b, piece in zip(blocks.starts, blocks.ends, blocks.texts, strict=True))
    assert all(piece and piece == piece.strip() for piece in blocks.texts)
    inside = [at for a, b in zip(blocks.starts, blocks.ends, strict=True) for at in range(a, b)]
    assert inside == sorted(set(inside))
    assert {at for at, sign in enumerate(text) if not sign.isspace()} <= set(inside)


@settings(deadline=None)
@given(TEXTS | ANY, st.integers(0, 40))
def test_a_block_stands_on_the_line_it_names(text: str, bound: int) -> None:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    blocks = cut(text, bound)
    assert blocks.source == text
    for number, piece in zip(blocks.lines, blocks.texts, strict=True):
        assert piece in lines[number - 1]
    for number, line in enumerate(lines, 1):
        here = [piece for at, piece in zip(blocks.lines, blocks.texts, strict=True) if at == number]
        if len(line) <= bound:
            assert here == [line.strip()] * bool(line.strip())


def test_lines_are_cut_into_sentences_from_a_length_on() -> None:
    sentence = "The council met on Monday to vote. "
    short = (sentence * 40)[: cutting.LONG_LINE]
    assert text_blocks(short).texts == [short.strip()]
    whole = text_blocks(f"Menu\n {sentence * 40}\nEnd")
    assert whole.texts == ["Menu", *[sentence.strip()] * 40, "End"]
    assert whole.lines == [1, *[2] * 40, 3]
    assert whole.starts == [0, *(6 + i * len(sentence) for i in range(40)), 7 + 40 * len(sentence)]


@settings(deadline=None)
@given(TEXTS | ANY, st.integers(0, 40), st.data())
def test_joined_blocks_are_those_of_the_naive_twin(text: str, bound: int, data: st.DataObject) -> None:
    document = cut(text, bound)
    n = len(document)
    labels = data.draw(st.lists(st.integers(0, 2), min_size=n, max_size=n))
    scores = data.draw(st.lists(st.floats(0, 1), min_size=n, max_size=n))
    got = labelled_blocks(document, labels, scores)
    rows = list(zip(document.starts, document.ends, document.lines, labels, scores, strict=True))
    expected = naive.joined(text, rows)
    assert [(b.text, b.line, b.label) for b in got] == [(t, line, LABELS[label]) for t, line, label, _ in expected]
    assert [b.score for b in got] == pytest.approx([row[3] for row in expected])
    assert all(text[b.start : b.end] == b.text for b in got)
    assert [b.start for b in got] == sorted(b.start for b in got)
    assert document.texts == [text[a:b] for a, b, *_ in rows]  # what went in is as it was


def test_sentences_of_one_label_are_one_block_with_their_mean_score_by_length() -> None:
    text = "Aaaa aaaa.    Bb.  Share. Cccc."
    document = Blocks(["Aaaa aaaa.", "Bb.", "Share.", "Cccc."], [1] * 4, text, [0, 14, 19, 26], [10, 17, 25, 31])
    body, share = LABELS.index("body"), LABELS.index("share")
    first, second, third = labelled_blocks(document, [body, body, share, body], [0.5, 1.0, 0.7, 0.9])
    assert (first.text, first.start, first.end) == ("Aaaa aaaa.    Bb.", 0, 17)
    assert first.score == pytest.approx((10 * 0.5 + 3 * 1.0) / 13)
    assert second == Block("Share.", "share", 0.7, 1, 19, 25)
    assert third == Block("Cccc.", "body", 0.9, 1, 26, 31)


def test_lines_and_blocks_of_pages_are_never_joined() -> None:
    assert len(labelled_blocks(text_blocks("a\nb\nb"), [0, 0, 0], [1.0] * 3)) == 3
    page = page_blocks("<p>a<p>b<p>b")
    assert labelled_blocks(page, [0, 0, 1], [0.5, 0.6, 0.7]) == [
        Block("a", "body", 0.5),
        Block("b", "body", 0.6),
        Block("b", "headline", 0.7),
    ]
    assert labelled_blocks(text_blocks(" \n"), [], []) == labelled_blocks(page_blocks(""), [], []) == []


@pytest.mark.parametrize("document", [text_blocks("a\nb"), page_blocks("<p>a<p>b")])
def test_labels_that_do_not_fit_are_refused(document: Blocks) -> None:
    with pytest.raises(ValueError, match="shorter"):
        labelled_blocks(document, [0], [1.0])


ROWS = [Block("Home", "navigation"), Block("The bridge", "headline"), Block("By Ann Example", "byline"),
        Block("It was closed."), Block("Photo: a bridge", "caption"), Block("The mill", "headline"),
        Block("Nobody knew.")]  # fmt: skip


def test_the_text_is_the_body_and_what_else_is_kept_in_order() -> None:
    document = Blocks()
    assert assemble(document, ROWS).text == "It was closed.\nNobody knew."
    assert assemble(document, ROWS, ("caption",)).text == "It was closed.\nPhoto: a bridge\nNobody knew."
    assert assemble(document, ROWS, LABELS).text == "\n".join(block.text for block in ROWS)
    assert assemble(document, ROWS).blocks is ROWS
    assert assemble(document, []).text == ""


def test_title_authors_and_date_come_from_blocks_or_from_what_the_page_says() -> None:
    says = Blocks(facts=Facts(title="T", byline="B", published="2024"))
    both, blocks, page, none = (assemble(document, rows) for document in (says, Blocks()) for rows in (ROWS, ROWS[3:5]))
    assert (both.title, both.byline, both.published) == ("The bridge", "B", "2024")
    assert (blocks.title, blocks.byline, blocks.published) == ("T", "B", "2024")
    assert (page.title, page.byline, page.published) == ("The bridge", "By Ann Example", None)
    assert (none.title, none.byline, none.published) == (None, None, None)


SENTENCES = [
    "The ferry to the islands stays in port until the weekend, the harbour office said.",
    "Read also: Ferry strike enters its third week.",
    "Its crew of nine was paid for the first time since March, two of them told the paper.",
    "Share this article with your friends!",
    "A second ship is expected from Bergen on Monday, weather permitting.",
    "Sign up for our letter.",
]
TEXT = "A line of its own.\r\n\n \t" + "  ".join(SENTENCES * 3) + " \r Last line \U0001f6a2 "
BODY, RELATED, SHARE = (LABELS.index(label) for label in ("body", "related", "share"))


def labelled(choose):
    document = text_blocks(TEXT)
    assert len(document) == len(SENTENCES) * 3 + 2
    codes = [choose(k) for k in range(len(document))]
    return document, labelled_blocks(document, codes, [0.5 + k / 100 for k in range(len(document))])


@pytest.mark.parametrize(
    "choose",
    [
        lambda k: BODY,
        lambda k: (BODY, RELATED)[k % 2],
        lambda k: (BODY, BODY, SHARE, RELATED)[k % 4],
    ],
)
def test_blocks_of_one_line_are_where_they_say_and_leave_nothing_out(choose):
    _, blocks = labelled(choose)
    assert all(TEXT[block.start : block.end] == block.text == block.text.strip() for block in blocks)
    covered = [at for block in blocks for at in range(block.start, block.end)]
    assert covered == sorted(set(covered))
    assert {at for at, char in enumerate(TEXT) if not char.isspace()} <= set(covered)
    assert {block.line for block in blocks} == {1, 3, 4}


def test_sentences_with_one_label_are_one_block_that_is_as_likely_as_they_are_on_average():
    document, blocks = labelled(lambda k: SHARE if 1 < k <= 4 else BODY)
    assert [block.label for block in blocks] == ["body", "body", "share", "body", "body"]
    own = document.starts[2], document.ends[4]
    assert (blocks[2].start, blocks[2].end) == own
    assert 0.52 < blocks[2].score < 0.54


def test_kept_labels_stand_at_their_place_in_the_text():
    document, blocks = labelled(lambda k: (BODY, RELATED, SHARE)[k % 3])
    kept = assemble(document, blocks, ["related"]).text.split("\n")
    assert kept == [block.text for block in blocks if block.label in ("body", "related")]
    assert assemble(document, blocks).text.split("\n") == [block.text for block in blocks if block.label == "body"]
