"""Hashed n-grams of lines and of names, and the linear models over them.

A line becomes a bag of hashed features: words, pairs of words, word beginnings (so that inflected and related languages
share evidence), the first and last words marked as such, the whole line when it is short, and its punctuation marks.
Scripts written without spaces have a token for each letter, and triples of them. Digits fold to one sign, so that dates
and counts look alike. Everything runs over UTF-8 bytes: no Python object per token.

The feature hashing is that of Weinberger et al. (2009, "Feature hashing for large scale multitask learning") without
the sign, which buys nothing at this load. The model is multinomial logistic regression over the bag scaled to unit
length, fitted by AdaGrad (Duchi et al. 2011), which suits rare features; 13 classes at once in one pass of a kernel,
where scikit-learn's solvers take one-vs-rest passes or dense full-batch gradients and minutes instead of seconds.
"""

# Chains of comparisons are what a kernel compiles best; sets and tables of code points are not.
# ruff: noqa: PLR1714, PLR0911

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from dedup._jit import jit

HASH_BITS = 16
"""Size of the hash tables: 65,536 rows of 13 weights are 850 KB as int8, and collisions cost no measurable accuracy."""
# A paragraph is known by its beginning and its end; the middle of a long one costs time and says nothing new.
HEAD_BYTES = 320
TAIL_BYTES = 96
# Most features that one line can have: six for each token of the two parts, and its marks.
MAX_FEATURES = 4096
PEAKS = 3
"""Single features of a line that are told apart, at either end."""
_WHOLE_LINE_TOKENS = 12
_PREFIX_LETTERS = 4

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


def join_lines(texts: list[str]) -> tuple[Bytes, Ints]:
    """UTF-8 bytes of the texts one after another, and where each begins; the last entry is the end.

    Texts hold no line feed. Lone surrogates become question marks.
    """
    if not texts:
        return np.empty(0, np.uint8), np.zeros(1, np.int64)
    raw = ("\n".join(texts) + "\n").encode("utf-8", "replace")
    buf = np.frombuffer(raw, np.uint8)
    ends = np.flatnonzero(buf == 10) + 1
    return buf, np.concatenate((np.zeros(1, np.int64), ends.astype(np.int64)))


@jit
def _decode(buf: Bytes, i: int, end: int) -> tuple[Any, int]:
    """Code point at byte `i` and the place of the next one; stray bytes count as one code point each."""
    lead = np.int64(buf[i])
    if lead < 0x80:
        return lead, i + 1
    if lead >= 0xF0 and i + 3 < end:
        point = (
            ((lead & 7) << 18)
            | ((np.int64(buf[i + 1]) & 63) << 12)
            | ((np.int64(buf[i + 2]) & 63) << 6)
            | (np.int64(buf[i + 3]) & 63)
        )
        return point, i + 4
    if lead >= 0xE0 and i + 2 < end:
        return ((lead & 15) << 12) | ((np.int64(buf[i + 1]) & 63) << 6) | (np.int64(buf[i + 2]) & 63), i + 3
    if lead >= 0xC0 and i + 1 < end:
        return ((lead & 31) << 6) | (np.int64(buf[i + 1]) & 63), i + 2
    return lead, i + 1


@jit
def _kind(point: Any) -> int:
    """0 space, 1 mark, 2 letter of a spaced script, 3 letter of a script without spaces, 4 digit."""
    if point < 0x80:
        if 48 <= point <= 57:
            return 4
        if 97 <= point <= 122 or 65 <= point <= 90:
            return 2
        return 0 if point <= 32 else 1
    if point < 0xC0:
        return 0 if point == 0xA0 or point == 0xAD else 2 if point == 0xAA or point == 0xB5 or point == 0xBA else 1
    if point == 0xD7 or point == 0xF7 or point == 0x060C or point == 0x061B or point == 0x061F or point == 0x0964:
        return 1
    if 0x0660 <= point <= 0x0669 or 0x06F0 <= point <= 0x06F9 or 0x0966 <= point <= 0x096F:
        return 4
    if 0x0E00 <= point < 0x0F00 or 0x1000 <= point < 0x10A0 or 0x1780 <= point < 0x1800:
        return 3
    if 0x2000 <= point <= 0x200B or point == 0x202F or point == 0x3000 or point == 0xFEFF:
        return 0
    if 0x200C <= point <= 0x2BFF or 0x3001 <= point <= 0x3020 or point == 0x30FB:
        return 1
    if 0xFF10 <= point <= 0xFF19:
        return 4
    if 0xFF00 <= point <= 0xFF20 or 0xFF3B <= point <= 0xFF40 or 0xFF5B <= point <= 0xFF65 or point >= 0x1F000:
        return 1 if point < 0x20000 else 3
    if 0x3021 <= point <= 0x31FF or 0x3400 <= point <= 0x9FFF or 0xF900 <= point <= 0xFAFF:
        return 3
    return 2


@jit
def _mix(a: Any, b: Any) -> Any:
    """One hash of two: the finalizer of MurmurHash3 over their combination."""
    x = (a * np.uint64(0x9E3779B97F4A7C15)) ^ (b + np.uint64(0x632BE59BD9B4E019))
    x ^= x >> np.uint64(33)
    x *= np.uint64(0xFF51AFD7ED558CCD)
    x ^= x >> np.uint64(33)
    return x


@jit
def _tokens(buf: Bytes, start: int, end: int, tokens: Any, kinds: Any, marks: Any) -> tuple[int, int]:
    """Hashes of the tokens of ``buf[start:end]`` and of their prefixes, and of the marks between; -> their numbers.

    `tokens` is (n, 2): the token's hash, and that of its first letters where it is longer than them, else 0.
    """
    n = m = 0
    word = prefix = np.uint64(0)
    letters = 0
    digits = False
    i = start
    while i <= end:
        kind = 0
        point: Any = np.int64(32)
        following = i + 1
        if i < end:
            point, following = _decode(buf, i, end)
            kind = _kind(point)
        if kind == 2 or kind == 4:
            if kind == 4:
                if not digits:
                    word = _mix(word, np.uint64(48))
                digits = True
            else:
                word = _mix(word, np.uint64(point))
                digits = False
            letters += 1
            if letters == _PREFIX_LETTERS:
                prefix = word
        else:
            if letters and n < tokens.shape[0]:
                tokens[n, 0] = word
                tokens[n, 1] = prefix if letters > _PREFIX_LETTERS + 1 else np.uint64(0)
                kinds[n] = 2
                n += 1
            word = prefix = np.uint64(0)
            letters = 0
            digits = False
            if kind == 3 and n < tokens.shape[0]:
                tokens[n, 0] = _mix(np.uint64(3), np.uint64(point))
                tokens[n, 1] = np.uint64(0)
                kinds[n] = 3
                n += 1
            elif kind == 1 and m < marks.shape[0]:
                marks[m] = np.uint64(point)
                m += 1
        i = following
    return n, m


@jit
def _features(tokens: Any, kinds: Any, n: int, marks: Any, m: int, mask: Any, out: Any) -> int:
    """Rows in the table of all features of one line; -> their number."""
    count = 0
    whole = np.uint64(7)
    for k in range(n):
        token = tokens[k, 0]
        out[count] = np.int64(_mix(np.uint64(1), token) & mask)
        count += 1
        if tokens[k, 1]:
            out[count] = np.int64(_mix(np.uint64(2), tokens[k, 1]) & mask)
            count += 1
        if k + 1 < n:
            pair = _mix(token, tokens[k + 1, 0])
            out[count] = np.int64(pair & mask)
            count += 1
            if k + 2 < n and kinds[k] == 3:
                out[count] = np.int64(_mix(pair, tokens[k + 2, 0]) & mask)
                count += 1
        whole = _mix(whole, token)
    if n:
        for size in range(1, min(n, 3) + 1):
            first = np.uint64(11)
            last = np.uint64(13)
            for k in range(size):
                first = _mix(first, tokens[k, 0])
                last = _mix(last, tokens[n - 1 - k, 0])
            out[count] = np.int64(first & mask)
            out[count + 1] = np.int64(last & mask)
            count += 2
        if n <= _WHOLE_LINE_TOKENS:
            out[count] = np.int64(whole & mask)
            count += 1
    for k in range(min(m, 24)):
        out[count] = np.int64(_mix(np.uint64(17), marks[k]) & mask)
        count += 1
    bucket = np.uint64(min(n, 4) if n < 5 else 5 + min(n // 5, 10))
    out[count] = np.int64(_mix(np.uint64(19), bucket) & mask)
    return count + 1


@jit
def _line(buf: Bytes, start: int, end: int, tokens: Any, kinds: Any, marks: Any, mask: Any, out: Any) -> int:
    """Features of the line ``buf[start:end]``, of its two ends where it is long."""
    if end - start <= HEAD_BYTES + TAIL_BYTES:
        n, m = _tokens(buf, start, end, tokens, kinds, marks)
        return _features(tokens, kinds, n, marks, m, mask, out)
    head = start + HEAD_BYTES
    while head > start and buf[head] & 0xC0 == 0x80:
        head -= 1
    tail = end - TAIL_BYTES
    while tail < end and buf[tail] & 0xC0 == 0x80:
        tail += 1
    n, m = _tokens(buf, start, head, tokens, kinds, marks)
    more, marked = _tokens(buf, tail, end, tokens[n:], kinds[n:], marks[m:])
    return _features(tokens, kinds, n + more, marks, m + marked, mask, out)


@jit
def _bag_kernel(buf: Bytes, starts: Ints, mask: Any, indptr: Any, indices: Any) -> None:
    """Feature rows of every line; `indices` empty: count only."""
    tokens = np.empty((HEAD_BYTES + TAIL_BYTES + 2, 2), np.uint64)
    kinds = np.empty(tokens.shape[0], np.int64)
    marks = np.empty(tokens.shape[0], np.uint64)
    out = np.empty(MAX_FEATURES, np.int64)
    total = 0
    for row in range(starts.size - 1):
        count = _line(buf, starts[row], starts[row + 1] - 1, tokens, kinds, marks, mask, out)
        if indices.size:
            indices[total : total + count] = out[:count]
        total += count
        indptr[row + 1] = total


@jit
def _push(peaks: Any, first: int, value: Any, sign: Any) -> None:
    """Keep `value` if it is among the `PEAKS` largest (smallest for sign −1), which stand in order from `first`."""
    at = first + PEAKS
    while at > first and sign * value > sign * peaks[at - 1]:
        at -= 1
    for k in range(first + PEAKS - 1, at, -1):
        peaks[k] = peaks[k - 1]
    if at < first + PEAKS:
        peaks[at] = value


@jit
def _score_kernel(buf: Bytes, starts: Ints, mask: Any, weights: Any, bias: Any, out: Any, peaks: Any) -> None:
    tokens = np.empty((HEAD_BYTES + TAIL_BYTES + 2, 2), np.uint64)
    kinds = np.empty(tokens.shape[0], np.int64)
    marks = np.empty(tokens.shape[0], np.uint64)
    found = np.empty(MAX_FEATURES, np.int64)
    classes = weights.shape[1]
    for row in range(starts.size - 1):
        count = _line(buf, starts[row], starts[row + 1] - 1, tokens, kinds, marks, mask, found)
        out[row] = 0
        peaks[row] = 0
        for k in range(count):
            at = found[k]
            other = weights[at, 1]
            for label in range(classes):
                out[row, label] += weights[at, label]
                if label > 1:
                    other = max(other, weights[at, label])
            margin = other - weights[at, 0]
            if margin > peaks[row, PEAKS - 1]:
                _push(peaks[row], 0, margin, np.float32(1))
            elif margin < peaks[row, 2 * PEAKS - 1]:
                _push(peaks[row], PEAKS, margin, np.float32(-1))
        scale = np.float32(1 / np.sqrt(count))
        for label in range(classes):
            out[row, label] = out[row, label] * scale + bias[label]


def bags(buf: Bytes, starts: Ints, bits: int = HASH_BITS) -> tuple[Ints, npt.NDArray[np.int32]]:
    """Feature rows of each line in compressed form: `indptr` (lines + 1,) and `indices`."""
    indptr = np.zeros(starts.size, np.int64)
    mask = np.uint64((1 << bits) - 1)
    _bag_kernel(buf, starts, mask, indptr, np.empty(0, np.int32))
    indices = np.empty(max(1, indptr[-1]), np.int32)
    _bag_kernel(buf, starts, mask, indptr, indices)
    return indptr, indices[: indptr[-1]]


def scores(buf: Bytes, starts: Ints, weights: Floats, bias: Floats) -> tuple[Floats, Floats]:
    """Logits (lines, labels) of each line under a linear model of (rows, labels) weights, and its peaks.

    The peaks, (lines, 2 `PEAKS`), are what single features say for the likeliest label against the first: the most and
    then the least. The words that give a long notice away are few, and the mean over all of its words hides them.
    """
    out = np.empty((starts.size - 1, weights.shape[1]), np.float32)
    peaks = np.empty((starts.size - 1, 2 * PEAKS), np.float32)
    _score_kernel(buf, starts, np.uint64(weights.shape[0] - 1), weights, bias, out, peaks)
    return out, peaks
