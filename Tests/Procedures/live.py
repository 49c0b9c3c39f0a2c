#!/usr/bin/env python3
"""Calibrations of the live bench: the station's drivers against a served bench, over USB/IP.

Usage: live.py LODESTAR LODESTAR-SIM LODESTARD [--seed S]

`lodestar-sim bench` serves detectors that hide their truth behind a tagger; `lodestar calibrate`
finds it with the drivers, the gates and the guard of a station, and this compares the two. A tagger
that is pulled out ends a calibration with one clear line and no record, and so does Ctrl-C; a gate
that does not blank is found out. The same is done by `cal` in the shell of a lodestard.
"""

import argparse
import json
import math
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
faults: list[str] = []
#: What was started, and must not outlive a failure.
children: list[subprocess.Popen] = []


def check(is_so: bool, what: str) -> None:
    print(f"{'ok  ' if is_so else 'FAIL'} {what}")
    if not is_so:
        faults.append(what)


class Bench:
    """A served bench and its control socket."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [options.sim, "bench", str(ROOT / "boards/sim.toml"), "--seed", str(options.seed),
             "--usbip", "127.0.0.1:0", "--control", "127.0.0.1:0", "--json"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        children.append(self.process)
        self.ports = {}
        while len(self.ports) < 2:
            line = self.process.stderr.readline()
            if not line:
                sys.exit(f"the bench did not start, code {self.process.wait()}")
            if found := re.match(r"(bus|control) on .*:(\d+)$", line.strip()):
                self.ports[found[1]] = int(found[2])
        self.control = f"127.0.0.1:{self.ports['control']}"

    def ask(self, *orders: str) -> str:
        """Gives orders one by one; returns the last answer."""
        with socket.create_connection(("127.0.0.1", self.ports["control"]), timeout=600) as link:
            lines = link.makefile("rw")
            answer = ""
            for order in orders:
                lines.write(order + "\n")
                lines.flush()
                answer = lines.readline().strip()
        return answer

    def truth(self) -> dict:
        return json.loads(self.ask("truth"))

    def end(self) -> dict:
        self.process.send_signal(signal.SIGINT)
        out, _ = self.process.communicate(timeout=600)
        return json.loads(out)


def command(board: pathlib.Path, *words: str) -> list[str]:
    return [options.lodestar, "calibrate", *words, "--board", str(board)]


def recorded(folder: pathlib.Path) -> list[str]:
    return sorted(path.name for path in folder.glob("0*.jsonl"))


def truth_is_found(bench: Bench, board: pathlib.Path, folder: pathlib.Path) -> None:
    """Several procedures through the drivers, each value within five of its own sigmas."""
    words = ["dark", "seconds=4s", "dead-time", "seconds=0.5s", "rate=300kHz", "afterpulse",
             "seconds=2s", "skew", "counts=5000", "efficiency", "seconds=0.5s", "jitter",
             "seconds=0.4s", "beacon-delay", "seconds=1s", "polarisation", "seconds=30ms",
             "interlock", "cycles=5"]
    result = subprocess.run(
        command(board, *words, "--bench-control", bench.control, "--records", str(folder), "--json"),
        capture_output=True, text=True, timeout=600)
    check(result.returncode in (0, 2, 3), f"code {result.returncode} {result.stderr.strip()[-400:]}")
    if result.returncode not in (0, 2, 3):
        return
    records = json.loads(result.stdout)
    check(len(records) == 9 == len(recorded(folder)), f"{len(records)} records")
    check(all(record["simulated"] for record in records), "every record says that it is simulated")
    check(all(record.get("seed") == options.seed for record in records), "and of which seed")
    values = {(value["name"], value.get("detector")): value
              for record in records for value in record["values"]}
    truth = bench.truth()
    names = [detector["name"] for detector in truth["detectors"]]

    def near(name: str, detector: str | None, due: float, slack: float = 0.0) -> None:
        found = values[name, detector]
        error = found["value"] - due
        room = 5 * found["sigma"] + slack
        check(math.isfinite(error) and abs(error) <= room,
              f"{name} {detector or ''} {found['value']:.6g} +- {found['sigma']:.2g}, "
              f"hidden {due:.6g}")

    mean = sum(detector["efficiency"] for detector in truth["detectors"]) / 4
    skew = sum(detector["skew_ps"] for detector in truth["detectors"]) / 4
    for detector in truth["detectors"]:
        name, chance = detector["name"], detector["afterpulse_probability"]
        near("dark_rate", name, detector["dark_rate"] / (1 - chance))
        near("dead_time", name, detector["dead_time_ps"])
        near("afterpulsing", name, chance)
        near("skew", name, detector["skew_ps"] - skew)
        near("relative_efficiency", name, detector["efficiency"] / mean)
        near("visibility", name, detector["visibility"])
        # A tenth of the clicks is in a tail, which widens the top a little.
        width = math.sqrt(8 * math.log(2)) * detector["jitter_ps"]
        near("jitter_fwhm", name, 1.03 * width, slack=0.05 * width)
        near("recovery", name, detector["recovery_ps"] * 1e-6)
    near("beacon_delay", None, truth["beacon_delay_ps"])
    reactions(values, truth, names)


def reactions(values: dict, truth: dict, names: list[str]) -> None:
    """The reaction that the station measured, against the bench's own log."""
    for name in names:
        exposures = [one for one in truth["exposures"] if one["detector"] == name]
        blanked = [one for one in exposures if one.get("blanked_ps") is not None]
        check(len(blanked) == len(exposures) == 5, f"{name}: the guard blanked all 5 times")
        if not blanked:
            continue
        due = sum(one["blanked_ps"] - one["on_ps"] for one in blanked) / len(blanked) * 1e-6
        found = values["reaction", name]["value"]
        # Clicks of 10 Mcps lie 0.1 us apart; the first ten decide on the light's coming.
        check(abs(found - due) < 5, f"reaction {name} {found:.1f} us, by the bench {due:.1f} us")
        check(values["cycles_not_blanked", name]["value"] == 0, f"{name}: no cycle not blanked")


def is_safe(bench: Bench) -> bool:
    state = bench.truth()
    return not state["shutter_open"] and state["blanked"] == ["H", "V", "D", "A"]


def interrupted(bench: Bench, board: pathlib.Path, folder: pathlib.Path) -> None:
    """A tagger pulled out, and Ctrl-C, in the midst of counting."""
    words = command(board, "dark", "seconds=60s", "--bench-control", bench.control, "--records",
                    str(folder))
    for kind in ("unplug", "Ctrl-C"):
        sent = bench.truth()["tags_sent"]
        process = subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(2.5)
        begun = time.monotonic()
        if kind == "unplug":
            bench.ask("unplug")
        else:
            process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=600)
        took = time.monotonic() - begun
        due = 1 if kind == "unplug" else 130
        line = errors.strip().splitlines()[-1] if errors.strip() else ""
        check(process.returncode == due, f"{kind}: code {process.returncode}, {line}")
        check(took < 10, f"{kind}: over after {took:.1f} s of 57")
        check(len(recorded(folder)) == 0, f"{kind}: nothing is recorded")
        if kind == "unplug":
            check("tagger" in errors, "the line names the tagger")
            bench.ask("plug")
        check(is_safe(bench), f"{kind}: gates and shutter are closed")
        check(bench.truth()["tags_sent"] > sent, f"{kind}: it was counting before")


def by_hand(bench: Bench, board: pathlib.Path, folder: pathlib.Path) -> None:
    """A person is asked; on this board no line reaches the gates, which the interlock finds out."""
    bench.ask("gate H open", "gate V open", "gate D open", "gate A open", "shutter open")
    process = subprocess.Popen(
        command(board, "efficiency", "seconds=0.3s", "interlock", "cycles=5", "--records",
                str(folder)),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    asked, text = 0, ""
    while character := process.stderr.read(1):
        text += character
        if not text.endswith("q to stop: "):
            continue
        asked += 1
        words = text.rsplit("set: ", 1)[1]
        rate = re.search(r"about (\S+) cps", words)
        only = re.search(r"only detector (\w)", words)
        orders = [f"set only {only[1] if only else 'all'}",
                  f"set lamp {float(rate[1])}Hz" if rate else "set dark"]
        if "within half a minute" in words:
            process.stdin.write("\n")
            process.stdin.flush()
            time.sleep(0.3)
            bench.ask(*orders)
        else:
            bench.ask(*orders)
            process.stdin.write("\n")
            process.stdin.flush()
        text = ""
    out = process.stdout.read()
    code = process.wait(timeout=600)
    bench.ask("set dark")
    check("SIMULATED" in out, "the output says SIMULATED")
    check([name.split("-", 1)[1] for name in recorded(folder)]
          == ["efficiency.jsonl"], f"the lamp by hand: {recorded(folder)}")
    check(code == 1 and "does not blank" in text,
          f"a gate that does not blank: code {code}, {text.strip()[:160]}")
    check(asked >= 4, f"asked {asked} times")


class Terminal:
    """Somebody at a shell's socket."""

    def __init__(self, path: pathlib.Path):
        self.line = socket.socket(socket.AF_UNIX)
        self.line.connect(str(path))
        self.line.settimeout(60)
        self.seen = ""

    def until(self, text: str) -> str:
        """Waits until `text` is shown; what was shown before it, which is then forgotten."""
        while text not in self.seen:
            data = self.line.recv(4096).decode()
            if not data:
                sys.exit(f"the shell ended: {self.seen}")
            self.seen += data
        before, self.seen = self.seen.split(text, 1)
        return before

    def type(self, text: str) -> None:
        self.line.sendall(text.encode())


def in_the_shell(bench: Bench, board: pathlib.Path, folder: pathlib.Path) -> None:
    """`cal` on a running station: its tagger is lent, a person asked, a pass refused meanwhile."""
    bench.ask("gate H open", "gate V open", "gate D open", "gate A open", "shutter open", "set dark")
    folder.mkdir()
    own = folder / "station.toml"
    own.write_text(board.read_text() + f'[paths]\nkeys = "{folder}/keys"\ncalibration = "{folder}/records"\n')
    daemon = subprocess.Popen(
        [options.daemon, "--board", own, "--state", folder / "state", "--control", folder / "control",
         "--foreground", "--no-lock-memory"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    children.append(daemon)
    while " ready " not in (line := daemon.stdout.readline()):
        if not line:
            sys.exit(f"lodestard did not start, code {daemon.wait()}")
    person = Terminal(folder / "shell")
    person.until("> ")
    person.type("arm\r")
    person.until("ARMED> ")
    person.type("cal dark seconds=2s\r")
    asked = person.until("Enter when it is done")
    check("set: " in asked, f"a person is asked: {asked.strip()[-60:]!r}")
    with socket.socket(socket.AF_UNIX) as control:
        control.connect(str(folder / "control"))
        control.sendall(b"pass start now\n")
        said = control.makefile().readline().strip()
    check("a calibration has the instruments" in said, f"a pass is refused meanwhile: {said!r}")
    person.type("\r")
    found = person.until("ARMED> ")
    check("SIMULATED" in found and "simulated bench" not in found, "dark counts through the drivers")
    rates = [float(rate) for rate in re.findall(r"dark rate \w\s+([\d.]+)", found)]
    due = [one["dark_rate"] / (1 - one["afterpulse_probability"]) for one in bench.truth()["detectors"]]
    check(len(rates) == 4 and all(abs(a - b) < 5 * math.sqrt(b / 2) + 1 for a, b in zip(rates, due)),
          f"dark rates {rates}, hidden {[round(one) for one in due]}")
    check([name.split("-", 1)[1] for name in recorded(folder / "records")] == ["dark.jsonl"],
          f"recorded: {recorded(folder / 'records')}")
    person.type("cal dark seconds=60s\r")
    person.until("Enter when it is done")
    person.type("\r")
    time.sleep(3)
    begun = time.monotonic()
    person.type("\x03")
    person.until("was stopped")
    took = time.monotonic() - begun
    check(took < 1, f"Ctrl-C ended it after {took * 1e3:.0f} ms")
    person.until("ARMED> ")
    person.type("counts 1\r")
    check("beacon" in person.until("ARMED> "), "the tagger is the shell's again")
    daemon.send_signal(signal.SIGTERM)
    check(daemon.wait(30) == 0, "the daemon ends in order")


def main() -> int:
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        bench = Bench()
        board = folder / "live.toml"
        text = (ROOT / "boards/sim.toml").read_text()
        line = f'[tagger]\nconnection = "usbip:127.0.0.1:{bench.ports["bus"]}/1-1"\n'
        board.write_text(text.replace("[tagger]\n", line, 1))
        truth_is_found(bench, board, folder / "records")
        interrupted(bench, board, folder / "stopped")
        by_hand(bench, board, folder / "by-hand")
        in_the_shell(bench, board, folder / "in-the-shell")
        refused = subprocess.run(
            command(ROOT / "boards/sim.toml", "dark", "--bench-control", bench.control),
            capture_output=True, text=True, timeout=600)
        check(refused.returncode == 64 and "tagger.connection" in refused.stderr,
              "without drivers there is nothing to order a bench for")
        last = bench.end()
        check(last["simulated"] and last.get("last_fault") is None, "the bench ends in order")
    if faults:
        print(f"{len(faults)} faults, seed {options.seed}")
    return 1 if faults else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("lodestar")
    parser.add_argument("sim")
    parser.add_argument("daemon")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    try:
        sys.exit(main())
    finally:
        for child in children:
            child.kill()
