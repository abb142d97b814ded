"""`dedup index` as a user meets it."""

import json
import re

import pytest

from tests.cli.conftest import REPOSITORY

COMMANDS = ("create", "add", "remove", "stats", "verify", "compact", "export")


@pytest.fixture
def held(dedup, corpus, tmp_path):
    """An index of the small corpus."""
    path = tmp_path / "held"
    dedup("index", "create", path, "--texts", check=0)
    done = dedup("index", "add", path, corpus, "--no-clean", check=0)
    assert f"{corpus}:3" in done.stderr.decode()
    assert "4 documents added, 1 records skipped" in done.stderr.decode()
    assert done.stdout == b""
    return path


def exported(dedup, path):
    return [json.loads(line) for line in dedup("index", "export", path, check=0).stdout.splitlines()]


def test_every_command_has_help_and_every_option_is_documented(dedup):
    documented = (REPOSITORY / "docs" / "cli.md").read_text(encoding="utf8")
    listed = dedup("index", "--help", check=0).stdout.decode()
    for name in COMMANDS:
        out = dedup("index", name, "--help", check=0).stdout.decode()
        assert f"  {name} " in listed
        assert f"`dedup index {name}" in documented
        assert "Usage: dedup index " + name in out
        for option in re.findall(r"--[a-z-]+", out):
            common = option in {"--help", "--output"} or option.endswith("-field")
            assert common or option in documented, f"{option} of {name} is not in docs/cli.md"


def test_what_was_added_is_held_and_given_back(dedup, held):
    rows = exported(dedup, held)
    assert [row["id"] for row in rows] == ["story", "copy", "excerpt", "other"]
    assert rows[0]["site"] == "one.example"
    assert rows[0]["text"].startswith("The harbour of Wexmouth")
    stats = json.loads(dedup("index", "stats", held, check=0).stdout)
    assert (stats["documents"], stats["texts"], stats["segments"]) == (4, 3, 1)
    assert stats["bounds"] == {"min_jaccard": 0.7, "min_containment": 0.5, "min_shared": 15}


def test_bounds_are_kept(dedup, tmp_path):
    path = tmp_path / "held"
    dedup("index", "create", path, "--min-jaccard", "0.8", "--min-shared", "20", check=0)
    bounds = json.loads(dedup("index", "stats", path, check=0).stdout)["bounds"]
    assert bounds == {"min_jaccard": 0.8, "min_containment": 0.5, "min_shared": 20}


def test_adding_again_is_refused_or_passed_over(dedup, corpus, held):
    done = dedup("index", "add", held, corpus, "--no-clean", check=2)
    assert "holds 4 of these ids" in done.stderr.decode()
    done = dedup("index", "add", held, corpus, "--no-clean", "--skip-held", check=0)
    assert "0 documents added, 4 were held already" in done.stderr.decode()


def test_removing_and_compacting(dedup, held):
    done = dedup("index", "remove", held, "copy", "--ids-from", "-", stdin=b"other\nnobody\n", check=0)
    assert "2 documents removed, 1 of these ids were not held" in done.stderr.decode()
    dedup("index", "compact", held, check=0)
    assert [row["id"] for row in exported(dedup, held)] == ["story", "excerpt"]
    done = dedup("index", "verify", held, check=0)
    assert done.stdout == b""
    assert "2 documents, all sound" in done.stderr.decode()
    assert "no id" in dedup("index", "remove", held, check=2).stderr.decode()


def test_verify_says_what_is_damaged_and_fails(dedup, held):
    [segment] = held.glob("*.segment")
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.write_bytes(data)
    done = dedup("index", "verify", held, check=1)
    assert done.stdout.decode().splitlines()[0] == f"{segment.name}: its checksum is wrong"
    segment.write_bytes(data[:-1])
    assert "bytes instead of" in dedup("index", "verify", held, check=2).stderr.decode()


@pytest.mark.parametrize("arguments", [("stats",), ("add",), ("verify",), ("export",)])
def test_a_missing_index_is_an_error_that_says_what_to_do(dedup, corpus, tmp_path, arguments):
    more = [corpus] if arguments == ("add",) else []
    done = dedup("index", *arguments, tmp_path / "nowhere", *more, check=2)
    assert "no index stands here. Make one with dedup index create" in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


def test_settings_of_the_index_hold_for_its_commands(dedup, tmp_path, monkeypatch):
    monkeypatch.setenv("DEDUP_INDEX_CREATE_MIN_SHARED", "40")
    dedup("index", "create", tmp_path / "held", check=0)
    assert json.loads(dedup("index", "stats", tmp_path / "held", check=0).stdout)["bounds"]["min_shared"] == 40
