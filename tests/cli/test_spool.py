"""The documents of `dedup filter` wait on a disk, which may be full."""

from pathlib import Path

import pytest

import dedup
from dedup.engine.filtering import Spool
from dedup.errors import OutputError

pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")


@pytest.fixture
def full(monkeypatch):
    monkeypatch.setattr("tempfile.TemporaryFile", lambda **_: Path("/dev/full").open("wb"))  # noqa: SIM115


@pytest.mark.parametrize("length", [10, 100_000], ids=["still in the buffer", "beyond the buffer"])
def test_a_full_disk_is_told(full, tmp_path, length):
    documents = [dedup.Document("a", text="x" * length)]
    with pytest.raises(OutputError, match="No space left"), Spool() as spool, (tmp_path / "kept").open("wb") as kept:
        spool.write(dedup.scan(spool.through(documents), clean=False), kept, None)


def test_closing_hides_no_error(full):
    with pytest.raises(KeyError), Spool() as spool:
        list(spool.through([dedup.Document("a", text="x")]))
        raise KeyError
