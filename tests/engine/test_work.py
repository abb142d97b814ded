"""The folder of a scan: what it says is done is done, and nothing that was not asked is gone on with."""

import json
import os

import msgspec
import pytest

from dedup.engine.holdings import Holdings
from dedup.engine.work import VERSION, Work
from dedup.errors import OutputError, UsageError
from dedup.records import Block, Cleaned, Document

PLAN = {"inputs": ["a.jsonl"], "clean": True, "bounds": {"min_jaccard": 0.7}}


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "deep" / "work"


def stopped(folder, plan=PLAN):
    """A folder in which a scan was stopped after its first stage."""
    work = Work(folder, plan)
    work.finish("read")
    work.release()
    return folder


def refused(folder, plan=PLAN, *, resume=True):
    """What is said where a folder is refused."""
    try:
        Work(folder, plan, resume=resume)
    except UsageError as error:
        return f"{error} {error.hint}"
    return ""


def state(folder):
    return json.loads((folder / "state.json").read_bytes())


def test_a_temporary_folder_goes_with_its_object():
    work = Work()
    folder = work.folder
    assert folder.is_dir()
    assert not work.is_kept
    work.finish("read")
    del work
    assert not folder.exists()


def test_what_is_done_is_there_for_the_next(folder):
    work = Work(stopped(folder), PLAN, resume=True)
    assert work.is_kept
    assert work.is_done("read")
    assert not work.is_done("sketch")
    work.release()
    assert state(folder)["plan"] == PLAN


def test_without_resume_an_earlier_scan_is_deleted(folder):
    stopped(folder)
    (folder / "sketched").mkdir()
    (folder / "sketched" / "00").write_bytes(b"x")
    (folder / "rows").write_bytes(b"x")
    work = Work(folder, PLAN)
    assert [path.name for path in folder.iterdir()] == ["lock"]
    assert not work.is_done("read")


def test_resume_with_nothing_there_starts_anew(folder):
    work = Work(folder, PLAN, resume=True)
    assert work.state.done == []
    work.release()
    (folder / "rows").write_bytes(b"left by a kill before the first state")
    assert not Work(folder, PLAN, resume=True).is_done("read")
    assert not (folder / "rows").exists()


def test_a_plan_is_the_same_whatever_its_types(folder):
    plan = {"labels": ("a", "b"), "inputs": [("a.jsonl", 3, 4)], "n": 1}
    stopped(folder, plan)
    assert Work(folder, plan, resume=True).is_done("read")


def test_another_plan_is_refused_and_what_differs_is_named(folder):
    stopped(folder)
    other = {"inputs": ["b.jsonl"], "clean": True, "bounds": {"min_jaccard": 0.7}, "keep": "first"}
    told = refused(folder, other)
    assert "another one" in told
    assert "What differs: inputs, keep" in told
    assert "bounds" not in told
    assert os.fspath(folder) in told
    assert Work(folder, PLAN, resume=True).is_done("read")


def test_another_version_is_refused(folder):
    stopped(folder)
    (folder / "state.json").write_text(json.dumps({**state(folder), "version": VERSION + 1}))
    assert "another version" in refused(folder)


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'{"done": "read"}', b'{"documents": -0.5}', b"\xff\xfe", b'{"plan": {"a": 1'], ids=repr
)
def test_a_damaged_state_is_told_and_can_be_started_over(folder, data):
    stopped(folder)
    (folder / "state.json").write_bytes(data)
    told = refused(folder)
    assert "damaged" in told
    assert os.fspath(folder / "state.json") in told
    assert "without --resume" in told
    assert not Work(folder, PLAN).is_done("read")


def test_a_refused_folder_is_free_for_others(folder):
    stopped(folder)
    with pytest.raises(UsageError) as caught:
        Work(folder, {"clean": False}, resume=True)
    assert Work(folder, PLAN).is_kept, caught  # the error is still at hand, as in a notebook or a test


def test_two_scans_at_once_are_refused(folder):
    pytest.importorskip("fcntl")
    work = Work(folder, PLAN)
    work.finish("read")
    for resume in (False, True):
        assert "another scan is at work" in refused(folder, resume=resume)
    assert work.path("state.json").exists()
    work.release()
    assert Work(folder, PLAN, resume=True).is_done("read")


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="cannot keep what is done"):
        Work(tmp_path / "file" / "work", PLAN)


def test_removed_with_all_that_is_in_it(folder):
    work = Work(stopped(folder), PLAN, resume=True)
    work.remove()
    assert not folder.exists()


# ------------------------------------------------------------------------------------------------ the state, as a whole


@pytest.mark.parametrize("step", ["encode", "fsync", "replace"])
def test_the_state_before_stands_where_writing_the_next_fails(folder, monkeypatch, step):
    work = Work(folder, PLAN)
    work.finish("read")
    before = (folder / "state.json").read_bytes()

    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(
            *{"encode": (msgspec.json, "encode"), "fsync": (os, "fsync")}.get(step, (type(folder), step)), fail
        )
        with pytest.raises((OutputError, OSError)):
            work.finish("sketch")
    assert (folder / "state.json").read_bytes() == before
    work.release()
    assert Work(folder, PLAN, resume=True).state.done == ["read"]


def test_the_state_is_on_the_disk_before_it_takes_its_place(folder, monkeypatch):
    work = Work(folder, PLAN)
    seen = []
    real, replace = os.fsync, type(folder).replace
    monkeypatch.setattr(os, "fsync", lambda file: (seen.append("fsync"), real(file))[1])
    monkeypatch.setattr(type(folder), "replace", lambda *args: (seen.append("replace"), replace(*args))[1])
    work.finish("read")
    assert seen[:2] == ["fsync", "replace"]
    assert not (folder / "state.json.new").exists()


# --------------------------------------------------------------------------------------------------- files that grow


def test_growing_files_are_cut_to_the_length_that_the_state_says(folder):
    work = Work(folder, PLAN)
    file = work.grown("rows")
    file.write(b"counted")
    file.flush()
    work.state.bytes["rows"] = file.tell()
    work.finish("part")
    file.write(b" too much")
    file.close()
    work.release()
    again = Work(folder, PLAN, resume=True)
    with again.grown("rows") as file:
        assert file.tell() == 7
        file.write(b" and more")
    assert (folder / "rows").read_bytes() == b"counted and more"
    with again.grown("new") as file:
        assert file.tell() == 0


def cleaned(k, lines=3):
    blocks = [Block(f"Line {i} of text {k} ✓", "body") for i in range(lines)] + [Block("Share this", "share")]
    return Cleaned("\n".join(block.text for block in blocks[:lines]), blocks, f"d{k}")


def add(held, numbers):
    dates = {k: f"2026-01-{k + 1:02}" for k in numbers}
    documents = [Document(f"d{k}", site=f"s{k % 2}.example", published=date) for k, date in dates.items()]
    held.add([(document, cleaned(k, 1 + k % 4)) for document, k in zip(documents, numbers, strict=True)])


def all_of(held):
    held.close()
    packed = held.texts()
    return (
        [*held.ids], [*held.sites], [*held.published], [*held.agencies], dict(held.blocks), [*held.rows()],
        [packed.text(k) for k in range(len(packed))], [*held.stripped()], held.work.path("lines").read_bytes(),
    )  # fmt: skip


def test_holdings_go_on_behind_the_last_checkpoint(folder, tmp_path):
    plain = Holdings(Work(tmp_path / "plain"))
    add(plain, range(12))
    plain.checkpoint(3)
    held = Holdings(Work(folder))
    add(held, range(7))
    held.checkpoint(1)
    add(held, range(7, 10))  # not counted by the state
    for file in held._files.values():
        file.flush()
    held.work.release()
    again = Holdings(Work(folder, resume=True))
    assert len(again) == 7
    assert again.work.state.bad_records == 1
    add(again, range(7, 12))
    again.checkpoint(3)
    assert all_of(again) == all_of(plain)


def test_holdings_of_a_scan_without_cleaning_keep_no_lines(folder):
    held = Holdings(Work(folder))
    held.add([(Document("a"), Cleaned("A text.", [], "a"))])
    held.checkpoint(0)
    assert held.work.path("lines").stat().st_size == 0
    held.work.release()
    assert [*Holdings(Work(folder, resume=True)).ids] == ["a"]
