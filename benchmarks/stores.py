"""Stores for an index of documents, measured on what an index does: batches in, documents checked.

    python benchmarks/stores.py --corpus news.jsonl --documents 1000000 --cache /tmp/stores
    python benchmarks/stores.py --corpus news.jsonl --stores sqlite segments --cache /tmp/stores --kill 20

Every store takes the same keys and the same records, packed as the index packs them; how each is tuned stands with it
(`store_rows.py`, `store_segments.py`). The last 2,000 of the documents are held out and checked against the others:
sketched, their fingerprints and band keys looked up, candidates (2 fingerprints, or a band) ranked, the best 50
compared exactly. All stores must find the same.

Adding and checking are processes of their own. Wall times suffer from whatever else runs; CPU times, in brackets, less.
`written` is what went to the disk for each byte that stays. Rates count sketching and all else but the reading of the
corpus. Memory is the peak with the pages of mapped files, and what is anonymous at the end. Checks are timed on
documents seen for the first time, after 200 others, and once more (`again`: what they touch is mapped).

`--kill` ends adding processes at random moments, and looks whether what was acknowledged is there. LMDB and RocksDB:
`pip install lmdb rocksdict`.
"""

import argparse
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import msgspec
import numpy as np
from store_rows import Batch, LmdbRows, RocksdbRows, SqliteRows, joined
from store_segments import LmdbSegments, Segments, SqliteSegments

from dedup.index import packing
from dedup.match import bands
from dedup.sketch import PERMUTATIONS, Sketches, pack, sketch

STORES = {
    "sqlite": SqliteRows,
    "lmdb": LmdbRows,
    "rocksdb": RocksdbRows,
    "segments": Segments,
    "sqlite+segments": SqliteSegments,
    "lmdb+segments": LmdbSegments,
}
BATCH = 10_000
ENDS = 100_000
"""Documents at either end whose rate is told."""
HELD_OUT, WARM = 2_000, 200
CANDIDATES = 50
PARTS = ("sketch", "pack", "store")
SHAPE = bands.parameters(0.7, PERMUTATIONS)


class Row(msgspec.Struct):
    """What is read of a line."""

    id: str
    site: str
    published: str
    text: str


def rows(path: Path) -> Iterator[Row]:
    decode = msgspec.json.Decoder(Row).decode
    with path.open("rb") as file:
        yield from map(decode, file)


def keys(sketches: Sketches) -> tuple[np.ndarray, np.ndarray]:
    """Return the 32 bits that stand for fingerprints and band keys."""
    prints, own = sketches.fingerprints, bands.band_keys(sketches.signatures, *SHAPE)
    return (prints >> np.uint64(32)).astype(np.uint32), (own >> np.uint64(32)).astype(np.uint32)


def postings(own: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    result = own.astype(np.uint64) << np.uint64(32) | numbers.astype(np.uint64)
    result.sort()
    return result[np.diff(result, prepend=result[:1] ^ np.uint64(1)) != 0]  # two of a document can share 32 bits


def packed_sets(sketches: Sketches) -> tuple[bytes, list[int]]:
    """Pack the shingle sets of documents, one after the other, and say where each starts and ends."""
    ends = np.concatenate([[0], np.cumsum(packing.record_sizes(sketches.n_shingles))])
    data = np.empty(int(ends[-1]), np.uint8)
    packing.pack_records(sketches.shingles, sketches.n_shingles, data)
    return data.tobytes(), ends.tolist()


def prepare(read: list[Row], sketches: Sketches, first: int) -> Batch:
    """Pack what is kept of a batch."""
    prints, own = keys(sketches)
    numbers = np.arange(first, first + len(read))
    # Agency and outlet class are not known here: 8 bytes stand for them and for counts of what was stripped.
    columns = zip(read, sketches.digests.tolist(), sketches.n_tokens.tolist(), strict=True)
    metas = [
        msgspec.msgpack.encode((row.id, row.site, row.published, tokens, digest, "agency-1"))
        for row, digest, tokens in columns
    ]
    sets, ends = packed_sets(sketches)
    records = [sets[ends[i] : ends[i + 1]] + meta for i, meta in enumerate(metas)]
    data, starts = joined(records)
    offsets = np.append(starts, len(data))
    return Batch(
        first,
        len(read),
        postings(prints, np.repeat(numbers, np.diff(sketches.offsets))),
        postings(own.reshape(-1), np.repeat(numbers, own.shape[1])),
        data,
        offsets,
    )


def fill(options: argparse.Namespace, folder: Path) -> None:
    """Add all but the held out documents, and print what each batch took as a line of JSON once it is acknowledged."""
    store = STORES[options.one](folder, True)
    first, end = len(store), options.documents - HELD_OUT
    source = islice(rows(options.corpus), first, end)
    warm = list(islice(rows(options.corpus), 50))
    prepare(warm, sketch(pack([row.text for row in warm])), 0)  # kernels
    while read := list(islice(source, options.batch)):
        times = [(time.perf_counter(), cpu())]
        sketches = sketch(pack([row.text for row in read]))
        times.append((time.perf_counter(), cpu()))
        batch = prepare(read, sketches, first)
        times.append((time.perf_counter(), cpu()))
        store.add(batch)
        times.append((time.perf_counter(), cpu()))
        first += len(read)
        parts = {"postings": batch.prints.size + batch.bands.size, "records": len(batch.data)}
        print(json.dumps({"held": first, "times": times, **parts}), flush=True)
    store.close()
    print(json.dumps({"peak": peak(), "written": written()}), flush=True)


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)  # all threads, those of a store too
    return used.ru_utime + used.ru_stime


def written() -> int:
    lines = (line.split() for line in Path("/proc/self/io").read_text(encoding="ascii").splitlines())
    return next(int(number) for name, number in lines if name == "write_bytes:")


def peak() -> dict[str, float]:
    """Return the most MB that were resident, and those that are anonymous now."""
    wanted = {"VmHWM": "resident", "RssAnon": "anonymous"}
    lines = (line.split() for line in Path("/proc/self/status").read_text(encoding="utf8").splitlines())
    return {wanted[line[0][:-1]]: int(line[1]) / 1024 for line in lines if line and line[0][:-1] in wanted}


def examine(store, text: str) -> tuple[int, int]:
    """Check a document: return its candidates, and how many share at least 30 shingles."""
    sketches = sketch(pack([text]), workers=1)
    prints, own = keys(sketches)
    met, banded = store.meet(prints, own.reshape(-1))
    documents, counts = np.unique(np.concatenate([met, banded, banded]), return_counts=True)
    enough = np.flatnonzero(counts >= 2)
    best = enough[np.argsort(-counts[enough], kind="stable")[:CANDIDATES]]
    if not len(best):
        return 0, 0
    data, starts = store.records(documents[best])
    shared, sizes = np.empty(len(best), np.int64), np.empty(len(best), np.int64)
    packing.count_shared(packing.cut_set(sketches.shingles), data, starts, shared, sizes)
    return len(best), int((shared >= 30).sum())


def check(options: argparse.Namespace, folder: Path) -> None:
    """Check the held out documents, and print the figures."""
    queries = [row.text for row in islice(rows(options.corpus), options.documents - HELD_OUT, options.documents)]
    before = peak()
    started = time.perf_counter()
    store = STORES[options.one](folder, False)
    opened = time.perf_counter() - started
    for text in queries[:WARM]:
        examine(store, text)
    passes, found = [], []
    for _ in range(2):
        times, found = [], []
        for text in queries[WARM:]:
            wall, own = time.perf_counter(), time.thread_time()
            found.append(examine(store, text))
            times.append((time.perf_counter() - wall, time.thread_time() - own))
        passes.append((1e3 * np.percentile(np.array(times), [50, 99], axis=0)).tolist())
    result = {
        "open": opened,
        "passes": passes,
        "found": np.sum(found, axis=0).tolist(),
        "before": before,
        "peak": peak(),
    }
    print(json.dumps(result))
    store.close()


def child(options: argparse.Namespace, store: str, do: str, batch: int = BATCH) -> subprocess.Popen[str]:
    command = [sys.executable, __file__, "--one", store, "--do", do, "--corpus", str(options.corpus)]
    command += ["--documents", str(options.documents), "--cache", str(options.cache), "--batch", str(batch)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def output(process: subprocess.Popen[str]) -> list[dict]:
    lines = [json.loads(line) for line in process.stdout]
    if process.wait():
        sys.exit(f"{process.args} ended with {process.returncode}")
    return lines


def rate(lines: list[dict], kind: int) -> float:
    """Return documents a second of wall (0) or CPU (1) time, sketching included."""
    seconds = sum(line["times"][-1][kind] - line["times"][0][kind] for line in lines)
    return (lines[-1]["held"] - lines[0]["held"] + BATCH) / seconds


def size_of(folder: Path) -> int:
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*"))


def measure(options: argparse.Namespace, store: str) -> list[str]:
    folder = fresh(options.cache / store)
    *lines, last = output(child(options, store, "fill"))
    held, ends = lines[-1]["held"], ENDS // BATCH
    checked = output(child(options, store, "check"))[0]
    took = np.array([np.subtract(line["times"][3], line["times"][2]) for line in lines]).max(axis=0)
    shares = [sum(np.subtract(line["times"][i + 1], line["times"][i]) for line in lines) / held * 1e6 for i in range(3)]
    per = {what: sum(line[what] for line in lines) / held for what in ("postings", "records")}
    parts = (f"{what} {own[0]:.0f} ({own[1]:.0f})" for what, own in zip(PARTS, shares, strict=True))
    print(f"{store}: µs a document, wall (CPU): {', '.join(parts)};", end=" ")
    print(f"{per['postings']:.1f} postings, {per['records']:.0f} bytes of record a document;", end=" ")
    print(
        f"found {checked['found']}; checking process before opening {checked['before']['resident']:.0f} MB", flush=True
    )
    rates = ([rate(part, kind) for kind in (0, 1)] for part in (lines[:ends], lines[-ends:]))
    row = [store, *(f"{wall:,.0f} ({own:,.0f})" for wall, own in rates), f"{took[0]:.1f} ({took[1]:.1f})"]
    row += [f"{last['peak']['resident']:,.0f}", f"{size_of(folder) / held:,.0f}"]
    row += [f"{last['written'] / size_of(folder):.1f}", f"{checked['open'] * 1e3:.0f}"]
    row += [f"{wall:.2f} ({own:.2f})" for each in checked["passes"] for wall, own in each]
    row += [f"{checked['peak'][what]:,.0f}" for what in ("resident", "anonymous")]
    if not options.keep:
        shutil.rmtree(folder)
    return row


def fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def kill(options: argparse.Namespace, store: str) -> str:
    """Kill adding processes at random moments; a new one must find what was acknowledged, and nothing half-added."""
    folder, chance, acknowledged, lost = fresh(options.cache / store), random.Random(1), 0, 0
    for _ in range(options.kill):
        process = child(options, store, "fill", 500)
        timer = None
        for line in process.stdout:
            acknowledged = json.loads(line).get("held", acknowledged)
            if timer is None:
                time.sleep(chance.random() * 2)
                process.send_signal(signal.SIGKILL)
                timer = True
        process.wait()
        whole = output(child(options, store, "whole"))[0]
        lost += whole["held"] < acknowledged or whole["wrong"] > 0
        acknowledged = whole["held"]
    shutil.rmtree(folder)
    return f"{store}: {options.kill} kills, {acknowledged:,} documents held, {lost} times something lost or half-added"


def whole(options: argparse.Namespace, folder: Path) -> None:
    """Print how many documents are held, and how many do not have their postings and record, or are there beyond."""
    store = STORES[options.one](folder, False)
    held, wrong = len(store), 0
    read = list(islice(rows(options.corpus), held + 1000))
    for first in range(0, len(read), 1000):
        part = read[first : first + 1000]
        sketches = sketch(pack([row.text for row in part]))
        prints, own = keys(sketches)
        own_sets = np.split(sketches.shingles, np.cumsum(sketches.n_shingles)[:-1])
        for i in range(0, len(part), 10):
            mine = prints[sketches.offsets[i] : sketches.offsets[i + 1]]
            met, banded = (np.unique(each, return_counts=True) for each in store.meet(mine, own[i]))
            there = [first + i in each[0] for each in (met, banded)]
            wrong += there != [first + i < held] * 2
            if first + i < held:
                figures = np.empty(1, np.int64), np.empty(1, np.int64)
                packing.count_shared(packing.cut_set(own_sets[i]), *store.records(np.array([first + i])), *figures)
                wrong += figures[0][0] != len(own_sets[i])
    print(json.dumps({"held": held, "wrong": int(wrong)}))
    store.close()


COLUMNS = [
    "store",
    "add/s first 100 k",
    "last 100 k",
    "slowest batch s",
    "MB adding",
    "bytes a document",
    "written",
    "open ms",
    "check p50 ms",
    "p99",
    "again p50",
    "p99",
    "MB checking",
    "anonymous",
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--stores", nargs="+", choices=STORES, default=list(STORES))
    parser.add_argument("--cache", type=Path, required=True, help="folder of which each store takes one")
    parser.add_argument("--keep", action="store_true", help="leave the stores where they are")
    parser.add_argument("--kill", type=int, default=0, help="so many times, instead of measuring")
    parser.add_argument("--batch", type=int, default=BATCH, help=argparse.SUPPRESS)
    parser.add_argument("--one", choices=STORES, help=argparse.SUPPRESS)
    parser.add_argument("--do", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        {"fill": fill, "check": check, "whole": whole}[options.do](options, options.cache / options.one)
        return
    if options.kill:
        for store in options.stores:
            print(kill(options, store), flush=True)
        return
    table = [COLUMNS, ["---", *["---:"] * (len(COLUMNS) - 1)]]
    for store in options.stores:
        table.append(measure(options, store))
        print("| " + " | ".join(table[-1]) + " |", flush=True)
    print(*("| " + " | ".join(line) + " |" for line in table), sep="\n")


if __name__ == "__main__":
    os.environ.setdefault("NUMBA_NUM_THREADS", "1")
    main()
