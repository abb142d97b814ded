"""What was stripped from a text, at its place."""

from hypothesis import given
from hypothesis import strategies as st

from dedup.engine.readings import FURNITURE_SHOWN, furniture
from dedup.records import REPEATED, Furniture

BLOCKS = [
    ("navigation", "Home | Sport"),
    ("body", "The bridge was closed."),
    ("share", "Share this"),
    ("body", "It will open again."),
    ("body", "Sign up for more."),
    ("comments", "Leave a comment"),
]


def test_each_block_that_went_has_its_place():
    text = "The bridge was closed.\nIt will open again.\nSign up for more."
    assert list(furniture(BLOCKS, text, {"body"})) == [
        Furniture(0, "navigation", "Home | Sport"),
        Furniture(23, "share", "Share this"),
        Furniture(len(text), "comments", "Leave a comment"),
    ]


def test_what_the_site_repeats_is_furniture_of_that_name():
    text = "The bridge was closed.\nIt will open again."
    found = list(furniture(BLOCKS, text, {"body"}))
    assert found[-2] == Furniture(len(text), REPEATED, "Sign up for more.")


def test_a_long_block_is_cut():
    [found] = furniture([("navigation", "x" * 5000)], "", {"body"})
    assert len(found.text) == FURNITURE_SHOWN


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["body", "share", "related"]), st.text("ab \n", min_size=1).map(str.strip).filter(bool)
        )
    ),
    st.sampled_from(["\n", " "]),
)
def test_text_and_furniture_make_up_the_page(blocks, between):
    """Sentences of one line are set apart by a space, blocks by a line break."""
    text = between.join(block for label, block in blocks if label == "body")
    found = list(furniture(blocks, text, {"body"}))
    assert [one.text for one in found] == [block for label, block in blocks if label != "body"]
    seen, before = [], []
    for label, block in blocks:
        if label == "body":
            seen.append(block)
        else:
            before.append(between.join(seen))
    assert [text[: one.at].rstrip() for one in found] == before
