"""A scratch repository with a batch that is news and one that is not, and an environment where `dedup` is this tree."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.contrib.stories import paragraphs

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def env(tmp_path_factory):
    """An environment with this tree's `dedup` on PATH, and no settings of who runs the tests."""
    folder = tmp_path_factory.mktemp("bin")
    command = folder / "dedup"
    command.write_text(f"#!/bin/sh\nexec '{sys.executable}' -m dedup \"$@\"\n")
    command.chmod(0o755)
    paths = [str(REPOSITORY), os.environ.get("PYTHONPATH", "")]
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DEDUP_", "GITHUB_", "GIT_", "PRE_COMMIT"))
    }
    own = {
        "PATH": str(folder) + os.pathsep + os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Tester",
        "GIT_AUTHOR_EMAIL": "tester@desk.example",
        "GIT_COMMITTER_NAME": "Tester",
        "GIT_COMMITTER_EMAIL": "tester@desk.example",
    }
    return kept | own


@pytest.fixture
def scratch(tmp_path, env):
    """A git repository of a desk that keeps an index of what it holds, and two batches that came in."""
    folder = tmp_path / "desk"
    (folder / "incoming").mkdir(parents=True)

    def run(*command, code=0):
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == code, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def write(name, **texts):
        lines = (json.dumps({"id": id, "text": "\n".join(text)}) for id, text in texts.items())
        (folder / name).write_text("".join(f"{line}\n" for line in lines), "utf-8")

    write("held.jsonl", ferry=paragraphs("ferry"), tea=paragraphs("tea"))
    write("incoming/news.jsonl", port=paragraphs("port"), bells=paragraphs("bells"))
    write("incoming/stale.jsonl", recall=paragraphs("recall"), again=[*paragraphs("ferry"), "By Ann of the desk."])
    run("git", "init", "-q", "-b", "main")
    return SimpleNamespace(folder=folder, run=run, write=write)
