"""The summary a person reads in the terminal."""

import io
import os
import re
from pathlib import Path

import pytest
from rich.console import Console

from dedup.report import summary_table
from tests.report.sample import hostile, newsroom

GOLDEN = Path(__file__).parent / "golden"


def drawn(data, width=80):
    out = io.StringIO()
    Console(file=out, width=width, color_system=None, force_terminal=False).print(summary_table(data))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def scrubbed(text):
    text = re.sub(r"\d+\.\d s\b", "#.# s", text)
    return re.sub(r"\d[\d,]* MB\b", "### MB", text)


@pytest.mark.parametrize(("name", "data"), [("newsroom", newsroom()), ("empty", newsroom(0))])
def test_the_summary_is_as_agreed(name, data):
    """To agree on a new one: UPDATE_GOLDEN=1 pytest tests/report, and read the difference."""
    file, text = GOLDEN / f"summary_{name}.txt", scrubbed(drawn(data))
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(text, "utf-8")
    assert text == file.read_text("utf-8")


def test_the_largest_cluster_stands_first_with_its_figures():
    data = newsroom()
    largest = max(data.clusters, key=lambda cluster: cluster.size)
    line = drawn(data, 120).split("Largest clusters")[1].splitlines()[2]
    assert line.split()[0] == str(largest.size)
    title = next(row.title for row in data.documents if row.id == largest.head)
    assert title[:40] in line
    assert largest.first_published[:10] in line
    assert line.split()[-1] == str(len(largest.sites))


@pytest.mark.parametrize("data", [newsroom(), newsroom(0), hostile(), newsroom(300)])
def test_it_fits_one_screen(data):
    lines = drawn(data).splitlines()
    assert len(lines) <= 30
    assert max(map(len, lines)) <= 80


def test_headlines_are_neither_markup_nor_cursor_movements():
    data = newsroom(1)
    data.documents[0].title = "[bold]x[/bold] [/nope] \x1b[2J \u202egnp"
    text = drawn(data)
    assert "[bold]x[/bold] [/nope]" in text
    assert "\x1b" not in text and "\u202e" not in text


def test_bad_records_are_named_only_where_there_are_some():
    data = newsroom(2)
    assert "bad record" not in drawn(data)
    data.summary.bad_records = 1
    assert "1 bad record skipped" in drawn(data)
