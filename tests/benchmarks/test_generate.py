"""benchmarks/generate.py: its texts, what it says of their copies, and its command line."""

import io
import json
import os
import re
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

zstandard = pytest.importorskip("zstandard")

from benchmarks.generate import (  # noqa: E402
    COPIES,
    COPY_SHARES,
    CORPORA,
    DIGEST_STORIES,
    digest,
    near_template,
    news,
    one_word,
    prefix,
    template,
)

ROOT = Path(__file__).parents[2]
N = 3000


def words(text):
    return re.findall(r"\w+", text.lower())


def windows(text):
    tokens = words(text)
    return [tuple(tokens[i : i + 5]) for i in range(len(tokens) - 4)]


@pytest.fixture(scope="module")
def samples():
    return list(news(N, seed=4))


@pytest.fixture(scope="module")
def texts(samples):
    return {document["id"]: document["text"] for document, _ in samples}


def rows(samples, *kinds):
    return [(document["id"], *row) for document, copied in samples for row in copied if row.kind in kinds]


def test_a_seed_is_a_corpus():
    assert list(news(60, seed=1)) == list(news(60, seed=1)) != list(news(60, seed=2))


def test_documents_are_whole_and_in_an_order_that_tells_nothing(samples):
    ids = [document["id"] for document, _ in samples]
    assert sorted(ids) == sorted(f"n{i}" for i in range(N)) != sorted(ids, key=lambda id: int(id[1:]))
    assert all(document["text"] and document["title"] for document, _ in samples)
    assert all(document["url"].startswith(f"https://{document['site']}/") for document, _ in samples)
    assert 5 < len({document["site"] for document, _ in samples}) < N / 10


def test_lengths_are_those_of_news(texts):
    lengths = sorted(len(words(text)) for text in texts.values())
    assert 430 < sum(lengths) / N < 560
    assert lengths[N // 100] < 120 < lengths[N // 4] < 300 < lengths[3 * N // 4] < 1000 < lengths[-N // 100]


def test_every_shared_window_of_the_truth_stands_in_the_source(samples, texts):
    found = set()
    for id, source, kind, shared in rows(samples, *(function.__name__ for function in COPY_SHARES), "digest"):
        there = set(windows(texts[source]))
        count = sum(window in there for window in windows(texts[id]))
        assert shared <= count, (id, source, kind)
        found.add(kind)
        if kind != "update":  # a later update shares more with an update that is its source's copy, and so on
            assert count <= shared + 70 + len(windows(texts[id])) // 50, (id, source, kind)  # a consent text on both
    assert found == {*(function.__name__ for function in COPY_SHARES), "digest"}


def test_kinds_are_what_they_are_called(samples, texts):
    furnished = {id for id, *_ in rows(samples, "disclaimer", "consent")}

    def pairs(kind):
        plain = [row for row in rows(samples, kind) if furnished.isdisjoint(row[:2])]
        assert plain
        return [(texts[id], texts[source]) for id, source, _, _ in plain]

    assert all(copy == source for copy, source in pairs("identical"))
    assert all(len(words(copy)) == len(words(source)) for copy, source in pairs("near"))
    assert any(copy != source for copy, source in pairs("near"))
    assert all(source.startswith(copy) for copy, source in pairs("cut"))
    assert all(copy.startswith(source) and len(copy) > len(source) for copy, source in pairs("update"))
    assert all(source in copy and not copy.startswith(source) for copy, source in pairs("extended"))
    assert all(len(copy) > len(source) / 2 and source not in copy for copy, source in pairs("excerpt"))
    assert all(36 <= row[3] <= 76 for row in rows(samples, "quote") if len(words(texts[row[1]])) > 300)


def test_copies_are_a_quarter_in_clusters_of_all_sizes(samples):
    copies = rows(samples, *(function.__name__ for function in COPY_SHARES))
    sizes = Counter(source for _, source, _, _ in copies).values()
    assert abs(len(copies) / N - COPIES) < 0.05
    assert min(sizes) == 1 and max(sizes) > 15
    assert set(Counter(id for id, *_ in rows(samples, "digest")).values()) == {DIGEST_STORIES}


def test_copies_follow_their_source_within_days(samples):
    times = {document["id"]: document["published"] for document, _ in samples}
    copies = rows(samples, *(function.__name__ for function in COPY_SHARES))
    assert all(times[source] < times[id] for id, source, _, _ in copies)


def test_unrelated_texts_share_phrases_but_no_passage():
    copied, originals = set(), []
    for document, truth in news(N, seed=5):
        if truth:
            copied.update(row.source for row in truth)
        else:
            originals.append(document)
    alone = [set(windows(document["text"])) for document in originals if document["id"] not in copied]
    counts = Counter(window for text in alone for window in text)
    repeated = sum(count > 1 for count in counts.values()) / len(counts)
    assert 0.005 < repeated < 0.05 and max(counts.values()) > 20
    assert max(len(a & b) for a, b in pairwise(alone)) < 30


def test_what_a_site_repeats_is_the_same_text(samples, texts):
    standing = rows(samples, "disclaimer")
    by_site = Counter(source for _, source, _, _ in standing)
    assert max(by_site.values()) > N / 50
    site = by_site.most_common(1)[0][0]
    tails = {tuple(words(texts[id])[-30:]) for id, source, _, _ in standing if source == site}
    assert len(tails) == 1
    assert {source for _, source, _, _ in rows(samples, "consent")} == {"consent 0", "consent 1", "consent 2"}


def test_template_pages_share_300_words_and_have_their_own():
    pages = [words(document["text"]) for document, _ in template(20, own=50)]
    assert {len(page) for page in pages} == {350}
    assert len({tuple(page[:150] + page[-150:]) for page in pages}) == 1
    assert len({tuple(page[150:-150]) for page in pages}) == 20


def test_identical_and_one_word():
    assert len({document["text"] for document, _ in CORPORA["identical"](30)}) == 1
    texts = [document["text"] for document, _ in one_word(2000)]
    assert {len(words(text)) for text in texts} == {1} and 100 < len(set(texts)) < 1900


def test_a_digest_quotes_every_story():
    *stories, (page, truth) = digest(30)
    assert [len(words(document["text"])) for document, _ in stories] == [400] * 90
    assert len({document["text"] for document, _ in stories}) == 30
    assert [row.shared for row in truth] == [56] * 30
    assert len(words(page["text"])) == 30 * 60


def test_each_prefix_begins_the_next():
    texts = [words(document["text"]) for document, _ in prefix(40, step=3)]
    assert [len(text) for text in texts] == [20 + 3 * i for i in range(40)]
    assert all(text == longer[: len(text)] for text, longer in pairwise(texts))


def test_reports_change_about_15_percent_of_their_words():
    reports = [words(document["text"]) for document, _ in near_template(300)]
    usual = [Counter(column).most_common(1)[0][0] for column in zip(*reports, strict=True)]
    changed = sum(word != kept for report in reports for word, kept in zip(report, usual, strict=True))
    assert len(usual) == 150 and 0.13 < changed / (300 * 150) < 0.16


def test_the_command_writes_documents_and_truth(tmp_path):
    corpus, truth = tmp_path / "corpus.jsonl.zst", tmp_path / "truth.tsv"
    command = [sys.executable, str(ROOT / "benchmarks" / "generate.py"), "200", "-o", str(corpus), "--seed", "7"]
    subprocess.run([*command, "--truth", str(truth)], env={**os.environ}, check=True)
    with corpus.open("rb") as file:
        written = [json.loads(line) for line in io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(file))]
    made = list(news(200, seed=7))
    assert written == [document for document, _ in made]
    table = [tuple(line.split("\t")) for line in truth.read_text(encoding="utf8").splitlines()]
    wanted = [(document["id"], row.source, row.kind, str(row.shared)) for document, copied in made for row in copied]
    assert table == [("id", "source", "kind", "shared"), *wanted]
