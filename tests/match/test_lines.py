"""Lines of pairs, byte for byte what msgspec writes of their records."""

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.engine.result import make_pairs
from dedup.match import Floor, PairTable
from dedup.match.lines import PairLines, lines_of
from dedup.records import RELATIONS

NUMBERS = st.integers(0, 2**31 - 1) | st.integers(0, 12)


class Held:
    """Passages of pairs, as the engine reads them."""

    def __init__(self, passages):
        self._passages = passages

    def spans(self, first, last):
        own = self._passages[first:last]
        flat = np.array([span for spans in own for span in spans], np.int32).reshape(-1, 4)
        return np.array([len(spans) for spans in own], np.int64), flat


@settings(max_examples=100)
@given(st.data())
def test_lines_are_those_of_the_records(data):
    ids = data.draw(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=9, unique=True))
    n, place = data.draw(st.integers(0, 12)), st.integers(0, len(ids) - 1)

    def column(values, kind):
        return np.array([data.draw(values) for _ in range(n)], kind)

    size_a, size_b = column(st.integers(1, 3000), np.int32), column(st.integers(1, 3000), np.int32)
    shared = np.array(
        [data.draw(st.integers(1, min(pair))) for pair in zip(size_a.tolist(), size_b.tolist(), strict=True)], np.int64
    )
    flags = column(st.booleans(), bool)
    a, b = column(place, np.int64), column(place, np.int64)
    table = PairTable(a, b, shared, size_a, size_b, flags, flags, np.arange(len(ids)), Floor())
    codes = column(st.integers(0, len(RELATIONS)), np.uint8)
    rows = np.flatnonzero(codes)
    passages = [data.draw(st.lists(st.tuples(*[NUMBERS] * 4), max_size=3)) for _ in rows]
    wanted = msgspec.json.Encoder().encode_lines(list(make_pairs(ids, table, rows, codes, passages)))
    step = data.draw(st.integers(1, 5))
    assert b"".join(lines_of(PairLines(ids, table, codes), rows, Held(passages), step)) == wanted
    without = list(make_pairs(ids, table, rows, codes, [[]] * len(rows)))
    assert b"".join(lines_of(PairLines(ids, table, codes), rows, None, step)) == msgspec.json.Encoder().encode_lines(
        without
    )
