"""A station whose tagger and satellite are those of `lodestar-sim world`, for benchmarks.

The world plays in real time and in a process of its own; lodestard receives it with the drivers of a
station, over USB/IP and UDP.
"""

import json
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import time


def free_port(kind: int) -> int:
    with socket.socket(socket.AF_INET, kind) as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def until(condition, what: str, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            sys.exit(f"error: {what}")
        time.sleep(0.1)


class ServedStation:
    """Both programs, in a folder; `world` is text for the board about light and orbit."""

    def __init__(self, daemon: str, simulator: str, boards: str, folder: pathlib.Path, world: str):
        self.folder = folder
        self.bus, self.orders = free_port(socket.SOCK_STREAM), free_port(socket.SOCK_STREAM)
        self.link = free_port(socket.SOCK_DGRAM)
        self.log = open(folder / "log", "w+")
        self.daemon = self.world = None
        board = self.board(boards, world)
        self.world = self.start(
            simulator, "world", board, "--store", folder / "keys", "--memory", "16777216",
            "--usbip", f"127.0.0.1:{self.bus}", "--link", f"udp:127.0.0.1:{self.link}",
            "--control", f"127.0.0.1:{self.orders}")
        until(lambda: "the pass begins when" in self.said, "no world", 60)
        self.daemon = self.start(
            daemon, "--board", board, "--state", folder / "state",
            "--control", folder / "control", "--foreground")
        until(lambda: self.ask("status").startswith("ok ready"), "no daemon", 60)

    def board(self, boards: str, world: str) -> pathlib.Path:
        """A station without lines: this machine has none."""
        shutil.copytree(boards, self.folder / "boards")
        emulated = self.folder / "boards/qemu-hil.toml"
        emulated.write_text(
            re.sub(r"^\[(detectors|lines)\b[^\[]*", "", emulated.read_text(), flags=re.MULTILINE))
        path = self.folder / "boards/station.toml"
        path.write_text(f'''[board]
name = "station"
inherits = "qemu-hil"
[tagger]
format = "reference"
connection = "usbip:127.0.0.1:{self.bus}/1-1"
[modem]
connection = "udp:127.0.0.1:{self.link}"
[paths]
keys = "{self.folder}/keys/station"
# What the benchmarks add to the light is an attack to the monitors: they only say so.
[monitors.effects]
rate_ceiling = "flag"
dark_counts_missing = "flag"
double_clicks_many = "flag"
double_clicks_few = "flag"
cross_clicks_many = "flag"
cross_clicks_few = "flag"
phase_shift = "flag"
phase_spread = "flag"
phase_sharp = "flag"
dead_time = "flag"
blanked_counts = "flag"
bit_bias = "flag"
basis_bias = "flag"
{world}
''')
        return path

    def start(self, *command) -> subprocess.Popen:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

    @property
    def said(self) -> str:
        return (self.folder / "log").read_text()

    def ask(self, order: str) -> str:
        """The daemon's answer; empty if it does not answer."""
        try:
            with socket.socket(socket.AF_UNIX) as control:
                control.settimeout(10)
                control.connect(str(self.folder / "control"))
                control.sendall(order.encode() + b"\n")
                return control.makefile().readline().strip()
        except OSError:
            return ""

    def begin(self) -> None:
        """Begins the pass, now."""
        if not (answer := self.ask("pass start now")).startswith("ok"):
            sys.exit(f"error: {answer}")

    def flood(self) -> None:
        """A million tags a second: 240 kHz of light more on each of the four detectors, for 700 s."""
        for channel in range(3, 7):
            if (answer := self.order(f"flood {channel} 240kHz 700s")) != "ok":
                sys.exit(f"error: {answer}")

    def tags_sent(self) -> int:
        """How many the world's tagger has sent."""
        return json.loads(self.order("status"))["tags"]["sent"]

    def order(self, order: str) -> str:
        """The world's answer."""
        with socket.create_connection(("127.0.0.1", self.orders), 10) as control:
            control.sendall(order.encode() + b"\n")
            return control.makefile().readline().strip()

    def summary(self) -> dict:
        return json.loads(next((self.folder / "state/passes").glob("*/summary.json")).read_text())

    def __enter__(self):
        return self

    def __exit__(self, *problem) -> None:
        for process in filter(None, (self.daemon, self.world)):
            process.send_signal(signal.SIGTERM)
            process.wait(60)
        self.log.close()
