"""Bytes of a page or a text to a string.

The order of decision is that of browsers (HTML standard, section 13.2.3.2), with two differences that a corpus wants
and a browser cannot afford: the whole of the bytes is at hand, so a declaration that they contradict is passed over,
and what nobody declared is detected. Mojibake that was already in the bytes is not repaired.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

Detect = Callable[[bytes], Iterable[str]]
"""Bytes to names of charsets, the likeliest first."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its first two bytes are UTF-16's mark
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# HTML standard, section 13.2.3.3: a declaration stands within the first 1024 bytes.
_PRESCAN = 1024
_META = re.compile(
    rb"""<meta\b[^>]{0,500}?charset\s{0,20}=\s{0,20}["']?\s{0,20}([\w.:-]{1,40})"""
    rb"""|<\?xml\b[^>]{0,200}?encoding\s{0,20}=\s{0,20}["']([\w.:-]{1,40})""",
    re.IGNORECASE,
)
# Labels that mean another charset on the Web than in the registry (WHATWG Encoding standard, section 4.2).
_WEB = {
    "iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "tis-620": "cp874",
    "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949", "big5": "big5hkscs",
    # A declaration that could be read as ASCII is not UTF-16 (HTML standard, section 13.2.3.2, step 5 of the prescan).
    "utf-16": "utf-8", "utf-16-le": "utf-8", "utf-16-be": "utf-8", "utf-32": "utf-8",
    "utf-32-le": "utf-8", "utf-32-be": "utf-8",
}  # fmt: skip
# Codecs of Python that are no charset of a page; UTF-7 is banned by the HTML standard.
_NO_CHARSETS = frozenset(
    {"utf-7", "unicode_escape", "raw_unicode_escape", "unicode-escape", "raw-unicode-escape", "punycode", "idna",
     "undefined", "mbcs", "oem"}
)  # fmt: skip
# What remains of the Web without any declaration is mostly this (HTML standard, section 13.2.3.2, last step).
_LAST = "cp1252"
# A page in another charset has nearly all of its non-ASCII bytes broken as UTF-8; a damaged or mixed page only some.
_MAX_BROKEN = 0.1
# The detector needs a sample only: 64 KiB hold thousands of letters.
SAMPLE = 1 << 16
# What a detector may answer: the legacy encodings of the HTML standard's table of defaults by locale (section
# 13.2.3.2), and the other Japanese and Cyrillic ones that pages were written in. Where two fit equally well, as
# windows-1250 and windows-1252 do for Spanish, the earlier one is meant.
_DETECTED = (
    "cp1252", "cp1251", "cp1250", "iso8859_2", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874",
    "koi8_r", "koi8_u", "gb18030", "big5", "cp932", "euc_jp", "iso2022_jp", "cp949",
)  # fmt: skip
# MIME Sniffing standard, sections 3 and 7: a resource header of 1445 bytes with one of these bytes is not text.
_HEADER = 1445
_BINARY = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_MAGIC = (b"%PDF-", b"%!PS-Adobe-", b"{\\rtf", b"Rar!", b"\xff\xd8\xff", b"PK\x03\x04")


def is_binary(data: bytes) -> bool:
    """Tell whether bytes are no text at all: an image, a PDF, an archive under a text's name."""
    if any(data.startswith(mark) for mark, _ in _BOMS):
        return False
    return data.startswith(_MAGIC) or _BINARY.search(data, 0, _HEADER) is not None


def detect_with_bs4(data: bytes) -> Iterator[str]:
    """Name the charsets that beautifulsoup4 would try: a late declaration, then what the detector says.

    The detector is charset-normalizer, by name: beautifulsoup4 would take whichever of three happens to be installed,
    and the same page would read differently on two machines.
    """
    from bs4.dammit import EncodingDetector

    sample = _sample(data)
    detector = EncodingDetector(sample, is_html=True)
    detector.chardet_encoding = _likeliest(sample)
    yield from detector.encodings


def charset_of(data: bytes, detect: Detect = detect_with_bs4) -> str:
    """Name the codec of a file by its beginning: UTF-8, also where it is broken in a few places, or the detector's."""
    if _as_utf8(data) is not None:
        return "utf-8"
    codecs_named = filter(None, map(_codec, detect(data)))
    return next((codec for codec in codecs_named if _strictly(_sample(data), codec) is not None), _LAST)


def decode(data: bytes, *, http: str | None = None, markup: bool = True, detect: Detect = detect_with_bs4) -> str:
    """Decode a page or a text.

    The first that fits the bytes decides:

    1. a byte order mark,
    2. the charset of the HTTP header,
    3. the charset declared in the first 1024 bytes,
    4. UTF-8, also where it is broken in a few places,
    5. the detector's candidates,
    6. windows-1252, with U+FFFD for what it cannot decode.

    A declaration fits where the bytes decode by it and are not multi-byte UTF-8: nearly everything decodes by a
    single-byte charset, and UTF-8 under the label of another is the commonest wrong declaration.

    Parameters
    ----------
    data
        The bytes of the page.
    http
        Charset of the HTTP header, where there was one.
    markup
        Whether to look for a declaration inside: true for HTML, false for plain text.
    detect
        Names charsets for bytes that nobody declared.
    """
    for mark, name in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(name, "replace")
    utf8 = _as_utf8(data)
    for declared in (http, _declared(data) if markup else None):
        if (text := _as_declared(data, declared, utf8)) is not None:
            return text
    if utf8 is not None:
        return utf8
    for candidate in detect(data):
        if (text := _strictly(data, _codec(candidate))) is not None:
            return text
    return data.decode(_LAST, "replace")


def _sample(data: bytes) -> bytes:
    """Return the beginning, cut where no character is cut through, if such a place is near."""
    sample = data[:SAMPLE]
    if len(data) <= SAMPLE:
        return data
    # No charset has these as a part of a longer character.
    end = max(sample.rfind(b" "), sample.rfind(b"\n"), sample.rfind(b"<") - 1) + 1
    return sample[:end] if end > SAMPLE // 2 else sample


def _likeliest(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    found = list(from_bytes(sample, cp_isolation=list(_DETECTED), preemptive_behaviour=False, enable_fallback=False))
    # It weighs all letters, of which most are ASCII: single-byte charsets often come out even.
    even = [match for match in found if match.chaos == found[0].chaos]
    even.sort(key=lambda match: (-_familiar(str(match)), _DETECTED.index(match.encoding)))
    return even[0].encoding if even else _LAST


def _familiar(text: str) -> float:
    """Return the share of the letters beyond ASCII that the best fitting language uses often."""
    from charset_normalizer.constant import FREQUENCIES

    counts = Counter(letter for letter in text.lower() if letter.isalpha() and not letter.isascii())
    return max(sum(counts[letter] for letter in common) for common in FREQUENCIES.values()) / max(1, counts.total())


def _as_utf8(data: bytes) -> str | None:
    """Decode as UTF-8; None where more than some of what is not ASCII is broken."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
    wide = sum(map(len, re.findall(r"[^\x00-\x7f]+", text)))
    broken = text.count("\ufffd") - data.count(b"\xef\xbf\xbd")
    return text if broken <= _MAX_BROKEN * wide else None


def _declared(data: bytes) -> str | None:
    found = _META.search(data, 0, _PRESCAN)
    return (found[1] or found[2]).decode("ascii", "replace") if found else None


def _as_declared(data: bytes, label: str | None, utf8: str | None) -> str | None:
    codec = _codec(label)
    if codec is None or codec == "utf-8":  # UTF-8 comes next anyway
        return None
    if utf8 is not None and not data.isascii():  # multi-byte UTF-8 does not come about by chance
        return None
    return _strictly(data, codec)


def _codec(label: str | None) -> str | None:
    """Return the name of the codec that a label means on the Web; None where it means none."""
    if label is None or not re.fullmatch(r"[\w.:-]{1,40}", label, re.ASCII):
        return None
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return None
    return None if name in _NO_CHARSETS else _WEB.get(name, name)


def _strictly(data: bytes, codec: str | None) -> str | None:
    if codec is None:
        return None
    try:
        return data.decode(codec)
    except (UnicodeError, LookupError):  # LookupError: "'hex' is not a text encoding"
        return None
