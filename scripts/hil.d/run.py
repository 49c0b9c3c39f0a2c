"""Plays the scenarios of Tests/HIL on the emulated machine; called by scripts/hil."""

import argparse
import json
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as xml

from machine import Machine, MachineError
from scenario import Missed, Play, Scenario, Wrong


def interrupted(number, frame):
    raise KeyboardInterrupt


class Bench:
    """The guest's image, its saved states, and the programs that scenarios run."""

    def __init__(self, root, programs):
        self.root, self.programs = root, programs
        self.build = root / ".build-hil"
        self.guest = self.build / "guest"
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="lodestar-hil-"))
        self.booted = self.guest / "booted"

    def boot(self):
        """Boots once for all; the state is kept beside the image it belongs to."""
        stamp = subprocess.run(
            "cat scripts/hil.d/machine.py | sha256sum; qemu-system-x86_64 --version", shell=True, cwd=self.root,
            capture_output=True, text=True, check=True).stdout
        if (self.booted / "stamp").exists() and (self.booted / "stamp").read_text() == stamp:
            return
        shutil.rmtree(self.booted, ignore_errors=True)
        print("booting the guest ...", flush=True)
        begun = time.monotonic()
        machine = Machine(self.guest, self.work / "boot")
        try:
            answer = machine.run("systemctl is-system-running --wait; systemctl --failed --no-legend", 600)
            if not answer["out"].startswith("running"):
                raise MachineError(f"the guest did not come up well:\n{answer['out']}")
            machine.run("modprobe -a gpio-sim ftdi_sio vhci_hcd; udevadm settle; fstrim /; sync", 120)
            machine.save(self.booted)
        finally:
            machine.stop()
        (self.booted / "stamp").write_text(stamp)
        print(f"booted in {time.monotonic() - begun:.1f} s", flush=True)

    def make_ready(self):
        """The booted guest with this build's programs in /opt/hil, to start scenarios from."""
        machine = Machine(self.guest, self.work / "fill", self.booted)
        try:
            machine.copy_in(self.programs)
            machine.save(self.work / "ready")
        finally:
            machine.stop()

    def state(self, name):
        """The folder of a saved state: of the file of that name in Tests/HIL/shared, played once a run."""
        folder = self.work / name
        if folder.exists():
            return folder
        scenario = Scenario(self.root / f"Tests/HIL/shared/{name}.toml")
        place = self.work / f"making-{name}"
        machine = Machine(self.guest, place, self.state(scenario.start))
        play = None
        try:
            play = Play(scenario, machine, place, self.programs / "bin", self.root)
            play.prepare()
            play.play()
            machine.save(folder)
        except Missed as missed:
            raise Missed(f"state {name}, from which this begins: {missed}") from missed
        finally:
            if play:
                play.close()
            machine.stop()
        return folder

    def close(self):
        shutil.rmtree(self.work, ignore_errors=True)


def play_one(bench, scenario, results, options):
    """Plays one scenario; returns ("passed" | "failed" | "skipped", message)."""
    missing = [name for name in scenario.needs if not list(bench.programs.glob(f"bin/{name}")) + list(bench.programs.glob(name))]
    if missing:
        return "skipped", f"this build has no {', '.join(missing)}"
    folder = bench.work / scenario.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    machine = play = None
    verdict = "passed", ""
    try:
        machine = Machine(bench.guest, folder, bench.state(scenario.start))
        play = Play(scenario, machine, folder, bench.programs / "bin", bench.root)
        play.figures, play.tell = results / "figures", options.verbose
        play.prepare()
        if options.shell:
            machine.console()
        else:
            play.play()
    except (Missed, MachineError, Wrong, OSError) as error:
        verdict = "failed", str(error)
        if play:
            play.gather(results / scenario.name)
        if (folder / "console.log").exists():
            (results / scenario.name).mkdir(parents=True, exist_ok=True)
            shutil.copy(folder / "console.log", results / scenario.name)
        if options.keep and machine and sys.stdin.isatty():
            print(f"{scenario.name}: {error}")
            machine.console()
    finally:
        if play:
            play.close()
        if machine:
            machine.stop()
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    return verdict


def play_until_passed(bench, scenario, results, options):
    """Plays one scenario, as often as is allowed while it fails, and says what came of each time."""
    failures = []
    for attempt in range(max(1, options.attempts)):
        start = time.monotonic()
        verdict, message = play_one(bench, scenario, results, options)
        took = time.monotonic() - start
        word = {"passed": "ok", "failed": "FAIL", "skipped": "skip"}[verdict]
        is_last = verdict != "failed" or attempt + 1 >= options.attempts
        print(f"{word if is_last else 'again':5} {scenario.name:24} {took:6.1f} s  {scenario.title}", flush=True)
        if message:
            print("    " + message.replace("\n", "\n    "), flush=True)
        if is_last:
            break
        failures.append(message)
    return {"scenario": scenario.name, "name": scenario.title, "verdict": verdict, "seconds": round(took, 1),
            "message": message, "failed_before": failures}


def write_results(results, verdicts, took, kernel):
    """The verdicts as JSON and as JUnit's XML."""
    counts = {word: sum(v["verdict"] == word for v in verdicts) for word in ("passed", "failed", "skipped")}
    (results / "verdict.json").write_text(json.dumps(
        {"kernel": kernel, "seconds": round(took, 1), **counts, "scenarios": verdicts}, indent=2) + "\n")
    suite = xml.Element("testsuite", name="hil", tests=str(len(verdicts)), failures=str(counts["failed"]),
                        skipped=str(counts["skipped"]), time=f"{took:.1f}")
    for verdict in verdicts:
        case = xml.SubElement(suite, "testcase", classname="hil", name=verdict["scenario"],
                              time=f"{verdict['seconds']:.1f}")
        for message in verdict["failed_before"]:
            xml.SubElement(case, "rerunFailure", message=message.split("\n")[0]).text = message
        if verdict["verdict"] != "passed":
            kind = "failure" if verdict["verdict"] == "failed" else "skipped"
            xml.SubElement(case, kind, message=verdict["message"].split("\n")[0]).text = verdict["message"]
    xml.ElementTree(suite).write(results / "junit.xml", encoding="utf-8", xml_declaration=True)
    return counts


def main():
    parser = argparse.ArgumentParser(prog="scripts/hil")
    parser.add_argument("--root", type=pathlib.Path, required=True)
    parser.add_argument("--programs", type=pathlib.Path, required=True)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--shell", action="store_true")
    parser.add_argument("--attempts", type=int, default=1)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, interrupted)

    files = sorted((options.root / "Tests/HIL").glob("*.toml"))
    # What only measures is played when it is named.
    files += [file for file in (options.root / "Tests/HIL/figures").glob("*.toml") if file.stem in options.names]
    try:
        scenarios = [Scenario(file) for file in files]
    except Wrong as error:
        sys.exit(f"error: {error}")
    known = {scenario.name: scenario for scenario in scenarios}
    for name in options.names:
        if name not in known:
            sys.exit(f"error: no scenario is called {name}; scripts/hil --list says which there are.")
    chosen = [known[name] for name in options.names] if options.names else scenarios

    results = options.root / ".build-hil/results"
    shutil.rmtree(results, ignore_errors=True)
    results.mkdir(parents=True)
    bench = Bench(options.root, options.programs)
    kernel = (bench.guest / "kernel-release").read_text().strip()
    begun, verdicts = time.monotonic(), []
    try:
        bench.boot()
        bench.make_ready()
        print(f"ready after {time.monotonic() - begun:.1f} s: kernel {kernel}", flush=True)
        if options.shell and not options.names:
            machine = Machine(bench.guest, bench.work / "shell", bench.work / "ready")
            try:
                machine.console()
            finally:
                machine.stop()
            return
        for scenario in chosen:
            verdicts.append(play_until_passed(bench, scenario, results, options))
    except KeyboardInterrupt:
        print("stopped")
        sys.exit(130)
    except MachineError as error:
        sys.exit(f"error: {error}")
    finally:
        bench.close()
    took = time.monotonic() - begun
    counts = write_results(results, verdicts, took, kernel)
    again = sum(v["verdict"] == "passed" and bool(v["failed_before"]) for v in verdicts)
    print("verdicts: .build-hil/results/verdict.json, .build-hil/results/junit.xml")
    print(f"{took:.1f} s in all")
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped"
          + (f", {again} of them at the second attempt" if again else ""))
    sys.exit(1 if counts["failed"] else 0)


main()
