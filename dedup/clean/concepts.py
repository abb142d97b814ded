"""What a line speaks of, whatever its language: concepts of a vocabulary, and the features made of them.

Seed lines are too few in most languages for the words of an unseen line to be known. So words are also looked up in a
vocabulary that says what they mean (`vocabulary/`): *subscribe*, *newsletter*, *you*, *said*. Features of a line are
its concepts, pairs of concepts that follow one another, the first and the last, and how many of its words have one. A
linear model over them learns from all languages at once.

An entry is a word, the beginning of a word, or, in scripts without spaces, a run of letters. All are kept as 64-bit
hashes in one sorted table, with the places where the keys of the same first 16 bits begin: hashes are spread evenly, so
there is a third of a key to look at for each.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dedup._jit import jit
from dedup.clean.ngrams import HEAD_BYTES, TAIL_BYTES, Bytes, Floats, Ints, _decode, _kind, _mix
from dedup.errors import InputError

MOST = 64
"""Room for concepts; number 0 is none."""
# Where each kind of feature has its rows: concepts, pairs, the first and the last of a line, how many and how dense.
_PAIRS = MOST
_FIRST = _PAIRS + MOST * MOST
_LAST = _FIRST + MOST
_COUNT = _LAST + MOST
_SHARE = _COUNT + 16
ROWS = _SHARE + 16
# Words that may stand between the two concepts of a pair.
_NEAR = 3
# What a key is of: the hash of its letters is mixed well already, so another constant makes another key.
_WORD, _STEM, _RUN = np.uint64(0x5851F42D4C957F2D), np.uint64(0x14057B7EF767814F), np.uint64(0x9E3779B97F4A7C15)
# Letters of the longest run in a script without spaces.
_LONGEST_RUN = 8
_BITS = 16
Tables = tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint8], npt.NDArray[np.int32]]
_MOST_TOKENS = HEAD_BYTES + TAIL_BYTES + 2


@dataclass(slots=True)
class Vocabulary:
    """Hashes of entries and what they mean."""

    names: tuple[str, ...]
    """Concepts, from number 1."""
    keys: npt.NDArray[np.uint64]
    """Sorted."""
    codes: npt.NDArray[np.uint8]
    """Number of the concept of each key."""

    tables: Tables = field(init=False, repr=False, compare=False)
    """Keys, codes, and where the keys with each value of the first bits begin: what the kernel reads."""

    def __post_init__(self) -> None:
        first = np.searchsorted(self.keys >> np.uint64(64 - _BITS), np.arange((1 << _BITS) + 1, dtype=np.uint64))
        self.tables = self.keys, self.codes, first.astype(np.int32)


@jit
def _meaning(key: Any, tables: Any) -> Any:
    """Return the concept of a key, or 0."""
    keys, codes, first = tables
    bucket = np.int64(key >> np.uint64(64 - _BITS))
    for at in range(first[bucket], first[bucket + 1]):
        if keys[at] == key:
            return np.int64(codes[at])
    return np.int64(0)


@jit
def _run_meaning(buf: Bytes, i: int, end: int, tables: Any) -> int:
    """Concept of the longest known run of letters without spaces that begins at byte `i`, or 0."""
    found = 0
    word = np.uint64(0)
    for _ in range(_LONGEST_RUN):
        if i >= end:
            break
        point, i = _decode(buf, i, end)
        if _kind(point) != 3:
            break
        word = _mix(word, np.uint64(point))
        concept = _meaning(word ^ _RUN, tables)
        if concept:
            found = concept
    return found


@jit
def _read(buf: Bytes, start: int, end: int, tables: Any, out: Any, n: int) -> int:
    """Append the concept of each token of ``buf[start:end]``, 0 for none, from place `n` on; -> their number."""
    word = np.uint64(0)
    letters = found = 0
    i = start
    while i <= end and n < out.size:
        kind = 0
        following = i + 1
        if i < end:
            point, following = _decode(buf, i, end)
            kind = _kind(point)
        if kind == 2:
            word = _mix(word, np.uint64(point))
            letters += 1
            if letters > 1:
                stem = _meaning(word ^ _STEM, tables)
                found = stem if stem else found
        elif kind == 4:
            letters += 1
            word = np.uint64(0)
        else:
            if letters:
                exact = _meaning(word ^ _WORD, tables)
                out[n] = exact if exact else found
                n += 1
            word = np.uint64(0)
            letters = found = 0
            if kind == 3 and n < out.size:
                out[n] = _run_meaning(buf, i, end, tables)
                n += 1
        i = following
    return n


@jit
def _features(concepts: Any, n: int, out: Any) -> int:
    """Rows of all features of a line; -> their number."""
    count = known = before = 0
    place = -_NEAR - 1
    for k in range(n):
        concept = concepts[k]
        if concept:
            known += 1
            out[count] = concept
            count += 1
            if k - place <= _NEAR:
                out[count] = _PAIRS + before * MOST + concept
                count += 1
            before, place = concept, k
    if n:
        out[count] = _FIRST + concepts[0]
        out[count + 1] = _LAST + concepts[n - 1]
        out[count + 2] = _COUNT + min(known, 15)
        out[count + 3] = _SHARE + (15 * known) // n
        count += 4
    return count


@jit
def _bag_kernel(buf: Bytes, starts: Ints, tables: Any, indptr: Any, indices: Any) -> None:
    """Feature rows of every line; `indices` empty: count only."""
    concepts = np.empty(_MOST_TOKENS, np.int64)
    found = np.empty(2 * _MOST_TOKENS + 4, np.int64)
    total = 0
    for row in range(starts.size - 1):
        start, end = starts[row], starts[row + 1] - 1
        if end - start <= HEAD_BYTES + TAIL_BYTES:
            n = _read(buf, start, end, tables, concepts, 0)
        else:
            n = _read(buf, start, start + HEAD_BYTES, tables, concepts, 0)
            n = _read(buf, end - TAIL_BYTES, end, tables, concepts, n)
        count = _features(concepts, n, found)
        if indices.size:
            indices[total : total + count] = found[:count]
        total += count
        indptr[row + 1] = total


@jit
def _score_kernel(indptr: Any, indices: Any, weights: Floats, bias: Floats, out: Floats) -> None:
    for row in range(indptr.size - 1):
        first, last = indptr[row], indptr[row + 1]
        out[row] = 0
        for k in range(first, last):
            for label in range(bias.size):
                out[row, label] += weights[indices[k], label]
        scale = np.float32(1 / np.sqrt(max(1, last - first)))
        for label in range(bias.size):
            out[row, label] = out[row, label] * scale + bias[label]


def concept_bags(buf: Bytes, starts: Ints, vocabulary: Vocabulary) -> tuple[Ints, npt.NDArray[np.int32]]:
    """Feature rows of each lower-cased line in compressed form: `indptr` (lines + 1,) and `indices`, below `ROWS`."""
    indptr = np.zeros(starts.size, np.int64)
    tables = vocabulary.tables
    _bag_kernel(buf, starts, tables, indptr, np.empty(0, np.int32))
    indices = np.empty(max(1, indptr[-1]), np.int32)
    _bag_kernel(buf, starts, tables, indptr, indices)
    return indptr, indices[: indptr[-1]]


def concept_scores(buf: Bytes, starts: Ints, vocabulary: Vocabulary, weights: Floats, bias: Floats) -> Floats:
    """Logits (lines, labels) of each line under a linear model of (`ROWS`, labels) weights."""
    indptr, indices = concept_bags(buf, starts, vocabulary)
    out: Floats = np.empty((starts.size - 1, bias.size), np.float32)
    _score_kernel(indptr, indices, weights, bias, out)
    return out


@jit
def _key(buf: Bytes, kind: Any) -> Any:
    """Key of an entry: of a word (1), a stem (2) or a run (3)."""
    word = np.uint64(0)
    i = 0
    while i < buf.size:
        point, i = _decode(buf, i, buf.size)
        word = _mix(word, np.uint64(point))
    return word ^ kind


def _is_run(entry: str) -> bool:
    """Say whether an entry is of a script without spaces."""
    return _kind(ord(entry[0])) == 3


def read_vocabulary(folder: Path | None) -> Vocabulary:
    """Read all ``*.tsv`` of a folder (``concept<TAB>words`` with that header; the file's name is the language).

    No folder, no words.

    Words that mean one thing in one language and another in the next get the meaning that more languages give them,
    among equals the first by the alphabet of concepts.

    Raises
    ------
    InputError
        A line of another form, or too many concepts.
    """
    meanings: dict[int, dict[str, int]] = {}
    for path in sorted(folder.glob("*.tsv")) if folder else ():
        with path.open(encoding="utf-8", newline="") as file:
            for number, row in enumerate(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE), 1):
                if number == 1 and row == ["concept", "words"]:
                    continue
                if len(row) != 2:
                    raise InputError("not a row of a vocabulary", where=f"{path}:{number}", hint="concept<TAB>words")
                for entry in row[1].lower().split():
                    votes = meanings.setdefault(_key_of(entry), {})
                    votes[row[0]] = votes.get(row[0], 0) + 1
    names = tuple(sorted({name for votes in meanings.values() for name in votes}))
    if len(names) >= MOST:
        raise InputError(f"{len(names)} concepts, at most {MOST - 1}", where=str(folder), hint="Join some of them")
    numbers = {name: number for number, name in enumerate(names, 1)}
    keys = np.array(sorted(meanings), np.uint64)
    best = [min(meanings[key], key=lambda name: (-meanings[key][name], name)) for key in sorted(meanings)]
    return Vocabulary(names, keys, np.array([numbers[name] for name in best], np.uint8))


def _key_of(entry: str) -> int:
    kind = _STEM if entry.endswith("*") else _RUN if _is_run(entry) else _WORD
    return int(_key(np.frombuffer(entry.rstrip("*").encode(), np.uint8), kind))
