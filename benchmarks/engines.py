"""The same scan by the local engine and on Spark: are the results the same bytes, and what does Spark shuffle?

    python benchmarks/engines.py IN [IN…] [--no-clean]          on `local[2]`
    python benchmarks/engines.py IN --cluster                   on a cluster of one master and two workers on loopback
    python benchmarks/engines.py IN --cluster --kill            an executor is killed in the middle of each stage
    python benchmarks/engines.py --generated 200000             documents of generate.py, with planted copies
    python benchmarks/engines.py --skewed text 150000           short documents of which a third are one text (`SKEWS`)

Each IN is a corpus of its own. Pairs, clusters, documents, outlets and readings are compared byte by byte, parts put
together in the order of their names; any difference ends with exit code 1. What one task of Spark holds goes through
the local engine there; with `--stages` all go through Spark's stages. `--shuffled` prints what stages shuffle.
"""

import argparse
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
TABLES = ("pairs", "clusters", "documents", "outlets", "readings")
BUFFER = 1 << 20
WORKER_MEMORY, EXECUTOR_MEMORY = "2g", "1g"
THROUGH_STAGES = "from dedup.engine.spark import whole; whole.MOST_DOCUMENTS = -1; from dedup.cli import main; main()"
PROCESSES = {"Java": b"org.apache.spark", "a Python worker": b"pyspark.daemon"}
SKEWS = {
    "text": "a third of the documents are one text",
    "phrase": "a third of the documents have one paragraph of 30 words in the middle",
    "site": "half of the documents are of one site, which puts a line on each page",
}


def parts(path):
    """Files of a table, which is a file or a folder of parts."""
    return sorted(path.glob("part-*")) if path.is_dir() else [path]


def stream(path):
    """Bytes of a table, a megabyte at a time."""
    rest = b""
    for part in parts(path):
        with part.open("rb") as file:
            while piece := file.read(BUFFER):
                rest += piece
                while len(rest) >= BUFFER:
                    yield rest[:BUFFER]
                    rest = rest[BUFFER:]
    if rest:
        yield rest


def same(one, other):
    """Say whether two tables are the same bytes."""
    a, b = stream(one), stream(other)
    while True:
        x, y = next(a, None), next(b, None)
        if x != y:
            return False
        if x is None:
            return True


def free_port():
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@contextmanager
def cluster(folder):
    """Start a standalone master and two workers of one core each; give the master's URL."""
    import pyspark

    home = Path(pyspark.__file__).parent
    port = free_port()
    url = f"spark://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_HOME": str(home),
        "PYSPARK_PYTHON": sys.executable,
    }
    base = [str(home / "bin" / "spark-class"), "org.apache.spark.deploy.{0}.{1}"]
    master = [
        base[0],
        base[1].format("master", "Master"),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--webui-port",
        "0",
    ]
    running = []
    try:
        with (folder / "cluster.log").open("wb") as log:
            running.append(subprocess.Popen(master, env=environment, stdout=log, stderr=log, start_new_session=True))
            wait_for(port)
            for number in range(2):
                own = folder / f"worker-{number}"
                command = [base[0], base[1].format("worker", "Worker"), url, "-c", "1", "-m", WORKER_MEMORY]
                command += ["--webui-port", "0", "-d", str(own)]
                running.append(
                    subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
                )
        yield url
    finally:
        for process in running:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_for(port):
    """Wait until somebody listens."""
    for _ in range(300):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    sys.exit("the master does not come up")


def executors():
    """Processes of executors on this machine."""
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and b"CoarseGrainedExecutorBackend" in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
    return found


def kill_in_each_stage(work, ended, killed, rng):
    """Kill an executor some time after each stage began."""
    seen, begun = None, time.monotonic()
    after = rng.uniform(0.2, 1.5)
    while not ended.wait(0.05):
        try:
            done = len(json.loads((work / "state.json").read_bytes())["done"])
        except (OSError, ValueError):
            done = 0
        if done != seen:
            seen, begun, after = done, time.monotonic(), rng.uniform(0.2, 1.5)
        elif begun and time.monotonic() - begun > after and (running := executors()):
            with suppress(ProcessLookupError):
                os.kill(rng.choice(running), signal.SIGKILL)
                killed.append(done)
            begun = 0.0


def skewed(kind, n, path):
    """Write short documents of made-up words, of which many have something in common (`SKEWS`), and some are copies."""
    rng = np.random.default_rng(3)
    words = np.array(["".join(rng.choice(list("aeioubdfgklmnprst"), 6)) for _ in range(20_000)])
    shared = " ".join(rng.choice(words, 30))
    text = ""
    with path.open("w", encoding="utf8") as file:
        for number in range(n):
            first, then = (" ".join(part) for part in rng.choice(words, (2, 20)))
            site = "one.example" if kind == "site" and number % 2 else f"site{number % 997}.example"
            text = text if number % 10 == 9 else f"{first}\n{then}"  # each tenth copies the one before it
            if kind == "site" and number % 2:
                told = f"{text}\n{shared}"
            elif number % 3 == 0:
                told = {"text": shared, "phrase": f"{first}\n{shared}\n{then}"}.get(kind, text)
            else:
                told = text
            published = f"2026-01-{1 + number % 28:02}T{number % 24:02}:00:00Z"
            file.write(json.dumps({"id": f"d{number}", "site": site, "published": published, "text": told}) + "\n")


def watch_memory(peaks, ended):
    """Note the most memory that one of Spark's processes on this machine has held, by kind."""
    while not ended.wait(0.5):
        for entry in Path("/proc").iterdir():
            with suppress(OSError):
                command = (entry / "cmdline").read_bytes() if entry.name.isdigit() else b""
                for kind in (kind for kind, sign in PROCESSES.items() if sign in command):
                    held = [line for line in (entry / "status").read_text().splitlines() if line.startswith("VmHWM")]
                    peaks[kind] = max([peaks[kind], *(int(line.split()[1]) >> 10 for line in held)])


def on_spark(given, out, folder, options, master):
    """Scan on Spark; return seconds, what each stage shuffled, stages in which an executor was killed, and memory."""
    log = folder / "events"
    shutil.rmtree(log, ignore_errors=True)
    log.mkdir()
    settings = {
        "spark.eventLog.enabled": "true",
        "spark.eventLog.compress": "false",
        "spark.eventLog.rolling.enabled": "false",
        "spark.eventLog.dir": log.as_uri(),
        "spark.executor.memory": EXECUTOR_MEMORY,
        "spark.driver.memory": options.driver_memory,
        "spark.local.dir": str(folder / "local"),
        "spark.deploy.maxExecutorRetries": "-1",
        "spark.log.level": "ERROR",
    }
    submit = " ".join(f"--conf {name}={value}" for name, value in settings.items())
    environment = {**os.environ, "PYSPARK_SUBMIT_ARGS": f"{submit} pyspark-shell", "SPARK_LOCAL_IP": "127.0.0.1"}
    program = ["-c", THROUGH_STAGES] if options.stages else ["-m", "dedup"]
    command = [sys.executable, *program, *scan_of(given, out, options), "--engine", "spark", "--master", master]
    ended, killed, peaks = threading.Event(), [], Counter()
    killing = (out / ".dedup-scan", ended, killed, random.Random(options.seed))
    watchers = [threading.Thread(target=watch_memory, args=(peaks, ended))]
    watchers += [threading.Thread(target=kill_in_each_stage, args=killing)] if options.kill else []
    start = time.perf_counter()
    process = subprocess.Popen(command, env=environment)
    for watcher in watchers:
        watcher.start()
    process.wait()
    ended.set()
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    return time.perf_counter() - start, shuffled(log), killed, peaks


def scan_of(given, out, options):
    """Arguments of a scan."""
    command = ["scan", "-q", str(given), "-o", str(out)]
    return [*command, "--no-clean"] if options.no_clean else command


def shuffled(log):
    """Bytes written to shuffles by stage of dedup, from Spark's log of events."""
    names, total = {}, Counter()
    for file in log.rglob("*"):
        if not file.is_file():
            continue
        with file.open(encoding="utf8") as lines:
            for line in lines:
                event = json.loads(line)
                if event.get("Event") == "SparkListenerStageSubmitted":
                    said = (event.get("Properties") or {}).get("spark.job.description") or "else"
                    names[event["Stage Info"]["Stage ID"]] = said.removeprefix("dedup: ")
                elif event.get("Event") == "SparkListenerTaskEnd":
                    metrics = (event.get("Task Metrics") or {}).get("Shuffle Write Metrics") or {}
                    total[names.get(event["Stage ID"], "else")] += metrics.get("Shuffle Bytes Written", 0)
    return total


def compare(given, options, master, folder):
    """Scan a corpus with both engines and tell what differs; True where nothing does."""
    one, other = folder / "spark", folder / "local-engine"
    for out in (one, other):
        shutil.rmtree(out, ignore_errors=True)
    seconds, sent, killed, peaks = on_spark(given, one, folder, options, master)
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "dedup", *scan_of(given, other, options)], check=True)
    local = time.perf_counter() - start
    summary = json.loads((one / "summary.json").read_bytes())
    differ = [name for name in TABLES if not same(one / f"{name}.jsonl", other / f"{name}.jsonl")]
    n = summary["documents"]
    told = f"differ: {', '.join(differ)}" if differ else "the same bytes"
    print(f"{Path(given).name}: {n:,} documents, {sum(summary['pairs'].values()):,} pairs, {told}; "
          f"Spark {seconds:.0f} s, local {local:.0f} s; at most "
          + ", ".join(f"{peak:,} MB in {kind}" for kind, peak in sorted(peaks.items()))
          + (f"; executors killed in {len(killed)} stages" if options.kill else ""), flush=True)  # fmt: skip
    if options.shuffled:
        print("| stage | s | bytes shuffled | a document |\n|---|---|---|---|")
        for name, size in sorted(sent.items(), key=lambda item: -item[1]):
            print(f"| {name} | {summary['seconds'].get(name, '')} | {size:,} | {size / max(n, 1):,.0f} |")
        all_sent, took = sum(sent.values()), sum(summary["seconds"].values())
        print(f"| all | {took:.0f} | {all_sent:,} | {all_sent / max(n, 1):,.0f} |")
    return not differ


def main():
    """Compare the engines on each corpus."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("inputs", nargs="*", type=Path)
    parser.add_argument("--no-clean", action="store_true", help="take the texts as they are")
    parser.add_argument("--generated", type=int, nargs="*", default=[], metavar="N", help="so many generated documents")
    parser.add_argument(
        "--skewed", nargs=2, action="append", default=[], metavar=("KIND", "N"),
        help="N short documents; " + "; ".join(f"{kind}: {what}" for kind, what in SKEWS.items()),
    )  # fmt: skip
    parser.add_argument("--stages", action="store_true", help="through the stages, also what fits into one task")
    parser.add_argument("--cluster", action="store_true", help="on a standalone cluster on loopback")
    parser.add_argument("--kill", action="store_true", help="kill an executor in each stage; with --cluster")
    parser.add_argument("--shuffled", action="store_true", help="print what each stage shuffles")
    parser.add_argument("--driver-memory", default="1g")
    parser.add_argument("--seed", type=int, default=0, help="of the moments of kills")
    parser.add_argument("--folder", type=Path, help="for what is written; default: a temporary one")
    options = parser.parse_args()
    if options.kill and not options.cluster:
        parser.error("--kill needs --cluster: local executors are threads of the driver")
    with tempfile.TemporaryDirectory(dir=options.folder) as temporary:
        folder = Path(temporary)
        inputs = list(options.inputs)
        for n in options.generated:
            made = folder / f"generated-{n}.jsonl"
            subprocess.run(
                [sys.executable, HERE / "generate.py", str(n), "-o", made, "--truth", folder / "truth"], check=True
            )
            inputs.append(made)
        for kind, n in options.skewed:
            inputs.append(folder / f"skewed-{kind}-{n}.jsonl")
            skewed(kind, int(n), inputs[-1])
        if options.cluster:
            with cluster(folder) as master:
                good = [compare(given, options, master, folder) for given in inputs]
        else:
            good = [compare(given, options, "local[2]", folder) for given in inputs]
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
