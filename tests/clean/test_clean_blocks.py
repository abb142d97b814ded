from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.clean.blocks import TAG_CODES, page_blocks, text_blocks
from dedup.clean.guard import _FLAT_KEYS, _RAW_KEYS, MAX_DEPTH, _scan, is_parsable, strip_tags
from tests.clean import naive


def texts(page: str) -> list[str]:
    return page_blocks(page).texts


def test_inline_markup_is_joined_and_space_folded() -> None:
    assert texts("<p>One <b>bold</b>\n and <a href=x>linked</a>word.</p>") == ["One bold and linkedword."]


def test_block_level_elements_are_boundaries() -> None:
    assert texts("<div>a<p>b</p>c</div><ul><li>d<li>e</ul><table><tr><td>f<td>g</table>") == list("abcdefg")


def test_two_breaks_are_a_boundary_one_is_a_space() -> None:
    assert texts("<div>a<br>b<br> <br>c</div>") == ["a b", "c"]


def test_what_is_never_shown_is_no_block() -> None:
    page = "<head><title>t</title></head><script>s</script><style>s</style><noscript>n</noscript><!-- c --><p>x"
    assert texts(page) == ["x"]


def test_title_is_that_of_the_head_og_title_first() -> None:
    assert page_blocks("<head><title> A  b </title></head><p>x").facts.title == "A b"
    assert page_blocks("<head><title>A</title><meta property=og:title content='B c'></head><p>x").facts.title == "B c"


def test_a_block_knows_its_links_bold_and_tag() -> None:
    blocks = page_blocks("<ul><li><a href=x>all linked</a><li>one <b>two</b></ul><h2>x</h2>")
    assert blocks.linked == [10, 0, 0]
    assert blocks.links == [1, 0, 0]
    assert blocks.bold == [0, 3, 0]
    assert blocks.tag == [TAG_CODES["li"], TAG_CODES["li"], TAG_CODES["h2"]]


def test_a_link_around_blocks_counts_in_each() -> None:
    blocks = page_blocks("<a href=x><h3>one</h3><p>two</p></a><p>three</p>")
    assert blocks.links == [1, 1, 0]
    assert blocks.linked == [3, 3, 0]


def test_a_block_stands_in_the_deepest_element_that_holds_it() -> None:
    blocks = page_blocks("<div class=a><p class=b><span class=c>one</span></p><p><i>two</i> three</p></div>")
    elements = blocks.elements
    assert elements is not None
    assert [elements.names[row] for row in blocks.element] == ["<span> c", "<p>"]
    assert all(parent < row for row, parent in enumerate(elements.parent))


def test_hidden_elements_stay_and_say_so() -> None:
    blocks = page_blocks("<div style='display: none'>x</div>")
    assert blocks.elements is not None
    assert blocks.elements.names[blocks.element[0]] == "<div> <hidden>"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_at_every_kind_of_line_end(end: str) -> None:
    blocks = text_blocks(end.join(["a", "", " b\x0b\x85\u2028c ", ""]))
    assert blocks.texts == ["a", "b\x0b\x85\u2028c"]
    assert blocks.lines == [1, 3]


@given(st.text(alphabet=st.sampled_from("ab \n\r\t\x0b\x85\u2028é中")))
def test_every_non_empty_line_is_a_block(text: str) -> None:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    expected = [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip()]
    blocks = text_blocks(text)
    assert list(zip(blocks.lines, blocks.texts, strict=True)) == expected


PIECES = """<div> </div> <p> <b> </b> <a_href='x'> </a> <br> <table> <td> x_y <!-- --> <script> </script> &amp; < >
<li _class=q> é中 <h1> <svg> ' =" """
TAGS = st.sampled_from([piece.replace("_", " ") for piece in PIECES.split()] + ["\0", "\ud800"])


@settings(max_examples=300, deadline=None)
@given(st.lists(TAGS, max_size=60).map("".join))
def test_any_page_gives_rows_that_fit_together(page: str) -> None:
    blocks = page_blocks(page)
    n = len(blocks)
    assert all(text == " ".join(text.split()) and text for text in blocks.texts)
    if blocks.elements is not None:
        assert len(blocks.element) == len(blocks.tag) == len(blocks.links) == len(blocks.linked) == n
        assert all(0 <= row < len(blocks.elements.parent) for row in blocks.element)
        assert all(0 <= linked <= len(text) for linked, text in zip(blocks.linked, blocks.texts, strict=True))


@settings(deadline=None)
@given(st.lists(st.sampled_from(["<div>", "</div>", "<b>", "</b>", "x", " "]), max_size=80).map("".join))
def test_depth_is_that_of_the_naive_twin(page: str) -> None:
    raw = np.frombuffer(page.encode(), np.uint8)
    assert _scan(raw, _FLAT_KEYS, _RAW_KEYS, np.empty(0, np.uint8))[0] == naive.depth(page)


def test_the_guard_does_not_look_into_scripts_comments_or_attributes() -> None:
    deep = "<div>" * (MAX_DEPTH + 1)
    assert not is_parsable(deep.encode())
    for page in (f"<script>{deep}</span></script>", f"<!-- {deep} -->", f'<p title="{deep}">x'):
        assert is_parsable(page.encode())
    assert is_parsable(b"<p>x" * 5000)


def test_a_page_that_is_too_deep_is_read_without_a_tree() -> None:
    page = "<div>" * 1000 + "one &amp; <b>two</b><script>no</script><!-- no -->" + "</div>three"
    blocks = page_blocks(page)
    assert blocks.elements is None
    assert blocks.texts == ["one &", "two", "three"]
    assert blocks.lines == [0, 0, 0]


@given(st.lists(TAGS, max_size=60).map("".join))
def test_stripping_tags_never_fails(page: str) -> None:
    assert isinstance(strip_tags(page.encode("utf-8", "replace")), str)


HOSTILE = {
    "nested div": "<div>" * 100_000,
    "nested bold": "<b>" * 100_000,
    "nested bold and paragraphs": "<b><p>" * 100_000,
    "nested tables": "<table>" * 100_000,
    "unclosed links": "<a>x" * 100_000,
    "unclosed paragraphs": "<p>x" * 100_000,
    "options": "<select>" + "<option>x" * 100_000,
    "only less-than": "<" * 2_000_000,
    "unclosed comments": "<!--" * 1_000_000,
    "unclosed scripts": "<script>" * 200_000,
    "one endless tag": "<div a=" + "a" * 20_000_000,
    "a million attributes": "<div " + " ".join(f"a{i}=1" for i in range(1_000_000)) + ">x",
    "attributes without space": "<div " + "".join(f'a{i}="1"' for i in range(200_000)) + ">x",
    "attributes with slashes": "<div " + "/".join(f"a{i}" for i in range(200_000)) + ">x",
    "end tags alone": "</div>" * 1_000_000,
    "null bytes": "\0" * 2_000_000,
    "one endless line": "x" * 20_000_000,
    "breaks": "<br>" * 500_000,
    "depth at the bound": "<div>" * (MAX_DEPTH - 10) + "<p>x</p>" * 100_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pages_end_soon(name: str) -> None:
    page_blocks("<p>warm")
    start = time.perf_counter()
    page_blocks(HOSTILE[name])
    # Linear work takes under a second here; what is quadratic takes ten or far more.
    assert time.perf_counter() - start < 9
