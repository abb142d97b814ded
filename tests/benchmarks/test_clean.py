"""benchmarks/clean.py: its command line, and how it counts."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

zstandard = pytest.importorskip("zstandard")

from benchmarks.clean import MIN_PAGES, by_language, measure, trained_on  # noqa: E402

ROOT = Path(__file__).parents[2]
BODY = (
    "The harbour council decided on Tuesday to deepen the eastern basin before the autumn storms arrive.\n"
    "Work begins in June and will take eleven weeks, the engineer in charge told the assembled fishermen.\n"
    "Boats of up to forty metres will then be able to land their catch at low tide, which they cannot do now."
)
PAGE = (
    "<html><body><nav><ul><li><a href='/'>Home</a></li><li><a href='/sport'>Sport</a></li></ul></nav>"
    "<article>{}</article><footer><p>Copyright, all rights reserved</p></footer></body></html>"
)


def run(*arguments):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(ROOT / "benchmarks" / "clean.py"), *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def data(tmp_path):
    """Two pages in a set that the model knows and one in a set that it does not."""
    html = PAGE.format("".join(f"<p>{line}</p>" for line in BODY.split("\n")))
    rows = [{"id": str(i), "url": "https://a.example/", "lang": "en", "html": html, "text": BODY} for i in range(2)]
    (tmp_path / "pages").mkdir()
    for name, count in ((min(trained_on()), 2), ("invented", 1)):
        raw = "".join(json.dumps(row) + "\n" for row in rows[:count]).encode()
        (tmp_path / "pages" / f"{name}.jsonl.zst").write_bytes(zstandard.compress(raw))
    return tmp_path


def test_help_says_what_it_measures():
    result = run("--help")
    assert result.returncode == 0
    assert "--limit" in result.stdout
    assert "dedup.clean.evaluate" in result.stdout


def test_sets_that_the_model_was_trained_on_are_marked(data):
    result = run("--data", data, "--peers", "dedup", "--json", data / "figures.json")
    assert result.returncode == 0, result.stderr
    marks = {line.split()[0]: "(trained on)" in line for line in result.stdout.splitlines() if "dedup" in line.split()}
    assert marks == {min(trained_on()): True, "invented": False}
    figures = json.loads((data / "figures.json").read_text(encoding="utf8"))["figures"]
    assert {(row["set"], row["pages"]) for row in figures} == {(min(trained_on()), 2), ("invented", 1)}
    for row in figures:
        assert row["recall"] == 1.0
        assert row["errors"] == 0
        assert row["ms_mean"] > 0
        assert row["mb"] > 10


def test_limit_and_sets_narrow_the_run(data):
    name = min(trained_on())
    result = run("--data", data, "--peers", "dedup", "--sets", name, "--limit", 1, "--json", data / "figures.json")
    assert result.returncode == 0, result.stderr
    figures = json.loads((data / "figures.json").read_text(encoding="utf8"))["figures"]
    assert [(row["set"], row["pages"]) for row in figures] == [(name, 1)]


def test_an_unknown_set_is_refused_and_the_known_ones_are_named(data):
    result = run("--data", data, "--peers", "dedup", "--sets", "nowhere")
    assert result.returncode == 2
    assert "invented" in result.stderr


def test_a_page_on_which_an_extractor_fails_counts_as_empty():
    figures = measure([(BODY, "en"), (BODY, "en")], [(BODY, 0.001), (None, 0.003)])
    assert figures["errors"] == 1
    assert figures["recall"] == 0.5
    assert figures["precision"] == 1.0
    assert figures["exact"] == 0.5
    assert figures["ms_mean"] == pytest.approx(2)


def test_languages_with_enough_pages_get_rows():
    gold = [(BODY, "en")] * MIN_PAGES + [(BODY, "fr")] * (MIN_PAGES - 1)
    assert {lang: len(places) for lang, places in by_language(gold).items()} == {"all": len(gold), "en": MIN_PAGES}
    assert list(by_language(gold[:MIN_PAGES])) == ["all"]
