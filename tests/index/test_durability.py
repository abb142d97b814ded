"""Indexes that were killed, ran out of disk, were torn or damaged, or had two writers: nothing that was acknowledged is
lost, nothing half-added is there, and what is damaged is said."""

import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from itertools import pairwise
from pathlib import Path

import pytest

from dedup.errors import DedupError, InputError, OutputError, UsageError
from dedup.index import Index, store
from dedup.sketch import pack
from dedup.verdicts import Entry
from tests.index.stories import figures, fill

REPOSITORY = Path(__file__).parents[2]


def news(first, n):
    """Documents of some length, each a little like the one before."""
    return [(f"{d}", " ".join(f"{(d + word) // 9}w{word}" for word in range(120))) for d in range(first, first + n)]


# Adds 40 documents at a time, and removes and compacts between; it says what is acknowledged.
WRITER = """
import sys
from pathlib import Path
from dedup.index import Index
from tests.index.stories import fill
from tests.index.test_durability import news
with Index.open(Path(sys.argv[1]), write=True) as index:
    print("start", flush=True)
    first = int(sys.argv[2])
    while True:
        fill(index, news(first, 40))
        first += 40
        print("added", first, flush=True)
        if first % 120 == 0:
            index.remove([str(first - 40)])
            print("removed", first - 40, flush=True)
            index.compact()
"""


def start(folder, first, code=WRITER):
    command = [sys.executable, "-c", code, str(folder), str(first)]
    return subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)


def kill_once(folder, first, delay):
    """Kill a writer after some seconds, and return what it told."""
    process = start(folder, first)
    assert process.stdout.readline() == "start\n"
    told = [process.stdout.readline().split()]  # kernels are loaded: moments lie where they should on a busy machine
    threading.Timer(delay, process.send_signal, [signal.SIGKILL]).start()
    told += [line.split() for line in process.stdout if line.endswith("\n")]
    assert process.wait() == -signal.SIGKILL
    return told


def test_what_is_acknowledged_survives_kills(tmp_path):
    folder, chance = tmp_path / "held", random.Random("kill -9")
    Index.create(folder, texts=True).close()
    first, removed = 0, set()
    for _ in range(5):
        told = kill_once(folder, first, chance.uniform(0, 0.6))
        acknowledged = max([int(what) for word, what in told if word == "added"], default=first)
        removed |= {int(what) for word, what in told if word == "removed"}
        with Index.open(folder) as index:
            held = {int(row.id) for row in index.export()}
            assert index.verify() == []
        end = max(held) + 1 if held else 0
        assert acknowledged <= end <= acknowledged + 40
        assert end % 40 == 0
        missing = set(range(end)) - held
        assert removed <= missing
        assert len(missing - removed) <= 1  # removed, and killed before it was told
        removed, first = missing, end
    assert first > 80
    with Index.open(folder, write=True) as index:  # what a killed writer left is swept
        names = {opened.segment.name for opened in index._segments}
        assert {path.name for path in folder.glob("*.segment")} == names


def test_a_full_disk_leaves_the_index_as_it_was(tmp_path):
    with Index.create(tmp_path / "held", texts=True) as index:
        fill(index, news(0, 50))
        wanted = index.find(pack([news(7, 1)[0][1]]))
        before = sorted(path.name for path in (tmp_path / "held").iterdir())
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        try:
            for most in (1 << 12, 1 << 15, 1 << 18, 1 << 19, 1 << 20):
                resource.setrlimit(resource.RLIMIT_FSIZE, (most, limits[1]))
                with pytest.raises(OutputError, match="Free some space"):
                    fill(index, news(100, 3000))
                resource.setrlimit(resource.RLIMIT_FSIZE, limits)
                assert len(index) == 50
                assert index.find(pack([news(7, 1)[0][1]])) == wanted
                assert index.verify() == []
                assert sorted(path.name for path in (tmp_path / "held").iterdir()) == before
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
            signal.signal(signal.SIGXFSZ, handler)
        assert fill(index, news(100, 100)) == 100
        assert index.verify() == []


def test_most_of_a_batch_is_on_the_disk_before_it_is_acknowledged(tmp_path):
    """So that a full disk shows before what tells of it is written."""
    with Index.create(tmp_path / "held", texts=True) as index:
        documents = news(0, 3000)
        with index.adding(pack(text for _, text in documents), [Entry(id) for id, _ in documents]):
            before = (tmp_path / "held" / "index.sqlite-wal").stat().st_size
        after = (tmp_path / "held" / "index.sqlite-wal").stat().st_size
    assert after - before < 1 << 20 < before


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """An index of two segments, with texts, and what it says."""
    folder = tmp_path_factory.mktemp("sound") / "held"
    with Index.create(folder, texts=True) as index:
        fill(index, news(0, 60))
        fill(index, news(60, 60))
        return folder, said(index)


def said(index):
    found = index.find(pack([text for _, text in news(0, 120)[::7]]))
    return list(index.export()), [figures(own) for own in found]


def is_told(folder, truth):
    """Say whether a damaged index says so, or answers as the sound one does."""
    try:
        with Index.open(folder) as index:
            problems = index.verify()
            return bool(problems) or said(index) == truth
    except DedupError as error:
        assert str(folder) in str(error)
        return True


@pytest.mark.parametrize("name", ["index.sqlite", "00000000.segment", "00000001.segment"])
def test_a_flipped_byte_is_found_or_does_no_harm(sound, tmp_path, name):
    folder, truth = sound
    chance, found = random.Random(name), 0
    for _ in range(60):
        shutil.rmtree(tmp_path / "held", ignore_errors=True)
        shutil.copytree(folder, tmp_path / "held")
        data = bytearray((tmp_path / "held" / name).read_bytes())
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        (tmp_path / "held" / name).write_bytes(data)
        assert is_told(tmp_path / "held", truth)
        with Index.open(tmp_path / "held") if name.endswith("segment") else sound_index(folder) as index:
            found += bool(index.verify())
    assert found == (60 if name.endswith("segment") else 0)


def sound_index(folder):
    return Index.open(folder)


@pytest.mark.parametrize("name", ["index.sqlite", "00000000.segment"])
@pytest.mark.parametrize("torn", [1, 4096, 9_000])
def test_a_torn_file_is_told(sound, tmp_path, name, torn):
    shutil.copytree(sound[0], tmp_path / "held")
    path = tmp_path / "held" / name
    os.truncate(path, path.stat().st_size - torn)
    with pytest.raises(InputError, match="held"), Index.open(tmp_path / "held") as index:
        problems = index.verify()
        raise InputError(f"verify found {problems}", where=str(tmp_path / "held")) if problems else AssertionError


def test_a_missing_segment_is_told(sound, tmp_path):
    shutil.copytree(sound[0], tmp_path / "held")
    (tmp_path / "held" / "00000001.segment").unlink()
    with pytest.raises(InputError, match="a segment is missing"):
        Index.open(tmp_path / "held")


def test_a_torn_last_page_of_the_log_loses_no_more_than_its_batch(tmp_path):
    """What a power cut leaves of a batch that was not acknowledged: SQLite tells by the checksums of its log."""
    process = start(
        tmp_path / "held",
        0,
        WRITER.replace("Index.open(Path(sys.argv[1]), write=True)", "Index.create(Path(sys.argv[1]))"),
    )
    while process.stdout.readline().split()[-1:] != ["80"]:
        pass
    process.send_signal(signal.SIGKILL)
    process.wait()
    log = tmp_path / "held" / "index.sqlite-wal"
    os.truncate(log, log.stat().st_size - 1000)
    with Index.open(tmp_path / "held") as index:
        assert len(index) % 40 == 0
        assert index.verify() == []


def test_a_second_writer_is_told_at_once_and_readers_see_whole_batches(tmp_path):
    folder = tmp_path / "held"
    with Index.create(folder) as writer, Index.open(folder) as reader:
        with pytest.raises(UsageError, match="another process writes"):
            Index.open(folder, write=True)
        process = start(folder, 0)
        process.stdout.read()
        assert process.wait() == 1
        for n in range(20):
            fill(writer, news(10 * n, 10))
            assert len(reader) == len(writer) == 10 * (n + 1)
            assert reader.find(pack([news(10 * n, 1)[0][1]])) == writer.find(pack([news(10 * n, 1)[0][1]]))


def test_readers_beside_a_writer_that_merges_see_whole_batches(tmp_path):
    folder = tmp_path / "held"
    Index.create(folder).close()
    process = start(folder, 0)
    process.stdout.readline()
    seen = []
    try:
        with Index.open(folder) as reader:
            while len(seen) < 150 or seen[-1] < 400:
                documents = [int(row.id) for row in reader.export()]
                seen.append(len(documents))
                end = max(documents, default=-1) + 1
                assert end % 40 == 0
                assert len(documents) >= end - 1 - end // 120
                assert process.poll() is None
                if documents:
                    assert reader.find(pack([news(documents[-1], 1)[0][1]]))[0][0].id == str(documents[-1])
    finally:
        process.kill()
        process.wait()
    assert min(later - earlier for earlier, later in pairwise(seen)) >= -1


def edited(folder, *statements):
    with sqlite3.connect(folder / "index.sqlite") as db:
        for statement in statements:
            db.execute(statement)
    db.close()


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("PRAGMA user_version = 99", "made by another version of dedup"),
        ("PRAGMA application_id = 1", "no index of dedup"),
        ("UPDATE meta SET value = replace(value, '\"shingle\":5', '\"shingle\":4')", "shingle 4 instead of 5"),
        ("UPDATE meta SET value = replace(value, '\"normaliser\":1', '\"normaliser\":0')", "normaliser 0 instead of 1"),
        ("UPDATE meta SET value = '{'", "damaged"),
    ],
)
def test_other_versions_and_parameters_are_refused_with_what_to_do(sound, tmp_path, statement, message):
    shutil.copytree(sound[0], tmp_path / "held")
    edited(tmp_path / "held", statement)
    with pytest.raises(InputError, match=message) as raised:
        Index.open(tmp_path / "held")
    assert raised.value.hint


def test_an_earlier_format_is_brought_up_to_date_by_a_writer(sound, tmp_path, monkeypatch):
    shutil.copytree(sound[0], tmp_path / "held")
    monkeypatch.setattr(store, "VERSION", 2)
    monkeypatch.setitem(store.MIGRATIONS, 1, lambda db: db.execute("CREATE TABLE more (x)"))
    with pytest.raises(InputError, match="earlier format 1"):
        Index.open(tmp_path / "held")
    Index.open(tmp_path / "held", write=True).close()
    with Index.open(tmp_path / "held") as index:
        assert said(index) == sound[1]
        assert index.verify() == []


def test_who_changes_what_texts_become_changes_the_normaliser_s_version():
    import zlib

    from dedup.sketch import sketch

    text = "Straße, ŒUVRE! 北京 и café № 5: ﬁne " * 3 + " ".join(f"word{n}" for n in range(90))
    sketches = sketch(pack([text]), workers=1)
    got = [zlib.crc32(column.tobytes()) for column in (sketches.shingles, sketches.fingerprints, sketches.signatures)]
    assert (store.NORMALISER, got) == (1, [3521996003, 3088361683, 1472714269]), (
        "indexes hold other shingles: NORMALISER must be one more"
    )
