"""The index, and datasketch's MinHashLSH, at adding documents and checking new ones; `docs/performance.md` has figures.

    python benchmarks/index.py --corpus news.jsonl --documents 1000000 --cache /tmp/index
    python benchmarks/index.py --corpus news.jsonl --documents 20000 --cache /tmp/index --peers --redis localhost:6379
    python benchmarks/index.py --corpus news.jsonl --documents 20000 --cache /tmp/index --kill 200

The last 2,000 of the documents are held out and checked one by one against the others, the first 200 of them to warm
up. Adding and checking are processes of their own, one after the other. Rates count sketching and all else but the
reading of the corpus; in brackets by CPU time, of all threads. Memory is the peak of the process, with the pages of
mapped files, and what is anonymous at the end.

The peers get the same texts: words by white space and small letters, shingles of five, 128 permutations, a bound of
0.7. They answer with ids that may be near copies, without figures, and know no excerpts; the index answers with exact
figures of all relations. `--peers` is for as many documents as fit in memory.

`--kill` ends processes that add and compact at random moments, and looks whether what was acknowledged is there, and
whether the index is sound.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from itertools import count, islice
from pathlib import Path
from typing import TextIO

import numpy as np
from stores import Row, cpu, peak, rows, size_of

from dedup.index import Index
from dedup.sketch import pack
from dedup.verdicts import Entry

BATCH = 10_000
ENDS = 100_000
HELD_OUT, WARM = 2_000, 200
BOUND, PERMUTATIONS, WORDS = 0.7, 128, 5


def entry(row: Row) -> Entry:
    return Entry(row.id, row.site, row.published)


class Ours:
    """The index."""

    def __init__(self, options: argparse.Namespace, write: bool) -> None:
        folder = options.cache / "index"
        self.index = Index.create(folder) if write and not folder.exists() else Index.open(folder, write=write)

    def add(self, read: list[Row]) -> None:
        self.index.add(pack(row.text for row in read), [entry(row) for row in read])

    def check(self, text: str) -> int:
        return len(self.index.find(pack([text]))[0])


class Peer:
    """datasketch's MinHashLSH, in memory or in Redis."""

    def __init__(self, options: argparse.Namespace, redis: bool) -> None:
        from datasketch import MinHashLSH

        storage = None
        if redis:
            host, port = options.redis.split(":")
            storage = {"type": "redis", "basename": b"dedup-benchmark", "redis": {"host": host, "port": int(port)}}
        self.lsh = MinHashLSH(BOUND, PERMUTATIONS, storage_config=storage)

    def add(self, read: list[Row]) -> None:
        with self.lsh.insertion_session() as session:
            for row in read:
                session.insert(row.id, self.signature(row.text))

    def check(self, text: str) -> int:
        return len(self.lsh.query(self.signature(text)))

    def signature(self, text: str):
        from datasketch import MinHash

        words = text.lower().split()
        found = MinHash(PERMUTATIONS)
        found.update_batch([" ".join(words[i : i + WORDS]).encode() for i in range(max(1, len(words) - WORDS + 1))])
        return found


def fill(options: argparse.Namespace, store: Ours | Peer, held: int) -> list[dict]:
    """Add documents up to `held`, and return what each batch took."""
    source, lines, n = rows(options.corpus), [], 0
    while read := list(islice(source, min(BATCH, held - n))):
        before = time.perf_counter(), cpu()
        store.add(read)
        n += len(read)
        lines.append({"held": n, "wall": time.perf_counter() - before[0], "cpu": cpu() - before[1]})
    return lines


def check(options: argparse.Namespace, store: Ours | Peer) -> dict:
    """Check the held out documents, and return the figures."""
    queries = [row.text for row in islice(rows(options.corpus), options.documents - HELD_OUT, options.documents)]
    for text in queries[:WARM]:
        store.check(text)
    times, found = [], 0
    for text in queries[WARM:]:
        before = time.perf_counter(), cpu()
        found += store.check(text) > 0
        times.append((time.perf_counter() - before[0], cpu() - before[1]))
    wall, own = (1e3 * np.percentile(np.array(times), [50, 99], axis=0)).T.tolist()
    return {"wall": wall, "cpu": own, "found": found, **peak()}


def run(options: argparse.Namespace) -> None:
    """Do what a process of its own does, and print JSON."""
    held = options.documents - HELD_OUT
    if options.do == "fill":
        warm(options)
        store = Ours(options, True)
        result = {"batches": fill(options, store, held), **peak()}
        store.index.close()
        result["bytes"] = size_of(options.cache / "index") / held
    elif options.do == "check":
        before = time.perf_counter()
        store = Ours(options, False)
        opened = time.perf_counter() - before
        result = {"open": opened, **check(options, store)}
    else:
        peer = Peer(options, options.do == "redis")
        result = {"batches": fill(options, peer, held), **check(options, peer)}
    print(json.dumps(result))


def warm(options: argparse.Namespace) -> None:
    """Have kernels compiled."""
    own = argparse.Namespace(**{**vars(options), "cache": options.cache / "warm"})
    shutil.rmtree(own.cache, ignore_errors=True)
    own.cache.mkdir(parents=True)
    store = Ours(own, True)
    for first in range(0, 80, 10):
        store.add(list(islice(rows(options.corpus), first, first + 10)))
    store.check("")
    store.index.close()
    shutil.rmtree(own.cache)


def child(options: argparse.Namespace, do: str) -> dict:
    command = [sys.executable, __file__, "--do", do, "--corpus", str(options.corpus), "--cache", str(options.cache)]
    command += ["--documents", str(options.documents), "--redis", options.redis or ""]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def rate(batches: list[dict], kind: str) -> float:
    before = batches[0]["held"] - min(BATCH, batches[0]["held"])
    return (batches[-1]["held"] - before) / sum(batch[kind] for batch in batches)


def row(name: str, filled: dict, checked: dict, disk: str, opened: str) -> list[str]:
    ends = ENDS // BATCH
    rates = [
        [rate(part, kind) for kind in ("wall", "cpu")] for part in (filled["batches"][:ends], filled["batches"][-ends:])
    ]
    figures = [f"{wall:,.0f} ({own:,.0f})" for wall, own in rates]
    figures += [disk, opened, *(f"{checked['wall'][i]:.2f} ({checked['cpu'][i]:.2f})" for i in range(2))]
    return [name, *figures, f"{checked['resident']:,.0f}", f"{checked['anonymous']:,.0f}", str(checked["found"])]


COLUMNS = [
    "",
    "add/s first 100 k",
    "last 100 k",
    "bytes a document",
    "open ms",
    "check p50 ms",
    "p99 ms",
    "MB checking",
]
COLUMNS += ["anonymous", "of 1,800 with a match"]


def measure(options: argparse.Namespace) -> None:
    """Print the table."""
    shutil.rmtree(options.cache / "index", ignore_errors=True)
    filled, checked = child(options, "fill"), child(options, "check")
    table = [row("index", filled, checked, f"{filled['bytes']:,.0f}", f"{checked['open'] * 1e3:.0f}")]
    for do, name in (("memory", "MinHashLSH, memory"), ("redis", "MinHashLSH, Redis")):
        if options.peers and (do == "memory" or options.redis):
            done = child(options, do)
            table.append(row(name, done, done, "", ""))
    for line in (COLUMNS, ["---", *["---:"] * (len(COLUMNS) - 1)], *table):
        print("| " + " | ".join(line) + " |")
    if not options.keep:
        shutil.rmtree(options.cache / "index")


def kill(options: argparse.Namespace) -> None:
    """Kill processes that add and compact at random moments, and print what was lost."""
    folder, chance = options.cache / "index", random.Random(1)
    shutil.rmtree(folder, ignore_errors=True)
    warm(options)
    Index.create(folder).close()
    taken, removed, wrong = 0, set(), []
    for number in range(options.kill):
        if taken > options.documents - 20_000:
            shutil.rmtree(folder)
            Index.create(folder).close()
            taken, removed = 0, set()
        told = killed_once(options, folder, taken, chance.random())
        acknowledged = max([int(what) for word, what in told if word == "added"], default=taken)
        removed |= {what for word, what in told if word == "removed"}
        with Index.open(folder) as index:
            held = [row.id for row in index.export()]
            wrong += [f"kill {number}: {problem}" for problem in index.verify()]
        taken, lost = judged(options, held, acknowledged, removed)
        wrong += [f"kill {number}: {problem}" for problem in lost]
        print(f"{number + 1} kills, {len(held):,} documents held, {len(wrong)} things wrong", flush=True)
    print(*wrong[:20], sep="\n")
    shutil.rmtree(folder)


def killed_once(options: argparse.Namespace, folder: Path, first: int, chance: float) -> list[tuple[str, str]]:
    """Kill a process that writes some time after its first batch, and return what it acknowledged."""
    reading, writing = os.pipe()
    process = os.fork()  # with all kernels loaded, which is most of what a new process would do
    if not process:
        with os.fdopen(writing, "w") as told:
            write_on(options, folder, first, told)
        os._exit(0)
    os.close(writing)
    before = time.perf_counter()
    with os.fdopen(reading) as lines:
        told = [lines.readline()]
        time.sleep(5 * chance * (time.perf_counter() - before))  # while it does as much as that again, up to five times
        os.kill(process, signal.SIGKILL)
        told += lines
    os.waitpid(process, 0)
    return [(word, what) for word, what in (line.split() for line in told if line.endswith("\n"))]


def write_on(options: argparse.Namespace, folder: Path, first: int, told: TextIO) -> None:
    """Add 200 documents at a time, remove and compact between, and tell what is acknowledged."""
    with Index.open(folder, write=True) as index:
        source = islice(rows(options.corpus), first, None)
        for number in count(1):
            read = list(islice(source, 200))
            index.add(pack(row.text for row in read), [entry(row) for row in read])
            print("added", first + 200 * number, file=told, flush=True)
            if number % 2 == 0:
                index.remove([read[0].id])
                index.compact()
                print("removed", read[0].id, file=told, flush=True)


def judged(options: argparse.Namespace, held: list[str], acknowledged: int, removed: set[str]) -> tuple[int, list[str]]:
    """Return how many documents were taken, and what is wrong: only the batch after what was told may be there too."""
    ids = [row.id for row in islice(rows(options.corpus), acknowledged + 200)]
    taken = acknowledged + 200 if ids[acknowledged + 1] in held[-200:] else acknowledged
    wanted = [id for id in ids[:taken] if id not in removed]
    missing, more = set(wanted) - set(held), set(held) - set(wanted)
    unsure = {ids[i] for i in range(0, taken, 200)}  # removed, but not yet told
    removed |= missing & unsure
    problems = [f"{len(missing - unsure)} documents lost"] if len(missing & unsure) > 1 or missing - unsure else []
    return taken, problems + ([f"{len(more)} documents too many"] if more else [])


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--cache", type=Path, required=True, help="folder for the index")
    parser.add_argument("--peers", action="store_true", help="measure datasketch too")
    parser.add_argument("--redis", help="host:port of a Redis server, for the peers")
    parser.add_argument("--keep", action="store_true", help="leave the index where it is")
    parser.add_argument("--kill", type=int, default=0, help="so many times, instead of measuring")
    parser.add_argument("--do", help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    options = parsed()
    options.cache.mkdir(parents=True, exist_ok=True)
    if options.do:
        run(options)
    elif options.kill:
        kill(options)
    else:
        measure(options)


if __name__ == "__main__":
    os.environ.setdefault("NUMBA_NUM_THREADS", "1")
    main()
