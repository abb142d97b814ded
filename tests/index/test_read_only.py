"""An index where nothing can be written, as on a mounted image: it is read as anywhere, and adding says why not."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

import dedup
from dedup.errors import InputError, OutputError, UsageError
from dedup.index import Index
from dedup.sketch import pack
from tests.index.stories import fill
from tests.index.test_durability import news, said, start


@pytest.fixture
def seen_read_only(tmp_path):
    """Show a folder at another place where it can only be read; elsewhere root may write, whatever modes say."""
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    places = []

    def show(folder):
        place = Path(f"{folder}-read-only")
        place.mkdir()
        done = subprocess.run(["mount", "--bind", "-o", "ro", folder, place], capture_output=True, check=False)
        if done.returncode:
            pytest.skip(f"mounting is not allowed here: {done.stderr.decode().strip()}")
        places.append(place)
        assert not os.access(place, os.W_OK)
        return place

    yield show
    for place in places:
        subprocess.run(["umount", place], check=True)


@pytest.fixture
def held(tmp_path):
    with Index.create(tmp_path / "held", texts=True) as index:
        fill(index, news(0, 60))
        fill(index, news(60, 60))
        return tmp_path / "held", said(index)


def test_all_that_reads_works(held, seen_read_only):
    folder, truth = held
    place = seen_read_only(folder)
    with Index.open(place) as index:
        assert said(index) == truth
        assert index.verify() == []
        assert index.stats().documents == len(index) == 120
        assert "7" in index
    [row] = dedup.check([{"id": "new", "text": news(7, 1)[0][1]}], index=place, clean=False).rows
    assert (row.matches[0].id, row.matches[0].relation) == ("7", "exact")
    assert not list(place.glob("index.sqlite-*"))


def test_writing_says_why_not(held, seen_read_only):
    place = seen_read_only(held[0])
    with pytest.raises(OutputError, match=r"Read-only file system\. It can only be read here"):
        Index.open(place, write=True)
    with pytest.raises(OutputError, match="cannot make an index"):
        Index.create(place / "more")


def test_what_is_written_elsewhere_is_seen(held, seen_read_only):
    folder, truth = held
    with Index.open(seen_read_only(folder)) as reader:
        assert said(reader) == truth
        for first in (120, 130):
            with Index.open(folder, write=True) as writer:
                for more in (0, 5):
                    fill(writer, news(first + more, 5))
                    assert len(reader) == first + more + 5
                    assert reader.find(pack([news(first + more, 1)[0][1]]))[0][0].id == str(first + more)
            assert len(reader) == first + 10
        assert reader.verify() == []
    with Index.open(folder, write=True) as writer:
        fill(writer, news(140, 5))
    with pytest.raises(UsageError, match="closed"):
        len(reader)


def test_a_log_that_was_left_is_read_or_told(tmp_path, seen_read_only):
    folder = tmp_path / "held"
    Index.create(folder).close()
    process = start(folder, 0)
    while process.stdout.readline().split()[-1:] != ["80"]:
        pass
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert (folder / "index.sqlite-wal").stat().st_size > 0
    shutil.copytree(folder, tmp_path / "copied")
    (tmp_path / "copied" / "index.sqlite-shm").unlink()
    with Index.open(seen_read_only(folder)) as index:
        assert len(index) >= 80
        assert index.verify() == []
    with pytest.raises(InputError, match="stand in a log") as raised:
        Index.open(seen_read_only(tmp_path / "copied"))
    assert "dedup index stats" in raised.value.hint
    Index.open(tmp_path / "copied").close()  # as the hint says
    with Index.open(tmp_path / "copied-read-only") as index:
        assert len(index) >= 80
