"""Files of numbers as arrays."""

import os

import numpy as np
import pytest

from dedup._mapped import map_file, release, will_need


@pytest.fixture
def numbers(tmp_path):
    np.arange(100_000, dtype=np.uint64).tofile(tmp_path / "numbers")
    return tmp_path / "numbers"


def test_a_file_is_the_array_that_was_written(numbers):
    found = map_file(numbers, np.uint64)
    assert type(found) is np.ndarray
    assert found.dtype == np.uint64
    assert np.array_equal(found, np.arange(100_000))
    assert len(map_file(numbers, np.uint8)) == 800_000


def test_an_array_to_read_cannot_be_written_to(numbers):
    with pytest.raises(ValueError, match="read-only"):
        map_file(numbers, np.uint64)[0] = 7


def test_what_is_written_to_an_array_stands_in_the_file(numbers):
    array = map_file(numbers, np.uint64, "r+")
    array[5] = 77
    release(array)
    assert array[5] == 77
    assert np.fromfile(numbers, np.uint64)[4:7].tolist() == [4, 77, 6]


def test_what_is_needed_is_told_in_any_parts_up_to_the_end(numbers):
    array = map_file(numbers, np.uint64)
    starts = np.array([0, 10, 3000, 90_000, 99_990])
    will_need(array, starts, np.array([5, 600, 3000, 99_000, 100_000]))
    assert np.array_equal(array, np.arange(100_000))
    will_need(array, starts[:0], starts[:0])
    will_need(np.arange(10), np.array([0]), np.array([10]))  # not mapped: nothing to be told


def test_an_empty_file_is_an_empty_array(tmp_path):
    (tmp_path / "empty").write_bytes(b"")
    for mode in ("r", "r+"):
        found = map_file(tmp_path / "empty", np.uint32, mode)
        assert (found.dtype, found.shape) == (np.uint32, (0,))
        release(found)


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        map_file(tmp_path / "none", np.uint64)


def mapped_bytes(path):
    """Memory of this process that pages of a file take."""
    inside, found = False, 0
    with open("/proc/self/smaps") as lines:  # noqa: PTH123
        for line in lines:
            name = line.split()[0]
            if "-" in name and not name.endswith(":"):
                inside = line.rstrip().endswith(os.fspath(path))
            elif inside and name == "Rss:":
                found += int(line.split()[1]) * 1024
    return found


@pytest.mark.skipif(not os.path.exists("/proc/self/smaps"), reason="this system does not say what is mapped")  # noqa: PTH110
@pytest.mark.parametrize("mode", ["r", "r+"])
def test_released_pages_go_from_memory_and_come_back(numbers, mode):
    array = map_file(numbers, np.uint64, mode)
    part = array[1000:].view(np.int64)[5:]
    total = int(array.sum())
    assert mapped_bytes(numbers) == 802_816  # 196 pages
    release(part)
    assert mapped_bytes(numbers) == 0
    assert int(array.sum()) == total


def test_an_array_that_is_not_mapped_stays_as_it_is():
    for array in (np.arange(5), np.frombuffer(b"abcdefgh", np.uint8), np.empty(0, np.uint64)):
        before = array.copy()
        release(array)
        release(array[1:])
        assert np.array_equal(array, before)
