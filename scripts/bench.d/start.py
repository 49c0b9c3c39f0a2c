"""Time from exec of lodestard to READY=1: start.py PROGRAM BOARD, the median of nine starts."""

import os
import pathlib
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time


def start(program: str, board: str, folder: pathlib.Path, number: int) -> tuple[float, float, int]:
    """Seconds to ready and to the end after SIGTERM, and resident memory when ready, bytes."""
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    name = folder / f"notify{number}"
    manager.bind(str(name))
    manager.settimeout(20)
    began = time.monotonic()
    daemon = subprocess.Popen(
        [program, "--board", board, "--state", str(folder / "state"), "--control",
         str(folder / "control"), "--log-level", "error"],
        env={**os.environ, "NOTIFY_SOCKET": str(name)}, stdin=subprocess.DEVNULL,
    )
    try:
        while "READY=1" not in manager.recv(4096).decode().splitlines():
            pass
        ready = time.monotonic() - began
        pages = int(pathlib.Path(f"/proc/{daemon.pid}/statm").read_text().split()[1])
        asked = time.monotonic()
        daemon.send_signal(signal.SIGTERM)
        code = daemon.wait(20)
        if code != 0:
            sys.exit(f"error: lodestard ended with code {code}")
        return ready, time.monotonic() - asked, pages * os.sysconf("SC_PAGE_SIZE")
    finally:
        if daemon.poll() is None:
            daemon.kill()
        manager.close()


def main() -> int:
    program, board = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        runs = [start(program, board, pathlib.Path(folder), number) for number in range(9)]
    ready, stop, memory = (statistics.median(values) for values in zip(*runs))
    print(
        f"cold start of lodestard to ready | 2 s | 0.5 s | {ready:.3f} s | | scripts/bench loop "
        f"(slowest of 9: {max(run[0] for run in runs):.3f} s, SIGTERM to end {stop:.2f} s, "
        f"{memory / 2**20:.0f} MiB when ready)"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
