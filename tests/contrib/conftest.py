"""A Redis server of the tests' own."""

import shutil
import socket
import subprocess
import time

import pytest

from tests.contrib.optional import missing


@pytest.fixture(scope="module")
def redis_port(tmp_path_factory):
    """Start a server in a folder of its own, on a free port of this machine, that keeps nothing."""
    program = shutil.which("redis-server")
    if program is None:
        missing("redis-server is not installed (Debian: apt-get install redis-server)")
    import redis

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("redis")
    options = {"port": port, "bind": "127.0.0.1", "dir": folder, "save": "", "appendonly": "no"}
    command = [program, *(part for name, value in options.items() for part in (f"--{name}", str(value)))]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        client, end = redis.Redis(port=port), time.monotonic() + 30
        while True:
            try:
                client.ping()
                break
            except redis.ConnectionError:
                assert server.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < end, (folder / "log").read_text()
                time.sleep(0.05)
        client.close()
        yield port
    finally:
        server.terminate()
        server.wait(30)
