"""A scan on Spark: dedup and text-dedup's Spark script on the same documents in one run.

Both read the same Parquet files and look for near copies (5-word shingles, 128 permutations, Jaccard 0.7) with
`local[WORKERS]` and as much memory for Java, as programs of their own, one after the other, once on a few documents to
warm up and then `--repeat` times, of which the fastest counts. Time and memory are those of the whole tree of processes
(peers/measure.py). Documents kept are scored against exact truth, as in match.py, which says how inputs are named.

dedup                `dedup scan --engine spark --no-clean --cluster-on near --keep first`, which besides finds partial
                     copies and passages and writes its report; `--figures` recomputes every figure it gives
text-dedup, 8 parts  `minhash_spark.py` with the numbers of parts that it fixes (`FITTED`) made fit for one machine
text-dedup           the same as it comes: thousands of parts, made for a cluster

For connected components the script has GraphFrames, for which peers/graphx stands in; what these took is said, so that
it can be taken off.
"""

import argparse
import json
import platform
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.match import CACHE, inputs, lines, measured, prepared, set_up, table, truth_of, version_of, warm_up
from benchmarks.match_figures import checked
from benchmarks.match_scores import score_kept

HERE = Path(__file__).parent
PARTS = 8
"""Parts of the input, and of what text-dedup cuts it into where that is not left to it."""
FITTED = {
    "max(256, ": f"max({PARTS}, ",
    '"spark.default.parallelism", "100"': f'"spark.default.parallelism", "{PARTS}"',
    '"spark.sql.shuffle.partitions", "8192"': f'"spark.sql.shuffle.partitions", "{PARTS}"',
    ".repartition(4096)": f".repartition({PARTS})",
}
"""What the script of text-dedup fixes for a cluster, and what fits here."""
QUIET = """rootLogger.level = error
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
"""


def rows_of(path):
    """Rows of JSONL that stands in a file, or in the parts that Spark writes to a folder."""
    for part in sorted(path.glob("part-*")) if path.is_dir() else [path]:
        yield from map(json.loads, lines(part))


@dataclass(frozen=True)
class Dedup:
    python: Path
    package: str = "newsdedup"

    def command(self, source, target, options):
        scan = [self.python, "-m", "dedup", "scan", "--engine", "spark", "--master", f"local[{options.workers}]"]
        return [*scan, "--no-clean", "--cluster-on", "near", "--keep", "first", "--quiet", source, "-o", target]

    def kept(self, target):
        return {row["id"] for row in rows_of(target / "documents.jsonl") if not row["is_duplicate"]}


@dataclass(frozen=True)
class TextDedup:
    python: Path
    fitted: bool = False
    package: str = "text-dedup"

    def command(self, source, target, options):
        return [
            *(self.python.with_name("spark-submit"), "--master", f"local[{options.workers}]"),
            *(self._script(target.parent), "--input", source, "--output", target, "--column", "text"),
            *("--threshold", 0.7, "--num_perm", 128, "--ngram_size", 5, "--min_length", 1),
            *("--checkpoint_dir", target.parent / "checkpoints"),
        ]

    def _script(self, folder):
        [script] = self.python.parents[1].glob("lib/python3*/site-packages/text_dedup/minhash_spark.py")
        if not self.fitted:
            return script
        code = script.read_text("utf-8")
        for number, fitting in FITTED.items():
            if number not in code:
                raise SystemExit(f"{script} has no {number!r}: FITTED was written for another version")
            code = code.replace(number, fitting)
        copy = folder / "minhash_spark.py"
        copy.write_text(code, "utf-8")
        return copy

    def kept(self, target):
        parts = target.glob("__pid__=*/*.parquet")
        return {id for part in parts for id in pa.parquet.ParquetFile(part).read(["id"])["id"].to_pylist()}


def tools(options):
    """Those whose environments are there, by name."""
    own = options.dedup or options.dir / "envs" / "dedup" / "bin" / "python"
    peer = options.dir / "envs" / "text-dedup" / "bin" / "python"
    every = {"dedup": Dedup(own), f"text-dedup, {PARTS} parts": TextDedup(peer, True), "text-dedup": TextDedup(peer)}
    for python in {tool.python for tool in every.values() if not tool.python.exists()}:
        print(f"{python} is not there: left out (benchmarks/peers/setup.sh makes it)", file=sys.stderr)
    wanted = every if options.tools is None else {name: every[name] for name in every if name in options.tools}
    return {name: tool for name, tool in wanted.items() if tool.python.exists()}


def to_parquet(rows, folder):
    """Write documents as Parquet files, neighbours together."""
    folder.mkdir()
    whole = pa.Table.from_pylist(list(rows), schema=pa.schema([("id", pa.string()), ("text", pa.string())]))
    size = -(-len(whole) // PARTS)
    for i in range(PARTS):
        pa.parquet.write_table(whole.slice(i * size, size), folder / f"part-{i}.parquet")
    return folder


def setting(folder, tool, options):
    """Variables of the environment: Java's memory, quiet logs, room on the disk, the stand-in for GraphFrames."""
    conf = folder / "conf"
    conf.mkdir()
    (conf / "spark-defaults.conf").write_text(f"spark.driver.memory {options.memory}\nspark.ui.enabled false\n")
    (conf / "log4j2.properties").write_text(QUIET)
    scratch = {"SPARK_CONF_DIR": conf, "SPARK_LOCAL_DIRS": folder / "scratch", "SPARK_LOCAL_IP": "127.0.0.1"}
    peer = {"PYTHONPATH": HERE / "peers" / "graphx"} if isinstance(tool, TextDedup) else {}
    return [f"{key}={value}" for key, value in (scratch | peer | {"PYSPARK_PYTHON": tool.python}).items()]


def components(log):
    """Seconds that connected components took, as peers/graphx printed them."""
    return sum(map(float, re.findall(r"^components (\S+)$", log.read_text(errors="replace"), re.MULTILINE)))


def figures_of(target, source):
    """How many of the pairs have other figures than those recomputed."""
    joined = target / "all-pairs"
    joined.write_text("".join(json.dumps(row) + "\n" for row in rows_of(target / "pairs.jsonl")))
    total, wrong = checked(joined, source)
    return {"checked": total, "wrong": len(wrong), "first_wrong": wrong[:10]}


def best(tool, source, truth, options):
    """Figures of the fastest run, and the scores of what it kept."""
    found = []
    with tempfile.TemporaryDirectory(dir=options.dir) as name:
        folder = Path(name)
        few = to_parquet(map(json.loads, warm_up(source)), folder / "few")
        full = to_parquet(map(json.loads, lines(source)), folder / "full")
        environment = setting(folder, tool, options)
        for i in range(options.repeat + 1):
            out = folder / f"out{i}"
            command = tool.command(full if i else few, out, options)
            figures = measured(["env", "-u", "SPARK_HOME", *environment, *command], folder)
            found.append(figures | {"components": components(folder / "log")})
        scores = score_kept(truth, tool.kept(out))
        if isinstance(tool, Dedup) and options.figures:
            scores["figures"] = figures_of(out, source)
    return min(found[1:], key=lambda figures: figures["seconds"]) | scores


def run(source, truth, options):
    """Results by tool; a tool that fails is said to and does not stop the others."""
    results = {}
    for name, tool in options.tools.items():
        print(f"{source.stem}: {name} …", file=sys.stderr)
        try:
            results[name] = best(tool, source, truth, options)
        except RuntimeError as error:
            print(error, file=sys.stderr)
            results[name] = {"error": str(error)}
    return results


def told(results):
    """Lines of the table, and what does not stand in it."""
    yield from table("kept", results)
    yield ""
    for name, row in results.items():
        if row.get("components"):
            yield f"{name}: {row['components']:.2f} s of its wall time are connected components by peers/graphx."
        if "figures" in row:
            yield f"{name}: {row['figures']['wrong']:,} of {row['figures']['checked']:,} pairs have a wrong figure."


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("inputs", nargs="*", type=Path, metavar="IN.jsonl", help="inputs: id and text a line")
    parser.add_argument("--data", type=Path, help="folder with copy/*.jsonl.zst")
    parser.add_argument("--sets", nargs="*", help="sets of --data by name; all by default")
    parser.add_argument("--tools", nargs="*", help="by name; all by default")
    parser.add_argument("--limit", type=int, help="take the first N documents of each input")
    parser.add_argument("--repeat", type=int, default=1, help="measured runs, of which the fastest counts")
    parser.add_argument("--workers", type=int, default=2, help="cores (2)")
    parser.add_argument("--memory", default="2g", help="Java's heap (2g)")
    parser.add_argument("--figures", action="store_true", help="recompute every figure that dedup reports, slowly")
    parser.add_argument("--dir", type=Path, default=CACHE, help=f"environments, inputs, truth ({CACHE})")
    parser.add_argument("--dedup", type=Path, help="python with dedup and pyspark, instead of the own one")
    parser.add_argument("--setup", action="store_true", help="make the environments first")
    parser.add_argument("--json", type=Path, help="write all figures and versions to this file")
    return parser.parse_args()


def main():
    options = parsed()
    if options.setup:
        set_up(options.dir)
    options.tools = tools(options)
    packages = {(tool.python, name) for tool in options.tools.values() for name in (tool.package, "pyspark")}
    versions = sorted(f"{name} {version_of(python, name)}" for python, name in packages)
    print(f"local[{options.workers}], {options.memory} for Java; " + ", ".join(versions))
    everything = {"machine": platform.platform(), "workers": options.workers, "versions": versions}
    for path in inputs(options):
        source = prepared(path, options.dir / "data", options.limit)
        truth = truth_of(source)
        print(f"\n**{source.stem}** ({len(truth.ids):,} documents, {source.stat().st_size / 1e6:.0f} MB)\n")
        results = everything[source.stem] = run(source, truth, options)
        print("\n".join(told(results)), flush=True)
    if options.json:
        options.json.write_text(json.dumps(everything, indent=1, ensure_ascii=False) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
