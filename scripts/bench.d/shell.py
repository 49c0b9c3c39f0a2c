"""Time from a key stroke to its echo while a pass runs: shell.py LODESTARD LODESTAR-SIM."""

import pathlib
import re
import select
import socket
import sys
import tempfile
import time

from flooded import FloodedStation

STROKES = 2_000
# Seconds between two strokes: faster than anybody types.
PAUSE = 0.007


def connect(path: pathlib.Path) -> socket.socket:
    """A client of the shells' socket, once there is one."""
    end = time.monotonic() + 20
    while True:
        try:
            client = socket.socket(socket.AF_UNIX)
            client.connect(str(path))
            return client
        except OSError:
            if time.monotonic() > end:
                sys.exit("error: lodestard does not open its shell")
            time.sleep(0.05)


def ask(client: socket.socket, line: str, end: str) -> str:
    """What is shown for a line, up to `end`; what was shown before is passed over."""
    while select.select([client], [], [], 0.05)[0]:
        client.recv(65536)
    client.sendall(line.encode() + b"\r")
    shown = b""
    until = time.monotonic() + 20
    while not re.search(end.encode() + rb"[^\n]*$", shown) and time.monotonic() < until:
        if select.select([client], [], [], 0.2)[0]:
            shown += client.recv(65536)
    return shown.decode()


def stroke(client: socket.socket) -> float:
    """Seconds from one key to its echo."""
    began = time.monotonic()
    client.sendall(b"x")
    while b"x" not in client.recv(4096):
        pass
    return time.monotonic() - began


def main() -> int:
    programs = sys.argv[1:3]
    times, counted, spent = [], 0, 0.0
    orbit = '[world.orbit]\nlowest_elevation = "60 deg"'
    while len(times) < STROKES:
        with (
            tempfile.TemporaryDirectory(prefix="lodestar-shell-") as folder,
            FloodedStation(*programs, pathlib.Path(folder), orbit) as station,
        ):
            typist = connect(station.folder / "shell")
            time.sleep(0.5)
            ask(typist, "", "> ")
            station.begin()
            station.flood()
            station.until(lambda: "sifted" in station.ask("status"))
            sent, began = station.tags_sent(), time.monotonic()
            while len(times) < STROKES and "pass ends" not in station.said:
                for _ in range(50):
                    times.append(stroke(typist))
                    time.sleep(PAUSE)
                typist.sendall(b"\x15")
                time.sleep(0.02)
                while select.select([typist], [], [], 0)[0]:
                    typist.recv(65536)
            counted += station.tags_sent() - sent
            spent += time.monotonic() - began
    times.sort()
    p50, p99 = times[len(times) // 2], times[len(times) * 99 // 100]
    print(
        f"key stroke to echo over the socket while a pass runs, p99 | 20 ms | 5 ms | {p99 * 1e3:.1f} ms "
        f"| | scripts/bench shell (p50 {p50 * 1e3:.2f} ms, max {times[-1] * 1e3:.1f} ms of "
        f"{len(times)}, {counted / spent / 1e6:.2f} Mtag/s)"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
