"""The summary as Markdown, read by a parser of it."""

import os
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from dedup.records import Grounds
from dedup.report.markdown import code, render_markdown, shown
from tests.report.sample import HOSTILE
from tests.report.scanned import empty, hostile, scan

GOLDEN = Path(__file__).parent / "golden"
PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
LINKS = (
    "[x](https://evil.example)",
    "![x](https://evil.example/pixel.png)",
    "<https://evil.example>",
    "https://evil.example/a?b",
    "www.evil.example",
    "mail someone@evil.example",
    "@everybody see #1 and GH-2",
    "[x][1]\n\n[1]: https://evil.example",
    "`` code ` with [x](y) ``",
    "a | b | <img src=x> \\| c",
    "@ \\| <img src=x> ` | `",
    "<b>bold</b> **bold** __bold__ ~~gone~~ &lt;b&gt; &amp; $x$",
    "# no heading",
    "- no list",
    "evil.example",
    "\\",
    "`",
    "{{ 7 * 7 }}",
)


def written(data):
    return b"".join(render_markdown(data)).decode()


def tokens(text):
    for token in PARSER.parse(text):
        yield token
        yield from token.children or ()


def cells(text):
    """The texts of the cells of all tables, as a reader sees them."""
    seen = []
    for token in PARSER.parse(text):
        if token.type == "inline":
            seen.append("".join(child.content for child in token.children))
    return seen


@pytest.mark.parametrize(("name", "data"), [("scan", scan()), ("empty", empty())])
def test_the_summary_is_as_agreed(name, data):
    """To agree on a new one: UPDATE_GOLDEN=1 pytest tests/report, and read the difference."""
    file, text = GOLDEN / f"summary_{name}.md", written(data)
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(text, "utf-8")
    assert text == file.read_text("utf-8")


def test_ten_of_many_clusters_are_listed_the_largest_first():
    data = scan()
    [own, _] = data.clusters
    data.clusters = [type(own)(f"c{size}", size, f"head {size}", [], "AFP", sites=["a", "b"]) for size in range(2, 30)]
    data.clusters[-1].agency_grounds = Grounds("low", [])
    text = written(data)
    assert "Clusters: the 10 largest of 28" in text
    assert re.findall(r"^\| (\d+) \| head", text, re.M) == [str(size) for size in range(29, 19, -1)]
    assert "AFP (low)" in text


def assert_text_only(text):
    kinds = {token.type for token in tokens(text)}
    allowed = {"inline", "text", "text_special", "code_inline", "heading_open", "heading_close", "paragraph_open",
               "paragraph_close"}  # fmt: skip
    assert {kind for kind in kinds if not re.match("table|thead|tbody|tr|th|td", kind)} <= allowed


@pytest.mark.parametrize("bad", [*LINKS, *HOSTILE])
def test_a_hostile_name_is_text_in_its_cell(bad):
    text = written(hostile([bad]))
    assert_text_only(text)
    for line in text.splitlines():
        assert not line.startswith("|") or line.startswith("| ")
    sizes = [
        sum(token.type in ("th_open", "td_open") for token in PARSER.parse(table)) / (table.count("\n") - 1)
        for table in re.findall(r"(?:^\|.*\n)+", text, re.M)
    ]
    assert sizes == [2, 3, 7, 7]


@pytest.mark.parametrize("bad", LINKS)
def test_what_github_links_by_itself_is_code(bad):
    """It links these also behind a backslash."""
    if re.search(r"[@#]|://|www\.|GH-", bad):
        assert re.fullmatch(r"(`+).*\1", shown(bad))


@settings(max_examples=200)
@given(st.one_of(st.text(), st.text("|`\\@#<>[]()!*_~&$:/ a.w\n")))
def test_any_text_is_seen_as_it_is(name):
    table = f"| a |\n| --- |\n| {shown(name)} |\n| {code(name)} |\n"
    assert_text_only(table)
    for found in cells(table)[1:]:
        wanted = " ".join(name.split())
        if name.isprintable() and len(wanted) <= 150:
            assert found.replace("¦", "|").strip() == wanted.replace("¦", "|").strip()


def test_controls_do_not_show():
    assert shown("a\x1b[2Jb\u202ec\x00d") == "a\ufffd\\[2Jb\ufffdc\ufffdd"
    assert shown("می\u200cخواهم") == "می\u200cخواهم"


def test_a_long_title_is_cut():
    assert shown("word " * 100).endswith("…")
    assert len(shown("word " * 100)) <= 151
