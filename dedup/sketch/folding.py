"""Kernels that fold texts: UTF-8 in, the folded tokens out, in UTF-8 again, with a 0 wherever one ends.

ASCII is folded 64 bytes at a time, in loops that LLVM turns into SIMD; other code points go through `tables`, one by
one. A document then is a run of bytes in which tokens are what stands between zeros: what hashes them (`kernels`) need
not know of scripts.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup._jit import jit
from dedup.sketch.tables import (
    BIT,
    CLASS_SHIFT,
    DE_BRUIJN,
    DROPPED,
    LENGTH_SHIFT,
    MARK,
    SEPARATOR,
    SINGLE,
    VALUE_MASK,
    WORD,
)

U8 = NDArray[np.uint8]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]

BLOCK = 64
"""Bytes taken at once: the lanes of the widest SIMD registers, and the bits of a mask."""
PADDING = 80
"""Zeros after each document, so that its last block, and 16 bytes from any token on, can be read whole."""
EXPANSION = 3
"""Folded bytes for one of text at most: a Hangul syllable of 3 becomes 3 letters of 3."""

_ASCII = 0x80
_LEAD_THREE, _LEAD_FOUR = 0xE0, 0xF0
_HANGUL, _SYLLABLES = 0xAC00, 11172
_LEAD, _VOWEL, _TAIL = 0x1100, 0x1161, 0x11A7
_VOWELS, _TAILS = 21, 28


@jit
def lowest_bit(mask: np.uint64) -> int:
    """Return which bit of a mask is the lowest that is set; 64 for none."""
    lowest = mask & (~mask + np.uint64(1))
    return int(BIT[lowest * DE_BRUIJN >> np.uint64(58)]) if mask else BLOCK


@jit
def fold_byte(byte: np.uint8) -> np.uint8:
    """Return the folding of an ASCII byte: letters in lower case, digits as they are, 0 for separators."""
    lower = np.uint8(byte | np.uint8(0x20))
    letter = np.uint8(lower - np.uint8(0x61)) < np.uint8(26)
    digit = np.uint8(byte - np.uint8(0x30)) < np.uint8(10)
    return lower if letter or digit else np.uint8(0)


@jit
def ends(state: int, kind: int) -> bool:
    """Return whether a code point of a class ends the open token, whose class is `state`; SEPARATOR where none is."""
    if kind == SEPARATOR:
        return True
    return state != SEPARATOR and (kind == SINGLE or (kind == WORD and state == SINGLE))


@jit
def after(state: int, kind: int) -> int:
    """Return the class of the token that is open after a code point of a class."""
    if kind == DROPPED:
        return state
    return (state if state else WORD) if kind == MARK else kind


@jit
def folded_length(code: int, entry: int) -> int:
    """Return how many code points the folding of one has."""
    if 0 <= code - _HANGUL < _SYLLABLES:
        return 2 + ((code - _HANGUL) % _TAILS > 0)
    return entry >> LENGTH_SHIFT & 7


@jit
def folded_letter(code: int, entry: int, k: int) -> int:
    """Return the k-th code point of a folding, unless it stands in `UnicodeTables.sequences`."""
    syllable = code - _HANGUL  # The Unicode Standard, section 3.12, Hangul syllable decomposition
    if not 0 <= syllable < _SYLLABLES:
        return code + entry & VALUE_MASK
    if k == 0:
        return _LEAD + syllable // (_VOWELS * _TAILS)
    return _VOWEL + syllable // _TAILS % _VOWELS if k == 1 else _TAIL + syllable % _TAILS


@jit
def lead(byte: int) -> tuple[int, int]:
    """Return the number of bytes of the code point that a byte leads in UTF-8, and the byte's bits of it."""
    if byte < _ASCII:
        return 1, byte
    width = 2 + (byte >= _LEAD_THREE) + (byte >= _LEAD_FOUR)
    return width, byte & 0x7F >> width


@jit
def utf8(code: int) -> tuple[int, int]:
    """Return a code point in UTF-8 as one number, its first byte lowest, and the number of bytes."""
    if code < 0x80:
        return code, 1
    if code < 0x800:
        return 0x80C0 | code >> 6 | (code & 0x3F) << 8, 2
    if code < 0x10000:
        return 0x8080E0 | code >> 12 | (code >> 6 & 0x3F) << 8 | (code & 0x3F) << 16, 3
    return 0x808080F0 | code >> 18 | (code >> 12 & 0x3F) << 8 | (code >> 6 & 0x3F) << 16 | (code & 0x3F) << 24, 4


@jit
def place(places: I32, before: int, start: int, end: int, code_point: int) -> None:
    """Write the places of folded bytes: of one code point up to `start`, from there on of one each."""
    for k in range(before, end):
        places[k] = code_point + max(k - start, 0)


@jit
def fold(text: U8, tables: Any, folded: U8, places: I32 | None) -> int:
    """Fold one document, pad it with zeros, and return the end of what is folded; see `fold_documents`.

    What is done for each code point is done here, or by kernels that take no arrays: an array handed on is a reference
    counted, twice, atomically. Indices into blocks are unsigned: Numba's test for negative ones keeps LLVM from SIMD.
    Blocks, and code points of four bytes, are written whole; what is too much is written over.
    """
    page_of, pages, sequences = tables
    i, m, code_point, state = 0, 0, 0, SEPARATOR
    while i < len(text):
        before = m
        if i + BLOCK <= len(text) and text[i] < _ASCII and text[i + 1] < _ASCII:  # more than a space between others
            if state == SINGLE:
                folded[m] = 0
                m += 1
            p, q, others = np.uint64(i), np.uint64(m), np.uint64(0)
            for k in range(BLOCK):
                others |= np.uint64(text[p + np.uint64(k)] >> 7) << np.uint64(k)
            for k in range(BLOCK):
                folded[q + np.uint64(k)] = fold_byte(text[p + np.uint64(k)])
            run = lowest_bit(others)
            if places is not None:
                place(places, before, m, m + run, code_point)
            i, m, code_point = i + run, m + run, code_point + run
            state = WORD if folded[m - 1] else SEPARATOR
            continue
        width, code = lead(int(text[i]))
        for k in range(1, width):
            code = code << 6 | int(text[i + k]) & 0x3F
        entry = int(pages[int(page_of[code >> 8]) << 8 | code & 255])
        kind = entry >> CLASS_SHIFT
        if ends(state, kind):
            folded[m] = 0
            m += 1
        state = after(state, kind)
        for k in range(folded_length(code, entry)):
            several = entry >> LENGTH_SHIFT & 7 > 1
            word, size = utf8(int(sequences[(entry & VALUE_MASK) + k]) if several else folded_letter(code, entry, k))
            for byte in range(4):
                folded[m + byte] = word >> 8 * byte & 0xFF
            m += size
        if places is not None:
            place(places, before, m, m, code_point)
        i, code_point = i + width, code_point + 1
    folded[m : m + PADDING] = 0
    if places is not None:
        places[m] = code_point
    return m


@jit
def fold_documents(data: U8, spans: I64, tables: Any, folded: U8, places: I32 | None) -> I64:
    """Fold documents one after the other.

    Parameters
    ----------
    data, spans
        UTF-8, and first byte and end of each document in it, shape (n, 2).
    tables
        `UnicodeTables`.
    folded
        Room for `EXPANSION` times their bytes, and `PADDING` for each document.
    places
        Of the same size: the place of the code point that each folded byte comes from, counted from the start of its
        document; for the first 0 after a token, of the one that ends it. None where nobody wants to know.

    Returns
    -------
    NDArray[np.int64]
        First byte and end of each folded document, shape (n, 2).
    """
    own = np.empty((len(spans), 2), np.int64)
    m = 0
    for d in range(len(spans)):
        own[d, 0] = m
        text = data[spans[d, 0] : spans[d, 1]]
        m += fold(text, tables, folded[m:], places[m:] if places is not None else None)
        own[d, 1] = m
        m += PADDING
    return own
