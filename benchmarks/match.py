"""Copies: recall of dedup against exact truth, and its time and memory beside datasketch's LSH on the same texts.

datasketch gets what its users write: a MinHash of the 5-word shingles of each text and a MinHashLSH at Jaccard 0.7. It
verifies nothing and does not see partial copies, so its recall is measured on the near pairs only.
"""

import argparse
import csv
import io
import json
import multiprocessing
import re
import resource
import time
from pathlib import Path

import zstandard

WORD = re.compile(r"\w+")


def texts(path):
    with path.open("rb") as file:
        lines = io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(file), encoding="utf8")
        return {row["id"]: row["text"] for row in map(json.loads, lines)}


def with_dedup(documents):
    import dedup

    result = dedup.scan([{"id": id, "text": text} for id, text in documents.items()], clean=False, workers=2)
    return {frozenset((pair.a, pair.b)) for pair in result.pairs()}


def with_datasketch(documents):
    from datasketch import MinHash, MinHashLSH

    index, pairs = MinHashLSH(threshold=0.7, num_perm=128), set()
    for id, text in documents.items():
        words = WORD.findall(text.lower())
        sketch = MinHash(num_perm=128)
        sketch.update_batch([" ".join(words[i : i + 5]).encode() for i in range(max(1, len(words) - 4))])
        pairs.update(frozenset((id, other)) for other in index.query(sketch))
        index.insert(id, sketch)
    return pairs


TOOLS = {"dedup": with_dedup, "datasketch": with_datasketch}
CLASSES = {
    "jaccard >= 0.7": lambda row: float(row["jaccard"]) >= 0.7,
    "containment >= 0.5, shared >= 30": lambda row: float(row["containment"]) >= 0.5 and int(row["n_shared"]) >= 30,
    "containment 0.25-0.5, shared >= 30": lambda row: (
        0.25 <= float(row["containment"]) < 0.5 and int(row["n_shared"]) >= 30
    ),
}


def measure(tool, path, results):
    documents = texts(path)
    TOOLS[tool]({"a": "one two three four five six", "b": "one two three"})  # imports and compiled kernels
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    pairs = TOOLS[tool](documents)
    seconds = time.perf_counter() - start
    results.put((pairs, len(documents), seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--tools", nargs="*", choices=TOOLS, default=list(TOOLS))
    options = parser.parse_args()
    for path in sorted((options.data / "copy").glob("*.jsonl.zst")):
        name = path.name.removesuffix(".jsonl.zst")
        table = path.with_name(f"{name}.pairs.tsv")
        with table.open(encoding="utf8") if table.exists() else io.StringIO() as file:
            truth = list(csv.DictReader(file, delimiter="\t"))
        for tool in options.tools:
            results = multiprocessing.get_context("spawn").Queue()
            process = multiprocessing.get_context("spawn").Process(target=measure, args=(tool, path, results))
            process.start()
            pairs, documents, seconds, megabytes = results.get()
            process.join()
            print(f"{name} {tool}: {documents:,} documents, {len(pairs):,} pairs, {seconds:.2f} s, {megabytes:.0f} MB")
            for what, belongs in CLASSES.items():
                wanted = [frozenset((row["id1"], row["id2"])) for row in truth if belongs(row)]
                if wanted:
                    print(f"    {what}: {sum(pair in pairs for pair in wanted)} of {len(wanted)}")


if __name__ == "__main__":
    main()
