"""`dedup train` and `dedup evaluate` on small invented pages."""

import json
import os
import random
import re
import subprocess
import sys
from dataclasses import replace

import pytest

from tests.cli.conftest import REPOSITORY

WORDS = """harbour ferry council bridge pilot captain breakwater cargo island engineer school valley
closed opened mended sold bought counted painted measured"""
NOUNS, VERBS = map(str.split, WORDS.split("\n"))


def made(number, sites, start=0):
    """Pages of articles with a menu, a related title and a notice, all much alike."""
    chance = random.Random(7)
    for n in range(start, start + number):
        body = [paragraph(chance) for _ in range(chance.randrange(3, 8))]
        html = (
            "<nav class=menu><ul><li><a href=/>Home</a></li><li><a href=/s>Sport</a></li></ul></nav><article>"
            f"<h1>News of the {chance.choice(NOUNS)}</h1>{''.join(f'<p>{line}</p>' for line in body)}</article>"
            f"<aside class=related><a href=/1>Read also: the {chance.choice(NOUNS)} {chance.choice(VERBS)}</a></aside>"
            "<footer class=footer>All rights reserved</footer>"
        )
        url = f"https://site{n % sites}.example/{n}"
        yield {"id": str(n), "url": url, "lang": "en" if n % 3 else "fr", "html": html, "text": "\n".join(body)}


def paragraph(chance):
    one, two, three = (chance.choice(NOUNS) for _ in range(3))
    when, count = chance.choice(["Monday", "Friday"]), chance.randrange(2, 99)
    return f"The {one} was {chance.choice(VERBS)} on {when} after the {two} and the {three} had gone {count} times."


def write(path, documents):
    path.write_text("".join(json.dumps(row) + "\n" for row in documents), encoding="utf8")
    return path


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with `pages.jsonl`, labels, seeds, vocabulary, and two classifiers trained on the same."""
    folder = tmp_path_factory.mktemp("trained")
    [by_hand] = made(1, 1, start=60)
    stated = json.dumps({"@type": "NewsArticle", "articleBody": by_hand["text"]})  # no other page states it
    html = f'<script type="application/ld+json">{stated}</script>{by_hand["html"]}'
    by_hand |= {"id": "by hand", "url": "https://hand.example/1", "html": html}
    write(
        folder / "pages.jsonl", [*made(24, 8), {"id": "bare", "html": "<p>Words", "text": ""}, by_hand | {"text": ""}]
    )
    (folder / "labels.tsv").write_text(labels_of(by_hand))
    write(folder / "clean.jsonl", made(4, 4, start=100))
    for name, content in (
        ("seeds", "label\ttext\nshare\tShare on Facebook\nbody\tIt rained on Monday.\n"),
        ("vocabulary", "concept\twords\nread\tread\nalso\talso\nrights\treserv*\nwas\twas had\n"),
    ):
        (folder / name).mkdir()
        (folder / name / "en.tsv").write_text(content)
    said = []
    for name in ("one.npz", "two.npz"):
        options = ["-o", folder / name, "--clean-pages", folder / "clean.jsonl", "--about", "invented"]
        for option, source in (("--seeds", "seeds"), ("--vocabulary", "vocabulary"), ("--labels", "labels.tsv")):
            options += [option, folder / source]
        said.append(quickly("train", folder / "pages.jsonl", *options))
    return folder, said


def quickly(*arguments):
    """Run a command that trains, with fewer bins and trees: so few pages fill no more. One thread is fastest."""
    code = "from dedup.clean import train; train.TREES['max_bins'] = 15; train.PASS_TREES = (30, 60)\n"
    command = [sys.executable, "-c", f"{code}from dedup.cli import main; main()", *arguments]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.run(command, capture_output=True, cwd=REPOSITORY, env=environment, check=True)


def labels_of(page):
    """Labels of a page made by hand, by which its menu and notice are furniture and its paragraphs are body."""
    from dedup.clean.blocks import page_blocks
    from dedup.clean.labelled import block_hash

    body = page["text"].split("\n")
    kinds = [(text, "body" if text in body else "navigation") for text in page_blocks(page["html"]).texts]
    rows = "".join(f"{page['id']}\t{block_hash(text)}\t{label}\n" for text, label in kinds)
    return "page\tblock\tlabel\n" + rows


def test_training_tells_what_it_does_on_stderr(trained):
    _, [said, _] = trained
    assert said.stdout == b""
    assert "25 pages" in said.stderr.decode()
    assert "skipped 1 pages without gold text or elements, the first is bare" in said.stderr.decode()


def test_the_same_pages_make_the_same_file(trained):
    folder, _ = trained
    assert (folder / "one.npz").read_bytes() == (folder / "two.npz").read_bytes()


def test_a_trained_classifier_cleans(trained, dedup, tmp_path):
    folder, _ = trained
    [page] = made(1, 1, start=50)
    source = write(tmp_path / "in.jsonl", [{"id": "a", "html": page["html"]}])
    [row] = map(
        json.loads, dedup("clean", source, "-o", "-", "--model", folder / "one.npz", check=0).stdout.splitlines()
    )
    assert row["text"] == page["text"]


def test_the_file_says_where_it_comes_from(trained):
    from dedup.clean.model import load_model

    folder, _ = trained
    assert load_model(folder / "one.npz").about == {"sets": ["pages.jsonl", "clean.jsonl"], "licences": "invented"}


def test_the_vocabulary_goes_into_the_file_with_what_it_weighs(trained):
    from dedup.clean.model import load_model
    from dedup.records import LABELS

    readers = load_model(trained[0] / "one.npz").readers
    assert readers.vocabulary.names == ("also", "read", "rights", "was")
    weights, _ = readers.concepts
    also, read, rights, was = (weights[number] for number in range(1, 5))
    assert was.argmax() == LABELS.index("body")
    assert read.argmax() == also.argmax() == LABELS.index("related")
    assert rights.argmax() == LABELS.index("navigation"), "as the element's name says"
    assert not weights[5:64].any()


def test_labels_made_by_hand_are_measured_against(trained, dedup):
    folder, _ = trained
    options = ("--model", folder / "one.npz", "--json", "--labels")
    done = dedup("evaluate", folder / "pages.jsonl", *options, folder / "labels.tsv", check=0)
    figures = json.loads(done.stdout.splitlines()[0])
    assert (figures["pages"], figures["f1"], figures["body_lost"]) == (25, 1.0, 0.0)
    turned = (
        (folder / "labels.tsv").read_text().replace("body", "x").replace("navigation", "body").replace("x", "legal")
    )
    (folder / "turned.tsv").write_text(turned)
    done = dedup("evaluate", folder / "pages.jsonl", *options, folder / "turned.tsv", check=0)
    assert json.loads(done.stdout.splitlines()[0])["f1"] < 1


def test_a_page_that_was_cut_otherwise_when_it_was_labelled_teaches_nothing_wrong(trained, tmp_path):
    folder, _ = trained
    stale = "".join(f"by hand\t{number:016x}\tbody\n" for number in range(9))
    (tmp_path / "stale.tsv").write_text(stale)
    quickly("train", folder / "pages.jsonl", "-o", tmp_path / "m.npz", "--labels", tmp_path / "stale.tsv")
    assert (tmp_path / "m.npz").exists()


def test_a_classifier_is_measured_by_set_and_language(trained, dedup):
    folder, _ = trained
    done = dedup("evaluate", folder / "pages.jsonl", "--model", folder / "one.npz", "--json", check=0)
    figures = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(row["set"], row["lang"], row["pages"]) for row in figures] == [
        ("pages", None, 24), ("pages", "en", 16), ("pages", "fr", 8)
    ]  # fmt: skip
    assert list(figures[0]) == [
        "set", "lang", "f1", "precision", "recall", "exact", "pages",
        "body_lost", "inside_gone", "lines_lost", "furniture_f1", "body_recall",
    ]  # fmt: skip
    assert figures[0]["f1"] == 1.0
    assert "was trained on pages" in done.stderr.decode()
    table = dedup("evaluate", folder / "pages.jsonl", "--model", folder / "one.npz", "-q", check=0)
    titles, *lines = (re.split("  +", line) for line in table.stdout.decode().splitlines())
    assert titles == [
        "set", "pages", "F1", "P", "R", "exact",
        "body lost", "inside gone", "clean lines lost", "text: furniture F1", "body kept",
    ]  # fmt: skip
    assert [line[:3] for line in lines][:2] == [["pages", "24", "1.0000"], ["pages en", "16", "1.0000"]]
    assert {len(line) for line in lines} == {len(titles)}
    assert lines[0][6] == "0.00%"
    assert b"trained" not in table.stderr


def test_what_is_lost_and_what_stays_too_much_is_measured(trained):
    from dedup.clean.evaluate import measure
    from dedup.clean.model import load_model
    from dedup.clean.train import read_pages

    folder, _ = trained
    model = load_model(folder / "one.npz")
    pages = read_pages([folder / "pages.jsonl"])[:4]
    for threshold, part in ((0.0, "precision"), (2.0, "recall")):
        [score] = measure(replace(model, thresholds={"page": threshold, "text": threshold}), pages).values()
        assert getattr(score.page, part) < 1
        assert score.lines_lost == score.body_lost == (1.0 if part == "recall" else 0.0)
        assert score.body_recall == 1 - score.body_lost
        assert score.page.exact == 0


def test_the_shipped_classifier_is_measured_where_none_is_named(trained, dedup):
    folder, _ = trained
    done = dedup("evaluate", folder / "clean.jsonl", "--favor", "recall", "--json", check=0)
    [row] = map(json.loads, done.stdout.splitlines())
    assert (row["pages"], row["recall"]) == (4, 1.0)


def test_cross_validation_judges_every_page_once(trained):
    folder, _ = trained
    arguments = ("--cross-validate", "--seeds", folder / "seeds", "--measure", folder / "clean.jsonl", "--json")
    done = quickly("evaluate", folder / "pages.jsonl", *arguments)
    figures = {row["set"]: row for row in map(json.loads, done.stdout.splitlines()) if row["lang"] is None}
    assert {name: row["pages"] for name, row in figures.items()} == {"pages": 24, "clean": 4}
    assert figures["pages"]["f1"] > 0.9
    assert "part 3 of 3" in done.stderr.decode()


@pytest.mark.parametrize(
    ("command", "documents", "named"),
    [
        ("train", [], ["pages.jsonl", "no page"]),
        ("evaluate", [], ["pages.jsonl", "no page"]),
        ("train", [{"html": "<p>a</p>"}, {"html": "<p>b</p>", "text": None}], ["none of 2 pages has a gold text"]),
        ("evaluate", [{"html": "<p>a</p>", "text": " "}], ["none of 1 pages has a gold text"]),
        ("train", [page | {"text": "Not a word of it."} for page in made(9, 6)], ["no block", "is body"]),
        ("train", [page | {"html": f"<p>{page['text']}</p>"} for page in made(9, 6)], ["every block", "is body"]),
        ("train", made(9, 1), ["9 labelled pages of 1 sites are too few"]),
        ("evaluate --cross-validate", made(9, 5), ["pages of 5 sites", "at least 6"]),
        ("train", [{"text": "no page"}], ["pages.jsonl:1", "no html"]),
        ("evaluate", [*made(1, 1), {"html": "<p>", "text": 5}], ["pages.jsonl:2", "text is no string"]),
        ("evaluate", [{"html": "<p>a", "text": "a", "url": "http://[a"}], ["pages.jsonl:1", "not a page"]),
        ("evaluate", [["html"]], ["pages.jsonl:1", "not a page"]),
    ],
)
def test_pages_that_will_not_do(dedup, tmp_path, command, documents, named):
    source = write(tmp_path / "pages.jsonl", documents)
    more = ["-o", tmp_path / "model.npz"] if command == "train" else []
    done = dedup(*command.split(), source, *more, check=2)
    assert all(name in done.stderr.decode() for name in named), done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()
    assert [path.name for path in tmp_path.iterdir()] == ["pages.jsonl"]


@pytest.mark.parametrize(("name", "content"), [("broken.jsonl", b'{"html": '), ("broken.jsonl.zst", b"no zstandard")])
def test_a_damaged_file_is_named(dedup, tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    assert name in dedup("evaluate", tmp_path / name, check=2).stderr.decode()


def test_seeds_without_a_line_are_refused(trained, dedup, tmp_path):
    folder, _ = trained
    done = dedup("train", folder / "pages.jsonl", "-o", tmp_path / "m.npz", "--seeds", tmp_path, check=2)
    assert "no seed lines" in done.stderr.decode()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--cross-validate", "--favor", "recall"),
        ("--seeds", "seeds"),
        ("--vocabulary", "vocabulary"),
        ("--measure", "README.md"),
    ],
)
def test_options_without_effect_are_refused(trained, dedup, arguments):
    folder, _ = trained
    done = dedup("evaluate", folder / "pages.jsonl", *arguments, check=2)
    assert "has no effect" in done.stderr.decode()


def test_training_without_scikit_learn_says_what_is_missing(trained, tmp_path):
    folder, _ = trained
    code = "import sys; sys.modules['sklearn'] = None; from dedup.cli import main; main(sys.argv[1:])"
    command = [sys.executable, "-c", code, "train", str(folder / "pages.jsonl"), "-o", str(tmp_path / "m.npz")]
    done = subprocess.run(command, capture_output=True, cwd=REPOSITORY, check=False)
    assert done.returncode == 2
    assert "pip install scikit-learn" in done.stderr.decode()


def test_files_of_a_setting_are_a_list(trained, tmp_path):
    folder, _ = trained
    for value, code in ((f"['{folder / 'clean.jsonl'}']", 0), (f"'{folder / 'clean.jsonl'}'", 2), ("[1]", 2)):
        (tmp_path / "dedup.toml").write_text(f"[evaluate]\nlabels = []\nmeasure = {value}\n")
        command = [
            sys.executable,
            "-m",
            "dedup",
            "evaluate",
            str(folder / "clean.jsonl"),
            "--model",
            folder / "one.npz",
        ]
        done = subprocess.run(
            command, cwd=tmp_path, env={"PYTHONPATH": str(REPOSITORY)}, capture_output=True, check=False
        )
        assert done.returncode == code, done.stderr.decode()
        assert code == 0 or "evaluate.measure" in done.stderr.decode()
