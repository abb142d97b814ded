import bz2
import errno
import gzip
import io
import lzma
import os
import stat
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from dedup import corpus
from dedup.corpus import output
from dedup.errors import MissingExtraError, OutputError
from dedup.records import Document
from tests.corpus.helpers import reading

zstandard = pytest.importorskip("zstandard")
UNPACK = {
    "": bytes,
    ".gz": gzip.decompress,
    ".bz2": bz2.decompress,
    ".xz": lzma.decompress,
    ".zst": lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data),
}
suffixes = pytest.mark.parametrize("suffix", UNPACK)
ROWS = [{"id": str(n), "text": "é" * n} for n in range(100)]
full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")


def listing(folder):
    return sorted(path.name for path in folder.iterdir())


class Stop(BaseException):
    pass


@suffixes
def test_written_whole(tmp_path, suffix):
    path = tmp_path / f"o.jsonl{suffix}"
    for _ in range(2):
        with corpus.open_output(path) as stream:
            assert corpus.write_jsonl(ROWS, stream) == 100
        data = UNPACK[suffix](path.read_bytes())
        assert [msgspec.json.decode(line) for line in data.splitlines()] == ROWS
        assert "é".encode() in data
    assert listing(tmp_path) == [path.name]
    assert [document.id for document in reading(path)[0]] == [str(n) for n in range(100)]


@suffixes
def test_same_rows_same_bytes(tmp_path, suffix):
    for name in ("a", "b"):
        with corpus.open_output(tmp_path / f"{name}{suffix}") as stream:
            corpus.write_jsonl(ROWS, stream)
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


@suffixes
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, Stop, OSError])
def test_failure_leaves_what_was_there(tmp_path, suffix, error):
    path = tmp_path / f"o{suffix}"
    for before in (None, b"earlier"):
        if before:
            path.write_bytes(before)
        with pytest.raises(error), corpus.open_output(path) as stream:
            stream.write(os.urandom(1_200_000))
            raise error
        assert listing(tmp_path) == ([path.name] if before else [])
    assert path.read_bytes() == b"earlier"


@suffixes
@pytest.mark.parametrize("after", [0, 1_500_000])
def test_disk_full(tmp_path, suffix, after, monkeypatch):
    path = tmp_path / f"o{suffix}"
    path.write_bytes(b"earlier")
    fill_disk(monkeypatch, after)
    with pytest.raises(OutputError) as caught, corpus.open_output(path) as stream:
        stream.write(os.urandom(2_500_000))
    assert str(caught.value) == (
        f"{path}: cannot be written: No space left on device. Free some space or write to another disk"
    )
    assert listing(tmp_path) == [path.name]
    assert path.read_bytes() == b"earlier"


def fill_disk(monkeypatch, after):
    class Full(io.FileIO):
        def write(self, data):
            if self.tell() + len(data) > after:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return super().write(data)

    real = Path.open
    monkeypatch.setattr(Path, "open", lambda path, mode, *a, **k: Full(path, "x") if mode == "xb" else real(path, mode))


@full
@pytest.mark.parametrize("size", [10, 3_000_000])
def test_full_device(size):
    with pytest.raises(OutputError, match="/dev/full: cannot be written: No space left"):  # noqa: SIM117
        with corpus.open_output("/dev/full") as stream:
            stream.write(b"x" * size)
    assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)


def test_null_device_and_pipe(tmp_path):
    with corpus.open_output("/dev/null") as stream:
        stream.write(b"x")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got = []
    thread = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    thread.start()
    with corpus.open_output(pipe) as stream:
        stream.write(b"through")
    thread.join(5)
    assert got == [b"through"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gone/o", "No such file or directory. Create the folder first"),
        (".", "Is a directory. It is a folder; name a file"),
        ("file/o", "Not a directory. A part of the path is a file; choose another path"),
    ],
)
def test_places_that_cannot_be_written(tmp_path, name, message):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError) as caught, corpus.open_output(tmp_path / name):
        raise AssertionError("opened")
    assert str(caught.value) == f"{tmp_path / name}: cannot be written: {message}"


def test_without_permission(tmp_path, monkeypatch):
    path = tmp_path / "o"
    path.touch()
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(OutputError, match=r"Permission denied\. Choose a place"), corpus.open_output(path):
        pass


def test_link_stays_a_link(tmp_path):
    (tmp_path / "link").symlink_to("target")
    with corpus.open_output(tmp_path / "link") as stream:
        stream.write(b"x")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_bytes() == b"x"


def test_files_have_ordinary_rights(tmp_path):
    (tmp_path / "plain").touch()
    with corpus.open_output(tmp_path / "o"):
        pass
    assert (tmp_path / "o").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_rights_of_a_file_written_over_stay(tmp_path):
    for name in ("o", "p"):
        (tmp_path / name).touch()
        (tmp_path / name).chmod(0o600)
    with corpus.open_output(tmp_path / "o") as stream:
        stream.write(b"x")
        assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}
    with corpus.output_folder(tmp_path) as working, corpus.open_output(working / "p") as stream:
        stream.write(b"x")
    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("o", "p")] == [0o600, 0o600]
    assert (tmp_path / "p").read_bytes() == b"x"


def test_missing_zstandard(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(MissingExtraError, match="zstd"), corpus.open_output(tmp_path / "o.zst"):
        pass
    assert listing(tmp_path) == []


class Stdout:
    closed = False

    def __init__(self, buffer):
        self.buffer = buffer


def test_stdout(monkeypatch):
    buffer = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", Stdout(buffer))
    with corpus.open_output("-") as stream:
        corpus.write_jsonl([{"a": 1}], stream)
    assert buffer.getvalue() == b'{"a":1}\n'


def test_stdout_that_is_closed(monkeypatch):
    closed = Stdout(None)
    closed.closed = True
    for stdout in (None, closed):
        monkeypatch.setattr(sys, "stdout", stdout)
        with pytest.raises(OutputError, match="stdout: cannot be written: it is closed"), corpus.open_output("-"):
            raise AssertionError("opened")


@full
def test_stdout_on_a_full_disk(monkeypatch):
    with Path("/dev/full").open("wb", buffering=0) as device:
        monkeypatch.setattr(sys, "stdout", Stdout(device))
        with pytest.raises(OutputError, match="stdout: cannot be written: No space"), corpus.open_output("-") as stream:
            stream.write(b"x")


def test_broken_pipe_passes(monkeypatch):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb", buffering=0) as pipe:
        monkeypatch.setattr(sys, "stdout", Stdout(pipe))
        with pytest.raises(BrokenPipeError), corpus.open_output("-") as stream:
            stream.write(b"x")


def test_output_folder(tmp_path):
    folder = tmp_path / "new" / "deep"
    with corpus.output_folder(folder) as working:
        with corpus.open_output(working / "a.jsonl") as stream:
            stream.write(b"1")
        assert not (folder / "a.jsonl").exists()
    assert listing(folder) == ["a.jsonl"]
    (folder / "other").write_bytes(b"own")
    with corpus.output_folder(folder) as working:
        (working / "a.jsonl").write_bytes(b"2")
        assert (folder / "a.jsonl").read_bytes() == b"1"
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == {"a.jsonl": b"2", "other": b"own"}


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, Stop])
def test_output_folder_after_a_failure(tmp_path, error):
    for existed in (False, True):
        folder = tmp_path / "new" / "deep"
        if existed:
            folder.mkdir(parents=True)
            (folder / "a").write_bytes(b"earlier")
        with pytest.raises(error), corpus.output_folder(folder) as working:
            (working / "a").write_bytes(b"half")
            raise error
        assert (tmp_path / "new").exists() == existed
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == {"a": b"earlier"}


def test_output_folder_that_cannot_be(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"), corpus.output_folder(tmp_path / "file"):
        raise AssertionError("opened")
    (tmp_path / "d" / "a").mkdir(parents=True)
    with pytest.raises(OutputError, match="folder"), corpus.output_folder(tmp_path / "d") as working:
        (working / "a").touch()
    assert listing(tmp_path / "d") == ["a"]


def test_output_folder_replaces_all_or_none(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "a").write_bytes(b"earlier")
    with pytest.raises(OutputError) as caught, corpus.output_folder(tmp_path) as working:
        for name in ("a", "b", "c"):
            (working / name).write_bytes(b"new")
    assert str(caught.value).startswith(f"{tmp_path}/b: cannot be written: Is a directory")
    assert listing(tmp_path) == ["a", "b"]
    assert (tmp_path / "a").read_bytes() == b"earlier"


def test_disk_full_names_the_file_to_be(tmp_path, monkeypatch):
    fill_disk(monkeypatch, 0)
    with pytest.raises(OutputError) as caught, corpus.output_folder(tmp_path / "o") as working:  # noqa: SIM117
        with corpus.open_output(working / "pairs.jsonl") as stream:
            stream.write(b"x")
    assert caught.value.where == f"{tmp_path}/o/pairs.jsonl"


def test_as_dict():
    document = Document(id="1", html="<p>", site="s", extra={"b": None, "site": "other", "where": "x"}, where="f:1")
    assert list(corpus.as_dict(document).items()) == [
        ("id", "1"), ("html", "<p>"), ("site", "s"), ("b", None), ("where", "x"),
    ]  # fmt: skip


def test_values_json_has_no_form_for():
    stream = io.BytesIO()
    corpus.write_jsonl([{"a": 2**70, "b": float("nan"), "c": b"x", "d": complex(1)}], stream)
    assert stream.getvalue() == b'{"a":1180591620717411303424,"b":null,"c":"eA==","d":"(1+0j)"}\n'


def test_hint_for_every_error_has_a_sentence():
    assert all(hint[0].isupper() and not hint.endswith(".") for hint in output._HINTS.values())


@suffixes
def test_files_that_belong_together_appear_when_all_is_done(tmp_path, suffix):
    paths = [tmp_path / f"{name}{suffix}" for name in "ab"]
    seen = []

    @contextmanager
    def within():
        yield
        seen.extend(listing(tmp_path))  # whole, and under hidden names
        assert [UNPACK[suffix]((tmp_path / name).read_bytes()) for name in seen] == [b"text"] * 2

    with corpus.open_outputs(paths, within()) as streams:
        for stream in streams:
            stream.write(b"text")
    assert len(seen) == 2
    assert not {*seen} & {*listing(tmp_path)}
    assert [UNPACK[suffix](path.read_bytes()) for path in paths] == [b"text"] * 2


@pytest.mark.parametrize("fails", ["within", "block", "output"])
def test_where_one_fails_none_appears_and_what_belongs_to_them_is_told(tmp_path, fails):
    told = []

    @contextmanager
    def within():
        try:
            yield
        except BaseException as error:
            told.append(type(error))
            raise
        raise Stop

    paths = [tmp_path / "a", "/dev/full" if fails == "output" else tmp_path / "b"]
    (tmp_path / "a").write_text("before")
    with pytest.raises(OutputError if fails == "output" else Stop), corpus.open_outputs(paths, within()) as streams:
        for stream in streams:
            stream.write(b"text")
        if fails == "block":
            raise Stop
    assert told == {"within": [], "block": [Stop], "output": [OutputError]}[fails]
    assert listing(tmp_path) == ["a"]
    assert (tmp_path / "a").read_text() == "before"


def parts(folder, name, lines="{}\n"):
    (folder / name).mkdir(parents=True)
    (folder / name / "part-00000-x.txt").write_text(lines, encoding="utf8")
    (folder / name / "_SUCCESS").touch()


def test_a_folder_of_parts_takes_the_place_of_a_file_and_a_file_that_of_parts(tmp_path):
    (tmp_path / "pairs.jsonl").write_text("old\n", encoding="utf8")
    with corpus.output_folder(tmp_path) as folder:
        parts(folder, "pairs.jsonl")
    assert (tmp_path / "pairs.jsonl" / "_SUCCESS").exists()
    with corpus.output_folder(tmp_path) as folder:
        (folder / "pairs.jsonl").write_text("new\n", encoding="utf8")
    assert (tmp_path / "pairs.jsonl").read_text(encoding="utf8") == "new\n"
    assert [path.name for path in tmp_path.iterdir()] == ["pairs.jsonl"]


def test_a_table_stands_in_one_form(tmp_path):
    (tmp_path / "pairs.jsonl").write_text("old\n", encoding="utf8")
    (tmp_path / "clusters.parquet").write_text("an export\n", encoding="utf8")
    with corpus.output_folder(tmp_path) as folder:
        parts(folder, "pairs.parquet")
        (folder / "clusters.jsonl").write_text("new\n", encoding="utf8")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clusters.jsonl", "clusters.parquet", "pairs.parquet"]
    with corpus.output_folder(tmp_path) as folder:
        parts(folder, "pairs.jsonl")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clusters.jsonl", "clusters.parquet", "pairs.jsonl"]


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "pairs.jsonl").mkdir()
    (tmp_path / "pairs.jsonl" / "notes.txt").touch()
    with pytest.raises(OutputError, match="directory"), corpus.output_folder(tmp_path) as folder:
        parts(folder, "pairs.jsonl")
    assert (tmp_path / "pairs.jsonl" / "notes.txt").exists()
