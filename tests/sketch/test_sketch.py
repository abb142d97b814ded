"""Texts to tokens, shingles and signatures: each kernel against its slow twin."""

import subprocess
import sys
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import sketch
from dedup.sketch import folding
from dedup.sketch import sketches as module
from dedup.sketch.kernels import distinct
from dedup.sketch.make_unicode import make_tables
from dedup.sketch.sketches import permutations
from dedup.sketch.tables import PATH, unicode_tables
from tests import naive


def assigned(char: str) -> bool:
    """Known to the running Python and to the tables, with the same folding in both."""
    return char in ASSIGNED


def _assigned() -> frozenset[str]:
    shipped = dict(np.load(PATH))
    own = make_tables()
    ours = [tables["pages"].reshape(-1, 256)[tables["page_of"]].reshape(-1) for tables in (shipped, own)]
    kept = np.flatnonzero((ours[0] >> 21 & 7 > 1) | (ours[0] == ours[1]))  # of several: compared by the property
    return frozenset(map(chr, kept))


ASSIGNED = _assigned()
# Much of Unicode is ideographs; draw from the blocks where folding has something to do.
ALPHABETS = st.one_of(
    st.characters(),
    st.characters(max_codepoint=0x17F),
    st.characters(min_codepoint=0x300, max_codepoint=0x5FF),
    st.characters(min_codepoint=0x900, max_codepoint=0x109F),
    st.characters(min_codepoint=0x1100, max_codepoint=0x11FF),
    st.characters(min_codepoint=0x1E00, max_codepoint=0x206F),
    st.characters(min_codepoint=0x3000, max_codepoint=0x30FF),
    st.characters(min_codepoint=0xAC00, max_codepoint=0xFFEF),
    st.sampled_from(" .,-'_\u00ad\u200b\u200d\ufe0f\u0345々〇ßİıΣςﬁ́が"),
).filter(assigned)
# And runs of ASCII longer than the blocks that kernels take at once, with other code points in between.
PIECES = st.sampled_from(
    [" ", "a", "Two", "0123456789ABCDEF", "x" * 70, " word" * 30, "\x00", "é", "’", "東", "한", "\u00ad", "я" * 9]
)
TEXTS = st.one_of(st.text(ALPHABETS, max_size=60), st.lists(PIECES, max_size=20).map("".join))


def stream(text: str) -> sketch.TokenStreams:
    return sketch.token_streams(sketch.pack([text]), np.array([0]))


def token_hashes(text: str) -> list[int]:
    return stream(text).hashes.tolist()


@given(TEXTS)
def test_tokens_are_those_of_the_slow_twin(text):
    expected = naive.tokens(text)
    found = stream(text)
    assert found.hashes.tolist() == [naive.token_hash(token) for token, _, _ in expected]
    assert list(zip(found.starts.tolist(), found.ends.tolist(), strict=True)) == [(s, e) for _, s, e in expected]


@pytest.mark.parametrize("other", ["", "é", "’", "東", "한", "\u00ad", "\U0001d400"])
def test_other_code_points_at_every_place_of_a_block(other):
    line = "Pack my box with FIVE dozen liquor jugs, and 12 more; " * 3
    texts = [f"{line[:place]}{other}{line[place:]}" for place in range(len(line))]
    streams = sketch.token_streams(sketch.pack(texts), np.arange(len(texts)))
    for d, text in enumerate(texts):
        own = slice(streams.offsets[d], streams.offsets[d + 1])
        found = zip(*(column[own].tolist() for column in (streams.hashes, streams.starts, streams.ends)), strict=True)
        assert list(found) == [(naive.token_hash(token), start, end) for token, start, end in naive.tokens(text)], text


def test_tokens_of_any_length():
    text = " ".join(letter * n for n in range(1, 70) for letter in "aя")
    assert token_hashes(text) == [naive.token_hash(word) for word in text.split()]
    assert len(set(token_hashes(text))) == len(text.split())


@pytest.mark.parametrize("pattern", ["{0}{0}{0}{0}", "{0}a{0}a"])
def test_folding_takes_no_more_room_than_it_is_given(pattern):
    for first in range(0, sys.maxunicode, 1 << 16):
        packed = sketch.pack(map(pattern.format, map(chr, range(first, first + (1 << 16)))))
        _, spans = module._fold(packed, np.arange(len(packed)), module._Scratch())
        assert np.all(np.diff(spans).ravel() <= folding.EXPANSION * packed.lengths)


@given(TEXTS)
def test_composed_and_decomposed_texts_have_the_same_tokens(text):
    expected = token_hashes(text)
    assert token_hashes(unicodedata.normalize("NFD", text)) == expected
    assert token_hashes(unicodedata.normalize("NFC", text)) == expected


@given(TEXTS)
def test_case_does_not_matter(text):
    assert token_hashes(text.casefold()) == token_hashes(text)


def test_every_code_point_alone_and_between_letters():
    some = [*range(0x3400), *range(0x3400, sys.maxunicode, 19)]  # above, most are ideographs and syllables
    for first in range(0, len(some), 4096):
        chars = [c for c in map(chr, some[first : first + 4096]) if c in ASSIGNED]
        text = "\n".join(f"{c} a{c}b" for c in chars)
        assert token_hashes(text) == [naive.token_hash(token) for token in naive.words(text)], hex(first)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Straße STRASSE", ["strasse", "strasse"]),
        ("Élan e\u0301lan ÇA", ["elan", "elan", "ca"]),
        ("l'été, e-mail_x 3,5", ["l", "ete", "e", "mail", "x", "3", "5"]),
        ("Bundes\u00adkanzler", ["bundeskanzler"]),
        ("東京2020年", ["東", "京", "2020", "年"]),
        ("ไทยดี", ["ไ", "ท", "ย", "ด\u0e35"]),
        ("हिन्दी", ["ह\u093fनद\u0940"]),
        ("が\u0345 α\u0345", ["か", "ι", "αι"]),
        ("한국", [unicodedata.normalize("NFD", "한국")]),
        ("\ufeff❤\ufe0f", []),
        ("a\ud800b", ["a", "b"]),
        ("a\x00b", ["a", "b"]),
    ],
)
def test_known_tokens(text, words):
    assert token_hashes(text) == [naive.token_hash(word) for word in words]


def fingerprints(sketches: sketch.Sketches, document: int) -> list[int]:
    return sketches.fingerprints[sketches.offsets[document] : sketches.offsets[document + 1]].tolist()


@given(st.lists(TEXTS, max_size=6))
def test_sketches_are_those_of_the_slow_twin(texts):
    sketches = sketch.sketch(sketch.pack(texts))
    assert len(sketches) == len(texts)
    for d, text in enumerate(texts):
        words = naive.words(text)
        hashes = {naive.shingle_hash(s) for s in naive.shingles(words)}
        assert sketches.n_tokens[d] == len(words)
        assert sketches.n_shingles[d] == len(hashes)
        assert fingerprints(sketches, d) == naive.fingerprints(text)


def words(n: int, seed: int = 0) -> str:
    return " ".join(f"w{x}" for x in np.random.default_rng(seed).integers(0, 10**6, n))


def test_long_documents_carry_a_quarter_of_their_shingles():
    sketches = sketch.sketch(sketch.pack([words(20_000)]))
    assert sketches.offsets[1] == pytest.approx(5_000, rel=0.1)
    assert not np.any(sketches.fingerprints & np.uint64(3))


@given(st.lists(st.integers(0, 2), max_size=400), st.integers(0, 400))
def test_fingerprints_are_in_the_order_of_the_text_and_each_stands_once(repeated, fresh):
    text = " ".join([*map(str, repeated), words(fresh), *map(str, repeated)])
    sketches = sketch.sketch(sketch.pack(["before it", text, "and after"]))
    assert fingerprints(sketches, 1) == naive.fingerprints(text)
    assert sketches.n_shingles[1] == len(set(map(naive.shingle_hash, naive.shingles(naive.words(text)))))


@pytest.mark.parametrize("n", [1, 4, 5, 6, 7, 8, 9, 300])
def test_signature_equals_datasketch_bit_for_bit(n):
    from datasketch import MinHash

    packed = sketch.pack([words(n, seed=n)])
    shingles = sketch.sketch(packed).shingles
    reference = MinHash(num_perm=128, seed=1, scheme="affine32", hashfunc=lambda value: value)
    reference.update_batch([int(value) & 0xFFFFFFFF for value in shingles])
    assert np.array_equal(sketch.sketch(packed).signatures[0], reference.hashvalues)
    assert np.array_equal(np.array(permutations()), reference.permutations)


def test_document_without_tokens_has_nothing():
    sketches = sketch.sketch(sketch.pack(["", " … — ", "\n"]))
    assert sketches.n_tokens.tolist() == sketches.n_shingles.tolist() == [0, 0, 0]
    assert len(sketches.fingerprints) == 0
    assert np.all(sketches.signatures == 2**32 - 1)


def test_no_documents():
    packed = sketch.pack([])
    assert len(packed) == len(sketch.sketch(packed)) == 0
    assert len(sketch.sketch(packed).shingles) == 0


@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_shingles_are_distinct_in_the_order_of_the_text(texts):
    sketches = sketch.sketch(sketch.pack(texts))
    expected = [dict.fromkeys(naive.shingle_hash(s) for s in naive.shingles(naive.words(text))) for text in texts]
    assert sketches.shingles.tolist() == [value for own in expected for value in own]
    assert sketches.n_shingles.tolist() == list(map(len, expected))


@pytest.mark.parametrize("start", [0, 40, 2**31 - 1 - 6, 2**31 - 1 - 5])
def test_numbers_in_the_table_of_distinct_shingles_go_on_and_start_again(start):
    table, base = np.full(16 * 6, start, np.int32), np.array([start])  # as earlier documents left it
    for repeated in ([7, 1, 7, 2**63, 1, 7], [7, 7, 7, 7, 7, 8]):
        values = np.array(repeated, np.uint64)
        count = distinct(values, 6, table, base)
        assert values[:count].tolist() == list(dict.fromkeys(repeated))
    assert 0 < base[0] <= start + 5


def test_repeated_shingles_count_once():
    sketches = sketch.sketch(sketch.pack(["la la la la la la la la"]))
    assert sketches.n_tokens.tolist() == [8]
    assert sketches.n_shingles.tolist() == [1]


def test_digest_tells_sequences_apart_and_not_punctuation():
    digests = sketch.sketch(sketch.pack(["A b, c!", "a B c", "a c b", "a b", "ab c"])).digests.tolist()
    assert digests[0] == digests[1]
    assert len(set(digests)) == 4


def test_neither_workers_nor_slices_make_a_difference(monkeypatch):
    packed = sketch.pack(words(n, seed=n) for n in range(0, 400, 7))
    one = sketch.sketch(packed, workers=1)
    monkeypatch.setattr(module, "SLICE", 1000)
    two = sketch.sketch(packed, workers=2)
    for name in ("signatures", "fingerprints", "offsets", "n_shingles", "n_tokens", "digests"):
        assert np.array_equal(getattr(one, name), getattr(two, name)), name


def test_packed_gives_texts_back():
    texts = ["", "é", "a\ud83d\ude00b", "\x00", "😀"]
    packed = sketch.pack(texts)
    assert [packed.text(d) for d in range(len(packed))] == texts
    assert packed.lengths.tolist() == [0, 2, 8, 1, 4]


def test_tables_hold_their_unicode_version_and_need_no_pickle():
    assert sketch.unicode_version().split(".")[0].isdigit()
    assert len(unicode_tables().page_of) == 0x110000 // 256
    assert PATH.stat().st_size < 50_000


@pytest.mark.filterwarnings("ignore")
def test_kernels_run_without_compiling():
    program = """
import numpy as np
np.seterr(over="ignore")
from dedup import sketch
packed = sketch.pack(["Un été à 東京, straße 한국 one two three", "one two"])
sketches = sketch.sketch(packed)
print(sketches.signatures.sum(), sketches.shingles.sum())
"""
    outputs = {
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", program],
            env={"NUMBA_DISABLE_JIT": disable, "PATH": "", "PYTHONPATH": str(PATH.parents[2])},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for disable in ("0", "1")
    }
    assert len(outputs) == 1


def test_a_slice_that_fails_stops_no_other_thread(monkeypatch):
    monkeypatch.setattr(module, "SLICE", 1000)
    packed = sketch.pack([words(100) for _ in range(40)])
    sketch_slice, calls = module.kernels.sketch_slice, []

    def fails_once(*arguments):
        calls.append(1)
        if len(calls) == 3:
            raise MemoryError
        return sketch_slice(*arguments)

    monkeypatch.setattr(module.kernels, "sketch_slice", fails_once)
    with pytest.raises(MemoryError):
        sketch.sketch(packed, workers=2)


def test_lots_share_scratch_arrays_and_nothing_else(monkeypatch):
    monkeypatch.setattr(module, "SLICE", 1000)
    lots = [sketch.pack([words(80 + 7 * k) for k in range(n)]) for n in (1, 30, 2, 9)]
    sketcher = sketch.Sketcher(2)
    for packed in lots:
        again, alone = sketcher.sketch(packed), sketch.sketch(packed, workers=1)
        assert np.array_equal(again.shingles, alone.shingles)
        assert np.array_equal(again.fingerprints, alone.fingerprints)
        assert np.array_equal(again.signatures, alone.signatures)
