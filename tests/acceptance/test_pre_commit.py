"""The pre-commit hook, by pre-commit itself, in a scratch repository."""

import os
import re
import site
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.contrib.optional import needed

REPOSITORY = Path(__file__).parents[2]
PARTS = ("dedup", "pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml")


def hook():
    [described] = yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text("utf-8"))
    return described


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("incoming/news.jsonl", True),
        ("a.jsonl.gz", True),
        ("page.html", True),
        ("text.txt", True),
        ("table.tsv", True),
        ("README.md", False),
        ("script.py", False),
        ("frame.parquet", False),  # needs an extra
        ("text.txt.zst", False),
    ],
)
def test_files_that_the_hook_is_for(name, wanted):
    assert bool(re.search(hook()["files"], name)) is wanted


def test_a_commit_of_copies_is_stopped(scratch, env, tmp_path):
    needed("pre_commit")
    libraries = os.pathsep.join(path for path in (env["PYTHONPATH"], *site.getsitepackages(), *sys.path) if path)
    own = env | {"PRE_COMMIT_HOME": str(tmp_path / "pre-commit"), "PYTHONPATH": libraries}
    source = tmp_path / "source"  # what stands in this tree now, committed or not
    parts = [str(REPOSITORY / name) for name in PARTS]
    for command in (
        ["git", "init", "-q", str(source)],
        ["cp", "-R", *parts, str(source)],
        ["git", "-C", str(source), "add", "-f", "."],
        ["git", "-C", str(source), "commit", "-qm", "dedup"],
    ):
        subprocess.run(command, env=own, check=True)

    def committed(*names):
        scratch.run("git", "add", *names)
        command = [sys.executable, "-m", "pre_commit", "try-repo", str(source), "dedup-check", "--files", *names]
        return subprocess.run(command, cwd=scratch.folder, env=own, capture_output=True, text=True, check=False)

    passed = committed("held.jsonl", "incoming/news.jsonl")
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert "Passed" in passed.stdout
    stopped = committed("held.jsonl", "incoming/news.jsonl", "incoming/stale.jsonl")
    assert stopped.returncode == 1, stopped.stdout + stopped.stderr
    assert "Failed" in stopped.stdout
    assert "exit code: 1" in stopped.stdout
    assert "again" in stopped.stdout
    assert "ferry" in stopped.stdout
