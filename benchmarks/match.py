"""Copies: dedup and its peers on the same work in one run, and dedup's recall against exact truth.

Two tasks, each a JSONL file in and a file out, with 5-word shingles, 128 permutations and Jaccard 0.7:

kept    one document of each group of near copies stays (`dedup filter --no-clean --cluster-on near --keep first`)
pairs   the pairs of near copies (`dedup scan --no-clean`, which besides finds partial copies and writes its report)

Each tool runs in an environment of its own (`--setup`, benchmarks/peers/), as a program of its own, one after another,
with as many processes or threads as there are cores, once on a few documents to warm up and then `--repeat` times, of
which the fastest counts. Time and memory are those of the whole tree of processes (peers/measure.py). Precision and
recall are measured against exact truth (match_truth.py), as match_scores.py says. Tables come as Markdown on stdout.

Inputs are the sets of copies in `--data` and any JSONL files named. Documents without a word are left out: to most
peers an empty signature is like any other empty one.
"""

import argparse
import hashlib
import io
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import zstandard

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.match_figures import checked
from benchmarks.match_scores import (
    CLASSES,
    Truth,
    in_order,
    ratio,
    read_pairs,
    score_classes,
    score_kept,
    score_pairs,
)
from benchmarks.match_truth import WORD
from benchmarks.scale import Planted, numbers

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "dedup-benchmarks"
WARM_UP = 50
"""Documents that the run which is not measured has copies of: modules and kernels get compiled, files get cached."""
SUFFIX = ".jsonl.zst"


@dataclass(frozen=True)
class Tool:
    name: str
    package: str
    script: str | None = None
    gives_pairs: bool = True

    def command(self, task, python, source, target, workers):
        if self.script:
            script = HERE / "peers" / f"{self.script}.py"
            return [python, script, task, source, target, "--workers", workers]
        command = [python, "-m", "dedup", *{"kept": ["filter"], "pairs": ["scan"]}[task], "--no-clean", "--quiet"]
        chosen = ["--cluster-on", "near", "--keep", "first"] if task == "kept" else []
        return [*command, *chosen, "--workers", workers, source, "-o", target]

    def output(self, task, target):
        return target / "pairs.jsonl" if task == "pairs" and not self.script else target


TOOLS = {
    tool.name: tool
    for tool in (
        Tool("dedup", "newsdedup"),
        Tool("gaoya", "gaoya", "gaoya_index"),
        Tool("rensa", "rensa", "rensa_lsh"),
        Tool("datasketch", "datasketch", "datasketch_lsh"),
        Tool("text-dedup", "text-dedup", "text_dedup_minhash", gives_pairs=False),
        Tool("datatrove", "datatrove", "datatrove_minhash", gives_pairs=False),
    )
}


def lines(path):
    if path.name.endswith(".zst"):
        with path.open("rb") as file:
            yield from io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(file), encoding="utf8")
    else:
        with path.open(encoding="utf8") as file:
            yield from file


def prepared(path, folder, limit):
    """The input as plain JSONL with id and text, in the cache: in a folder of its own for each state of each file."""
    stat = path.stat()
    state = hashlib.sha256(f"{path.resolve()} {stat.st_size} {stat.st_mtime_ns}".encode()).hexdigest()[:12]
    stem = path.name.removesuffix(".zst").removesuffix(".jsonl")
    target = folder / state / (f"{stem}-{limit}.jsonl" if limit else f"{stem}.jsonl")
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_suffix(".part")
        with part.open("w", encoding="utf8") as out:
            rows = (row for row in map(json.loads, lines(path)) if WORD.search(row["text"]))
            for row in islice(rows, limit):
                out.write(json.dumps({"id": str(row["id"]), "text": row["text"]}, ensure_ascii=False) + "\n")
        part.replace(target)
    return target


def truth_of(source):
    target = source.with_suffix(".truth.npz")
    if not target.exists():
        print(f"exact truth of {source.name} …", file=sys.stderr)
        part = target.with_suffix(".part.npz")
        subprocess.run([sys.executable, HERE / "match_truth.py", source, part], check=True)
        part.replace(target)
    return Truth.load(target)


def warm_up(source):
    """A few documents, each with a copy and with its first half, so that a run goes all ways that the full one does."""
    for row in map(json.loads, islice(lines(source), WARM_UP)):
        for i, text in enumerate((row["text"], row["text"], row["text"][: len(row["text"]) // 2])):
            yield json.dumps({"id": f"{row['id']} {i}", "text": text}, ensure_ascii=False) + "\n"


def measured(command, folder):
    """Figures of one run of a command (peers/measure.py) in an empty folder."""
    result = folder / "figures.json"
    run = [sys.executable, HERE / "peers" / "measure.py", result, *command]
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(folder / "huggingface"), "TMPDIR": str(folder)}
    with (folder / "log").open("wb") as log:
        subprocess.run(list(map(str, run)), stdout=log, stderr=log, check=True, env=environment)
    figures = json.loads(result.read_text())
    if figures["status"]:
        tail = (folder / "log").read_text(errors="replace")[-2000:]
        raise RuntimeError(f"{' '.join(map(str, command))} failed:\n{tail}")
    return figures


def best(tool, task, source, options, target):
    """The fastest of the runs; what it wrote is at `target`."""
    python = options.pythons[tool.name]
    found = []
    with tempfile.TemporaryDirectory(dir=options.dir) as name:
        folder = Path(name)
        few = folder / "few.jsonl"
        few.write_text("".join(warm_up(source)), encoding="utf8")
        for i in range(options.repeat + 1):
            out = folder / f"out{i}"
            found.append(measured(tool.command(task, python, source if i else few, out, options.workers), folder))
        target.parent.mkdir(exist_ok=True)
        if target.is_dir():
            shutil.rmtree(target)
        out.replace(target)
    return min(found[1:], key=lambda figures: figures["seconds"])


def kept(tool, source, truth, options):
    target = options.dir / "out" / f"{source.stem}.{tool.name}.kept.jsonl"
    figures = best(tool, "kept", source, options, target)
    with target.open(encoding="utf8") as file:
        return figures | score_kept(truth, {json.loads(line)["id"] for line in file})


def pairs(tool, source, truth, options):
    target = options.dir / "out" / f"{source.stem}.{tool.name}.pairs"
    figures = best(tool, "pairs", source, options, target)
    out = tool.output("pairs", target)
    figures |= score_pairs(truth, in_order(truth.ids, read_pairs(out, {"exact", "near"})))
    if tool.script is None:
        found = in_order(truth.ids, read_pairs(out))
        among = of_one_story(truth, options.planted) if options.planted else True
        figures |= {"all_pairs": len(found), "classes": score_classes(truth, found, among)}
        if options.figures:
            total, wrong = checked(out, source)
            figures["figures"] = {"checked": total, "wrong": len(wrong), "first_wrong": wrong[:10]}
    return figures


def of_one_story(truth, path):
    """Which pairs of a generated corpus have more in common than furniture."""
    a, b = (numbers([pair[side] for pair in truth.pairs]) for side in (0, 1))
    return Planted(path, int(max(a.max(), b.max())) + 1).of_one_story(a, b)


TASKS = {"kept": kept, "pairs": pairs}
COLUMNS = {
    "kept": ("kept", "precision", "loose", "recall", "clear_precision", "clear_recall"),
    "pairs": ("pairs", "precision", "recall", "clear_precision", "clear_recall"),
}
HEADS = {
    "kept": ("kept lines", "precision", "loosely", "recall", "precision, clear", "recall, clear"),
    "pairs": ("pairs", "precision", "recall", "precision, clear", "recall, clear"),
}


def cell(value):
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else f"{value:.4f}"


def table(task, results):
    """Lines of a task's table: a row for each tool."""
    own = results.get("dedup", {}).get("seconds")
    yield "| tool | wall s | × dedup | CPU s | peak MB | " + " | ".join(HEADS[task]) + " |"
    yield "|" + "---|" * (5 + len(HEADS[task]))
    for name, row in results.items():
        if "error" in row:
            yield f"| {name} | failed" + " | –" * (3 + len(HEADS[task])) + " |"
            continue
        times = f"{row['seconds'] / own:.1f}" if own else "–"
        first = [name, f"{row['seconds']:.2f}", times, f"{row['cpu']:.2f}", f"{row['megabytes']:,.0f}"]
        yield "| " + " | ".join([*first, *(cell(row[column]) for column in COLUMNS[task])]) + " |"


def class_table(results):
    """dedup's recall by class, a row for each input."""
    yield "| set | " + " | ".join(CLASSES) + " | figures checked | wrong |"
    yield "|" + "---|" * (3 + len(CLASSES))
    for name, row in results.items():
        counts = [row["classes"][kind] for kind in CLASSES]
        cells = [f"{found:,} of {every:,} ({cell(ratio(found, every))})" for every, found in counts]
        checks = row.get("figures", {})
        yield f"| {name} | " + " | ".join(cells) + f" | {cell(checks.get('checked'))} | {cell(checks.get('wrong'))} |"


def version_of(python, package):
    code = f"from importlib.metadata import version; print(version({package!r}))"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def set_up(folder):
    """Make the environments."""
    subprocess.run([HERE / "peers" / "setup.sh", folder], check=True, env=os.environ | {"PYTHON": sys.executable})


def inputs(options):
    """The sets wanted of `--data`, and the further files."""
    paths = sorted((options.data / "copy").glob(f"*{SUFFIX}")) if options.data else []
    return [
        *(path for path in paths if not options.sets or path.name.removesuffix(SUFFIX) in options.sets),
        *options.inputs,
    ]


def pythons(options):
    """The interpreter of each tool wanted that is there."""
    own = options.dedup or options.dir / "envs" / "dedup"
    paths = {name: options.dir / "envs" / name / "bin" / "python" for name in TOOLS}
    paths["dedup"] = own / "bin" / "python" if own.is_dir() else own
    for name in options.tools:
        if not paths[name].exists():
            print(f"{name} has no environment at {paths[name]}: left out (--setup makes it)", file=sys.stderr)
    return {name: paths[name] for name in options.tools if paths[name].exists()}


def run(task, source, truth, options):
    """Results of a task for an input, by tool; a tool that fails is said to and does not stop the others."""
    results = {}
    for name in options.pythons:
        if task == "pairs" and not TOOLS[name].gives_pairs:
            continue
        print(f"{source.stem}: {task}: {name} …", file=sys.stderr)
        try:
            results[name] = TASKS[task](TOOLS[name], source, truth, options)
        except RuntimeError as error:
            print(error, file=sys.stderr)
            results[name] = {"error": str(error)}
    return results


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("inputs", nargs="*", type=Path, metavar="IN.jsonl", help="further inputs: id and text a line")
    parser.add_argument("--data", type=Path, help="folder with copy/*.jsonl.zst")
    parser.add_argument("--sets", nargs="*", help="sets of --data by name; all by default")
    parser.add_argument("--tools", nargs="*", choices=TOOLS, default=list(TOOLS))
    parser.add_argument("--tasks", nargs="*", choices=TASKS, default=list(TASKS))
    parser.add_argument("--limit", type=int, help="take the first N documents of each input")
    parser.add_argument("--repeat", type=int, default=1, help="measured runs, of which the fastest counts")
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--figures", action="store_true", help="recompute every figure that dedup reports, slowly")
    parser.add_argument("--planted", type=Path, metavar="TSV", help="truth of a generated input: furniture is no copy")
    parser.add_argument("--dir", type=Path, default=CACHE, help=f"environments, inputs, truth, outputs ({CACHE})")
    parser.add_argument("--dedup", type=Path, help="environment or python with dedup, instead of the own one")
    parser.add_argument("--setup", action="store_true", help="make the environments first")
    parser.add_argument("--json", type=Path, help="write all figures and versions to this file")
    return parser.parse_args()


def main():
    options = parsed()
    if options.setup:
        set_up(options.dir)
    options.pythons = pythons(options)
    versions = {name: version_of(python, TOOLS[name].package) for name, python in options.pythons.items()}
    results = {}
    print(f"{options.workers} workers; " + ", ".join(f"{name} {version}" for name, version in versions.items()))
    for path in inputs(options):
        source = prepared(path, options.dir / "data", options.limit)
        truth = truth_of(source)
        head = f"{len(truth.ids):,} documents, {source.stat().st_size / 1e6:.0f} MB"
        results[source.stem] = {"documents": len(truth.ids)}
        for task in options.tasks:
            results[source.stem][task] = run(task, source, truth, options)
            print(f"\n**{source.stem}, {task}** ({head})\n")
            print("\n".join(table(task, results[source.stem][task])), flush=True)
    own = {name: found.get("pairs", {}).get("dedup", {}) for name, found in results.items()}
    if own := {name: row for name, row in own.items() if "classes" in row}:
        print("\n**dedup, recall against exact truth**\n")
        print("\n".join(class_table(own)))
    if options.json:
        machine = {"python": platform.python_version(), "machine": platform.platform(), "cores": os.cpu_count()}
        everything = {"machine": machine, "workers": options.workers, "versions": versions, "results": results}
        options.json.write_text(json.dumps(everything, indent=1, ensure_ascii=False) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
