"""Templates of sites: what they do to labels and scores, and that their file is read with care."""

import json
import math

import pytest

from dedup.clean.templates import SHIFT, Site, Templates, fold, hash_line
from dedup.errors import InputError
from dedup.records import Block

LINE = "We and our partners store information on your device and read it, to measure what you read and when."
KEY = hash_line(LINE).hex()


def known(carry=8, pages=8, label="consent"):
    return Templates({"a.example": Site(pages, {KEY: (carry, label)})})


def weighed(score, label="body", threshold=0.5, site="a.example", **how):
    block = Block(LINE, label, score)
    known(**how).weigh(site, [block], threshold)
    return block


def test_the_hash_of_a_line_is_the_same_everywhere():
    assert hash_line("Share").hex() == "b88441c852725c74"  # printf Share | b2sum -l 64
    assert len(hash_line("lone \ud800 surrogate")) == 8


@pytest.mark.parametrize(("text", "folded"), [("1,204 comments", "0 comments"), ("No. 7.", "No. 0."), ("12:30", "0:0")])
def test_numbers_of_short_lines_are_folded(text, folded):
    assert fold(text) == folded
    assert fold(text + " " * 30) == text + " " * 30


def test_a_line_on_all_pages_goes_and_is_called_what_it_is():
    block = weighed(0.98)
    assert block.label == "consent"
    odds = math.log(0.98 / 0.02) - SHIFT
    assert block.score == pytest.approx(1 - 1 / (1 + math.exp(-odds)))


def test_on_half_of_the_pages_a_classifier_that_is_very_sure_is_believed():
    sure, less_sure = weighed(0.999, carry=4), weighed(0.99, carry=4)
    assert (sure.label, less_sure.label) == ("body", "consent")
    assert 0.5 < sure.score < 0.99


def test_the_threshold_is_the_classifiers():
    assert weighed(0.98, carry=4, threshold=0.15).label == "consent"
    assert weighed(0.99, carry=4, threshold=0.15).label == "body"


def test_a_label_other_than_body_stays_and_is_surer():
    block = weighed(0.6, label="signup")
    assert block.label == "signup"
    assert 0.99 < block.score < 1


@pytest.mark.parametrize("threshold", [0.5, 0.15])
def test_on_all_pages_no_line_is_too_sure_to_go(threshold):
    block = weighed(1.0, threshold=threshold)
    assert block.label == "consent"
    assert 0.85 < block.score < 1


@pytest.mark.parametrize("how", [{"site": "b.example"}, {"site": None}, {"carry": 3}, {"carry": 3, "pages": 5}])
def test_other_lines_and_other_sites_are_left_alone(how):
    assert weighed(0.7, **how) == Block(LINE, "body", 0.7)


def test_a_text_loses_the_lines_that_are_repeated():
    assert known().strip("a.example", f"One.\n{LINE}\nTwo.") == ("One.\nTwo.", 1)
    assert known().strip("b.example", LINE) == (LINE, 0)
    assert known().repeats
    assert not Templates().repeats
    assert not known(carry=3).repeats


def test_a_file_comes_back_the_same():
    assert Templates.decode(known().encode(), "x").encode() == known().encode()
    assert LINE.encode() not in known().encode()


def file(**changes):
    return {
        "format": 1,
        "sites": {"a.example": {"pages": 8, "lines": {KEY: [4, "legal"]} | changes.pop("lines", {})}},
    } | changes


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (known().encode()[:-20], "truncated"),
        (b"", "truncated"),
        (b"\xff\xfe", "malformed"),
        (b"[" * 100_000, ""),
        (b'{"format":1,"sites":' + b'{"a":' * 100_000, ""),
        ([], "object"),
        ({"sites": {}}, "format"),
        ({"format": 1}, "sites"),
        (file(format="1"), "$.format"),
        (file(sites=[]), "$.sites"),
        (file(more=1), "more"),
        (file(lines={"share": [4, "legal"]}), "regex"),
        (file(lines={KEY: 4}), "array"),
        (file(lines={KEY: [4]}), "length"),
        (file(lines={KEY: [4, "nonsense"]}), "nonsense"),
        (file(lines={KEY: [4, "body"]}), "named body"),
        (file(lines={KEY: [9, "legal"]}), "more pages than it has"),
        (file(lines={KEY: [10**30, "legal"]}), ""),
        (file(lines={KEY: [-4, "legal"]}), ">= 1"),
        (file(lines={KEY: [4.5, "legal"]}), "int"),
        (file(sites={"a": {"pages": 10**12, "lines": {}}}), "<= 128"),
        (file(sites={"a": {"pages": 0, "lines": {}}}), ">= 1"),
        (file(sites={"a": {"pages": True, "lines": {}}}), "bool"),
        (b'{"format":1,"sites":{"a":{"pages":1e400,"lines":{}}}}', ""),
    ],
)
def test_a_file_that_is_something_else_is_refused(content, reason):
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    with pytest.raises(InputError, match=r"sites.json: not a file of templates of sites: .+ --learn-sites") as caught:
        Templates.decode(raw, "sites.json")
    assert reason in str(caught.value)


def test_a_file_of_another_version_is_refused_whatever_else_it_holds():
    with pytest.raises(InputError, match="format 2, this version reads format 1"):
        Templates.decode(b'{"format": 2, "pages": {}}', "sites.json")
