"""What the scripts of the peers share: JSONL in parts for a pool of processes, shingles, and kept lines out.

`orjson` reads, lines that are kept are copied as they came, and shingles are joined without a loop per shingle: the
time of a script is the time of its library, as far as Python lets it.
"""

import argparse
import re
from itertools import compress, islice
from pathlib import Path

PERMUTATIONS = 128
THRESHOLD = 0.7
PART = 1 << 22  # bytes of the input that a process takes at a time
WORD = re.compile(r"\w+")


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("task", choices=["kept", "pairs"])
    parser.add_argument("input", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--workers", type=int, required=True)
    return parser.parse_args()


def parts(path):
    """Bounds of parts of a file, each of whole lines."""
    size, start = path.stat().st_size, 0
    with path.open("rb") as file:
        while start < size:
            file.seek(min(start + PART, size) - 1)
            file.readline()
            yield path, start, file.tell()
            start = file.tell()


def lines(part):
    path, start, end = part
    with path.open("rb") as file:
        file.seek(start)
        return file.read(end - start).splitlines()


def shingles(text):
    """The 5-word shingles of a text; a shorter one is a single shingle."""
    words = WORD.findall(text.lower())
    if len(words) < 5:
        return [" ".join(words)]
    return list(map(" ".join, zip(*(islice(words, i, None) for i in range(5)), strict=False)))


def write_kept(source, target, kept):
    with source.open("rb") as lines_in, target.open("wb") as out:
        out.writelines(compress(lines_in, kept))


def write_pairs(target, ids, pairs):
    with target.open("w", encoding="utf8") as out:
        out.writelines(f"{ids[a]}\t{ids[b]}\n" for a, b in pairs)
