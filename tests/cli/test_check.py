"""`dedup check` as people and machines run it: by exit codes, files and what is in the index afterwards."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import OTHER, REPOSITORY, STORY, rows

EXCERPT = "\n".join(STORY.split("\n")[:2])


def write(path, **texts):
    lines = [json.dumps({"id": id, "text": text}) for id, text in texts.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf8")
    return path


@pytest.fixture
def check(dedup):
    def run(*arguments, **options):
        return dedup("check", "--no-clean", "--workers", 1, *arguments, **options)

    return run


@pytest.fixture
def batch(tmp_path):
    return write(tmp_path / "batch.jsonl", a=STORY, b=OTHER, c=STORY, d=EXCERPT)


@pytest.fixture
def index(tmp_path):
    from dedup.index import Index

    Index.create(tmp_path / "index").close()
    return tmp_path / "index"


def held(index):
    from dedup.index import Index

    with Index.open(index) as opened:
        return sorted(row.id for row in opened.export())


def test_without_a_gate_it_tells_and_passes(check, batch):
    done = check(batch, check=0)
    assert done.stdout.decode().startswith("passed: 4 documents checked: no gate was set\n  1 duplicate, 1 excerpt")
    assert f"- {batch}:3: 'c' is an exact copy of 'a' ({str(batch)[:60]}" in done.stdout.decode()  # long ones are cut


@pytest.mark.parametrize(
    ("gate", "code"),
    [("--max-duplicates=25%", 0), ("--max-duplicates=24.9%", 1), ("--max-duplicates=1", 0), ("--max-duplicates=0", 1),
     ("--max-excerpts=0", 1), ("--min-body-chars=100", 0), ("--min-body-chars=10000:100%", 0),
     ("--min-body-chars=10000:0.99", 1), ("--max-bad-records=0", 0)],
)  # fmt: skip
def test_exit_codes_of_gates(check, batch, gate, code):
    done = check(batch, gate, check=code)
    assert done.stdout.startswith(b"FAILED" if code else b"passed")
    assert done.stderr == b""


def test_bad_records_count(check, batch):
    batch.write_text(batch.read_text() + "{broken\n")
    check(batch, "--max-bad-records=20%", check=0)
    done = check(batch, "--max-bad-records=0", check=1)
    assert f"- {batch}:5: " in done.stdout.decode()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--max-duplicates=5x"], "neither a share, as 5% or 0.05, nor a number"),
        (["--max-boilerplate=5%", "--no-clean"], "no effect with --no-clean"),
        (["--max-boilerplate=5"], "not a share of a document's characters, as 60%"),
        (["--min-body-chars=5%"], "not a number of characters, as 200"),
        (["--format=yaml"], "no format is named 'yaml'"),
        (["--format=json="], "names no file"),
        (["--format=json", "--format=text"], "would be written twice"),
        (["--format=json=x", "--format=text=x"], "would be written twice"),
        (["--format=json=x", "-o", "y"], "--output has nothing to take"),
        (["--add"], "--add needs --index"),
        (["--write-baseline=x", "--max-bad-records=1"], "--write-baseline needs a gate"),
        (["--index=missing"], "missing"),
        (["--baseline=missing"], "missing"),
    ],
)
def test_wrong_use_is_two(check, batch, arguments, told):
    done = check(batch, *arguments, check=2)
    assert told in done.stderr.decode()
    assert done.stdout == b""


def test_wrong_input_is_two_and_hints_name_the_option_of_check(check, tmp_path):
    path = tmp_path / "batch.unknown"
    path.write_text("{}")
    assert "--input-format" in check(path, check=2).stderr.decode()
    path.write_text("{broken")
    assert "--input-format" in check(path, "--input-format", "jsonl", check=2).stderr.decode()


def test_stdin_and_field_names(check):
    lines = b"".join(json.dumps({"key": name, "words": STORY}).encode() + b"\n" for name in "ab")
    done = check("-", "--id-field", "key", "--text-field", "words", "--format", "jsonl", stdin=lines, check=0)
    [row] = [json.loads(line) for line in done.stdout.splitlines()]
    assert (row["id"], row["where"], row["matches"][0]["id"]) == ("b", "-:2", "a")


def test_several_formats_at_once(check, batch, tmp_path):
    formats = {name: tmp_path / name for name in ("json", "jsonl", "junit", "sarif", "gitlab", "markdown", "text")}
    asked = [f"--format={name}={path}" for name, path in formats.items()]
    done = check(batch, "--max-duplicates=0", *asked, "--format=github", check=1)
    assert done.stdout.startswith(b"::error file=")
    assert json.loads(formats["json"].read_bytes())["passed"] is False
    assert [row["id"] for row in rows(formats["jsonl"])] == ["c", "d"]
    assert formats["junit"].read_bytes().startswith(b"<?xml")
    assert all(path.stat().st_size for path in formats.values())


def test_without_anything_on_stdout_a_line_tells_how_it_went(check, batch, tmp_path):
    asked = batch, "--max-duplicates=0", "-o", tmp_path / "out"
    assert check(*asked, check=1).stderr == b"FAILED: 4 documents checked: 1 of 1 gate failed\n"
    assert check(*asked, "-q", check=1).stderr == b""


def test_the_summary_of_a_step_is_added_to(check, batch, tmp_path):
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    environment = os.environ | {"GITHUB_STEP_SUMMARY": str(summary)}
    check(batch, "--max-duplicates=0", "--format=github", env=environment, check=1)
    assert summary.read_text().startswith("before\n## dedup check failed\n")
    check(batch, env=environment, check=0)
    assert summary.read_text().count("## dedup check") == 1


def test_a_baseline_is_made_and_taken(check, batch, tmp_path):
    baseline = tmp_path / "baseline.jsonl"
    check(batch, "--max-duplicates=0", check=1)
    check(batch, "--max-duplicates=0", "--write-baseline", baseline, check=0)
    assert [row["id"] for row in rows(baseline)] == ["c"]
    done = check(batch, "--max-duplicates=0", "--baseline", baseline, check=0)
    assert b"Duplicates: 1 accepted" in done.stdout
    write(batch, a=STORY, b=OTHER, c=STORY, e=STORY)
    assert b"'e' is an exact copy" in check(batch, "--max-duplicates=0", "--baseline", baseline, check=1).stdout


def test_what_passes_is_added_and_found_again(check, batch, index):
    done = check(batch, "--index", index, "--add", "--max-duplicates=1", check=0)
    assert b"3 documents added to the index" in done.stdout
    assert held(index) == ["a", "b", "d"]
    done = check(batch, "--index", index, "--max-duplicates=1", "--format=json", check=1)
    data = json.loads(done.stdout)
    assert (data["held"], data["duplicates"], data["added"]) == (3, 4, 0)


def test_nothing_is_added_where_a_gate_fails(check, batch, index):
    check(batch, "--index", index, "--add", "--max-duplicates=0", check=1)
    assert held(index) == []


def test_nothing_is_added_where_the_output_cannot_be_written(check, batch, index, tmp_path):
    asked = batch, "--index", index, "--add"
    check(*asked, "-o", tmp_path / "missing" / "out", check=2)
    check(*asked, "--max-duplicates=5", "--write-baseline", tmp_path / "missing" / "baseline", check=2)
    missing = os.environ | {"GITHUB_STEP_SUMMARY": str(tmp_path / "missing" / "summary")}
    check(*asked, "--format=github", env=missing, check=2)
    assert held(index) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("format", ["text", "json"])
def test_nothing_is_added_where_stdout_is_full(batch, index, format):
    command = [
        sys.executable,
        "-m",
        "dedup",
        "check",
        "--no-clean",
        batch,
        "--index",
        index,
        "--add",
        "--format",
        format,
    ]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, cwd=REPOSITORY, timeout=300, check=False)
    assert (done.returncode, b"No space left" in done.stderr) == (2, True)
    assert held(index) == []


@pytest.mark.parametrize(("gate", "add", "code"), [("0", True, 1), ("0", False, 1), ("9", False, 0), ("9", True, 2)])
def test_where_the_reader_has_gone_the_verdict_stands_and_nothing_is_added(batch, index, gate, add, code):
    command = [sys.executable, "-m", "dedup", "check", "--no-clean", batch, "--index", index, "--max-duplicates", gate]
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as closed:
        command += ["--add"] if add else []
        done = subprocess.run(command, stdout=closed, stderr=subprocess.PIPE, cwd=REPOSITORY, timeout=300, check=False)
    assert done.returncode == code, done.stderr
    assert (b"Nothing was added" in done.stderr) == (code == 2)
    assert held(index) == []


def test_another_writer_is_told(check, batch, index):
    from dedup.index import Index

    with Index.open(index, write=True):
        check(batch, "--index", index, "--add", check=2)
        check(batch, "--index", index, check=0)
    assert held(index) == []


def test_bounds_are_those_of_the_index_unless_given(check, batch, tmp_path):
    from dedup.index import Index
    from dedup.records import Bounds

    Index.create(tmp_path / "high", Bounds(0.9, 0.9, 20)).close()
    check(batch, "--index", tmp_path / "high", check=0)
    assert "0.5" in check(batch, "--index", tmp_path / "high", "--min-containment", "0.5", check=2).stderr.decode()


def test_the_index_is_no_input(check, batch, index):
    check(batch, "--index", index, "--add", check=0)
    data = json.loads(check(batch.parent, "--index", index, "--format=json", check=0).stdout)
    assert (data["documents"], data["bad_records"]) == (4, 0)


def test_pages_are_cleaned(dedup, tmp_path):
    menu = "".join(f"<li><a href='/{name}'>{name}</a></li>" for name in ("Home", "Politics", "Sports", "Weather"))
    for name, text in (("one", STORY), ("two", OTHER)):
        body = "".join(f"<p>{line}</p>" for line in text.split("\n"))
        page = f"<html><body><nav><ul>{menu}</ul></nav><article><h1>{name}</h1>{body}</article></body></html>"
        (tmp_path / f"{name}.html").write_text(page)
    done = dedup("check", tmp_path, "--max-boilerplate=90%", "--format=json", check=0)
    assert json.loads(done.stdout)["rows"] == []
    done = dedup("check", tmp_path, "--max-boilerplate=1%:1", "--format=jsonl", check=1)
    assert [Path(row["id"]).name for row in map(json.loads, done.stdout.splitlines())] == ["one.html", "two.html"]


FAILING = """
import errno, sys
from dedup.index import adding, store

def full(*_):
    raise OSError(errno.ENOSPC, "No space left on device")

class Connection:
    def __init__(self, db):
        self._db = db
    def __getattr__(self, name):
        return getattr(self._db, name)
    def execute(self, statement, *values):
        if statement == "COMMIT":
            full()
        return self._db.execute(statement, *values)

if sys.argv.pop(1) == "adding":
    adding.Batch.finish = full
else:
    connect = store.sqlite3.connect
    store.sqlite3.connect = lambda *arguments, **options: Connection(connect(*arguments, **options))
from dedup.cli import main
main()
"""


@pytest.mark.parametrize("when", ["adding", "acknowledging"])
def test_where_adding_fails_no_verdict_says_that_it_was_done(batch, index, tmp_path, when):
    """A disk that is full as the batch is added, and one that is full only as it is acknowledged."""
    outputs = {name: tmp_path / name for name in ("json", "junit", "baseline")}
    (tmp_path / "json").write_text("before")
    (tmp_path / "summary").write_text("before")
    command = [sys.executable, "-c", FAILING, when, "check", "--no-clean", "--workers", "1", batch, "--index", index]
    command += ["--add", "--max-excerpts", "9", "--write-baseline", outputs["baseline"], "--format", "github"]
    command += [f"--format={name}={outputs[name]}" for name in ("json", "junit")]
    environment = os.environ | {"GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
    done = subprocess.run(command, capture_output=True, cwd=REPOSITORY, env=environment, timeout=300, check=False)
    assert (done.returncode, b"No space left" in done.stderr) == (2, True), done.stderr
    assert {name: path.exists() and path.read_text() for name, path in outputs.items()} == {
        "json": "before", "junit": False, "baseline": False,
    }  # fmt: skip
    assert (tmp_path / "summary").read_text() == "before"
    assert (done.stdout == b"") == (when == "adding")
    assert held(index) == []
