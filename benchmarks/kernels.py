"""Text to signature, shingle sets and fingerprints in one pass: MB/s with one thread and with all cores.

    python benchmarks/kernels.py ../shared/data/copy/allsides_en.jsonl.zst

Texts are in memory. Runs with one thread and with all take turns; of each the fastest counts.
"""

import argparse
import io
import os
import time
from pathlib import Path

import msgspec
import zstandard

from dedup import sketch


def packed_texts(path):
    with path.open("rb") as file:
        stream = zstandard.ZstdDecompressor().stream_reader(file) if path.suffix == ".zst" else file
        return sketch.pack(msgspec.json.decode(line)["text"] for line in io.BufferedReader(stream))


def seconds(packed, workers):
    start = time.perf_counter()
    sketch.sketch(packed, workers=workers)
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path, help=".jsonl or .jsonl.zst with a field `text`")
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    packed, cores = packed_texts(options.corpus), len(os.sched_getaffinity(0))
    seconds(packed, 1)  # kernels are compiled, or loaded
    runs = [(seconds(packed, 1), seconds(packed, cores)) for _ in range(options.repeat)]
    one, all_cores = (min(column) for column in zip(*runs, strict=True))
    size = len(packed.data) / 1e6
    print(f"{size:,.0f} MB: {size / one:,.0f} MB/s with one thread, {size / all_cores:,.0f} with {cores}: ", end="")
    print(f"{one / all_cores:.2f} times")


if __name__ == "__main__":
    main()
