"""Drives lodestard's shell as a technician would: check.py LODESTARD LODESTAR.

Over a serial line through picocom and a pair of pseudo-terminals, over the Unix socket, by scripts,
by two people at once, and with kill -9 in the middle of saving. Prints a line for each check that
fails, and at last how many there were; exits with 1 if one failed.
"""

import os
import pathlib
import pty
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import threading
import time
import tty

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "shared"))
from checks import check, finish  # noqa: E402

LODESTARD, LODESTAR = sys.argv[1:3]
ROOT = pathlib.Path(__file__).resolve().parents[2]
PATIENCE = 20.0


class Daemon:
    """A lodestard on a simulated board in a folder of its own."""

    def __init__(self, folder: pathlib.Path, more: str = "", *options: str):
        self.folder = folder
        self.board = folder / "sim.toml"
        self.board.write_text((ROOT / "boards/sim.toml").read_text() + more)
        self.options = options
        self.start()

    def start(self) -> None:
        """Starts it and waits for the shell's socket."""
        self.log = open(self.folder / "log", "a")
        self.process = subprocess.Popen(
            [LODESTARD, "--board", str(self.board), "--state", str(self.folder / "state"),
             "--control", str(self.folder / "control"), "--no-lock-memory", *self.options],
            stdin=subprocess.DEVNULL, stderr=self.log,
        )
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                Terminal.at(self.folder).close()
                return
            except OSError:
                time.sleep(0.05)
        sys.exit(f"error: lodestard is not ready: {(self.folder / 'log').read_text()}")

    def end(self) -> int:
        """SIGTERM; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return -999

    def script(self, text: str) -> subprocess.CompletedProcess:
        """Orders given by lodestar shell --script."""
        return subprocess.run(
            [LODESTAR, "shell", "--socket", str(self.folder / "shell"), "--script", "-"],
            input=text, capture_output=True, text=True, timeout=60)


class Terminal:
    """Somebody at a file descriptor: types, and waits for what is shown."""

    def __init__(self, number: int, closer=None):
        self.number = number
        self.closer = closer
        self.seen = b""

    @classmethod
    def at(cls, folder: pathlib.Path) -> "Terminal":
        client = socket.socket(socket.AF_UNIX)
        client.connect(str(folder / "shell"))
        return cls(client.fileno(), client)

    def type(self, text: str | bytes) -> None:
        os.write(self.number, text.encode() if isinstance(text, str) else text)

    def read(self, patience: float) -> bytes:
        """What comes within `patience` seconds, at least once something has."""
        ready, _, _ = select.select([self.number], [], [], patience)
        if not ready:
            return b""
        try:
            return os.read(self.number, 65536)
        except OSError:
            return b""

    def until(self, text: str, patience: float = PATIENCE) -> bool:
        """Whether `text` is shown; what came up to its end is forgotten."""
        end = time.monotonic() + patience
        while text.encode() not in self.seen and time.monotonic() < end:
            self.seen += self.read(0.1)
        found = text.encode() in self.seen
        if found:
            self.seen = self.seen.split(text.encode(), 1)[1]
        return found

    def close(self) -> None:
        if self.closer:
            self.closer.close()
        else:
            os.close(self.number)


class SerialLine:
    """Two pseudo-terminals joined back to back, as a cable joins two serial ports."""

    def __init__(self) -> None:
        pairs = [pty.openpty(), pty.openpty()]
        self.masters = [pair[0] for pair in pairs]
        self.slaves = [pair[1] for pair in pairs]
        for slave in self.slaves:
            tty.setraw(slave)
        self.ends = [os.ttyname(slave) for slave in self.slaves]
        self.isOpen = True
        threading.Thread(target=self.carry, daemon=True).start()

    def carry(self) -> None:
        while self.isOpen:
            ready, _, _ = select.select(self.masters, [], [], 0.1)
            for master in ready:
                try:
                    data = os.read(master, 4096)
                    os.write(self.masters[1 - self.masters.index(master)], data)
                except OSError:
                    time.sleep(0.05)


def serial(folder: pathlib.Path) -> None:
    """A technician with picocom at the other end of the cable."""
    line = SerialLine()
    daemon = Daemon(folder, f'\n[shell]\nserial = "serial:{line.ends[0]}@115200"\n')
    child, screen = pty.fork()
    if child == 0:
        os.execvp("picocom", ["picocom", "-q", "-b", "115200", line.ends[1]])
    person = Terminal(screen)
    time.sleep(1.0)
    person.type("\r")
    check("a prompt over the serial line", person.until("sim> "), person.seen)
    person.type("get gate.wi\t\r")
    check("completion over the serial line", person.until("gate.width = 800 ps"), person.seen)
    person.type("set gate.width 800\r")
    check("a bare number is refused", person.until("a unit is missing"), person.seen)
    check("and said what is allowed", person.until("allowed: 1 ps to 1 us"), person.seen)
    person.type("\x1b[A\x7f\x7f\x7f700 ps\r")
    check("the line before is called back and edited", person.until("gate.width = 700 ps"), person.seen)
    person.type("\x12get\r")
    check("history is searched", person.until("gate.width = 700 ps"), person.seen)
    noise = bytes(range(128, 256)) * 40 + b"\r"
    os.write(line.masters[0], noise)
    check("line noise gets one answer", person.until("error: "), person.seen)
    person.type("get gate.width\r")
    check("and the line works on", person.until("gate.width = 700 ps"), person.seen)
    os.write(line.masters[0], b"x" * (1 << 20) + b"\r")
    check("a megabyte gets one answer", person.until("was dropped"), person.seen)
    person.type("arm\r")
    check("armed", person.until("ARMED> "), person.seen)
    person.type("counts\r")
    check("a live view", person.until("counts of sim"), person.seen)
    time.sleep(0.6)
    begun = time.monotonic()
    person.type("\x03")
    check("Ctrl-C ends it", person.until("ARMED> "), person.seen)
    check("within 100 ms and the line's own time", time.monotonic() - begun < 1.0, time.monotonic() - begun)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    for number in (*line.masters, *line.slaves):
        os.close(number)
    line.isOpen = False
    time.sleep(1.0)
    status = daemon.script("env UNSAVED\n")
    check("the daemon lives after the line hung up", "LODESTAR_UNSAVED=1" in status.stdout, status)
    words = (folder / "log").read_text()
    check("hanging up disarms", "gone while armed; disarmed" in words, words[-600:])
    check("ends in order", daemon.end() == 0)


def two(folder: pathlib.Path) -> None:
    """Two people at the socket: one writes, the other sees that."""
    daemon = Daemon(folder)
    one, other = Terminal.at(folder), Terminal.at(folder)
    for person in (one, other):
        check("greeted", person.until("sim> "), person.seen)
    one.type("set gate.width 700 ps\r")
    check("the first may write", one.until("gate.width = 700 ps"), one.seen)
    other.type("set gate.width 600 ps\r")
    check("the second is told who does", other.until("holds the write role"), other.seen)
    other.type("get gate.width\r")
    check("the second sees it", other.until("gate.width = 700 ps"), other.seen)
    one.close()
    time.sleep(0.3)
    other.type("set gate.width 600 ps\r")
    check("then it is the second's turn", other.until("gate.width = 600 ps"), other.seen)
    other.type("quit\r")
    end = time.monotonic() + 5
    while time.monotonic() < end and other.read(0.1):
        pass
    crowd = []
    for _ in range(8):
        crowd.append(Terminal.at(folder))
        check("eight shells", crowd[-1].until("sim*> "), crowd[-1].seen)
    late = Terminal.at(folder)
    check("the ninth is sent away", late.until("try again later"), late.seen)
    check("ends in order with shells open", daemon.end() == 0)


def scripts(folder: pathlib.Path) -> None:
    """Scripts stop at the first error, but not in a batch."""
    daemon = Daemon(folder)
    good = daemon.script("set gate.width 700 ps\nget gate.width\nsave\n")
    check("a script is done", good.returncode == 0 and "gate.width = 700 ps" in good.stdout, good)
    bad = daemon.script("set gate.width 9\nset gate.width 500 ps\n")
    check("it stops at the first error", bad.returncode == 1 and "unit is missing" in bad.stderr, bad)
    check("and names the line", "-:1: " in bad.stderr, bad)
    check("nothing after it is done", "700 ps" in daemon.script("get gate.width\n").stdout)
    batch = daemon.script("batch start\nset gate.width 9\nset gate.width 500 ps\nbatch end\n")
    check("a batch goes on and fails at its end", batch.returncode == 1, batch)
    check("what was right in it is done", "500 ps" in daemon.script("get gate.width\n").stdout)
    unknown = daemon.script("sataus\n")
    check("an unknown order has a suggestion", "try: status" in unknown.stderr, unknown)
    run = daemon.script("pass start\n")
    check("a pass begins", run.returncode == 0, run)
    counted = daemon.script("hist interval 1\ncounts 1\n")
    check("a pass is counted", "beacon " in counted.stdout, counted)
    daemon.script("pass stop\n")
    check("ends in order", daemon.end() == 0)
    gone = daemon.script("status\n")
    check("without a daemon it says so", gone.returncode != 0 and "no daemon answers" in gone.stderr, gone)


def killed(folder: pathlib.Path) -> None:
    """kill -9 at any moment of saving: the file is the old one or the new one, whole."""
    widths = ["600 ps", "700 ps"]
    daemon = Daemon(folder)
    overlay = folder / "state/overlay.toml"
    daemon.script("set gate.width 700 ps\nsave\n")
    for round in range(12):
        person = Terminal.at(folder)
        person.until("sim")
        orders = "".join(f"set gate.width {widths[i % 2]}\rsave\r" for i in range(200))
        threading.Thread(target=lambda: swallow(person, orders), daemon=True).start()
        time.sleep(0.02 + 0.017 * round)
        daemon.process.kill()
        daemon.process.wait()
        text = overlay.read_text()
        check("the file is whole", re.fullmatch(
            r'# [^\n]*\n\n\[gate\]\nwidth = "[67]00 ps"\n', text) is not None, text)
        daemon.start()
    check("ends in order", daemon.end() == 0)


def swallow(person: Terminal, orders: str) -> None:
    """Types as long as somebody listens."""
    try:
        for start in range(0, len(orders), 200):
            person.type(orders[start:start + 200])
            person.read(0.0)
    except OSError:
        pass


def login(folder: pathlib.Path) -> None:
    """Where the board asks, nothing is changed before a login."""
    made = subprocess.run(
        [LODESTAR, "shell", "password", "technician"], input="correct horse\n",
        capture_output=True, text=True, timeout=60)
    line = [line for line in made.stdout.splitlines() if line.startswith("technician = ")]
    check("a password is hashed", len(line) == 1, made)
    daemon = Daemon(folder, '\n[shell]\naccess = "login"\n' + "".join(line) + "\n")
    refused = daemon.script("set gate.width 700 ps\n")
    check("no change before a login", "needs a login as technician" in refused.stderr, refused)
    wrong = daemon.script("login technician\nwrong horse\n")
    check("a wrong password", "wrong password" in wrong.stderr, wrong)
    soon = daemon.script("login technician\ncorrect horse\n")
    check("not at once after a wrong one", "too soon" in soon.stderr, soon)
    time.sleep(1.2)
    right = daemon.script("login technician\ncorrect horse\nset gate.width 700 ps\nget shell.technician\n")
    check("the right one", right.returncode == 0 and "gate.width = 700 ps" in right.stdout, right)
    check("its hash is shown to nobody", "$y$" not in right.stdout, right)
    check("ends in order", daemon.end() == 0)


def client(folder: pathlib.Path) -> None:
    """lodestar shell at a terminal, and that terminal afterwards."""
    daemon = Daemon(folder)
    child, screen = pty.fork()
    if child == 0:
        os.environ["TERM"] = "vt100"
        os.execv(LODESTAR, [LODESTAR, "shell", "--socket", str(folder / "shell")])
    before = termios.tcgetattr(screen)
    person = Terminal(screen)
    check("a prompt", person.until("sim> "), person.seen)
    check("raw while it runs", termios.tcgetattr(screen)[3] & termios.ICANON == 0)
    person.type("counts\r")
    check("a view drawn in place", person.until("\x1b[H"), person.seen)
    person.type("\x03")
    check("Ctrl-C goes to the shell", person.until("sim> "), person.seen)
    person.type("quit\r")
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and os.waitpid(child, os.WNOHANG)[0] == 0:
        person.read(0.05)
    check("the terminal is as it was", termios.tcgetattr(screen)[3] == before[3])
    local = subprocess.run(
        [LODESTAR, "shell", "--board", str(daemon.board), "--script", "-"],
        input="get gate.width\nstatus\n", capture_output=True, text=True, timeout=60)
    check("a board without a daemon", "gate.width = 800 ps" in local.stdout, local)
    check("ends in order", daemon.end() == 0)


def main() -> int:
    if shutil.which("picocom") is None:
        sys.exit("error: picocom is missing; install Debian's package picocom")
    for part in (serial, two, scripts, killed, login, client):
        with tempfile.TemporaryDirectory() as folder:
            part(pathlib.Path(folder))
    return finish()


if __name__ == "__main__":
    sys.exit(main())
