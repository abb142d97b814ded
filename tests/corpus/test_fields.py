import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import corpus
from dedup.corpus import fields
from dedup.corpus.fields import ALIASES, NAMES, FieldMap, document_of, host_of
from dedup.errors import UsageError
from dedup.records import BadRecord, Document


def made(record, **overrides):
    document = FieldMap(**overrides).document(record, "f.jsonl:7")
    assert isinstance(document, Document), document
    return document


def refused(record, **overrides):
    bad = FieldMap(**overrides).document(record, "f.jsonl:7")
    assert isinstance(bad, BadRecord), bad
    assert bad.where == "f.jsonl:7"
    return bad.reason


def test_each_alias_is_lower_case_and_means_one_field():
    names = [name for field, known in ALIASES.items() for name in (field, *known)]
    assert len(names) == len(set(names))
    assert all(name == name.lower() for name in names)
    assert tuple(ALIASES) == NAMES == tuple(corpus.aliases())


@pytest.mark.parametrize(("field", "alias"), [(field, alias) for field, known in ALIASES.items() for alias in known])
def test_each_alias_is_read(field, alias):
    value = "2020-01-02" if field == "published" else "some value"
    record = {alias: value} if field in ("text", "html") else {"text": "a text", alias: value}
    document = made(record)
    assert getattr(document, field) == value
    assert alias not in document.extra


def test_news_please():
    record = {
        "maintext": "Text",
        "title": "T",
        "source_domain": "a.example",
        "date_publish": "2020-01-02 03:04:05",
        "date_download": "2021-01-01",
        "language": "fr",
        "authors": ["X"],
        "url": "https://b.example/1",
    }
    assert made(record) == Document(
        id="f.jsonl:7", text="Text", url="https://b.example/1", site="a.example", title="T",
        published="2020-01-02T03:04:05", lang="fr", extra={"date_download": "2021-01-01", "authors": ["X"]},
        where="f.jsonl:7",
    )  # fmt: skip


def test_own_name_wins_then_the_earlier_alias():
    document = made({"content": "third", "maintext": "second", "Text": "almost", "text": "first"})
    assert document.text == "first"
    assert document.extra == {"content": "third", "maintext": "second", "Text": "almost"}
    assert made({"content": "b", "maintext": "a"}).text == "a"


def test_case_does_not_count():
    assert made({"MainText": "a", "URL": "http://x.example/"}).text == "a"


@pytest.mark.parametrize("empty", [None, ""])
def test_null_and_empty_count_as_absent_but_pass_through(empty):
    document = made({"text": empty, "body": "b", "title": empty})
    assert (document.text, document.title) == ("b", None)
    assert document.extra == {"text": empty, "title": empty}


def test_an_empty_text_is_an_empty_document_where_nothing_else_holds_one():
    assert made({"text": "", "title": "a"}).text == ""
    assert made({"body": "", "html": None}).text == ""


def test_nested_values_pass_unchanged():
    nested = {"a": [1, {"b": None}]}
    assert made({"text": "a", "meta": nested}).extra["meta"] is nested


def test_text_and_html_are_both_kept():
    document = made({"text": "a", "raw_html": "<p>a"})
    assert (document.text, document.html) == ("a", "<p>a")


def test_integer_id_becomes_its_string():
    assert made({"id": 12, "text": "a"}).id == "12"


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"text": 5}, "field 'text' is a number, not a string"),
        ({"text": ["a"]}, "field 'text' is a list, not a string"),
        ({"html": True}, "field 'html' is a boolean, not a string"),
        ({"id": {"$oid": "1"}, "text": "a"}, "field 'id' is an object, not a string"),
        ({"id": True, "text": "a"}, "field 'id' is a boolean, not a string"),
        ({"id": 1.5, "text": "a"}, "field 'id' is a number, not a string"),
        ({"text": None}, "field 'text' is null, and no other holds text"),
        ({"content": {"rendered": "a"}}, "field 'content' is an object, and no other holds text"),
        ({}, "no text or html"),
        ({"a": 1, "b" * 50: 2}, f"no text or html (its fields: a, {'b' * 39}…)"),
    ],
)
def test_what_makes_a_record_bad(record, reason):
    assert refused(record) == reason


def test_alias_of_a_wrong_type_is_passed_over():
    document = made({"_id": {"$oid": "1"}, "body": ["x"], "content": "a", "source": {"uri": "x"}, "headline": {"m": 1}})
    assert (document.id, document.text, document.site, document.title) == ("f.jsonl:7", "a", None, None)
    assert set(document.extra) == {"_id", "body", "source", "headline"}


def test_overrides_hold_alone():
    document = made({"text": "no", "teaser": "yes", "title": "t"}, text="teaser", title="gone")
    assert (document.text, document.title) == ("yes", None)
    assert document.extra == {"text": "no", "title": "t"}
    assert "no text or html" in refused({"text": "a"}, text="body")
    assert refused({"body": 1, "text": "a"}, text="body") == "field 'body' is a number, not a string"


def test_overridden_name_serves_no_other_field():
    assert made({"text": "a", "source": "x"}, title="source").site is None


def test_site_falls_back_to_the_host():
    assert made({"text": "a", "url": "https://www.Example.org:80/x"}).site == "example.org"
    assert made({"text": "a", "url": "https://b.example/", "hostname": "c.example"}).site == "c.example"


def test_source_is_the_site_only_without_a_better():
    assert made({"text": "a", "source": "Some Paper - News"}).site == "Some Paper - News"
    document = made({"text": "a", "source": "Some Paper", "url": "http://p.example/1"})
    assert (document.site, document.extra) == ("p.example", {"source": "Some Paper"})
    assert made({"text": "a", "source": "Some Paper", "url": "http://p.example/1"}, site="source").site == "Some Paper"


@pytest.mark.parametrize("url", [None, "", "no url", "http://[::1", "/path", "mailto:a@b.example", "http://"])
def test_no_host(url):
    assert host_of(url) is None


URL_PIECES = [
    *["http://", "https://", "www.", "WWW.", "a", "b-1", "x.y", ".", "/", "?", "#", ":80", "@", "[", "é", "%41", "\\"],
    "\n",
    " ",
]


@given(st.lists(st.sampled_from(URL_PIECES), max_size=7).map("".join), st.booleans())
def test_the_host_of_a_plain_url_is_what_the_parser_gives(rest, schemed):
    url = "https://" * schemed + rest
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fields, "_PLAIN_URL", re.compile("(?!)"))
        parsed = host_of(url)
    assert host_of(url) == parsed


def test_date_that_cannot_be_read_stays_under_its_name():
    document = made({"text": "a", "published": "15/07/2018", "date": "2018-07-15"})
    assert (document.published, document.extra) == ("2018-07-15", {"published": "15/07/2018"})
    assert made({"text": "a", "date": "soon"}).extra == {"date": "soon"}


def test_nul_becomes_the_replacement_character():
    document = made({"text": "a\0b", "id": "\0"})
    assert (document.text, document.id) == ("a\ufffdb", "\ufffd")


def test_document_of_a_mapping():
    assert document_of({"body": "a"}, FieldMap(), "3") == Document(id="3", text="a", where="3")
    for wrong in ({"text": 1}, {}, {1: "a"}, {"text": "\ud800"}):
        with pytest.raises(UsageError, match=r"^3: "):
            document_of(wrong, FieldMap(), "3")


values = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text(), max_size=2)
names = st.sampled_from([*NAMES, *ALIASES["text"], *ALIASES["site"], "Source", "other"]) | st.text(max_size=5)


@given(st.dictionaries(names, values, max_size=8))
def test_nothing_of_a_record_is_lost(record):
    document = FieldMap().document(record, "w")
    if isinstance(document, Document):
        row = corpus.as_dict(document)
        known = {field: getattr(document, field) for field in NAMES if getattr(document, field) is not None}
        assert {name for name in record if name not in document.extra} <= {
            name for name in record if name.lower() in {a for f in (*known, "html") for a in (f, *ALIASES[f])}
        }
        assert row == {**document.extra, **known}


class Missing(dt.datetime):
    """As pandas' NaT: a datetime that is none."""

    def isoformat(self, *_):
        return "NaT"


class Index:
    """As numpy's integers: no int, but as good as one."""

    def __index__(self):
        return 7


@pytest.mark.parametrize("nothing", [float("nan"), Missing(2020, 1, 1)])
@pytest.mark.parametrize("field", ["id", "html", "url", "site", "title", "published", "lang"])
def test_what_pandas_has_instead_of_null_is_absent(field, nothing):
    document = made({"text": "a", field: nothing})
    assert (document.id, document.text) == ("f.jsonl:7", "a")
    assert field == "id" or getattr(document, field) is None


def test_text_that_is_nan_is_null():
    bad = FieldMap().document({"text": float("nan")}, "f:1")
    assert bad == BadRecord("f:1", "field 'text' is null, and no other holds text")


@pytest.mark.parametrize(("value", "expected"), [(Index(), "7"), (12.0, "12"), (-3, "-3")])
def test_numbers_as_ids(value, expected):
    assert made({"text": "a", "id": value}).id == expected


@pytest.mark.parametrize(
    ("given", "site"),
    [
        ("www.x.example", "x.example"), ("WWW.x.example", "x.example"), ("x.example", "x.example"),
        ("www.x", "www.x"), ("www.The Daily. News", "www.The Daily. News"), ("www", "www"),
    ],
)  # fmt: skip
def test_site_that_is_a_host_loses_its_www(given, site):
    assert made({"text": "a", "site": given}).site == site
