"""Scans that were stopped: killed at any moment, out of disk, or asked again; what they end in is what an undisturbed
scan ends in, and what was finished is not done again."""

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

import dedup
from benchmarks.generate import news
from dedup import match
from dedup.engine import local
from dedup.engine.output import write
from dedup.engine.work import Work
from dedup.errors import OutputError

REPOSITORY = Path(__file__).parents[2]
NEWSROOM = REPOSITORY / "fixtures" / "newsroom" / "documents.jsonl"
FILES = ("pairs.jsonl", "clusters.jsonl", "documents.jsonl", "outlets.jsonl", "readings.jsonl")
PLAIN = ("--no-clean", "--workers", "2")

# The command line, with a checkpoint at every look at the clock. The first argument says after how many seconds of CPU
# time the system ends the process, as at once as SIGKILL does: so moments lie where they should on a busy machine, too.
# The second one bounds the size of files. 0 for neither.
DRIVER = """
import resource, signal, sys
from dedup.engine import local
local.CHECKPOINT_SECONDS, local._LOOK = 0.0, 8
signal.setitimer(signal.ITIMER_PROF, float(sys.argv[1]))
if int(sys.argv[2]):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
from dedup.cli import main
sys.argv = ["dedup", *sys.argv[3:]]
main()
"""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """A corpus of news, of which one record is broken."""
    path = tmp_path_factory.mktemp("corpus") / "news.jsonl"
    rows = [json.dumps(document) for document, _ in news(1500, 5)]
    path.write_text("\n".join([*rows[:700], '{"id": "broken', *rows[700:]]), encoding="utf8")
    return path


def start(*arguments, moment=0.0, most=0):
    command = [sys.executable, "-c", DRIVER, str(moment), str(most), "scan", *map(str, arguments)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=REPOSITORY, stdout=pipe, stderr=pipe, start_new_session=True)


def run(*arguments, code=0, **more):
    process = start(*arguments, **more)
    _, told = process.communicate(timeout=240)
    assert process.returncode == code, told.decode()
    return " ".join(told.decode().split())


def results(folder):
    summary = json.loads((folder / "summary.json").read_bytes())
    counts = {name: summary[name] for name in ("documents", "bad_records", "blocks", "pairs", "agencies")}
    return [(folder / name).read_bytes() for name in FILES], counts


def left_over(folder):
    """What stands in a folder of results beside them."""
    return {path.name for path in folder.iterdir()} - {*FILES, "summary.json", "report.html"}


def seconds_of(*arguments):
    """Run a scan and return its CPU time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run(*arguments)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def kill_and_go_on(arguments, folder, moment):
    """End a scan at a moment, and go on; return whether it was ended."""
    process = start(*arguments, "-o", folder, moment=moment)
    process.communicate(timeout=240)
    assert process.returncode in (0, -signal.SIGPROF)
    run(*arguments, "-o", folder, "--resume")
    return process.returncode != 0


@pytest.fixture(scope="module", params=["plain", "cleaned"])
def killed(request, corpus, tmp_path_factory):
    """Scans that were killed at six moments from a fixed seed: in imports, reading, sketching, matching, writing.

    One that cleans does it in one process: what it takes is then its own CPU time.
    """
    kind, folder = request.param, tmp_path_factory.mktemp("killed")
    arguments = (corpus, *PLAIN) if kind == "plain" else (NEWSROOM, "--workers", "1")
    run(*arguments, "-o", folder / "warm-up")  # kernels are compiled
    took = seconds_of(*arguments, "-o", folder / "undisturbed")
    generator = random.Random(f"issue 4, {kind}")
    # The driver's own imports, a quarter of the time, are over when its clock starts.
    moments = [generator.uniform(0.05, 0.7) * took for _ in range(4 if kind == "plain" else 2)]
    ended = [kill_and_go_on(arguments, folder / f"{moment:.3f}", moment) for moment in moments]
    assert any(ended)
    return folder / "undisturbed", [folder / f"{moment:.3f}" for moment in moments]


def test_a_killed_scan_goes_on_to_the_same_bytes(killed):
    undisturbed, folders = killed
    expected = results(undisturbed)
    assert all(expected[0])
    for folder in folders:
        assert results(folder) == expected, folder


def test_a_killed_scan_that_went_on_leaves_nothing_behind(killed):
    undisturbed, folders = killed
    assert [left_over(folder) for folder in (undisturbed, *folders)] == [set()] * (len(folders) + 1)


def running(session):
    """Processes of a session."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            fields = (path / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(int(path.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="this system does not list its processes")
def test_a_scan_that_is_killed_while_it_cleans_leaves_no_processes(tmp_path):
    process = start(NEWSROOM, "--workers", "2", "-o", tmp_path)
    state = tmp_path / ".dedup-scan" / "state.json"
    try:
        while process.poll() is None and not state.exists():
            time.sleep(0.01)
        assert len(running(process.pid)) > 2
        process.kill()
        process.wait()
        end = time.monotonic() + 10
        while running(process.pid) and time.monotonic() < end:
            time.sleep(0.1)
        assert not running(process.pid)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


# ------------------------------------------------------------------------------------------------ asked again, and how


@pytest.fixture
def stopped(corpus, tmp_path):
    """A scan that ran out of disk in the middle: its folder, and what it said."""
    folder = tmp_path / "out"
    told = run(corpus, *PLAIN, "-o", folder, code=2, most=1 << 20)
    return folder, told


def test_a_full_disk_is_told_and_the_scan_goes_on_when_there_is_room(stopped, corpus, tmp_path):
    folder, told = stopped
    assert f"{folder / '.dedup-scan'}: cannot keep what is done: File too large" in told
    assert "Free some space" in told
    assert "--resume goes on" in told
    assert left_over(folder) == {".dedup-scan"}
    documents = json.loads((folder / ".dedup-scan" / "state.json").read_bytes())["documents"]
    assert 0 < documents < 1500
    run(corpus, *PLAIN, "-o", folder, "--resume")
    run(corpus, *PLAIN, "-o", tmp_path / "undisturbed")
    assert results(folder) == results(tmp_path / "undisturbed")
    assert not left_over(folder)


def test_without_resume_a_stopped_scan_is_forgotten_and_another_is_refused(stopped, corpus, tmp_path):
    folder, _ = stopped
    told = run(corpus, *PLAIN, "-o", folder, "--resume", "--min-jaccard", "0.8", "--keep", "first", code=2)
    assert "What differs: bounds, keep" in told
    os.utime(corpus)
    assert "What differs: inputs" in run(corpus, *PLAIN, "-o", folder, "--resume", code=2)
    run(corpus, *PLAIN, "-o", folder)
    run(corpus, *PLAIN, "-o", tmp_path / "undisturbed", "--resume")  # nothing there: from the start
    assert results(folder) == results(tmp_path / "undisturbed")
    assert not left_over(folder)


def test_two_scans_into_one_folder_are_refused(corpus, tmp_path):
    pytest.importorskip("fcntl")
    work = Work(tmp_path / ".dedup-scan")
    work.finish("read")
    for more in ([], ["--resume"]):
        assert "another scan is at work" in run(corpus, *PLAIN, "-o", tmp_path, *more, code=2)
    assert work.path("state.json").exists()


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 3 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "none", os.fspath(folder)]
    if os.geteuid() or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("may not mount a file system here")
    yield folder
    subprocess.run(["umount", os.fspath(folder)], check=True)


def test_a_disk_without_space(small_disk, corpus, tmp_path):
    (small_disk / "ballast").write_bytes(bytes(1 << 20))
    told = run(corpus, *PLAIN, "-o", small_disk / "out", code=2)
    assert "No space left on device" in told
    assert os.fspath(small_disk / "out") in told
    assert "Traceback" not in told
    (small_disk / "ballast").unlink()
    subprocess.run(["mount", "-o", "remount,size=200m", os.fspath(small_disk)], check=True)
    run(corpus, *PLAIN, "-o", small_disk / "out", "--resume")
    run(corpus, *PLAIN, "-o", tmp_path / "undisturbed")
    assert results(small_disk / "out") == results(tmp_path / "undisturbed")


# ------------------------------------------------------------------------------------------ stages that are finished

STAGES = {
    "read": [(local, "_read")],
    "sketch": [(local, "_read"), (local, "_sketch")],
    "match": [(local, "_read"), (local, "_sketch"), (match, "match_sketched")],
}


class Killed(Exception):
    pass


def refuse(*_, **__):
    raise AssertionError("a finished stage is done again")


def written(result, folder):
    folder.mkdir()
    write(result, folder)
    return results(folder)


@pytest.mark.parametrize("clean", [False, True])
@pytest.mark.parametrize("stage", STAGES)
def test_finished_stages_are_not_done_again(stage, clean, tmp_path, monkeypatch):
    documents = list(dedup.read(NEWSROOM))
    options = local.ScanOptions(clean=clean)
    finish = Work.finish

    def finish_and_die(work, name):
        finish(work, name)
        if name == stage:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Work, "finish", finish_and_die)
        work = Work(tmp_path / "work")
        with pytest.raises(Killed):
            local.scan(documents, options, work=work)
        work.release()
    expected = written(local.scan(documents, options), tmp_path / "undisturbed")
    for holder, name in STAGES[stage]:
        monkeypatch.setattr(holder, name, refuse)

    def unread():
        refuse()
        yield

    again = local.scan(unread(), options, work=Work(tmp_path / "work", resume=True))
    assert written(again, tmp_path / "again") == expected


def test_documents_that_were_read_are_not_cleaned_again(tmp_path, monkeypatch):
    monkeypatch.setattr(local, "CHECKPOINT_SECONDS", 0.0)
    documents = list(dedup.read(NEWSROOM))
    options = local.ScanOptions()

    def until_killed():
        yield from documents[:150]
        raise Killed

    work = Work(tmp_path / "work")
    with pytest.raises(Killed):
        local.scan(until_killed(), options, work=work)
    done = work.state.documents
    assert 0 < done < 150
    work.release()
    cleaned = []
    add = local.Holdings.add
    monkeypatch.setattr(local.Holdings, "add", lambda *of: (cleaned.extend(one.id for one, _ in of[1]), add(*of))[1])
    again = local.scan(documents, options, work=Work(tmp_path / "work", resume=True))
    assert cleaned == [document.id for document in documents[done:]]
    monkeypatch.undo()
    assert written(again, tmp_path / "again") == written(local.scan(documents, options), tmp_path / "undisturbed")


def test_a_disk_that_fills_up_while_sketching_is_told(tmp_path, monkeypatch):
    """The system says so in the middle of a stage."""
    documents = list(dedup.read(NEWSROOM))

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    for name in ("sketch", "match"):
        with monkeypatch.context() as patch:
            patch.setattr(match.Sketched, "add", full) if name == "sketch" else patch.setattr(match, "save_table", full)
            work = Work(tmp_path / name)
            with pytest.raises(OutputError, match="No space left on device") as caught:
                local.scan(documents, local.ScanOptions(clean=False), work=work)
            assert os.fspath(tmp_path / name) in str(caught.value)
            assert not work.is_done(name)
