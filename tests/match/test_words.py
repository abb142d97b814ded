"""Words of fingerprints against what they stand for."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dedup.match.words import GAP, SAMPLED, TAG, WIDE, write_words
from dedup.sketch.kernels import ALL_BELOW

VALUES = st.integers(1, 2**64 - 1) | st.integers(1, 2**62 - 1).map(lambda value: 4 * value)
DOCUMENTS = st.lists(st.lists(VALUES, unique=True, max_size=80), max_size=5)


@given(DOCUMENTS, st.sampled_from([0, 40]), st.data())
def test_a_word_has_the_high_bits_what_it_is_and_the_shingles_before_it(sets, more, data):
    sets = [list(dict.fromkeys(own + [4 * k + 1 for k in range(more)])) for own in sets]  # runs that are not sampled
    prints = [[v for v in own if v % 4 == 0 or len(own) < ALL_BELOW] for own in sets]
    sampled = [[v for v in own if v % 4 == 0] for own in sets]
    wide = [[v for v in own if data.draw(st.booleans())] for own in sampled]
    flat = [np.array([v for own in parts for v in own], np.uint64) for parts in (prints, sets, wide)]
    sizes, n_shingles, n_wide = (np.array([len(own) for own in parts], np.int64) for parts in (prints, sets, wide))
    words, tails = np.empty(len(flat[0]), np.uint32), np.empty(len(sets), np.uint8)
    write_words(flat[0], sizes, flat[1], n_shingles, flat[2], n_wide, (words, tails))
    wanted, wanted_tails = [], []
    for own, kept, common in zip(sets, prints, wide, strict=True):
        places = [own.index(v) for v in kept]
        for v, place, before in zip(kept, places, [-1, *places], strict=False):
            wanted.append((v >> 39, v % 4 == 0, v in common, min(31, place - before - 1)))
        wanted_tails.append(min(31, len(own) - 1 - (places[-1] if places else -1)))
    found = [(int(w >> TAG), bool(w & SAMPLED), bool(w & WIDE), int(w & GAP)) for w in words]
    assert found == wanted
    assert tails.tolist() == wanted_tails
