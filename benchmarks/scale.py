"""Time, memory, disk and recall of `dedup scan` against the size of a generated corpus.

    python benchmarks/scale.py --cache /tmp/scale                           10 k, 100 k, 1 M and 5 M documents
    python benchmarks/scale.py --cache /tmp/scale --sizes 10000 100000 --memory 2G
    python benchmarks/scale.py --cache /tmp/scale --adversarial             corpora that break matchers, at N/4 and N

Each scan is a process of its own, with the texts as they are (`--no-clean`). Wall and CPU time are those of the whole
process and its children. Memory is the most that all of them held at once, sampled, with the pages of mapped files and
without (`anonymous`: what the kernel cannot drop). Disk is the most that output and temporary files took together.

Recall counts the planted pairs of a copy and its source that share at least 30 of the 5-word windows: by the default
bounds each is an `exact`, `near`, `excerpt` or `passage` pair.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

SIZES = (10_000, 100_000, 1_000_000, 5_000_000)
ADVERSARIAL = {
    "template": 100_000,
    "identical": 10_000,
    "one-word": 50_000,
    "digest": 1_000,
    "prefix": 4_000,
    "near-template": 10_000,
}
SHARED = 30
"""Shared shingles that a passage needs."""
FURNITURE = ("disclaimer", "consent")
SAMPLE_SECONDS = 0.1
CHUNK = 200_000
"""Pairs that are looked up in the truth at a time."""
MB = 1e6
GENERATOR = Path(__file__).with_name("generate.py")


class Usage(NamedTuple):
    """What a process and its children took."""

    wall: float
    cpu: float
    resident: float
    """MB, the most at once."""
    anonymous: float
    disk: float


class TimedOutError(Exception):
    """A scan took longer than it may."""


def tree(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    found = [pid]
    for parent in found:
        with suppress(OSError):
            for thread in Path(f"/proc/{parent}/task").iterdir():
                found += map(int, (thread / "children").read_text(encoding="ascii").split())
    return found


def memory_of(pid: int) -> np.ndarray:
    """Return resident and anonymous MB of a process; nothing where it is gone."""
    fields = dict.fromkeys(("VmRSS", "RssFile"), 0)
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="utf8").splitlines():
            name, _, value = line.partition(":")
            if name in fields:
                fields[name] = int(value.split()[0])
    return np.array([fields["VmRSS"], fields["VmRSS"] - fields["RssFile"]]) * 1024 / MB


def disk_of(folder: Path) -> float:
    """Return the MB that files in a folder take."""
    total = 0
    for directory, _, names in os.walk(folder):
        for each in names:
            with suppress(OSError):
                total += (Path(directory) / each).stat().st_blocks * 512
    return total / MB


def watch(pid: int, folder: Path, ended: threading.Event, peaks: np.ndarray) -> None:
    """Raise `peaks` (resident, anonymous, disk) until the process has ended."""
    while not ended.wait(SAMPLE_SECONDS):
        memory = sum((memory_of(each) for each in tree(pid)), np.zeros(2))
        np.maximum(peaks, [*memory, disk_of(folder)], out=peaks)


def run(command: list[str], folder: Path, seconds: float) -> Usage:
    """Run a command whose files all go below `folder`, and measure it; end it after so many seconds."""
    (folder / "tmp").mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "TMPDIR": str(folder / "tmp")}
    before, peaks, ended = time.perf_counter(), np.zeros(3), threading.Event()
    process = subprocess.Popen(command, env=environment, start_new_session=True)
    watcher = threading.Thread(target=watch, args=(process.pid, folder, ended, peaks))
    watcher.start()
    timer = threading.Timer(seconds, os.killpg, (process.pid, signal.SIGKILL))
    timer.start()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - before
    process.returncode = os.waitstatus_to_exitcode(status)
    timer.cancel()
    ended.set()
    watcher.join()
    if process.returncode == -signal.SIGKILL and wall >= seconds:
        raise TimedOutError
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    return Usage(wall, used.ru_utime + used.ru_stime, *np.maximum(peaks, [0, 0, disk_of(folder)]).tolist())


def corpus(cache: Path, kind: str, n: int, suffix: str = "jsonl") -> tuple[Path, Path]:
    """Return a generated corpus and its truth, made unless it is there."""
    documents, truth = (cache / f"{kind}-{n}.{each}" for each in (suffix, "tsv"))
    if not documents.exists():
        cache.mkdir(parents=True, exist_ok=True)
        part = documents.with_name(f"part-{documents.name}")
        command = [sys.executable, str(GENERATOR), str(n), "-o", str(part), "--truth", str(truth), "--kind", kind]
        subprocess.run(command, check=True)
        part.rename(documents)
    return documents, truth


def scan(documents: Path, options: argparse.Namespace, work: Path) -> tuple[Usage, dict]:
    """Scan a corpus into `work`, and return what it took and its summary."""
    command = [sys.executable, "-m", "dedup", "scan", "--no-clean", "-q", str(documents), "-o", str(work / "out")]
    for option in ("memory", "workers"):
        if getattr(options, option):
            command += [f"--{option}", str(getattr(options, option))]
    command += ["--no-passages"] if options.no_passages else []
    usage = run(command, work, options.timeout)
    return usage, json.loads((work / "out" / "summary.json").read_text(encoding="utf8"))


class Row(msgspec.Struct):
    """What is read of a line of pairs.jsonl."""

    a: str
    b: str


def key(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return one number for a pair of documents in either order."""
    return np.minimum(a, b) << 32 | np.maximum(a, b)


def numbers(ids: list[str]) -> np.ndarray:
    return np.array([int(id[1:]) for id in ids], np.int64)


class Planted:
    """The truth of a corpus, in arrays: planted pairs, and what furniture and which story each document carries."""

    def __init__(self, path: Path, n: int) -> None:
        self.story = np.arange(n)
        self.digest = np.zeros(n, bool)
        self.furniture = {kind: np.zeros(n, np.int64) for kind in FURNITURE}
        kinds: dict[str, list[tuple[int, int]]] = {}
        with path.open(encoding="utf8") as file:
            next(file)
            for line in file:
                id, source, kind, shared = line.split("\t")
                if kind in FURNITURE:
                    self.furniture[kind][int(id[1:])] = int(source.split()[1]) + 1
                    continue
                if kind == "digest":
                    self.digest[int(id[1:])] = True
                else:
                    self.story[int(id[1:])] = int(source[1:])
                if int(shared) >= SHARED:
                    kinds.setdefault(kind, []).append((int(id[1:]), int(source[1:])))
        self.kinds = sorted(kinds)
        pairs = np.array([pair for kind in self.kinds for pair in kinds[kind]], np.int64).reshape(-1, 2)
        order = np.argsort(key(*pairs.T))
        self.keys = key(*pairs.T)[order]
        self.kind = np.repeat(np.arange(len(kinds)), [len(kinds[kind]) for kind in self.kinds])[order]
        self.found = np.zeros(len(pairs), bool)

    def take(self, a: np.ndarray, b: np.ndarray) -> Counter[str]:
        """Mark planted pairs among pairs of documents as found, and count what the pairs have in common."""
        place, hit = self._places(a, b)
        self.found[place[hit]] = True
        same = self.of_one_story(a, b)
        common = np.zeros(len(a), bool)
        for carried in self.furniture.values():
            common |= (carried[a] == carried[b]) & (carried[a] > 0)
        return Counter(
            story=int(same.sum()), furniture=int((common & ~same).sum()), neither=int((~common & ~same).sum())
        )

    def of_one_story(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Say which pairs have a story in common, and not only furniture."""
        _, hit = self._places(a, b)
        return hit | (self.story[a] == self.story[b]) | self.digest[a] | self.digest[b]

    def _places(self, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return where pairs stand among the planted ones, and which do."""
        keys = key(a, b)
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return place, self.keys[place] == keys

    def recall(self) -> dict[str, tuple[int, int]]:
        """Return how many pairs of each kind were found, and how many there are."""
        found, total = (np.bincount(each, minlength=len(self.kinds)) for each in (self.kind[self.found], self.kind))
        return dict(zip(self.kinds, zip(found.tolist(), total.tolist(), strict=True), strict=True))


def check(pairs: Path, planted: Planted) -> Counter[str]:
    """Stream the pairs of a scan past the truth, and count what they have in common."""
    decode, common = msgspec.json.Decoder(Row).decode, Counter[str]()
    a: list[str] = []
    b: list[str] = []
    with pairs.open("rb") as file:
        for line in file:
            row = decode(line)
            a.append(row.a)
            b.append(row.b)
            if len(a) == CHUNK:
                common += planted.take(numbers(a), numbers(b))
                a, b = [], []
    return common + planted.take(numbers(a), numbers(b))


def table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def figures(n: int, documents: Path, usage: Usage, summary: dict) -> list[str]:
    return [
        f"{n:,}",
        f"{documents.stat().st_size / MB:,.0f}",
        f"{usage.wall:,.1f}",
        f"{usage.cpu:,.1f}",
        f"{usage.wall / n * 1e6:,.0f}",
        f"{usage.resident:,.0f}",
        f"{usage.anonymous:,.0f}",
        f"{usage.disk:,.0f}",
        f"{sum(summary['pairs'].values()):,}",
        f"{summary['clusters']:,}",
        f"{summary['duplicates']:,}",
    ]


COLUMNS = [
    "documents",
    "MB",
    "s",
    "CPU s",
    "µs a document",
    "MB memory",
    "anonymous",
    "MB disk",
    "pairs",
    "clusters",
    "duplicates",
]


def by_size(options: argparse.Namespace) -> None:
    rows, stages, recalls, commons = [], {}, {}, []
    for n in options.sizes:
        documents, truth = corpus(options.cache, "news", n, "jsonl.zst" if options.compressed else "jsonl")
        with tempfile.TemporaryDirectory(dir=options.cache) as work:
            usage, summary = scan(documents, options, Path(work))
            planted = Planted(truth, n)
            common = check(Path(work) / "out" / "pairs.jsonl", planted)
        rows.append(figures(n, documents, usage, summary))
        stages[n], recalls[n] = summary["seconds"], planted.recall()
        commons.append([f"{n:,}", *(f"{common[what]:,}" for what in ("story", "furniture", "neither"))])
        print(table(COLUMNS, rows[-1:]), flush=True)  # a run of hours may be cut off
    sizes = [f"{n:,}" for n in options.sizes]
    print(table(COLUMNS, rows))
    names = dict.fromkeys(name for seconds in stages.values() for name in seconds)
    print(table(["s", *sizes], [[name, *(f"{stages[n].get(name, 0):,.1f}" for n in options.sizes)] for name in names]))
    kinds = sorted({kind for recall in recalls.values() for kind in recall})
    print(table(["recall", *sizes], [[kind, *(share(recalls[n].get(kind)) for n in options.sizes)] for kind in kinds]))
    print(table(["documents", "pairs of one story", "of furniture only", "others"], commons))


def share(counts: tuple[int, int] | None) -> str:
    return f"{counts[0] / counts[1]:.4f} ({counts[0]:,} of {counts[1]:,})" if counts else ""


def adversarial(options: argparse.Namespace) -> None:
    rows = []
    for kind in options.kinds:
        walls = []
        for n in (ADVERSARIAL[kind] // options.divide // 4, ADVERSARIAL[kind] // options.divide):
            documents, _ = corpus(options.cache, kind, n)
            with tempfile.TemporaryDirectory(dir=options.cache) as work:
                try:
                    usage, summary = scan(documents, options, Path(work))
                except TimedOutError:
                    rows.append([kind, f"{n:,}", "", f"over {options.timeout:,.0f}", *[""] * 8])
                    break
            walls.append(usage.wall)
            growth = f"{walls[1] / walls[0]:.1f}" if len(walls) == 2 else ""
            rows.append([kind, *figures(int(summary["documents"]), documents, usage, summary), growth])
            print(table(["corpus", *COLUMNS, "growth"], rows[-1:]), flush=True)
    print(table(["corpus", *COLUMNS, "growth"], rows))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, metavar="DIR", help="keeps the corpora; scans write here")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="N")
    parser.add_argument("--adversarial", action="store_true", help="these corpora instead of news")
    parser.add_argument(
        "--kinds", nargs="+", choices=ADVERSARIAL, default=list(ADVERSARIAL), help="of them; all by default"
    )
    parser.add_argument("--divide", type=int, default=1, metavar="K", help="make them K times smaller")
    parser.add_argument("--timeout", type=float, default=3600, metavar="SECONDS", help="of each scan")
    parser.add_argument("--memory", help="handed to dedup scan, as 4G")
    parser.add_argument("--workers", type=int, help="handed to dedup scan")
    parser.add_argument("--compressed", action="store_true", help="keep the corpora of --sizes compressed with zstd")
    parser.add_argument("--no-passages", action="store_true", help="handed to dedup scan")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    if options.adversarial:
        adversarial(options)
    else:
        by_size(options)


if __name__ == "__main__":
    main()
