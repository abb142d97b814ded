import os
import threading
from pathlib import Path

import pytest

from dedup import corpus
from dedup.errors import DedupError, InputError, UsageError
from tests.corpus.helpers import jsonl, reading


@pytest.fixture
def tree(tmp_path, monkeypatch):
    for name in ("b.jsonl", "sub/a.jsonl", "sub/deep/c.html", "a.txt", "readme.md", ".hidden.jsonl", ".git/x.jsonl"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(jsonl({"text": name}))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def where(inputs, **options):
    return [document.where.partition(":")[0] for document in reading(inputs, **options)[0]]


def test_folder_takes_known_suffixes_at_any_depth(tree):
    assert where(".") == ["a.txt", "b.jsonl", "sub/a.jsonl", "sub/deep/c.html"]
    assert where(tree / "sub") == [f"{tree}/sub/a.jsonl", f"{tree}/sub/deep/c.html"]


def test_order_of_arguments_never_counts(tree):
    expected = ["a.txt", "b.jsonl", "sub/a.jsonl"]
    assert where(["sub/a.jsonl", "b.jsonl", "a.txt"]) == where(["b.jsonl", "a.txt", "sub/a.jsonl"]) == expected


def test_each_file_once(tree):
    (tree / "z.jsonl").symlink_to(tree / "b.jsonl")
    assert where(["b.jsonl", "./b.jsonl", "b*", tree / "b.jsonl", "z.jsonl"]) == [f"{tree}/b.jsonl"]


def test_links_to_folders_do_not_loop(tree):
    (tree / "sub" / "loop").symlink_to(tree)
    assert len(where(".")) == 4


def test_globs(tree):
    assert where("*.jsonl") == ["b.jsonl"]
    assert where("**/*.jsonl") == ["b.jsonl", "sub/a.jsonl"]
    assert where(f"{tree}/sub/[a-b].jsonl") == [f"{tree}/sub/a.jsonl"]
    assert where("su?") == ["sub/a.jsonl", "sub/deep/c.html"]


def test_name_that_looks_like_a_glob(tree):
    (tree / "x[1].jsonl").write_bytes(jsonl({"text": "x"}))
    assert where("x[1].jsonl") == ["x[1].jsonl"]


def test_format_wins_over_the_suffix(tree):
    assert [d.text for d in reading("readme.md", format="jsonl")[0]] == ["readme.md"]
    assert where(".", format="txt") == ["a.txt", "b.jsonl", "readme.md", "sub/a.jsonl", "sub/deep/c.html"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gone.jsonl", "gone.jsonl: no such file or folder. Check the path"),
        ("gone/*.jsonl", "gone/*.jsonl: no file matches. Check the pattern"),
        ("readme.md", "readme.md: unknown suffix. Say what it is with --format"),
        ("empty", "empty: no readable file in this folder. Known suffixes: .jsonl"),
        ("a\0b", "cannot be read|no such file"),
        ("x" * 300, "cannot be read: File name too long|no such file"),
        ("", "no such file"),
    ],
)
def test_what_cannot_be_read(tree, name, message):
    (tree / "empty").mkdir()
    inputs = [name, "b.jsonl"]
    with pytest.raises(InputError) as caught:
        corpus.read(inputs)  # at the call, before anything is read
    assert any(part in str(caught.value) for part in message.split("|"))


def test_empty_input_is_not_the_folder(tree):
    with pytest.raises(InputError):
        corpus.read("")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_file_without_permission(tree):
    (tree / "b.jsonl").chmod(0)
    with pytest.raises(InputError, match=r"b\.jsonl: cannot be opened: Permission denied"):
        reading("b.jsonl")
    documents, bad = reading(".")
    assert len(documents) == 3
    assert [(b.where, b.reason) for b in bad] == [("b.jsonl", "cannot be opened: Permission denied")]


def test_file_that_goes_before_it_is_opened(tree):
    documents = corpus.read("b.jsonl")
    (tree / "b.jsonl").unlink()
    with pytest.raises(InputError, match=r"b\.jsonl: cannot be opened: No such file"):
        list(documents)


def test_unknown_format(tree):
    with pytest.raises(UsageError, match=r"unknown format 'xml'\. Known formats: jsonl, csv"):
        corpus.read("b.jsonl", format="xml")


def test_total_bytes(tree):
    assert corpus.total_bytes(["b.jsonl", "readme.md"]) == 2 * len(jsonl({"text": "readme.md"})) - 2
    with pytest.raises(DedupError):
        corpus.total_bytes(["gone"])


def test_file_name_that_is_no_unicode(tmp_path):
    path = os.fsencode(tmp_path) + b"/\xff.txt"
    try:
        with open(path, "wb") as file:  # noqa: PTH123 - the name is bytes
            file.write(b"x")
    except OSError:
        pytest.skip("the file system takes only Unicode names")
    Path(os.fsdecode(path.replace(b"\xff", b"\xfe"))).write_bytes(b"y")
    assert {d.id: d.text for d in reading(tmp_path)[0]} == {f"{tmp_path}/\\xfe.txt": "y", f"{tmp_path}/\\xff.txt": "x"}


@pytest.mark.parametrize("inputs", [".", "**", "*"])
def test_broken_file_in_a_folder_spoils_itself_only(tree, inputs):
    (tree / "dangling.jsonl").symlink_to("gone")
    (tree / "p.parquet.gz").write_bytes(b"x")
    os.mkfifo(tree / "pipe.jsonl")
    (tree / "void" / "deep").mkdir(parents=True)
    documents, bad = reading(inputs)
    assert [d.where.partition(":")[0] for d in documents] == ["a.txt", "b.jsonl", "sub/a.jsonl", "sub/deep/c.html"]
    assert ("dangling.jsonl", "cannot be opened: No such file or directory") in [(b.where, b.reason) for b in bad]
    assert [b.where for b in bad] in (["dangling.jsonl"], ["dangling.jsonl", "p.parquet.gz"])
    assert corpus.total_bytes(inputs) > 0


def test_pipe_that_is_named_is_read(tree):
    os.mkfifo(tree / "pipe.jsonl")
    thread = threading.Thread(target=lambda: (tree / "pipe.jsonl").write_bytes(jsonl({"text": "through"})))
    thread.start()
    assert [d.text for d in reading("pipe.jsonl")[0]] == ["through"]
    thread.join(5)


def test_glob_of_nothing_that_can_be_read(tree):
    with pytest.raises(InputError, match=r"\*\.md: no readable file matches\. Known suffixes"):
        corpus.read("*.md")
    assert where("*.md", format="jsonl") == ["readme.md"]


SOURCES = ["a.txt", "b.jsonl", "sub/a.jsonl", "sub/deep/c.html"]
WRITTEN = (
    *(f"{name}.jsonl" for name in ("pairs", "clusters", "documents", "outlets", "readings")),
    "summary.json",
    "report.html",
)


@pytest.mark.parametrize("name", WRITTEN)
def test_excluded_folder_in_the_input(tree, name):
    for path in (tree / "out" / name, tree / "out" / "deep" / "x.jsonl"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(jsonl({"text": "out"}))
    for inputs in (".", tree, "**", "*"):
        assert [d.text for d in reading(inputs, exclude=Path("out"))[0]] == [d.text for d in reading(SOURCES)[0]]
    assert corpus.total_bytes(".", exclude=tree / "out") == corpus.total_bytes(SOURCES)
    assert where([f"out/{name}"], exclude=Path("out")) == [f"out/{name}"]
    with pytest.raises(InputError, match="no readable file"):
        corpus.read("out/*.*", exclude=Path("out"))


@pytest.mark.parametrize("inputs", [".", "**", "*"])
def test_excluded_folder_is_the_input(tree, inputs):
    for name in WRITTEN:
        (tree / name).write_bytes(jsonl({"text": "written"}))
        (tree / "sub" / name).write_bytes(jsonl({"text": "own"}))
    own = [f"sub/{name}" for name in WRITTEN]
    assert where(inputs, exclude=tree) == sorted([*SOURCES, *own])
    assert where("sub", exclude=tree) == sorted([*SOURCES[2:], *own])


@pytest.mark.parametrize("name", ["pairs.jsonl", "documents.parquet", "outlets.jsonl"])
def test_excluded_folder_holds_tables_in_parts(tree, name):
    (tree / name / "_temporary").mkdir(parents=True)
    (tree / "sub" / name).mkdir()
    for part in ("part-0.jsonl", "_temporary/part-1.jsonl", "../sub/part-2.jsonl"):
        (tree / name / part).write_bytes(jsonl({"text": "written"}))
    (tree / "sub" / name / "part-0.jsonl").write_bytes(jsonl({"text": "own"}))
    own = ["sub/part-2.jsonl", f"sub/{name}/part-0.jsonl"]
    assert where(".", exclude=tree) == sorted([*SOURCES, *own])
    assert len(where(".")) == len(SOURCES) + 4
