"""What folding and tokenising know of each code point: two-stage tables from `unicode.npz`.

`page_of[code >> 8]` is a page, and `pages[page * 256 + (code & 255)]` an entry (The Unicode Standard, section 5.1,
"two-stage tables"). An entry holds, from the low bit: 21 bits of value, 3 of length, 3 of class. Of length 1 the value
is the difference, modulo 2^21, from the code point to its folding; longer foldings stand in `sequences` from the value
on; length 0 leaves nothing.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

PATH = Path(__file__).with_name("unicode.npz")
PAGE = 256
LENGTH_SHIFT = 21
CLASS_SHIFT = 24
VALUE_MASK = (1 << LENGTH_SHIFT) - 1

SEPARATOR = 0
"""Ends a token."""
WORD = 1
"""Letters and digits: a run of them is a token."""
SINGLE = 2
"""Letters of scripts written without spaces: each is a token."""
MARK = 3
"""Goes with the token before it."""
DROPPED = 4
"""Leaves nothing and ends nothing: combining marks, format characters."""


# Where the one bit of a word is: BIT[word * DE_BRUIJN >> 58] (Leiserson, Prokop, Randall 1998, "Using de Bruijn
# sequences to index a 1 in a computer word").
DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
BIT = np.zeros(64, np.uint8)
BIT[[(int(DE_BRUIJN) << k) % 2**64 >> 58 for k in range(64)]] = np.arange(64)


class UnicodeTables(NamedTuple):
    """The tables that kernels are handed."""

    page_of: NDArray[np.uint16]
    """Shape (4352,)."""
    pages: NDArray[np.uint32]
    sequences: NDArray[np.uint32]


@cache
def unicode_tables() -> UnicodeTables:
    """Load the tables, once a process."""
    with np.load(PATH, allow_pickle=False) as file:
        return UnicodeTables(file["page_of"], file["pages"], file["sequences"])


def unicode_version() -> str:
    """Return the version of Unicode that texts are folded by."""
    with np.load(PATH, allow_pickle=False) as file:
        return ".".join(map(str, file["version"]))
