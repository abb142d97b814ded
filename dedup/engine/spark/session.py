"""The Spark session of a scan: made with the settings that it needs, or told what is missing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dedup.errors import DedupError, UsageError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LEAST_JAVA = 17
_HINT = "Install Java 17 or later and set JAVA_HOME to it"
SETTINGS = {
    # Texts and shingles are wide rows, and documents may be pages: a batch stays some megabytes.
    "spark.sql.execution.arrow.maxRecordsPerBatch": "2000",
    # Parts of a table are read as they were written, not more than a worker of 1 GB holds.
    "spark.sql.files.maxPartitionBytes": "64m",
    "spark.sql.adaptive.enabled": "true",
    # A table is copied to all executors up to here. Before it is made only its size on the disk is known, of which the
    # rows in memory are many times.
    "spark.sql.autoBroadcastJoinThreshold": "1m",
    "spark.sql.adaptive.autoBroadcastJoinThreshold": "8m",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.session.timeZone": "UTC",
}
"""What a scan sets in a session while it runs."""

STARTED_WITH = {
    "spark.ui.showConsoleProgress": "false",
    # What is shuffled are mostly texts, which zstd packs closer than lz4.
    "spark.io.compression.codec": "zstd",
    # Files of shuffles that are no longer needed go when Java collects its garbage, which a driver seldom has to.
    "spark.cleaner.periodicGC.interval": "1min",
}
"""What a session that is made here is started with."""


def open_session(master: str | None) -> SparkSession:
    """Return the running session, or make one.

    Parameters
    ----------
    master
        URL of the cluster's master, as `spark://host:7077`, or `local[N]`; None for the one that is configured
        (spark-defaults.conf, spark-submit), else this machine with all its cores.

    Raises
    ------
    UsageError
        There is no Java, or it is too old, or the master cannot be reached.
    """
    from pyspark.sql import SparkSession

    _check_java()
    # The interpreter of executors has to be the driver's: another one may lack dedup, or be another version of Python.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("PYSPARK_DRIVER_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("dedup scan")
    for name, value in STARTED_WITH.items():
        builder = builder.config(name, value)
    if master:
        builder = builder.master(master)
    try:
        return builder.getOrCreate()
    except Exception as error:  # py4j's, Spark's and the system's have no common base below
        what = f"Spark does not start: {str(error).splitlines()[0] if str(error) else type(error).__name__}"
        raise UsageError(what, where=master or "", hint="Check the URL of the master and that it is running") from error


@contextmanager
def settings(session: SparkSession) -> Iterator[None]:
    """Set what a scan needs in a session, and put back at the end what was set before."""
    before = {name: session.conf.get(name, None) for name in SETTINGS}
    for name, value in SETTINGS.items():
        session.conf.set(name, value)
    try:
        yield
    finally:
        for name, old in before.items():
            if old is None:
                session.conf.unset(name)
            else:
                session.conf.set(name, old)


@contextmanager
def told() -> Iterator[None]:
    """Turn what Spark raises into an error that says what happened and nothing else."""
    from py4j.protocol import Py4JError  # type: ignore[import-untyped]
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        java = getattr(error, "java_exception", None)
        what, where = _cause(str(java.toString()) + _causes(java) if java is not None else str(error))
        hint = (
            "The log of the executors says more; with --resume the scan goes on after the last stage that was finished"
        )
        raise DedupError(what, where=where, hint=hint) from error


def _causes(java: Any) -> str:
    """Return what Java says that its exception comes from, to the first cause."""
    told, cause = "", java.getCause()
    while cause is not None:
        told += f"\n{cause.toString()}"
        cause = cause.getCause()
    return told


def _cause(message: str) -> tuple[str, str]:
    """Return what an exception of a worker says last, without Java's stack, and where if it is one of dedup's own."""
    own = re.search(r"dedup\.errors\.(\w+): (.*)", message)
    if own:
        return own[2], ""
    raised = re.findall(r"^(?:[\w.]+(?:Error|Exception)): .*", message, re.MULTILINE)
    return (raised[-1] if raised else message.strip().partition("\n")[0])[:500], "Spark"


def _check_java() -> None:
    home = os.environ.get("JAVA_HOME")
    java = os.path.join(home, "bin", "java") if home else shutil.which("java")  # noqa: PTH118 - may not be there
    try:
        command = [java or "java", "-version"]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stderr  # noqa: S603 - Spark runs it too
    except (OSError, subprocess.CalledProcessError) as error:
        raise UsageError("Spark needs Java, and there is none", where=java or "PATH", hint=_HINT) from error
    found = re.search(r'version "(\d+)(?:\.(\d+))?', said)
    version = int(found[2] if found[1] == "1" and found[2] else found[1]) if found else LEAST_JAVA
    if version < LEAST_JAVA:
        raise UsageError(f"Spark needs Java {LEAST_JAVA}, and this is {version}", where=str(java), hint=_HINT)
