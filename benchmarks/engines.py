"""The same scan by the local engine and on Spark: are the results the same bytes, and what does Spark shuffle?

    python benchmarks/engines.py IN [IN…] [--no-clean]          on `local[2]`
    python benchmarks/engines.py IN --cluster                   on a cluster of one master and two workers on loopback
    python benchmarks/engines.py IN --cluster --kill            an executor is killed in the middle of each stage
    python benchmarks/engines.py --generated 200000             documents of generate.py, with planted copies

Each IN is a corpus of its own. Pairs, clusters, documents, outlets and readings are compared byte by byte, parts put
together in the order of their names; any difference ends with exit code 1. `--shuffled` prints what stages shuffle.
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

HERE = Path(__file__).parent
TABLES = ("pairs", "clusters", "documents", "outlets", "readings")
BUFFER = 1 << 20
WORKER_MEMORY, EXECUTOR_MEMORY = "2g", "1g"


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


def on_spark(given, out, folder, options, master):
    """Scan on Spark; return seconds, what each stage shuffled, and the stages in which an executor was killed."""
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
    command = [*scan_of(given, out, options), "--engine", "spark", "--master", master]
    ended, killed = threading.Event(), []
    watcher = threading.Thread(
        target=kill_in_each_stage, args=(out / ".dedup-scan", ended, killed, random.Random(options.seed))
    )
    start = time.perf_counter()
    process = subprocess.Popen(command, env=environment)
    if options.kill:
        watcher.start()
    process.wait()
    ended.set()
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    return time.perf_counter() - start, shuffled(log), killed


def scan_of(given, out, options):
    """Command of a scan."""
    command = [sys.executable, "-m", "dedup", "scan", "-q", str(given), "-o", str(out)]
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
    seconds, sent, killed = on_spark(given, one, folder, options, master)
    start = time.perf_counter()
    subprocess.run(scan_of(given, other, options), check=True)
    local = time.perf_counter() - start
    summary = json.loads((one / "summary.json").read_bytes())
    differ = [name for name in TABLES if not same(one / f"{name}.jsonl", other / f"{name}.jsonl")]
    n = summary["documents"]
    told = f"differ: {', '.join(differ)}" if differ else "the same bytes"
    print(f"{Path(given).name}: {n:,} documents, {sum(summary['pairs'].values()):,} pairs, {told}; "
          f"Spark {seconds:.0f} s, local {local:.0f} s"
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
        if options.cluster:
            with cluster(folder) as master:
                good = [compare(given, options, master, folder) for given in inputs]
        else:
            good = [compare(given, options, "local[2]", folder) for given in inputs]
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
