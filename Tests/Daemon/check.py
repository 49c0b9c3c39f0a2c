"""Starts lodestard, orders, signals, kills and starves it: check.py PROGRAM.

Plays the service manager (NOTIFY_SOCKET) and the clients of the control socket. Prints a line for
each check that fails, and at last how many there were; exits with 1 if one failed.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "shared"))
from checks import check, finish, until  # noqa: E402

PROGRAM = sys.argv[1]
ROOT = pathlib.Path(__file__).resolve().parents[2]
SIM = ROOT / "boards/sim.toml"
PATIENCE = 20.0


class Daemon:
    """A lodestard in a folder, with the manager it notifies."""

    def __init__(self, folder: pathlib.Path, *more: str, board: pathlib.Path = SIM, prefix=()):
        self.folder = folder
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        name = f"\0lodestar-check-{os.getpid()}-{time.monotonic_ns()}"
        self.manager.bind(name)
        self.manager.settimeout(0.05)
        self.told: list[str] = []
        self.log = open(folder / "log", "w+")
        self.process = subprocess.Popen(
            [*prefix, PROGRAM, "--board", str(board), "--state", str(folder / "state"),
             "--control", str(folder / "run/control"), *more],
            env={**os.environ, "NOTIFY_SOCKET": "@" + name[1:], "WATCHDOG_USEC": "900000"},
            stdin=subprocess.DEVNULL, stderr=self.log,
        )

    def hear(self) -> list[str]:
        """All that the manager was told so far."""
        while True:
            try:
                self.told.append(self.manager.recv(4096).decode())
            except TimeoutError:
                return self.told

    def ready(self) -> bool:
        """Whether it says that it is ready, before it ends."""
        return until(
            lambda: any("READY=1" in word for word in self.hear()) or self.process.poll() is not None
        ) and self.process.poll() is None

    def connect(self) -> socket.socket:
        """A client of the control socket."""
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(PATIENCE)
        client.connect(str(self.folder / "run/control"))
        return client

    def order(self, line: str) -> str:
        """The answer to one order."""
        with self.connect() as client:
            client.sendall(line.encode() + b"\n")
            return client.makefile().readline().rstrip("\n")

    def status(self) -> dict:
        """The answer to `status json`."""
        return json.loads(self.order("status json").removeprefix("ok "))

    def end(self, number: int | None = None) -> int:
        """Sends a signal, if one is given, and returns the exit code."""
        if number is not None:
            self.process.send_signal(number)
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return -999
        finally:
            self.hear()
            self.manager.close()

    def words(self) -> str:
        """What it logged."""
        return (self.folder / "log").read_text()

    def saved(self) -> dict:
        """What it wrote about itself."""
        return json.loads((self.folder / "state/state.json").read_text())


def alive(process: int | None) -> bool:
    """Whether a process runs, as no zombie."""
    if not process:
        return False
    try:
        return " Z " not in pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1][:3]
    except OSError:
        return False


def signals(folder: pathlib.Path) -> None:
    """Each signal ends it in order, and its guard with it."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        daemon = Daemon(folder)
        check(f"ready before {number.name}", daemon.ready(), daemon.words())
        guard = daemon.status()["guard_process"]
        check("the guard lives", alive(guard), guard)
        time.sleep(0.7)
        code = daemon.end(number)
        check(f"{number.name} ends in order", code == 0, (code, daemon.words()))
        check("the guard is gone", until(lambda: not alive(guard), 3), guard)
        check("the guard had nothing to do", "without a clean stop" not in daemon.words(), daemon.words())
        check("the state is clean", daemon.saved()["clean"] is True, daemon.saved())
        check("the socket is gone", not (folder / "run/control").exists())
        check("the watchdog was fed", daemon.told.count("WATCHDOG=1") >= 2, daemon.told)
        check("the stop was told", any("STOPPING=1" in word for word in daemon.told), daemon.told)


def crashes(folder: pathlib.Path) -> None:
    """Deaths that nobody can catch: the guard acts, and the next start says so and is ready."""
    for number in (signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT):
        daemon = Daemon(folder)
        check(f"ready before {number.name}", daemon.ready(), daemon.words())
        check("a pass begins", daemon.order("pass start") == "ok pass now begun")
        guard = daemon.status()["guard_process"]
        time.sleep(0.3)
        code = daemon.end(number)
        check(f"{number.name} kills", code == -number, code)
        check("the guard acts and goes", until(lambda: not alive(guard), 5), guard)
        check(
            "the guard made the lines safe",
            "the daemon went without a clean stop: all lines were made safe" in daemon.words(), daemon.words())
        check("the state is not clean", daemon.saved()["clean"] is False, daemon.saved())
        again = Daemon(folder)
        check(f"ready after {number.name}", again.ready(), again.words())
        check("it says how it ended", "without a clean stop" in again.words(), again.words())
        check("and where it was", "phase=pass" in again.words(), again.words())
        check("it ends in order", again.end(signal.SIGTERM) == 0, again.words())


def guards(folder: pathlib.Path) -> None:
    """A guard that dies is replaced."""
    daemon = Daemon(folder)
    check("ready", daemon.ready(), daemon.words())
    first = daemon.status()["guard_process"]
    os.kill(first, signal.SIGTERM)
    time.sleep(0.2)
    check("a guard does not hear what ends others", alive(first))
    os.kill(first, signal.SIGKILL)
    check(
        "another takes its place",
        until(lambda: daemon.status().get("guard_process") not in (None, first), 5),
        daemon.words())
    second = daemon.status()["guard_process"]
    check("it ends in order", daemon.end(signal.SIGTERM) == 0, daemon.words())
    check("and so does the guard", until(lambda: not alive(second), 3))


def orders(folder: pathlib.Path) -> None:
    """The control socket, with clients that behave and others."""
    daemon = Daemon(folder)
    check("ready", daemon.ready(), daemon.words())
    with daemon.connect() as half, daemon.connect() as flood, daemon.connect() as leaver:
        half.sendall(b"sta")
        leaver.sendall(b"status json\n" * 50)
        leaver.close()
        flood.sendall(b"x" * (1 << 20) + b"\nstatus\n")
        lines = flood.makefile()
        check("a flood is refused", lines.readline().startswith("error an order has 4096 bytes"))
        check("and then it is heard", lines.readline().startswith("ok ready"))
        half.sendall(b"tus\n")
        check("half a line waits", half.makefile().readline().startswith("ok ready"))
    with daemon.connect() as client:
        client.sendall(os.urandom(20_000).replace(b"quit", b"kuit"))
    check("noise is survived", daemon.order("status").startswith("ok "), daemon.words())
    check("next needs a prediction", daemon.order("pass start next").startswith("error "))
    check("pass begins", daemon.order("pass start now") == "ok pass now begun")
    check("one at a time", daemon.order("pass start").startswith("error a pass runs already"))
    check("it gets somewhere", until(lambda: "pass at" in daemon.order("status"), 60))
    check("pass ends", daemon.order("pass stop") == "ok the pass is ending")
    check("ready again", until(lambda: daemon.status()["phase"] == "ready", 30), daemon.order("status"))
    check("its result is told", "stopped early" in daemon.status()["last_pass"], daemon.status())
    recorded = re.search(r"recorded in (\S+)", daemon.status()["last_pass"])
    check("it is recorded", recorded and (pathlib.Path(recorded[1]) / "summary.json").exists(), recorded)
    check("quit wants a reason", daemon.order("quit").startswith("error say why"))
    check("quit", daemon.order("quit the check is over") == "ok stopping")
    check("code of quit", daemon.end() == 0, daemon.words())


def refusals(folder: pathlib.Path) -> None:
    """What it does not begin with, and the code and the words for it."""
    def run(*words: str) -> subprocess.CompletedProcess:
        return subprocess.run([PROGRAM, *words], capture_output=True, text=True, timeout=30)

    places = ("--state", str(folder / "s"), "--control", str(folder / "c"))
    result = run(*places)
    check("no board is code 64", result.returncode == 64, result)
    bad = folder / "bad.toml"
    bad.write_text("name = 3\n[gate]\nwindow = \"9 bananas\"\n")
    result = run("--board", str(bad), *places)
    check("a board with faults is code 78", result.returncode == 78, result)
    check("with every fault named", result.stderr.count("bad.toml:") >= 2, result.stderr)
    for place, code in ((("--state", "/proc/none"), 73), (("--control", "/proc/none/c"), 73)):
        result = run("--board", str(SIM), *places, *place)
        check(f"{place} is code {code}", result.returncode == code, result)
        check("and named", "/proc/none" in result.stderr, result.stderr)
    daemon = Daemon(folder)
    check("ready", daemon.ready(), daemon.words())
    second = run("--board", str(SIM), "--state", str(folder / "state"), "--control", str(folder / "c"))
    check("a second one is code 75", second.returncode == 75, second)
    check("and says who is first", str(daemon.process.pid) in second.stderr, second.stderr)
    second = run("--board", str(SIM), "--state", str(folder / "s"), "--control", str(folder / "run/control"))
    check("a socket in use is code 75", second.returncode == 75, second)
    check("the first goes on", daemon.order("status").startswith("ok ready"))
    check("it ends in order", daemon.end(signal.SIGTERM) == 0, daemon.words())
    unplugged(folder)
    check("safe on a simulated board has nothing to do", run("safe", "--board", str(SIM)).returncode == 0)


def unplugged(folder: pathlib.Path) -> None:
    """A real station's board with nothing plugged in: ready, and a pass is refused by name."""
    board = ROOT / "boards/portable-280.toml"
    daemon = Daemon(folder, board=board)
    check("ready without instruments", daemon.ready(), daemon.words())
    answer = daemon.order("pass start")
    check("a pass is refused, and the chip named", answer.startswith("error ") and "GPIO" in answer, answer)
    check("and so it stands in the status", "GPIO" in daemon.order("status json"))
    check("it ends in order", daemon.end(signal.SIGTERM) == 0, daemon.words())
    result = subprocess.run([PROGRAM, "safe", "--board", str(board)], capture_output=True, text=True, timeout=30)
    check("safe says what it cannot make safe, code 74", result.returncode == 74, result)
    check("by name", result.stderr.count("GPIO") >= 6, result.stderr)


def losses(folder: pathlib.Path) -> None:
    """A board file that goes; a machine that grants nothing; a state that cannot be written."""
    board = folder / "board.toml"
    shutil.copy(SIM, board)
    daemon = Daemon(folder, board=board)
    check("ready", daemon.ready(), daemon.words())
    board.unlink()
    check("a lost board is code 78", daemon.end() == 78, daemon.words())
    check("and says which", str(board) in daemon.words(), daemon.words())
    ungranted(folder)
    daemon = Daemon(folder)
    check("ready", daemon.ready(), daemon.words())
    (folder / "state/state.json").unlink()
    (folder / "state/state.json").mkdir()
    (folder / "state/state.json/x").write_text("")
    check("state that cannot be written is no reason to fail", daemon.end(signal.SIGTERM) == 0, daemon.words())
    check("but is said", "cannot be written" in daemon.words(), daemon.words())


def ungranted(folder: pathlib.Path) -> None:
    """A user whom the machine grants neither priority nor locked memory: said once, and done without."""
    nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups") if os.getuid() == 0 else ()
    limits = ("prlimit", "--memlock=65536:65536", "--rtprio=0:0")
    if subprocess.run([*nobody, "test", "-x", PROGRAM]).returncode != 0:
        print("skipped: the program lies where no other user can run it")
        return
    own = folder / "nobody"
    own.mkdir()
    folder.chmod(0o755)
    own.chmod(0o777)
    board = own / "board.toml"
    board.write_text(SIM.read_text() + "\n[realtime]\nlock_memory = true\n")
    daemon = Daemon(own, board=board, prefix=(*limits, *nobody))
    check("ready without grants", daemon.ready(), daemon.words())
    time.sleep(1.5)
    refused = daemon.status()["refused"]
    check("memory is refused", any("mlockall" in line for line in refused), refused)
    check("priority is refused", any("housekeeping: no fifo(10)" in line for line in refused), refused)
    for line in refused:
        check("each is said once", daemon.words().count(line) == 1, daemon.words())
    check("it ends in order", daemon.end(signal.SIGTERM) == 0, daemon.words())


def main() -> int:
    for part in (signals, crashes, guards, orders, refusals, losses):
        with tempfile.TemporaryDirectory() as folder:
            began = time.monotonic()
            part(pathlib.Path(folder))
            print(f"{part.__name__}: {time.monotonic() - began:.1f} s")
    return finish()


if __name__ == "__main__":
    sys.exit(main())
