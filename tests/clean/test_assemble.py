"""From labelled pieces to blocks and text."""

import pytest

from dedup.clean.assemble import assemble, labelled_blocks
from dedup.clean.blocks import text_blocks
from dedup.records import LABELS

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
