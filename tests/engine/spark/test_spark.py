"""The scan on Spark is the local one: the same bytes, also where bounds cut in, and after it was stopped."""

import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest

import dedup
from dedup import cluster, corpus, match
from dedup.engine import local
from dedup.engine.folder import read_folder
from dedup.engine.options import ScanOptions
from dedup.engine.work import Work
from dedup.errors import DedupError, MissingExtraError, UsageError

pytest.importorskip("pyspark", reason="the extra spark is not installed")
from dedup.engine import spark
from dedup.engine.spark import heads, session, sketching, whole
from dedup.engine.spark.output import write
from dedup.match import identical, postings

FIXTURES = Path(__file__).parents[3] / "fixtures"


@pytest.fixture(scope="module")
def running():
    """A session of this machine, with little memory and few parts, as the corpora are small."""
    submit = "--conf spark.driver.memory=1g --conf spark.log.level=ERROR --conf spark.ui.enabled=false pyspark-shell"
    os.environ["PYSPARK_SUBMIT_ARGS"] = submit
    one = spark.open_session("local[2]")
    one.conf.set("spark.sql.shuffle.partitions", "4")
    yield one
    one.stop()


@pytest.fixture(params=["one task", "stages"])
def way(request, monkeypatch):
    """Both ways through a scan: what one task holds, and as if nothing fitted into one."""
    if request.param == "stages":
        monkeypatch.setattr(whole, "MOST_DOCUMENTS", -1)
    return request.param


def stages_of(result):
    return set(result.summary.seconds) - {"read"}


def told_by_spark(result):
    return {name: [row["json"] for row in told.lines().collect()] for name, told in result.told.items()}


def told_locally(result):
    made = {"pairs": result.pairs(), "clusters": result.clusters(), "documents": result.documents()}
    return {name: [msgspec.json.encode(row).decode() for row in rows] for name, rows in made.items()}


def counts(summary):
    fields = ("documents", "bad_records", "duplicates", "clusters", "pairs", "blocks", "agencies", "parameters")
    return {name: getattr(summary, name) for name in fields}


def assert_same(result, wanted):
    assert told_by_spark(result) == told_locally(wanted)
    assert result.outlet_rows == wanted.outlets()
    assert result.readings == list(wanted.readings())
    assert counts(result.summary) == counts(wanted.summary())


def bounded():
    """Texts among which every bound of the search cuts in: many that are identical, a template, a line, none."""
    random = np.random.default_rng(2)
    words = np.array([f"word{i}" for i in range(900)])
    template, story = " ".join(random.choice(words, 70)), list(random.choice(words, 120))
    rows = []
    for number in range(260):
        kind = number % 13
        own = list(random.choice(words, 60))
        if kind < 4:
            text = f"{template} {' '.join(own)}"
        elif kind < 7:
            text = " ".join([*story[: 60 + number % 60], *own[: number % 30]])
        elif kind < 9:
            text = " ".join(story).upper() if number % 2 else " ".join(story)
        elif kind == 9:
            text = " ".join(story[:40])
        elif kind == 10:
            text = "one short line" if number % 3 else ""
        else:
            text = " ".join(own)
        published = f"2026-03-{1 + number % 27:02}T{number % 24:02}:00:00Z" if number % 5 else None
        rows.append({"id": f"d{number}", "text": text, "site": f"site{number % 7}.example", "published": published})
    return rows


def test_every_bound_cuts_where_it_cuts_locally(running, tmp_path, monkeypatch):
    changed = ((postings, "LEAST_FULL", 8), (postings, "FREE_MEETINGS", 0), (postings, "MEETINGS", 20),
               (identical, "FULL", 12), (heads, "FEW_PAIRS", 0), (whole, "MOST_DOCUMENTS", 100))  # fmt: skip
    for room, name, value in changed:
        monkeypatch.setattr(room, name, value)
    monkeypatch.setattr(identical, "cross", identical.cross.py_func)  # a kernel has constants in it
    path = tmp_path / "in.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in bounded()), encoding="utf8")
    options = ScanOptions(clean=False, keep="agency")
    result = spark.scan_files(running, [str(path)], options, Work(tmp_path / "work"))
    wanted = local.scan(corpus.read(path), options)
    assert_same(result, wanted)
    assert wanted.summary().duplicates > 50


def test_one_task_that_takes_too_much_leaves_it_to_the_stages(running, tmp_path, monkeypatch):
    monkeypatch.setattr(whole, "TASK_MEMORY", 10 * whole.A_PAIR)
    path = tmp_path / "in.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in bounded()[:60]), encoding="utf8")
    options = ScanOptions(clean=False, keep="first")
    result = spark.scan_files(running, [str(path)], options, Work(tmp_path / "work"))
    assert_same(result, local.scan(corpus.read(path), options))
    assert {whole.STAGE, "verify"} < stages_of(result)


@pytest.mark.parametrize("most", [0, 1 << 20])
def test_a_task_gives_up_by_the_pairs_of_identical_texts_or_by_its_memory(tmp_path, most):
    rows = [json.dumps({"id": f"{number}", "text": "one text of eight words that all have"}) for number in range(150)]
    work = Work(tmp_path / "work")
    documents = [corpus.FieldMap().document(json.loads(row), "") for row in rows]
    sketched = match.Sketched(work.path("sketched"), ScanOptions().bounds.min_jaccard)
    with pytest.raises(whole.TooMuchError, match="11,175 pairs"):
        local.scan(documents, ScanOptions(clean=False), whole.Bounded(sketched, most), work=work)
    with pytest.raises(whole.TooMuchError, match="of memory"):
        whole.Bounded(sketched, most).advance()


def test_what_is_bad_is_counted_and_the_first_of_an_id_stands(running, tmp_path, way):
    rows = [{"id": "a", "text": "the same words in this text and no others"}, {"id": "b", "text": "x"}]
    lines = [
        *map(json.dumps, rows),
        "{",
        json.dumps({"id": "a", "text": "another one"}),
        json.dumps({"text": "no id"}),
        "[]",
    ]
    path = tmp_path / "in.jsonl"
    path.write_text("\n".join(lines), encoding="utf8")
    told, bad = [], []
    result = spark.scan_files(running, [str(path)], ScanOptions(clean=False), Work(tmp_path / "w"), on_bad=told.append)
    wanted = local.scan(corpus.read(path, on_bad=bad.append), ScanOptions(clean=False), bad_records=lambda: len(bad))
    assert_same(result, wanted)
    assert result.summary.bad_records == len(bad) == 3
    assert (stages_of(result) == {whole.STAGE}) == (way == "one task")
    assert {one.where for one in told} <= {one.where for one in bad}


def test_a_frame_gives_frames_and_parts_of_parquet(running, tmp_path):
    texts = ["the bridge over the river was closed on monday after a barge hit one of its pillars police said"] * 2
    rows = [(f"n{number}", text, "https://gazette.example/1") for number, text in enumerate([*texts, "else"])]
    frame = running.createDataFrame(rows, "doc_id string, maintext string, url string")
    result = spark.scan(frame, ScanOptions(clean=False), fields=corpus.FieldMap(id="doc_id"))
    [pair] = result.pairs.collect()
    assert (pair["a"], pair["b"], pair["relation"], pair["jaccard"]) == ("n0", "n1", "exact", 1.0)
    assert pair["passages"] == [[0, len(texts[0]), 0, len(texts[0])]]
    [cluster] = result.clusters.collect()
    assert [member["id"] for member in cluster["members"]] == ["n0", "n1"]
    assert [row["is_duplicate"] for row in result.documents.collect()] == [False, True, False]
    assert [(row["site"], row["documents"]) for row in result.outlets.collect()] == [("gazette.example", 3)]
    data = write(result, tmp_path, "parquet")
    assert [cluster.size for cluster in data.clusters] == [2]
    assert [row.is_duplicate for row in read_folder(tmp_path).documents] == [False, True, False]
    assert (tmp_path / "report.html").stat().st_size > 10_000


def test_an_id_twice_in_a_frame_is_told(running, way):
    frame = running.createDataFrame([("x", "a"), ("x", "b")], "id string, text string")
    with pytest.raises(UsageError, match="x: this id stands twice"):
        spark.scan(frame, ScanOptions(clean=False))


class Stopping:
    """Stops a scan where it enters a stage, and notes those before."""

    def __init__(self, at=None):
        self.at, self.stages = at, []

    def stage(self, name, total=None):
        if name == self.at:
            raise KeyboardInterrupt
        self.stages.append(name)

    def advance(self, steps=1):
        pass


def test_a_scan_that_was_stopped_goes_on_with_its_stage(running, tmp_path, way):
    stage = {"one task": whole.STAGE, "stages": "verify"}[way]
    inputs, options = [str(FIXTURES / "newsroom_text")], ScanOptions()
    work, first, then = Work(tmp_path / "work"), Stopping(stage), Stopping()
    with pytest.raises(KeyboardInterrupt):
        spark.scan_files(running, inputs, options, work, progress=first)
    work.release()
    result = spark.scan_files(running, inputs, options, Work(tmp_path / "work", resume=True), progress=then)
    assert then.stages[0] == stage
    assert not set(first.stages) & set(then.stages)
    assert_same(result, local.scan(corpus.read(inputs), options))


def test_settings_of_a_session_are_as_before(running):
    name = "spark.sql.files.maxPartitionBytes"
    before = running.conf.get(name)
    with session.settings(running):
        assert running.conf.get(name) == session.SETTINGS[name]
    assert running.conf.get(name) == before


HEAP = "java.lang.OutOfMemoryError: Java heap space"
UNREAD = "a.jsonl: cannot be read"
NO_PATH = "[PATH_NOT_FOUND] Path does not exist: file:/x"


@pytest.mark.parametrize(
    ("message", "what"),
    [
        (f"An error occurred.\n{HEAP}", HEAP),
        (f"Traceback\n  File x\ndedup.errors.InputError: {UNREAD}. Check it\n\tat org", UNREAD),
        (f"{NO_PATH}\nmore", NO_PATH),
    ],
)
def test_of_what_spark_raises_only_the_cause_is_told(message, what):
    from pyspark.errors import PySparkException

    with pytest.raises(DedupError, match=re.escape(what)) as caught, session.told():
        raise PySparkException(message)
    assert "at org" not in str(caught.value)


def test_without_java_it_is_said_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(UsageError, match="Install Java 17"):
        spark.open_session("local[1]")


def test_an_old_java_is_told(monkeypatch, tmp_path):
    (tmp_path / "bin").mkdir()
    java = tmp_path / "bin" / "java"
    java.write_text("#!/bin/sh\necho 'openjdk version \"1.8.0_392\"' >&2\n", encoding="utf8")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(UsageError, match="needs Java 17, and this is 8"):
        spark.open_session("local[1]")


def test_without_pyspark_the_extra_is_named(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "pyspark" or "engine.spark" in name]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(MissingExtraError, match=r"newsdedup\[spark\]"):
        importlib.import_module("dedup.engine.spark")


@pytest.fixture
def nowhere_to_write(tmp_path):
    """Variables under which there is neither a home nor a place beside the package, where kernels could be cached."""
    package = Path(dedup.__file__).parent
    copy = tmp_path / "installed" / "dedup"
    shutil.copytree(package, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for folder in {path.parent for path in copy.rglob("*.py")}:
        (folder / "__pycache__").write_bytes(b"")  # stops root, too
    return {"HOME": "/proc/none", "PYTHONPATH": str(copy.parent)}


def test_the_command_writes_parts_and_the_same_report_also_where_nothing_can_be_cached(tmp_path, nowhere_to_write):
    given = tmp_path / "in.jsonl"
    given.write_text("".join(f"{json.dumps(row)}\n" for row in bounded()[:60]), encoding="utf8")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "pairs.jsonl").write_text("of an earlier scan\n", encoding="utf8")
    submit = {"PYSPARK_SUBMIT_ARGS": "--conf spark.log.level=ERROR pyspark-shell"}
    environment = {**os.environ, **submit, **nowhere_to_write}
    environment.pop("NUMBA_CACHE_DIR", None)
    command = [sys.executable, "-m", "dedup", "scan", "-q", "--no-clean", str(given), "-o"]
    on_spark = [*command, str(tmp_path / "out"), "--engine", "spark", "--master", "local[1]"]
    subprocess.run(on_spark, check=True, env=environment, cwd=tmp_path)  # elsewhere the package of the tests is first
    subprocess.run([*command, str(tmp_path / "local")], check=True)
    for name in ("pairs", "clusters", "documents"):
        parts = sorted((tmp_path / "out" / f"{name}.jsonl").glob("part-*"))
        assert b"".join(part.read_bytes() for part in parts) == (tmp_path / "local" / f"{name}.jsonl").read_bytes()
    assert not (tmp_path / "out" / ".dedup-scan").exists()
    pages = [(tmp_path / out / "report.html").read_text(encoding="utf8") for out in ("out", "local")]
    assert pages[0] == pages[1]


def test_stdin_is_refused(running, tmp_path):
    with pytest.raises(UsageError, match="-"):
        spark.scan_files(running, ["-"], ScanOptions(), Work(tmp_path / "work"))


@pytest.mark.parametrize("keep", ["earliest", "longest", "agency"])
def test_the_order_of_heads_is_that_of_priority(running, keep):
    random = np.random.default_rng(4)
    published = [None if n % 4 == 0 else f"2026-01-{1 + n % 3:02}" for n in range(60)]
    sizes = random.integers(1, 4, 60)
    agencies = [("AFP", "", None)[n % 3] for n in range(60)]
    ids = [f"é{number}" if number % 2 else f"Z{number}" for number in random.permutation(60)]
    since = [np.inf if one is None else cluster.published_instant(one) for one in published]
    rows = [(n, ids[n], float(since[n]), int(sizes[n]), agencies[n]) for n in range(60)]
    frame = running.createDataFrame(rows, "doc long, id string, since double, size long, agency string")
    found = [row["doc"] for row in frame.orderBy(*sketching._order(keep)).collect()]
    rank = cluster.priority(ids, published, sizes, agencies, keep)
    assert found == np.argsort(rank).tolist()
