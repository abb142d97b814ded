"""Reading back what a scan wrote: all of it, less than all, and what is damaged."""

import json
import tracemalloc

import msgspec
import pytest

from dedup.engine.folder import read_folder
from dedup.errors import InputError
from dedup.records import Pair
from tests.report.scanned import empty, scan, write_folder

FILES = ("pairs.jsonl", "clusters.jsonl", "documents.jsonl", "outlets.jsonl", "readings.jsonl")


@pytest.fixture
def folder(tmp_path):
    data = scan()
    others = [Pair("n2", "n3", "excerpt", 0.5, 0.5, 0.5, 18), Pair("x1", "n1", "near", 0.9, 0.9, 0.9, 18)]
    data.pairs = [others[0], *data.pairs, others[1]]
    data.summary.pairs = {"exact": 0, "near": 2, "excerpt": 1, "passage": 0}
    data.readings["x1"] = msgspec.structs.replace(data.readings["n1"], id="x1")
    return write_folder(data, tmp_path / "out")


def test_what_a_scan_wrote_comes_back(folder):
    wanted, data = scan(), read_folder(folder)
    assert (data.clusters, data.outlets) == (wanted.clusters, wanted.outlets)
    assert list(data.documents) == wanted.documents
    assert data.readings["n2"] == wanted.readings["n2"]
    assert set(data.readings) == {"n1", "n2", "x1"}
    assert data.summary.agencies == wanted.summary.agencies


def test_pairs_are_those_of_a_copy_and_its_head_that_both_can_be_read(folder):
    assert read_folder(folder).pairs == scan().pairs


def test_the_order_of_a_pair_does_not_matter(folder):
    pair = scan().pairs[0]
    turned = msgspec.structs.replace(pair, a=pair.b, b=pair.a)
    lines = (folder / "pairs.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "pairs.jsonl").write_bytes(lines[0] + msgspec.json.encode(turned) + b"\n" + lines[2])
    assert read_folder(folder).pairs == [turned]


def test_documents_are_read_anew_each_time(folder):
    documents = read_folder(folder).documents
    assert [row.id for row in documents] == [row.id for row in documents] == [row.id for row in scan().documents]


@pytest.mark.parametrize(("texts", "wanted"), [("none", set()), ("heads", {"n1"}), ("all", {"n1", "n2", "x1"})])
def test_fewer_texts(folder, texts, wanted):
    data = read_folder(folder, texts)
    assert set(data.readings) == wanted
    assert len(data.pairs) == (texts == "all")


def test_pairs_that_nobody_can_open_are_not_read(folder):
    (folder / "pairs.jsonl").unlink()
    assert len(read_folder(folder, "heads").clusters) == 2
    with pytest.raises(InputError, match=r"pairs\.jsonl: cannot be read"):
        read_folder(folder)


def test_a_scan_of_an_older_version_is_read(folder):
    for name in ("outlets.jsonl", "readings.jsonl"):
        (folder / name).unlink()
    new = {
        "clusters": {"agency_grounds", "origin_grounds", "spread_hours"},
        "documents": {"credits", "mentions", "title", "url", "site", "published"},
    }
    for name, fields in new.items():
        path = folder / f"{name}.jsonl"
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        rows = [{key: value for key, value in row.items() if key not in fields} for row in rows]
        for member in (member for row in rows for member in row.get("members", [])):
            for field in ("delay_hours", "source", "source_grounds"):
                del member[field]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    data = read_folder(folder)
    assert (data.outlets, data.readings, data.pairs) == ([], {}, [])
    assert [cluster.agency for cluster in data.clusters] == [None, "AFP"]
    assert [row.title for row in data.documents] == [None] * 8


def test_an_empty_scan_is_read(tmp_path):
    data = read_folder(write_folder(empty(), tmp_path / "out"))
    assert (data.clusters, list(data.documents), data.pairs) == ([], [], [])


def everything(folder):
    data = read_folder(folder)
    list(data.documents)


def test_no_folder_says_which_to_name(tmp_path):
    with pytest.raises(InputError, match=r"nothing: there is no such folder.*dedup scan with -o"):
        read_folder(tmp_path / "nothing")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="file: a file, and no folder of dedup scan"):
        read_folder(tmp_path / "file")
    with pytest.raises(InputError, match=r"no folder of dedup scan: summary\.json is missing"):
        read_folder(tmp_path)


@pytest.mark.parametrize("name", ["pairs.jsonl", "clusters.jsonl", "documents.jsonl"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(InputError, match=f"{name}: cannot be read: No such file.*Scan again"):
        everything(folder)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "bad", [b"{}\n", b"[1, 2]\n", b"nonsense\n", b"\xff\n", b'{"id": "\xff"}\n', b"\n", b"[" * 9999 + b"\n"]
)
def test_a_line_that_is_no_row_is_named(folder, name, bad):
    path = folder / name
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + bad + b"".join(lines[2:]))
    with pytest.raises(InputError, match=rf"{name}:2: not what dedup scan writes here: .*Scan again"):
        everything(folder)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_was_cut_off_is_told(folder, name):
    path = folder / name
    whole = path.read_bytes()
    for end in (len(whole) - 1, len(whole) - 20):
        path.write_bytes(whole[:end])
        with pytest.raises(InputError, match=rf"{name}:{whole.count(10)}: the file was cut off in this line"):
            everything(folder)


@pytest.mark.parametrize("name", FILES[:3])
def test_a_file_that_was_cut_off_between_lines_is_told(folder, name):
    path = folder / name
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]))
    with pytest.raises(InputError, match=rf"has {len(lines) - 1} rows, and summary\.json counts {len(lines)}"):
        everything(folder)


@pytest.mark.parametrize("bad", [b"", b"{}", b"[]", b"\xff", b'{"documents": "many"}'])
def test_a_damaged_summary_is_named(folder, bad):
    (folder / "summary.json").write_bytes(bad)
    with pytest.raises(InputError, match=r"summary\.json: not what dedup scan writes here"):
        read_folder(folder)


def test_pairs_are_not_held(folder):
    row = msgspec.json.encode(Pair("n2", "n3", "excerpt", 0.5, 0.5, 0.5, 18, [(1, 2, 3, 4)] * 50)) + b"\n"
    wanted = msgspec.json.encode(scan().pairs[0]) + b"\n"
    (folder / "pairs.jsonl").write_bytes(row * 20_000 + wanted)
    summary = json.loads((folder / "summary.json").read_bytes())
    summary["pairs"] = {"excerpt": 20_001}
    (folder / "summary.json").write_text(json.dumps(summary))
    tracemalloc.start()
    try:
        assert read_folder(folder).pairs == scan().pairs
        assert tracemalloc.get_traced_memory()[1] < 2_000_000  # the file has 14 MB
    finally:
        tracemalloc.stop()
