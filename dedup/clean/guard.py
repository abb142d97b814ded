"""A cheap look at a page before it is parsed.

Tree construction asks "is there an open element of this name?" for most tags, so every parser that follows the HTML
standard takes time quadratic in the nesting depth: 100,000 nested ``<div>`` keep lexbor busy for 9 seconds. Pages that
people read are at most some hundred deep. One linear scan over the bytes estimates the depth; what is deeper than a
browser would build is not parsed at all but stripped of its tags and read as plain text. The same goes for a tag with
a million attributes, which the parser compares with one another.
"""

# Chains of comparisons are what a kernel compiles best; sets and tables of code points are not.
# ruff: noqa: PLR0912, PLR0915

from __future__ import annotations

import html
from typing import Any

import numpy as np
import numpy.typing as npt

from dedup._jit import jit

# Blink, the most used engine, builds no tree deeper than this (`kMaximumHTMLParserDOMTreeDepth`).
MAX_DEPTH = 512
# The parser compares the attributes of a tag with one another; real tags have some dozens at most.
MAX_ATTRIBUTES = 2048
# lexbor walks over all earlier options of a list for each new one.
MAX_OPTIONS = 8192

# Elements that hold nothing, or whose end tag may be left out: they do not nest by being repeated.
_FLAT = (
    b"area base br col embed hr img input link meta param source track wbr keygen "
    b"p li td tr th dt dd option optgroup colgroup thead tbody tfoot rb rt rp "
)


Array = npt.NDArray[np.uint8]


def _names(names: list[bytes]) -> npt.NDArray[np.int64]:
    return np.array(sorted(_name_key(name) for name in names), dtype=np.int64)


def _name_key(name: bytes) -> int:
    key = 0
    for byte in name:
        key = (key * 131 + byte) & 0x7FFFFFFF
    return key


_FLAT_KEYS = _names(_FLAT.split())
_RAW_KEYS = np.array([_name_key(b"script"), _name_key(b"style"), _name_key(b"option")], dtype=np.int64)


@jit
def _raw_end(buf: Array, i: int, third: int) -> int:
    """Find the end tag of a script or style, by its letters ``s`` and `third`, from byte `i` on."""
    n = buf.size
    while i < n and not (
        buf[i] == 60 and i + 3 < n and buf[i + 1] == 47 and (buf[i + 2] | 32) == 115 and (buf[i + 3] | 32) == third
    ):
        i += 1
    return i


@jit
def _scan(buf: Array, flat: Any, raw: Any, out: Any) -> tuple[int, int, int]:
    """Find the deepest nesting, the most attributes of a tag and the number of options of a page.

    `out` gets the page without its tags where it has room for it.
    """
    n = buf.size
    keep = out.size >= n
    depth = deepest = most = options = 0
    i = 0
    while i < n:
        if buf[i] != 60:  # <
            if keep:
                out[i] = buf[i]
            i += 1
            continue
        start = i
        i += 1
        closing = i < n and buf[i] == 47
        if closing:
            i += 1
        if i + 2 < n and buf[i] == 33 and buf[i + 1] == 45 and buf[i + 2] == 45:  # <!--
            i += 3
            while i < n and not (buf[i] == 62 and buf[i - 1] == 45 and buf[i - 2] == 45):
                i += 1
        elif i < n and ((buf[i] | 32) >= 97 and (buf[i] | 32) <= 122):
            key = np.int64(0)
            while i < n and buf[i] > 32 and buf[i] != 62 and buf[i] != 47:
                byte = np.int64(buf[i])
                if 65 <= byte <= 90:
                    byte += 32
                key = (key * 131 + byte) & 0x7FFFFFFF
                i += 1
            attributes = 0
            while i < n and buf[i] != 62:
                byte = np.int64(buf[i])
                if (byte in (34, 39)) and buf[i - 1] == 61:  # ="…"
                    i += 1
                    while i < n and buf[i] != byte:
                        i += 1
                elif byte > 32 and byte != 47 and (buf[i - 1] <= 32 or buf[i - 1] == 47 or buf[i - 1] == 34):
                    attributes += 1
                i += 1
            most = max(most, attributes)
            options += key == raw[2]
            at = np.searchsorted(flat, key)
            if at == flat.size or flat[at] != key:
                if closing:
                    depth = max(0, depth - 1)
                elif buf[min(i, n) - 1] != 47:
                    depth += 1
                    deepest = max(deepest, depth)
            if not closing and (key == raw[0] or key == raw[1]):
                i = _raw_end(buf, i, 99 if key == raw[0] else 116)  # </sc(ript, </st(yle
        elif keep:
            out[start] = 60
        i = min(i + 1, n) if i < n and buf[i] == 62 else max(i, start + 1)
        if keep:
            for j in range(start + 1, i):
                out[j] = 32
            out[start] = 10
    return deepest, most, options


def is_parsable(page: bytes) -> bool:
    """Whether a tree of this page is built in time about linear in its size."""
    deepest, most, options = _scan(np.frombuffer(page, np.uint8), _FLAT_KEYS, _RAW_KEYS, np.empty(0, np.uint8))
    return bool(deepest <= MAX_DEPTH and most <= MAX_ATTRIBUTES and options <= MAX_OPTIONS)


def strip_tags(page: bytes) -> str:
    """Text of a page without a tree: each tag becomes a line break, scripts and comments go. Linear."""
    out = np.full(len(page), 32, np.uint8)
    _scan(np.frombuffer(page, np.uint8), _FLAT_KEYS, _RAW_KEYS, out)
    text = out.tobytes().decode("utf-8", "replace")
    try:
        return html.unescape(text)
    except ValueError:  # a number of thousands of digits for a character
        return text
