import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.engine.baseline import read_baseline, write_baseline
from dedup.errors import InputError
from dedup.verdicts import Checked


def row(id, **said):
    return Checked(id, "", duplicate=True, excerpt=False, boilerplate=0.0, body_chars=10, **said)


def test_ids_come_as_lines_strings_or_objects(tmp_path):
    path = tmp_path / "baseline"
    path.write_bytes(b'\xef\xbb\xbfplain id\r\n\n"with \\n in it"\n{"id": "object", "note": [1]}\nb:12')
    assert read_baseline(path) == {"plain id", "with \n in it", "object", "b:12"}


@pytest.mark.parametrize("line", [b'{"name": 1}', b'{"id": 1}', b'"open', b"\xff"])
def test_a_line_that_is_none_is_named(tmp_path, line):
    path = tmp_path / "baseline"
    path.write_bytes(b"a\n" + line)
    with pytest.raises(InputError, match=r"baseline:2: no accepted document.*one id a line"):
        read_baseline(path)


@given(st.lists(st.text(min_size=1)))
def test_what_was_written_is_read(tmp_path_factory, ids):
    stream = io.BytesIO()
    assert write_baseline([*(row(id, accepted=True) for id in ids), row("not accepted")], stream) == len(ids)
    path = tmp_path_factory.mktemp("baseline") / "baseline.jsonl"
    path.write_bytes(stream.getvalue())
    assert read_baseline(path) == set(ids)
