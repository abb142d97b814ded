"""The steps of action.yml, run in a scratch repository: a batch that passes, one that does not, and bad use."""

import json
import os
import site
import sys
from pathlib import Path

import pytest

from dedup.index import Index
from dedup.sketch import pack
from dedup.verdicts import Entry
from tests.acceptance.workflow import Run
from tests.contrib.stories import paragraphs

REPOSITORY = Path(__file__).parents[2]
ACTION = REPOSITORY / "action.yml"


@pytest.fixture
def action(scratch, env, tmp_path):
    with Index.create(scratch.folder / "held") as index:
        texts = {name: "\n".join(paragraphs(name)) for name in ("ferry", "tea")}
        index.add(pack(texts.values()), [Entry(name) for name in texts])
    scratch.run("git", "add", ".")
    scratch.run("git", "commit", "-qm", "what is held")

    def run(**inputs):
        named = {"index": "held", "version": "installed"} | {
            name.replace("_", "-"): value for name, value in inputs.items()
        }
        return Run(ACTION, scratch.folder, tmp_path / "runner", named, env)

    return run


def held(scratch):
    with Index.open(scratch.folder / "held") as index:
        return len(index)


def test_a_batch_that_is_news_passes_and_is_added(action, scratch):
    done = action(paths="incoming/news.jsonl", max_duplicates="5%", min_body_chars="200", add="true")
    assert done.code == 0, done.stderr
    report = done.outputs.pop("report")
    expected = {
        "passed": "true",
        "documents": "2",
        "duplicates": "0",
        "excerpts": "0",
        "bad-records": "0",
        "added": "2",
    }
    assert done.outputs == expected
    assert json.loads(Path(report).read_text("utf-8"))["held"] == 2
    assert "::error" not in done.stdout
    assert "::notice title=dedup check::" in done.stdout
    assert done.summary
    assert held(scratch) == 4


def test_a_batch_of_copies_fails_with_annotations_and_adds_nothing(action, scratch):
    done = action(paths="incoming/", max_duplicates="5%", add="true")
    assert done.code == 1, done.stderr
    assert (done.outputs["passed"], done.outputs["documents"], done.outputs["duplicates"]) == ("false", "4", "1")
    assert done.outputs["added"] == "0"
    [at_record] = [line for line in done.stdout.splitlines() if line.startswith("::error") and "file=" in line]
    assert "file=incoming/stale.jsonl,line=2" in at_record
    assert "ferry" in at_record
    assert done.stdout.splitlines()[-1].startswith("::error title=dedup check::")
    assert "again" in done.summary
    assert held(scratch) == 2


def test_many_paths_and_further_options(action, scratch):
    scratch.write("incoming/of today.jsonl", wildfire=["A text of one line that is new."])
    done = action(
        paths="incoming/of today.jsonl\r\n\nincoming/stale.*\n", max_duplicates="1", args="--no-clean\n--matches=1\n"
    )
    assert done.code == 0, done.stderr
    assert (done.outputs["documents"], done.outputs["duplicates"]) == ("3", "1")


def test_inputs_are_data_and_no_commands(action, scratch):
    done = action(paths="$(touch owned)`touch owned`; touch owned", max_duplicates="$(touch owned)")
    assert done.code == 2
    assert not (scratch.folder / "owned").exists()


def test_what_cannot_be_checked_is_neither_passed_nor_failed(action):
    done = action(paths="missing.jsonl")
    assert done.code == 2
    assert "missing.jsonl" in done.stderr
    assert done.outputs["passed"] == done.outputs["report"] == ""
    assert action(paths="incoming/news.jsonl", index="nowhere").code == 2


def test_the_action_installs_the_dedup_that_it_comes_with(scratch, env, tmp_path):
    libraries = os.pathsep.join(path for path in (env["PYTHONPATH"], *site.getsitepackages(), *sys.path) if path)
    offline = env | {"PYTHONPATH": libraries}  # what dedup needs is there: pip has nothing to fetch but its builder
    done = Run(
        ACTION, scratch.folder, tmp_path / "runner", {"paths": "incoming/news.jsonl", "max-duplicates": "0"}, offline
    )
    assert done.code == 0, done.stderr
    command = tmp_path / "runner" / "dedup" / "bin" / "dedup"
    assert command.exists()
    assert done.outputs["documents"] == "2"
