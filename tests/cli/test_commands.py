"""The commands as a user meets them: other processes, exit codes, what stands on stdout and stderr."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from dedup.cli import COMMANDS
from tests.cli.conftest import NEWSROOM, REPOSITORY, STORY, rows

pytestmark = pytest.mark.filterwarnings("error")


def test_help_loads_nothing_heavy():
    code = (
        "import sys\nfrom dedup.cli import run\nrun(['--help'])\n"
        "print([m for m in ('numba', 'numpy', 'sklearn', 'pyarrow', 'rich') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.splitlines()[-1] == "[]"
    assert all(f"  {name} " in out for name in COMMANDS)


def test_every_command_has_help_and_is_documented(dedup):
    documented = (REPOSITORY / "docs" / "cli.md").read_text(encoding="utf8")
    for name in COMMANDS:
        out = dedup(name, "--help", check=0).stdout.decode()
        assert "Usage: dedup " + name in out
        assert f"`dedup {name}" in documented
        for option in re.findall(r"--[a-z-]+", out):
            common = option in {"--help", "--output"} or option.endswith("-field")
            assert common or option in documented, f"{option} of {name} is not in docs/cli.md"


def test_version(dedup):
    import dedup as package

    assert dedup("--version", check=0).stdout.decode() == f"dedup, version {package.__version__}\n"


def test_scan_writes_its_files_and_talks_on_stderr(dedup, corpus, tmp_path):
    done = dedup("scan", corpus, "-o", tmp_path / "out", "--no-clean", check=0)
    assert done.stdout == b""
    assert f"{corpus}:3" in done.stderr.decode()
    names = {path.name for path in (tmp_path / "out").iterdir()}
    tables = {f"{name}.jsonl" for name in ("pairs", "clusters", "documents", "outlets", "readings")}
    assert names == tables | {"summary.json", "report.html"}
    pairs = {(p["a"], p["b"]): p for p in rows(tmp_path / "out" / "pairs.jsonl")}
    assert {key: pair["relation"] for key, pair in pairs.items()} == {
        ("story", "copy"): "exact",
        ("story", "excerpt"): "excerpt",
        ("copy", "excerpt"): "excerpt",
    }
    assert pairs["story", "excerpt"]["containment_b"] == 1.0
    [cluster] = rows(tmp_path / "out" / "clusters.jsonl")
    assert (cluster["head"], cluster["origin"], cluster["size"]) == ("story", "story", 3)
    assert cluster["sites"] == ["one.example", "two.example"]
    documents = rows(tmp_path / "out" / "documents.jsonl")
    assert [d["id"] for d in documents] == ["story", "copy", "excerpt", "other"]
    assert [d["duplicate_of"] for d in documents] == [None, "story", "story", None]
    assert pairs["story", "excerpt"]["passages"]
    dedup("scan", corpus, "-o", tmp_path / "bare", "--no-clean", "--no-passages", check=0)
    bare = rows(tmp_path / "bare" / "pairs.jsonl")
    assert bare == [{**pair, "passages": []} for pair in pairs.values()]
    summary = json.loads((tmp_path / "out" / "summary.json").read_bytes())
    assert (summary["documents"], summary["bad_records"], summary["duplicates"]) == (4, 1, 2)


def test_a_second_scan_does_not_read_what_the_first_wrote(dedup, corpus):
    folder = corpus.parent
    for _ in range(2):
        dedup("scan", folder, "-o", folder / "out", "--no-clean", check=0)
        assert json.loads((folder / "out" / "summary.json").read_bytes())["documents"] == 4


def test_strict_stops_at_the_first_bad_record_and_leaves_nothing(dedup, corpus, tmp_path):
    done = dedup("scan", corpus, "-o", tmp_path / "out", "--strict", check=2)
    assert f"{corpus}:3" in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()
    assert not (tmp_path / "out").exists()


def test_a_failed_scan_leaves_the_earlier_result_as_it_was(dedup, corpus, tmp_path):
    out = tmp_path / "out"
    dedup("scan", corpus, "-o", out, "--no-clean", check=0)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    dedup("scan", corpus, "-o", out, "--no-clean", "--strict", check=2)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


@pytest.mark.parametrize("command", ["clean", "filter"])
def test_stdin_to_stdout(dedup, corpus, command):
    done = dedup(command, "-", "-o", "-", stdin=corpus.read_bytes(), check=0)
    out = [json.loads(line) for line in done.stdout.splitlines()]
    assert "-:3" in done.stderr.decode()
    expected = {"clean": ["story", "copy", "excerpt", "other"], "filter": ["story", "other"]}
    assert [row["id"] for row in out] == expected[command]


def test_clean_passes_fields_through_and_accounts_for_every_line(dedup, corpus, tmp_path):
    dedup("clean", corpus, "-o", tmp_path / "out.jsonl", "--blocks", check=0)
    by_id = {row["id"]: row for row in rows(tmp_path / "out.jsonl")}
    assert by_id["copy"]["extra"] == [1]
    assert by_id["copy"]["published"] == "2024-05-01T09:30:00+00:00"
    assert [block["line"] for block in by_id["story"]["blocks"]] == [1, 2, 3, 4]
    assert "\n".join(block["text"] for block in by_id["story"]["blocks"]) == STORY


def test_filter_keeps_documents_as_they_came_and_says_why_others_went(dedup, corpus, tmp_path):
    dedup("filter", corpus, "-o", tmp_path / "kept.jsonl", "--dropped", tmp_path / "dropped.jsonl", check=0)
    kept, dropped = rows(tmp_path / "kept.jsonl"), rows(tmp_path / "dropped.jsonl")
    original = {row["id"]: row for row in map(json.loads, corpus.read_text().splitlines()[:2])}
    assert kept[0] == original["story"]
    assert [row["id"] for row in dropped] == ["copy", "excerpt"]
    reason = dropped[0].pop("dropped")
    assert dropped[0] == original["copy"]
    assert (reason["duplicate_of"], reason["relation"], reason["jaccard"]) == ("story", "exact", 1.0)


@pytest.mark.parametrize(("keep", "expected"), [("longest", "story"), ("first", "story"), ("earliest", "story")])
def test_filter_keep(dedup, corpus, keep, expected):
    done = dedup("filter", corpus, "-o", "-", "--keep", keep, check=0)
    assert json.loads(done.stdout.splitlines()[0])["id"] == expected


def test_explain_shows_figures_then_passages_side_by_side(dedup, corpus):
    out = dedup("explain", "story", "excerpt", corpus, "--no-clean", check=0).stdout.decode()
    assert "relation      excerpt" in out
    assert re.search(r"containment   0\.\d{4} of A, 1\.0000 of B", out)
    assert "passage 1" in out
    assert "harbour of Wexmouth" in out
    assert "\x1b[" not in out


def test_explain_of_documents_that_do_not_match_says_so(dedup, corpus):
    out = dedup("explain", "story", "other", corpus, "--no-clean", check=0).stdout.decode()
    assert "none under these bounds" in out


def test_explain_names_an_unknown_id(dedup, corpus):
    done = dedup("explain", "story", "nobody", corpus, check=2)
    assert "nobody" in done.stderr.decode()


def test_fields_shows_the_names_seen_in_the_wild(dedup):
    out = dedup("fields", check=0).stdout.decode()
    for name in ("maintext", "raw_text", "date_publish", "source_domain", "hostname"):
        assert name in out


def test_field_overrides(dedup, tmp_path):
    source = tmp_path / "odd.jsonl"
    source.write_text('{"key": "k1", "words": "Some words of a text that stands in an odd field.", "text": "no"}\n')
    done = dedup("clean", source, "-o", "-", "--text-field", "words", "--id-field", "key", check=0)
    row = json.loads(done.stdout)
    assert row["id"] == "k1"
    assert "odd field" in row["text"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("scan", "nothing-here.jsonl", "-o", "out"), "nothing-here.jsonl"),
        (("scan", "pyproject.toml", "-o", "out"), "pyproject.toml"),
        (("scan", "fixtures/newsroom"), "--output"),
        (("scan", "-", "-o", "/dev/null/out"), "/dev/null"),
        (("clean", "fixtures/newsroom", "-o", "/proc/nothing/out.jsonl"), "/proc/nothing"),
        (("scan", "fixtures/newsroom", "-o", "out", "--min-jaccard", "7"), "--min-jaccard"),
        (("scan", "fixtures/newsroom", "-o", "out", "--model", "pyproject.toml"), "pyproject.toml"),
        (("nonsense",), "nonsense"),
    ],
)
def test_bad_use_exits_2_and_names_what_is_wrong(dedup, tmp_path, arguments, message):
    out = tmp_path / "out"
    done = dedup(*(out if argument == "out" else argument for argument in arguments), check=2)
    assert message in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()
    assert list(tmp_path.iterdir()) == []
    assert not list(REPOSITORY.glob(".dedup-*"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_an_error_that_names_the_file(dedup, corpus):
    done = dedup("clean", corpus, "-o", "/dev/full", check=2)
    assert "/dev/full" in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


def test_a_reader_that_has_seen_enough_is_no_error():
    command = f"{sys.executable} -m dedup clean {NEWSROOM} -o - -q | head -c 10; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, cwd=REPOSITORY, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert b"Traceback" not in done.stderr


def _heed_signals():
    """Undo what `nohup` and background jobs of a shell pass on: signals that are ignored."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


@pytest.mark.parametrize(
    ("code", "documents"), [(130, 1), (143, 1), (129, 1), (143, 300)], ids=["SIGINT", "SIGTERM", "SIGHUP", "workers"]
)
def test_a_signal_to_end_leaves_nothing(tmp_path, code, documents):
    fifo = tmp_path / "slow.jsonl"
    os.mkfifo(fifo)
    out = tmp_path / "out"
    process = subprocess.Popen(
        [sys.executable, "-m", "dedup", "scan", str(fifo), "-o", str(out), "--workers", "2"],
        cwd=REPOSITORY, stderr=subprocess.PIPE,
        preexec_fn=_heed_signals,  # noqa: PLW1509 - the test has no threads
    )  # fmt: skip
    writer = os.open(fifo, os.O_WRONLY)  # returns once the command reads
    os.write(writer, b"".join(b'{"id": "%d", "text": "one"}\n' % number for number in range(documents)))
    time.sleep(1.5)
    assert list(out.glob(".dedup-*"))
    process.send_signal(code - 128)
    _, err = process.communicate(timeout=60)  # ends when the workers, too, have closed their stderr
    os.close(writer)
    assert process.returncode == code
    assert b"Traceback" not in err
    assert not out.exists()


def test_settings_come_from_a_file_the_environment_and_the_command_line(dedup, corpus, tmp_path, monkeypatch):
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "dedup.toml").write_text("workers = 1\n[scan]\nno-clean = true\nmin-containment = 0.9\n")

    def parameters(*arguments, **environment):
        command = [sys.executable, "-m", "dedup", "scan", str(corpus), "-o", "out", "-q", *arguments]
        paths = {"PYTHONPATH": str(REPOSITORY)}
        subprocess.run(command, cwd=folder, check=True, env=os.environ | paths | environment, capture_output=True)
        return json.loads((folder / "out" / "summary.json").read_bytes())["parameters"]

    assert parameters()["min_containment"] == 0.9
    assert parameters(DEDUP_SCAN_MIN_CONTAINMENT="0.8")["min_containment"] == 0.8
    assert parameters("--min-containment", "0.7", DEDUP_SCAN_MIN_CONTAINMENT="0.8")["min_containment"] == 0.7
    assert parameters()["clean"] is False


HOSTILE = "\x1b]0;owned\x07\u202e[bold]x[/bold]\nline"


def hostile(tmp_path):
    source = tmp_path / "hostile.jsonl"
    text = STORY.replace("harbour", "\x1b[31mhar\u202ebour\xa0")
    made = [{"id": id, "text": text} for id in (HOSTILE, HOSTILE, "ok")]
    source.write_text("".join(json.dumps(row) + "\n" for row in made))
    return source


def assert_harmless(out):
    assert "[bold]x[/bold]" in out
    assert "owned" in out
    for steering in ("\x1b]0", "\x1b[31m", "\x07", "\u202e", "\nline"):
        assert steering not in out


def test_hostile_ids_do_not_steer_the_terminal_of_messages(dedup, tmp_path):
    done = dedup("scan", hostile(tmp_path), "-o", tmp_path / "out", check=0)
    assert "was already used" in done.stderr.decode()
    assert_harmless(done.stderr.decode())


def test_hostile_ids_do_not_steer_the_terminal_of_errors(dedup, tmp_path):
    assert_harmless(dedup("explain", HOSTILE, "nobody", hostile(tmp_path), "--strict", check=2).stderr.decode())
    assert_harmless(dedup("explain", HOSTILE, "x", "--nonsense" + HOSTILE, check=2).stderr.decode().replace("\n", ""))


def test_hostile_ids_and_texts_do_not_steer_the_terminal_of_explain(tmp_path):
    command = [sys.executable, "-m", "dedup", "explain", HOSTILE, "ok", str(hostile(tmp_path)), "--no-clean", "-q"]
    parent, child = pty.openpty()
    process = subprocess.Popen(command, cwd=REPOSITORY, stdout=child, stderr=child)
    os.close(child)
    out = b""
    with suppress(OSError):  # how a terminal of Linux says that the other side has gone
        while piece := os.read(parent, 1 << 16):
            out += piece
    os.close(parent)
    assert process.wait(60) == 0
    shown = out.decode().replace("\r\n", "\n")
    assert_harmless(shown)
    assert "har\ufffdbour\xa0" in shown
    assert "breakwater" in shown


def test_explain_shows_the_beginning_of_long_passages(dedup, tmp_path):
    source = tmp_path / "long.jsonl"
    text = " ".join(f"word{number}" for number in range(5000))
    source.write_text("".join(json.dumps({"id": id, "text": text}) + "\n" for id in "ab"))
    out = dedup("explain", "a", "b", source, "--no-clean", check=0).stdout.decode()
    assert f"{len(text):,}" in out
    assert "…" in out
    assert len(out) < 8000


@pytest.mark.parametrize("other", ["same.jsonl", "./same.jsonl", "linked.jsonl"])
def test_filter_refuses_one_file_for_both_outputs(dedup, corpus, tmp_path, other):
    same = tmp_path / "same.jsonl"
    (tmp_path / "linked.jsonl").symlink_to(same)
    done = dedup("filter", corpus, "-o", same, "--dropped", f"{tmp_path}/{other}", check=2)
    assert "--dropped" in done.stderr.decode()
    assert not same.exists()


@pytest.mark.parametrize("other", ["-", "/dev/stdout"])
def test_filter_does_not_mix_both_outputs_on_stdout(dedup, corpus, other):
    done = dedup("filter", corpus, "-o", "-", "--dropped", other, check=2)
    assert done.stdout == b""


@pytest.mark.parametrize(
    "arguments", [("scan", "-o", ""), ("clean", "-o", ""), ("filter", "-o", ""), ("filter", "-o", "-", "--dropped", "")]
)
def test_an_output_has_a_name(dedup, corpus, tmp_path, arguments):
    done = dedup(arguments[0], corpus, *arguments[1:], check=2)
    assert "empty" in done.stderr.decode()
    assert done.stdout == b""


def test_filter_says_why_once_even_of_a_record_with_a_field_of_that_name(dedup, tmp_path):
    source = tmp_path / "s.jsonl"
    source.write_text(
        "".join(json.dumps({"id": id, "text": STORY, "dropped": "own", "n": 1e300}) + "\n" for id in "ab")
    )
    dedup("filter", source, "-o", os.devnull, "--dropped", tmp_path / "d.jsonl", "--no-clean", check=0)
    [line] = (tmp_path / "d.jsonl").read_text().splitlines()
    assert line.count('"dropped":') == 1
    row = json.loads(line)
    assert row["n"] == 1e300
    assert row["dropped"] == {
        "duplicate_of": "a", "relation": "exact", "jaccard": 1.0, "containment": 1.0, "containment_head": 1.0,
        "shared": row["dropped"]["shared"],
    }  # fmt: skip


@pytest.mark.parametrize("command", ["scan", "clean", "filter"])
def test_nothing_but_bad_records_is_an_error(dedup, tmp_path, command):
    source = tmp_path / "odd.jsonl"
    source.write_text('{"id": 1, "strange": "words"}\n' * 3)
    done = dedup(command, source, "-o", tmp_path / "out", check=2)
    assert "--text-field" in done.stderr.decode()
    assert "--format" in done.stderr.decode()
    assert [path.name for path in tmp_path.iterdir()] == ["odd.jsonl"]


def test_no_record_at_all_is_fine(dedup, tmp_path):
    (tmp_path / "empty.jsonl").write_text("")
    dedup("clean", tmp_path / "empty.jsonl", "-o", tmp_path / "out.jsonl", check=0)
    assert (tmp_path / "out.jsonl").read_bytes() == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("end", ["fields > /dev/full", "--help > /dev/full", "scan --help > /dev/full", "fields >&-"])
def test_stdout_that_takes_nothing_is_an_error(end):
    command = ["bash", "-c", f"{sys.executable} -m dedup {end}"]
    done = subprocess.run(command, capture_output=True, cwd=REPOSITORY, check=False)
    assert done.returncode == 2
    assert done.stderr.decode().startswith("dedup: stdout: ")
    assert done.stderr.count(b"\n") == 1


def test_scan_needs_no_stdout(corpus, tmp_path):
    command = f"{sys.executable} -m dedup scan {corpus} -o {tmp_path / 'out'} --no-clean >&-"
    subprocess.run(["bash", "-c", command], capture_output=True, cwd=REPOSITORY, check=True)
    assert (tmp_path / "out" / "report.html").exists()


@pytest.mark.parametrize(("encoding", "code"), [("ascii", 0), ("latin-1", 2)])  # click takes ASCII for unset
def test_text_that_stdout_cannot_write_is_an_error(dedup, corpus, encoding, code):
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    done = dedup("explain", "story", "copy", corpus, "--no-clean", check=code, env=environment)
    assert ("PYTHONIOENCODING=utf-8" in done.stderr.decode()) == (code == 2)
    assert "Traceback" not in done.stderr.decode()


@pytest.mark.parametrize("arguments", ["--help", "scan --help"])
def test_help_into_a_closed_pipe_is_no_error(arguments):
    command = f"(sleep 0.1; {sys.executable} -m dedup {arguments}; echo $? >&2) | true"
    done = subprocess.run(["bash", "-c", command], capture_output=True, cwd=REPOSITORY, timeout=60, check=True)
    assert done.stderr == b"0\n"


def test_the_environment_asks_for_no_help_and_no_version(dedup):
    names = ("VERSION", "HELP", "FIELDS_HELP", "_CLICK_DEFAULT_HELP", "FIELDS__CLICK_DEFAULT_HELP")
    done = dedup("fields", check=0, env=os.environ | {f"DEDUP_{name}": "1" for name in names})
    assert b"maintext" in done.stdout


def test_explain_says_the_same_as_a_scan(dedup, tmp_path):
    dedup("scan", NEWSROOM, "-o", tmp_path / "out", check=0)
    for pair in rows(tmp_path / "out" / "pairs.jsonl")[::80]:
        out = dedup("explain", pair["a"], pair["b"], NEWSROOM, check=0).stdout.decode()
        assert f"relation      {pair['relation']}\n" in out
        assert f"shared        {pair['shared']:,} shingles" in out
        assert f"passages      {len(pair['passages'])}\n" in out


def test_explain_refuses_bounds_that_make_no_sense(dedup, corpus):
    done = dedup("explain", "story", "copy", corpus, "--min-jaccard", "nan", check=2)
    assert "min_jaccard is nan" in done.stderr.decode()
