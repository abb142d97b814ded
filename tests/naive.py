"""Slow, obvious twins of the kernels, under the same names, on Python strings, lists and the running `unicodedata`."""

from __future__ import annotations

import unicodedata

MASK = (1 << 64) - 1
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


def fold(text: str) -> str:
    """Case folding and removal of combining marks, on a whole text."""
    folded = unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).casefold())
    return "".join(c for c in folded if not unicodedata.combining(c))


def is_ignored(char: str) -> bool:
    if unicodedata.category(char) == "Cf":
        return char != "\u200b"
    return "VARIATION SELECTOR" in unicodedata.name(char, "")


def is_spaceless(char: str) -> bool:
    return char in "々〇〆ー" or (
        unicodedata.category(char).startswith("L") and unicodedata.name(char, "").startswith(SPACELESS)
    )


def runs(text: str) -> list[tuple[int, int]]:
    """Code points of each run that may be a token: first, and one after the last."""
    found: list[tuple[int, int]] = []
    start = -1
    for i, char in enumerate(text):
        category = unicodedata.category(char)[0]
        if category == "M" and fold(char).isalpha():
            category = "L"
        if is_ignored(char) or (category == "M" and (start >= 0 or not fold(char))):
            continue
        single = is_spaceless(char)
        if start >= 0 and (category not in "LNM" or single or is_spaceless(text[start])):
            found.append((start, i))
            start = -1
        if start < 0 and category in "LNM":
            start = i
    if start >= 0:
        found.append((start, len(text)))
    return found


def tokens(text: str) -> list[tuple[str, int, int]]:
    """Folded tokens with the code points they span."""
    return [(fold("".join(c for c in text[start:end] if not is_ignored(c))), start, end) for start, end in runs(text)]


def words(text: str) -> list[str]:
    return [token for token, _, _ in tokens(text)]


def mix64(h: int) -> int:
    h ^= h >> 33
    h = h * 0xFF51AFD7ED558CCD & MASK
    h ^= h >> 33
    h = h * 0xC4CEB9FE1A85EC53 & MASK
    return h ^ (h >> 33)


def token_hash(token: str) -> int:
    """By 16 bytes of its UTF-8, as two little-endian numbers, the last ones filled up with zeros."""
    data = token.encode("utf-8", "surrogatepass")
    h = 0
    for k in range(0, len(data), 16):
        head, rest = (int.from_bytes(data[i : i + 8], "little") for i in (k, k + 8))
        h = (h ^ head) * 0x9E3779B97F4A7C15 & MASK
        h = (h ^ h >> 32) + rest * 0xFF51AFD7ED558CCD & MASK
    return mix64(h)


def shingles(words: list[str]) -> list[tuple[str, ...]]:
    """Runs of five words; a shorter text is one."""
    if not words:
        return []
    width = min(5, len(words))
    return [tuple(words[i : i + width]) for i in range(len(words) - width + 1)]


def shingle_hash(shingle: tuple[str, ...]) -> int:
    h = len(shingle)
    for token in shingle:
        h = (h * 0x9E3779B97F4A7C15 + token_hash(token)) & MASK
    return mix64(h) or 1


def fingerprints(text: str) -> list[int]:
    """Distinct shingle hashes in the order of the text: one in four, or all where they are few."""
    found = list(dict.fromkeys(map(shingle_hash, shingles(words(text)))))
    return found if len(found) < 64 else [h for h in found if h % 4 == 0]


def overlap(a: str, b: str) -> tuple[int, int, int]:
    """Shared shingles of two texts, and the shingles of each."""
    one, other = set(shingles(words(a))), set(shingles(words(b)))
    return len(one & other), len(one), len(other)


Run = tuple[int, int, int]
"""Tokens that stand in both texts: the first one's place in A and in B, and their number."""


def trimmed(before: Run, run: Run) -> Run:
    """The part of a run that is behind the run before in B, which it may start inside of."""
    i, j, n = run
    inside = max(0, before[1] + before[2] - j)
    return i + inside, j + inside, n - inside


def joins(before: Run, run: Run) -> bool:
    """Whether the gap between two runs is an edit: at most eight tokens in both texts, and no longer than both runs."""
    i, j, n = trimmed(before, run)
    gap = max(i - (before[0] + before[2]), j - (before[1] + before[2]))
    return gap <= min(8, before[2], n)


def runs_from(left: list[tuple[str, ...]], right: list[tuple[str, ...]], i: int) -> list[Run]:
    """The runs of A's shingles from `i` on, one for each place where B has the first."""
    found: list[Run] = []
    for j in range(len(right)):
        n = 0
        while left[i + n : i + n + 1] == right[j + n : j + n + 1] != []:
            n += 1
        if n:
            found.append((i, j, n + len(left[i]) - 1))
    return found


def merged_runs(left: list[tuple[str, ...]], right: list[tuple[str, ...]]) -> list[list[Run]]:
    """The runs of each passage, as the walk through A's shingles finds them.

    Behind a run the nearest place in A where one joins it, the longest of those; else the next place where there is one
    at all, the longest, and of equally long ones the first behind the run before in B.
    """
    found: list[list[Run]] = []
    i = behind = 0
    while i < len(left):
        ahead = [run for k in range(i, i + 9) for run in runs_from(left, right, k)] if found else []
        near = [run for run in ahead if joins(found[-1][-1], run)]
        if near:
            run = min(near, key=lambda run: (run[0], -run[2], run[1]))
            found[-1].append(trimmed(found[-1][-1], run))
        elif starting := runs_from(left, right, i):
            run = max(starting, key=lambda run: (run[2], run[1] >= behind, -run[1]))
            found.append([run])
        else:
            i += 1
            continue
        i, behind = run[0] + run[2], run[1] + run[2]
    return found


def passages(a: str, b: str) -> list[list[int]]:
    """Spans of the shared passages in code points of both texts."""
    one, other = tokens(a), tokens(b)
    spans = []
    for runs in merged_runs(shingles(words(a)), shingles(words(b))):
        (i, j, _), (k, m, n) = runs[0], runs[-1]
        spans.append([one[i][1], one[k + n - 1][2], other[j][1], other[m + n - 1][2]])
    return spans


def head_linked(n_documents: int, pairs: set[tuple[int, int]], rank: list[int]) -> list[int]:
    head: dict[int, int] = {}
    for d in sorted(range(n_documents), key=rank.__getitem__):
        if d not in head:
            head[d] = d
            for other in range(n_documents):
                if other not in head and ((d, other) in pairs or (other, d) in pairs):
                    head[other] = d
    return [head[d] for d in range(n_documents)]
