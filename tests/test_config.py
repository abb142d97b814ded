"""Settings files: what holds where, and that nothing wrong in them goes unsaid."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dedup.cli import run
from dedup.config import load_settings
from dedup.errors import UsageError

REPOSITORY = Path(__file__).parent.parent


def whole(value):
    if type(value) is not int:
        raise ValueError("is no whole number")


COMMANDS = {"scan": {"workers": whole, "min_shared": whole}, "clean": {"workers": whole}, "fields": {}}


def settings(folder, text, name="dedup.toml"):
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_settings(COMMANDS, folder)


def test_common_keys_go_to_the_commands_that_have_them(tmp_path):
    found = settings(tmp_path, "workers = 3\nmin-shared = 9\n[scan]\nworkers = 4\n")
    assert found == {"scan": {"workers": 4, "min_shared": 9}, "clean": {"workers": 3}, "fields": {}}


def test_the_nearest_file_holds_and_the_own_file_before_the_project(tmp_path):
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    settings(tmp_path, "workers = 1")
    assert load_settings(COMMANDS, inner)["scan"] == {"workers": 1}
    settings(inner, "[tool.other]\nx = 1\n", "pyproject.toml")
    assert load_settings(COMMANDS, inner)["scan"] == {"workers": 1}
    settings(inner, "[tool.dedup]\nworkers = 2\n", "pyproject.toml")
    assert load_settings(COMMANDS, inner)["scan"] == {"workers": 2}
    settings(inner, "workers = 3")
    assert load_settings(COMMANDS, inner)["scan"] == {"workers": 3}


def test_a_byte_order_mark_is_no_error(tmp_path):
    assert settings(tmp_path, b"\xef\xbb\xbfworkers = 2\n")["scan"] == {"workers": 2}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("scan = 5", "'scan'"),
        ("wrokers = 5", "'wrokers'"),
        ("[scna]\nworkers = 5", "'scna'"),
        ("[scan]\nmin-sharde = 5", "'min-sharde'"),
        ("[scan.sub]\nworkers = 5", "'sub'"),
        ("[scan.workers]\nx = 5", "'scan.workers'"),
        ("[clean]\nmin-shared = 5", "'min-shared'"),
        ("[scan]\nworkers = 1.5", "'scan.workers' is no whole number"),
        ("workers = 1979-05-27", "'workers' is no whole number"),
        ("workers = [1]", "'workers' is no whole number"),
        ("workers = ", "not TOML"),
        (b"workers = '\xff'", "not TOML"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_key(tmp_path, text, named):
    with pytest.raises(UsageError) as error:
        settings(tmp_path, text)
    assert named in str(error.value)
    assert str(tmp_path / "dedup.toml") in str(error.value)


@pytest.mark.parametrize("text", ["tool = 3", "[tool]\ndedup = 3", "[tool.dedup]\nwrokers = 3"])
def test_what_is_wrong_in_a_project(tmp_path, text):
    with pytest.raises(UsageError, match=r"pyproject\.toml: .*'(tool|dedup|wrokers)'"):
        settings(tmp_path, text, "pyproject.toml")


def command_line(folder, *arguments):
    command = [sys.executable, "-m", "dedup", *arguments]
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment, check=False)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("min-jacard = 0.8", "min-jacard"),
        ("[scan]\nmin-jaccard = [1, 2]", "scan.min-jaccard"),
        ("min-jaccard = 1979-05-27", "min-jaccard"),
        ("min-jaccard = 1.5", "min-jaccard"),
        ("min-jaccard = '0.5'", "min-jaccard"),
        ("min_shared = 1e400", "min_shared"),
        ("min-shared = 3.7", "min-shared"),
        ("min-shared = 0", "min-shared"),
        ("workers = true", "workers"),
        ("[filter]\nquiet = 1", "filter.quiet"),
        ("keep = 'bogus'", "keep"),
        ("[scan]\nhelp = true", "help"),
        ("[scan]\ninputs = 'x'", "inputs"),
    ],
)
def test_the_command_line_knows_its_options(tmp_path, monkeypatch, capsys, text, named):
    (tmp_path / "dedup.toml").write_text(text)
    monkeypatch.chdir(tmp_path)
    assert run(["fields"]) == 2
    err = capsys.readouterr().err
    assert str(tmp_path / "dedup.toml") in err
    assert f"'{named}'" in err


def test_good_values_of_every_kind_are_taken(tmp_path):
    text = "min-jaccard = 1\nmin-containment = 0.5\nworkers = 2\nkeep = 'first'\nquiet = true\n[scan]\noutput = 'out'\n"
    (tmp_path / "dedup.toml").write_text(text + "format = 'jsonl'\n[clean]\nblocks = true\n")
    (tmp_path / "in.jsonl").write_text('{"text": "words of a text"}\n')
    done = command_line(tmp_path, "clean", "in.jsonl", "-o", "-")
    assert (done.returncode, done.stderr) == (0, "")
    assert '"blocks"' in done.stdout


def test_help_works_beside_a_broken_file(tmp_path):
    (tmp_path / "dedup.toml").write_text("broken")
    assert command_line(tmp_path, "fields").returncode == 2
    for arguments in (["--help"], ["scan", "--help"], ["fields", "-h"], ["--version"]):
        assert command_line(tmp_path, *arguments).returncode == 0
