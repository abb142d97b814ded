from __future__ import annotations

import json
import time
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.clean.blocks import page_blocks
from dedup.clean.structured import MAX_FIELD, MAX_NODES, MAX_SCRIPTS, MAX_SOURCES, Facts, Gatherer


def said(*scripts: str, title: str = "", **meta: str) -> Facts:
    """Facts of a page with these JSON-LD scripts and meta elements (``__`` for a colon)."""
    gatherer = Gatherer()
    gatherer.title = title
    for script in scripts:
        gatherer.script(SimpleNamespace(attributes={"type": "application/ld+json"}, text=lambda s=script: s))
    for name, content in meta.items():
        gatherer.meta({"name": name.replace("__", ":"), "content": content})
    return replace(gatherer.facts(), sources=[])


def sources(*scripts: str, **meta: str) -> list[str]:
    """Names that a page with these JSON-LD scripts and meta elements gives of those who made it."""
    gatherer = Gatherer()
    for script in scripts:
        gatherer.script(SimpleNamespace(attributes={"type": "application/ld+json"}, text=lambda s=script: s))
    for name, content in meta.items():
        gatherer.meta({"name": name.replace("__", ":"), "content": content})
    return gatherer.facts().sources


def ld(**fields: Any) -> str:
    return json.dumps(fields)


ARTICLE = {
    "@type": "NewsArticle",
    "headline": "The bridge",
    "author": {"@type": "Person", "name": "Ann Example"},
    "datePublished": "2024-05-01T10:00:00Z",
    "articleBody": "It was closed.",
}
READ = Facts("The bridge", "Ann Example", "2024-05-01T10:00:00Z", "It was closed.")


@pytest.mark.parametrize(
    "data",
    [
        ARTICLE,
        [ARTICLE],
        [{"@type": "WebSite", "name": "The Post"}, ARTICLE],
        {"@graph": [{"@type": "BreadcrumbList", "itemListElement": [1, "x", None]}, ARTICLE]},
        {"@type": "WebPage", "mainEntity": {"@type": "ItemPage", "about": [[ARTICLE]]}},
        [ARTICLE, {**ARTICLE, "headline": "Another", "articleBody": "Short."}],
        {"@graph": [ARTICLE, {"headline": "Another", "author": "Else"}]},
        {"mainEntity": ARTICLE, "related": {"headline": "Another", "author": "Else"}},
    ],
)
def test_the_article_is_found_wherever_it_stands(data: Any) -> None:
    assert said(json.dumps(data)) == READ
    assert said(ld(name="x"), "", "[", json.dumps(data, indent=1)) == READ


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        ("Ann  Example\n", "Ann Example"),
        ({"name": "Ann Example"}, "Ann Example"),
        ([{"name": "Ann Example"}, "Bob Example"], "Ann Example, Bob Example"),
        ({"name": ["Ann Example", "Bob Example"]}, "Ann Example, Bob Example"),
        (["Ann", "Bob", "Ann"], "Ann, Bob"),
        ("O&#039;Example &amp; Sons", "O'Example & Sons"),
        ({"@id": "https://example.org/#ann"}, ""),
        ("https://example.org/ann", ""),
        (["https://example.org/ann", {"name": "Ann"}], "Ann"),
        ([], ""),
        ([None, 3, True, [["x"]], {"name": {"name": "x"}}, {"name": 7}], ""),
        ("x" * (MAX_FIELD + 1), ""),
        ([str(i) for i in range(1000)], ", ".join(str(i) for i in range(20))),
    ],
)
def test_authors_come_in_many_forms(author: Any, expected: str) -> None:
    assert said(ld(headline="x", author=author)).byline == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<p>One <b class='x'>two</b></p><!-- more -->", "One two"),
        ("&lt;p&gt;One&nbsp;two&lt;/p&gt;", "One two"),
        ("Ann&#8217;s &quot;one&quot;", 'Ann’s "one"'),
        ("2 < 3 and 5 > 4", "2 < 3 and 5 > 4"),
        ("caf\u00e9 \U0001f600 \\u0041 \"so\"\ttoo", "café 😀 \\u0041 \"so\" too"),
        (f"one &#{'9' * 5000}; two", f"one &#{'9' * 5000}; two"),
    ],
)  # fmt: skip
def test_the_story_is_text_whatever_markup_is_left_in_it(body: str, expected: str) -> None:
    assert " ".join(said(ld(articleBody=body)).story.split()) == expected
    broken = ld(articleBody=body)[:-1] + ",}"
    assert " ".join(said(broken).story.split()) == expected


def test_line_breaks_inside_strings_do_not_cost_the_rest() -> None:
    script = json.dumps(ARTICLE).replace("It was", "It\r\n\twas").replace("The bridge", "The\nbridge")
    facts = said(script)
    assert " ".join(facts.story.split()) == "It was closed."
    assert (facts.title, facts.byline, facts.published) == (READ.title, READ.byline, READ.published)


@pytest.mark.parametrize(
    ("script", "story"),
    [
        ('{"headline": "x", "articleBody" : "One \\"two\\"\\nthree",}', 'One "two"\nthree'),
        ('{"articleBody": "On\\u00e9 \\/ two", "x": }', "Oné / two"),
        ('{"articleBody": "It\\\'s \\"one\\"\\ntwo", }', 'It\\\'s "one" two'),
        ('{"articleBody": "One\\\ntwo", }', "One\\\ntwo"),
        ('{"articleBody": "cut off in the mid', ""),
        ('{"articleBody": "ends in a backslash\\', ""),
        ('{"articleBody": 7, }', ""),
        ('{"articleBody": "", }', ""),
    ],
)
def test_of_broken_json_the_body_is_read(script: str, story: str) -> None:
    assert said(script) == Facts(story=story)


def test_the_longest_body_counts_and_of_two_equal_keys_the_last() -> None:
    assert said(ld(articleBody="one"), ld(articleBody="one two"), ld(articleBody="three")).story == "one two"
    assert said('{"articleBody": "short", }', ld(articleBody="longer")).story == "longer"
    assert said(ld(articleBody="longer"), '{"articleBody": "short", }').story == "longer"
    assert said('{"headline": "a", "headline": "b", "author": "c", "author": 4}') == Facts(title="b")


def test_who_goes_first() -> None:
    script = json.dumps(ARTICLE)
    assert said(script, title="T", og__title="O").title == "O"
    assert said(script, title="T").title == "The bridge"
    assert said(title=" T  t ", headline="no").title == "T t"
    meta = {"author": "M", "article__author": "N", "date": "D", "article__published_time": "P"}
    assert (said(script, **meta).byline, said(script, **meta).published) == (READ.byline, READ.published)
    assert (said(**meta).byline, said(**meta).published) == ("M", "P")
    assert said(ld(headline="x", author=7), **meta).byline == "M"
    assert said(author="https://example.org/ann", byl="Ann").byline == "Ann"
    assert said(description="d", twitter__description="t", og__description="o").summary == "o"
    assert said(description="d", og__description=" ").summary == "d"
    assert said(og__title="x" * (MAX_FIELD + 1), title="T").title == "T"
    assert said(title="x" * (MAX_FIELD + 1)).title == ""


def test_the_first_meta_element_of_a_name_counts_and_names_are_read_from_three_attributes() -> None:
    gatherer = Gatherer()
    for attributes in (
        {"property": "OG:Title", "content": ""},
        {"property": "OG:Title"},
        {"property": "OG:Title", "content": "A &amp; b"},
        {"property": None, "name": "og:title", "content": "no"},
        {"itemprop": "datePublished", "content": "2024"},
        {"charset": "utf-8"},
        {"name": None, "content": None},
    ):
        gatherer.meta(attributes)
    assert gatherer.facts() == Facts(title="A & b", published="2024")


KEYS = st.sampled_from(["headline", "author", "name", "datePublished", "articleBody", "@graph", ""])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(KEYS, inside, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(ANYTHING, st.integers(0, 200), st.text(max_size=2))
def test_nothing_is_trusted_to_be_of_a_type(data: Any, cut: int, noise: str) -> None:
    script = json.dumps(data)
    for text in (script, script[:cut] + noise + script[cut:], script[:cut]):
        facts = said(text, title=noise)
        fields = (facts.title, facts.byline, facts.published, facts.story, facts.summary)
        assert all(isinstance(x, str) for x in fields)
        assert all(x == " ".join(x.split()) for x in fields[:3])


def test_lone_surrogates_do_no_harm() -> None:
    # JSON may hold them as escapes, and no text that a page gives may: it could not be written out again.
    page = '<script type="application/ld+json">{"headline": "x", "articleBody": "one \\ud800 two"}</script>\ud800'
    story = page_blocks(page).facts.story
    assert story.startswith("one ")
    assert story.encode()
    assert said('{"headline": "x\ud800", "articleBody": "y"}').story == "y"


def test_a_page_says_it_in_head_and_body() -> None:
    page = f"""<html><head><meta charset=utf-8><title>The bridge | The Post</title>
        <link rel=stylesheet href=/a.css><link rel="Canonical" href=" https://agency.example/bridge ">
        <link rel=canonical href=/second><link rel>
        <meta property="og:description" content="Nobody knows &amp; nobody asks.">
        <script>var headline = "no";</script><script type>1</script>
        <script type="Application/LD+JSON; charset=utf-8">{json.dumps(ARTICLE)}</script></head>
        <body><p>It was closed.<script type="application/ld+json">{ld(articleBody="It was closed. So it was.")}</script>
        <script type="application/json">{ld(articleBody="x" * 100)}</script>"""
    facts = page_blocks(page).facts
    assert facts == Facts(
        READ.title,
        READ.byline,
        READ.published,
        "It was closed. So it was.",
        "Nobody knows & nobody asks.",
        ["Ann Example"],
        "https://agency.example/bridge",
    )
    assert page_blocks("<p>x").facts == Facts() == page_blocks("").facts


def scripted(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'


END = '{"headline": "x", "articleBody": "y"}'
HOSTILE = {
    "nested lists": scripted("[" * 100_000 + "]" * 100_000),
    "unclosed lists": scripted("[" * 100_000),
    "nested objects": scripted('{"@graph":' * 100_000 + "1" + "}" * 100_000),
    "an endless string": scripted(ld(articleBody="x" * 5_000_000)),
    "an endless string in broken JSON": scripted('{"articleBody": "' + "\\n" * 900_000 + '", }'),
    "an endless string without an end": scripted('{"articleBody": "' + "x" * 1_900_000),
    "many unfinished bodies": scripted('{"articleBody" : ' * 100_000),
    "less-than signs": scripted(ld(articleBody="<a" * 900_000)),
    "ampersands": scripted(ld(articleBody="&a" * 900_000)),
    "entities": scripted(ld(articleBody="&lt;" * 400_000)),
    "empty lists": scripted("[" + "[]," * 600_000 + "1]"),
    "bodies that grow": "".join(scripted(ld(articleBody="x" * n)) for n in range(1500)),
    "many scripts": scripted(END) * 20_000,
    "meta elements": "".join(f'<meta name="n{i}" content="c">' for i in range(100_000)),
    "the same meta element": '<meta name="author" content="x">' * 100_000,
    "an endless meta element": f'<meta name="description" content="{"x" * 5_000_000}">',
    "an endless title": f"<title>{'x ' * 2_500_000}</title>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pages_end_soon(name: str) -> None:
    start = time.perf_counter()
    facts = page_blocks(f"<head>{HOSTILE[name]}</head><p>x").facts
    # A tenth of a second or so here; what is quadratic takes minutes.
    assert time.perf_counter() - start < 5
    assert max(len(facts.title), len(facts.byline), len(facts.summary)) <= MAX_FIELD
    assert len(facts.story) <= MAX_SCRIPTS


def test_what_is_far_larger_than_on_real_pages_is_not_read() -> None:
    room = MAX_SCRIPTS - len(END)
    assert said(f'"{"x" * (room - 2)}"', END) == Facts("x", story="y")
    assert said(f'"{"x" * (room - 1)}"', END) == Facts()
    assert said(f'"{"x" * MAX_SCRIPTS}"', END) == Facts("x", story="y")  # too large itself, it leaves room for others
    assert said(f"[{'{},' * (MAX_NODES - 2)}{END}]").title == "x"
    assert said(f"[{'{},' * MAX_NODES}{END}]").title == ""
    half = "{}," * (MAX_NODES // 2)
    assert said(f"[[{half}{{}}],[{half}{END}]]").title == ""


def test_all_who_made_a_page_are_named_once() -> None:
    article = {
        "headline": "The bridge",
        "author": [{"name": "Ann Example"}, {"name": "Agence France-Presse"}],
        "publisher": {"@type": "Organization", "name": "The Post"},
        "sourceOrganization": "Reuters",
        "provider": {"name": ["AFP", 4]},
    }
    found = sources(
        json.dumps(article), author="Ann Example", publisher="The Post", copyright="x" * 600, **{"dc.source": "dpa"}
    )
    assert found == ["Ann Example", "Agence France-Presse", "The Post", "AFP", "Reuters", "dpa"]


def test_who_made_something_else_on_the_page_is_not_named() -> None:
    assert sources(json.dumps({"@type": "VideoObject", "name": "x", "author": "AP"}), viewport="Reuters") == []


def test_sources_are_few_whatever_a_page_says() -> None:
    many = [{"headline": "x", "author": f"Name {k}"} for k in range(1000)]
    assert len(sources(json.dumps(many))) == MAX_SOURCES
