"""A station without lines whose tagger and satellite are those of `lodestar-sim world`.

The world plays in real time and in a process of its own; lodestard receives it with the drivers of a station, over
USB/IP and UDP.
"""

import json
import pathlib
import re
import shutil
import signal
import socket
import subprocess

from checks import free_port, until

ROOT = pathlib.Path(__file__).resolve().parents[2]


class ServedStation:
    """Both programs' files and ports in `folder`; `text` is what its board says beside its connections."""

    def __init__(self, folder: pathlib.Path, text: str):
        self.folder = folder
        self.bus, self.orders = free_port(), free_port()
        self.link = free_port(socket.SOCK_DGRAM)
        self.log = open(folder / "log", "w+")
        self.processes: list[subprocess.Popen] = []
        shutil.copytree(ROOT / "boards", folder / "boards")
        # This machine has no lines.
        emulated = folder / "boards/qemu-hil.toml"
        emulated.write_text(
            re.sub(r"^\[(detectors|lines)\b[^\[]*", "", emulated.read_text(), flags=re.MULTILINE))
        self.board = folder / "boards/station.toml"
        self.board.write_text(f'''[board]
name = "station"
inherits = "qemu-hil"
[tagger]
format = "reference"
connection = "usbip:127.0.0.1:{self.bus}/1-1"
[modem]
connection = "udp:127.0.0.1:{self.link}"
[paths]
keys = "{folder}/keys/station"
least_free = "1 MiB"
{text}
''')

    def start(self, *command: str) -> subprocess.Popen:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        self.processes.append(process)
        return process

    def start_world(self, simulator: str) -> subprocess.Popen:
        """Its tagger forgets nothing while this machine lags behind."""
        world = self.start(
            simulator, "world", str(self.board), "--store", str(self.folder / "keys"),
            "--usbip", f"127.0.0.1:{self.bus}", "--link", f"udp:127.0.0.1:{self.link}",
            "--control", f"127.0.0.1:{self.orders}", "--memory", "16777216")
        self.until(lambda: "the pass begins when" in self.said)
        return world

    def start_daemon(self, daemon: str) -> subprocess.Popen:
        process = self.start(
            daemon, "--board", str(self.board), "--state", str(self.folder / "state"),
            "--control", str(self.folder / "control"), "--foreground")
        self.until(lambda: self.ask("status").startswith("ok ready"))
        return process

    @property
    def said(self) -> str:
        """What both programs have written so far."""
        return pathlib.Path(self.log.name).read_text()

    def until(self, condition, patience: float = 120.0) -> bool:
        """Whether `condition` becomes true; ends everything if a program ends before."""
        def holds() -> bool:
            if condition():
                return True
            if any(process.poll() is not None for process in self.processes):
                raise SystemExit(f"a program ended: {self.said}")
            return False

        return until(holds, patience, 0.05)

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

    def order(self, order: str) -> str:
        """The world's answer."""
        with socket.create_connection(("127.0.0.1", self.orders), 10) as control:
            control.sendall(order.encode() + b"\n")
            return control.makefile().readline().strip()

    def summary(self) -> dict:
        """That of the last pass; empty if there was none."""
        found = sorted((self.folder / "state/passes").glob("*/summary.json"))
        return json.loads(found[-1].read_text()) if found else {}

    def end(self) -> list[int]:
        """Ends both, the last one first; their exit codes."""
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
        codes = [process.wait(60) for process in reversed(self.processes)]
        self.log.close()
        return codes
