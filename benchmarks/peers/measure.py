"""Run a command alone and write what it took: `measure.py RESULT.json COMMAND…` (Linux).

`seconds` is the wall time of the command, `cpu` user and system time of its whole tree of processes: orphans come back
to this process, which waits for all. `megabytes` is the peak of the tree: every 20 ms the resident memory of all its
processes is added up, pages that several of them share counted once (`smaps_rollup`: Pss), and where a single process
had more in between (`ru_maxrss`), that. This process stays small: a child's `ru_maxrss` starts with the parent's.
"""

import contextlib
import ctypes
import json
import os
import sys
import threading
import time

PR_SET_CHILD_SUBREAPER = 36
PAUSE = 0.02
PAGE = os.sysconf("SC_PAGE_SIZE")


def tree(pid):
    found = [pid]
    for process in found:
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{process}/task"):  # noqa: PTH208
                with open(f"/proc/{process}/task/{task}/children") as file:  # noqa: PTH123
                    found += map(int, file.read().split())
    return found[1:]


def resident(pid):
    with contextlib.suppress(OSError), open(f"/proc/{pid}/statm") as file:  # noqa: PTH123
        return int(file.read().split()[1]) * PAGE
    return 0


def proportional(pid):
    with contextlib.suppress(OSError), open(f"/proc/{pid}/smaps_rollup") as file:  # noqa: PTH123
        return sum(int(line.split()[1]) * 1024 for line in file if line.startswith("Pss:"))
    return 0


def watch(peak, done):
    """Raise `peak[0]` as the tree grows; the exact sum costs more and is asked for only if it can be a new peak."""
    while not done.wait(PAUSE):
        processes = tree(os.getpid())
        total = sum(map(resident, processes))
        if total > peak[0] and len(processes) > 1:
            total = sum(map(proportional, processes))
        peak[0] = max(peak[0], total)


def main():
    result, *command = sys.argv[1:]
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    peak, done = [0], threading.Event()
    watcher = threading.Thread(target=watch, args=(peak, done))
    watcher.start()
    start = time.perf_counter()
    pid = os.posix_spawnp(command[0], command, os.environ)
    cpu, status, seconds = 0.0, 0, 0.0
    with contextlib.suppress(ChildProcessError):
        while True:
            ended, code, usage = os.wait4(-1, 0)
            cpu += usage.ru_utime + usage.ru_stime
            peak[0] = max(peak[0], usage.ru_maxrss * 1024)
            if ended == pid:
                status, seconds = os.waitstatus_to_exitcode(code), time.perf_counter() - start
    done.set()
    watcher.join()
    figures = {"seconds": seconds, "cpu": cpu, "megabytes": peak[0] / 1e6, "status": status}
    with open(result, "w") as file:  # noqa: PTH123
        json.dump(figures, file)


if __name__ == "__main__":
    main()
