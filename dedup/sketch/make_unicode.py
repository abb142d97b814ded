"""Make `unicode.npz`: what folding and tokenising need to know of every code point.

Run ``python -m dedup.sketch.make_unicode`` to make the file again from the running Python's `unicodedata`; then the
hashes of texts change wherever Unicode changed, so indexes made before must be made again. The file is shipped, so
that results do not depend on the Python that runs.

Folding (`fold`) is Unicode's canonical caseless matching, NFD(casefold(NFD)) (The Unicode Standard, section 3.13,
D145), less everything with a canonical combining class other than 0. It works code point by code point: NFD only
reorders marks of other classes, and those go. So composed and decomposed spellings fold alike. Marks of class 0 (vowel
signs of Indic scripts) are spelling and stay.

Format characters (soft hyphen, joiners, direction marks) and variation selectors leave no trace and do not separate,
as in Unicode's word boundaries (UAX #29, rule WB4); U+200B, the zero width space, separates, as there.
"""

from __future__ import annotations

import sys
import unicodedata
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.sketch.tables import (
    CLASS_SHIFT,
    DROPPED,
    LENGTH_SHIFT,
    MARK,
    PAGE,
    PATH,
    SEPARATOR,
    SINGLE,
    VALUE_MASK,
    WORD,
)

# Scripts written without spaces, by the names of their letters; and the four signs that stand in ideographs' places.
SPACELESS = (
    "CJK UNIFIED IDEOGRAPH",
    "CJK COMPATIBILITY IDEOGRAPH",
    "HIRAGANA ",
    "KATAKANA ",
    "KATAKANA-HIRAGANA ",
    "HALFWIDTH KATAKANA",
    "THAI ",
    "LAO ",
    "KHMER ",
    "MYANMAR ",
)
SPACELESS_SIGNS = "々〇〆ー"
ZERO_WIDTH_SPACE = 0x200B
HANGUL_SYLLABLES = range(0xAC00, 0xD7A4)  # decomposed by arithmetic in the kernel


def fold(char: str) -> str:
    """Fold one code point; may give none or several."""
    folded = unicodedata.normalize("NFD", unicodedata.normalize("NFD", char).casefold())
    return "".join(c for c in folded if unicodedata.combining(c) == 0)


def classify(char: str) -> int:
    """Return what a code point does to tokens: one of the classes of `tables`."""
    code, category, name = ord(char), unicodedata.category(char), unicodedata.name(char, "")
    variation_selector = "VARIATION SELECTOR" in name
    if (category == "Cf" and code != ZERO_WIDTH_SPACE) or variation_selector:
        return DROPPED
    if char in SPACELESS_SIGNS or (category[0] == "L" and name.startswith(SPACELESS)):
        return SINGLE
    folded = fold(char)
    if category[0] in "LN" or (category[0] == "M" and folded.isalpha()):  # U+0345 folds to a letter, iota
        return WORD
    if category[0] == "M":
        return MARK if folded else DROPPED
    return SEPARATOR


def make_tables() -> dict[str, NDArray[Any]]:
    """Return the arrays of `tables.UnicodeTables`, and the Unicode version."""
    entries = np.zeros(sys.maxunicode + 1, np.uint32)
    sequences: list[int] = []
    for code in range(sys.maxunicode + 1):
        entries[code] = _entry(code, sequences)
    pages, page_of = np.unique(entries.reshape(-1, PAGE), axis=0, return_inverse=True)
    return {
        "page_of": page_of.reshape(-1).astype(np.uint16),
        "pages": pages.reshape(-1),
        "sequences": np.array(sequences, np.uint32),
        "version": np.array([int(part) for part in unicodedata.unidata_version.split(".")]),
    }


def _entry(code: int, sequences: list[int]) -> int:
    """Pack class, number of folded code points, and the difference to the one, or the place of the several."""
    kind = classify(chr(code))
    folded = "" if kind in (SEPARATOR, DROPPED) else fold(chr(code))
    if code in HANGUL_SYLLABLES:
        folded = chr(code)
    if len(folded) <= 1:
        value = (ord(folded) - code) & VALUE_MASK if folded else 0  # differences repeat, so pages do
    else:
        value = len(sequences)
        sequences.extend(map(ord, folded))
    return value | len(folded) << LENGTH_SHIFT | kind << CLASS_SHIFT


def main() -> None:
    """Write the file beside this module."""
    tables: dict[str, Any] = make_tables()
    with PATH.open("wb") as file:
        np.savez_compressed(file, **tables)


if __name__ == "__main__":
    main()
