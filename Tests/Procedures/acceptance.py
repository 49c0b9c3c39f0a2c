#!/usr/bin/env python3
"""Calibrations as a program: kills in the midst of an acceptance, stops, full and read-only disks.

Usage: acceptance.py LODESTAR [--seed S] [--kills N]

An acceptance that is killed at random instants goes on where it stopped: each calibration is there
once, the chain is whole, and the report is signed. A stop leaves no record. A disk that is full or
may not be written gives one clear line and leaves what was there.
"""

import argparse
import json
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "shared"))
from checks import finish, told  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BOARD = ROOT / "boards/sim.toml"


def command(*words: str) -> list[str]:
    return [str(options.lodestar), "calibrate", *words]


def run(*words: str) -> subprocess.CompletedProcess:
    return subprocess.run(command(*words), capture_output=True, text=True, timeout=600)


def recorded(folder: pathlib.Path) -> list[str]:
    """The calibrations that have a record, in order."""
    return [path.stem.split("-", 1)[1] for path in sorted(folder.glob("0*.jsonl"))]


def kills(folder: pathlib.Path) -> None:
    """Kills the acceptance again and again in its first two thirds, then lets it end."""
    random.seed(options.seed)
    words = command("all", "--guided", "--yes", "--board", str(BOARD), "--records", str(folder))
    killed = 0
    for number in range(options.kills):
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # So many records however fast the machine is, and then at any instant of the next.
        until = 12 * number // options.kills
        while process.poll() is None and len(set(recorded(folder))) < until:
            time.sleep(0.005)
        time.sleep(random.uniform(0, 0.2))
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
    result = subprocess.run(words, capture_output=True, text=True, timeout=600)
    told(f"killed {killed} times, seed {options.seed}", killed == options.kills)
    told(f"it goes on to its end: code {result.returncode}", result.returncode == 0)
    told("it says that it goes on", "goes on with the acceptance" in result.stderr)
    verify = run("verify", "--records", str(folder))
    told(verify.stdout.strip(), verify.returncode == 0)
    items = recorded(folder)
    # A kill between a record and the note of it measures that one again.
    twice = [item for item in set(items) if items.count(item) > 1]
    told(f"records: {len(items)}, twice: {twice}", len(twice) <= killed)
    told("the last record is the acceptance", items[-1] == "acceptance")
    told("its state is gone when it is done", not (folder / "acceptance.json").exists())
    last = sorted(folder.glob("*-acceptance.jsonl"))[-1].read_text().splitlines()[0]
    files = json.loads(last)["files"]
    told("the record holds the digests of page and document", len(files) == 2)
    for name in files:
        if name.endswith(".pdf"):
            document(folder / name)
    page = next(folder / name for name in files if name.endswith(".html"))
    text = page.read_text()
    page.write_text(text.replace("met", "met ", 1))
    verify = run("verify", "--records", str(folder))
    told("a changed report is named", verify.returncode == 1 and page.name in verify.stdout)
    page.write_text(text)


def document(path: pathlib.Path) -> None:
    """What other programs say of the PDF, where they are."""
    if shutil.which("qpdf"):
        result = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True)
        told("qpdf finds no fault in the document", result.returncode == 0)
    if shutil.which("pdftotext"):
        result = subprocess.run(
            ["pdftotext", "-layout", path, "-"], capture_output=True, text=True)
        told("pdftotext reads the values", "dead time H" in result.stdout and "SIMULATED" in result.stdout)


def stops(folder: pathlib.Path) -> None:
    """A stop is heard at once and leaves no record."""
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        process = subprocess.Popen(
            command("afterpulse", "seconds=600s", "--board", str(BOARD), "--records", str(folder)),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(1)
        begun = time.monotonic()
        process.send_signal(number)
        _, errors = process.communicate(timeout=30)
        took = time.monotonic() - begun
        told(f"stopped with code {process.returncode} in {took:.2f} s", process.returncode == code)
        told("it says that nothing was recorded", "nothing was recorded" in errors)
    told("nothing was recorded", not list(folder.glob("0*")))


def disks(folder: pathlib.Path) -> None:
    """A full and a read-only disk, where the kernel lets us make one."""
    folder.mkdir()
    script = """
        mount -t tmpfs -o size=64k none "$1" || exit 77
        shift; dir=$1; shift
        "$@" dead-time --quiet --board BOARD --records "$dir" >/dev/null || exit 1
        head -c 1000000 /dev/zero > "$dir/rest" 2>/dev/null
        "$@" dead-time --quiet --board BOARD --records "$dir" 2>&1 >/dev/null; echo "full $?"
        rm "$dir/rest"; "$@" verify --records "$dir"; echo "verify $?"
        mount -o remount,ro "$dir"
        "$@" dark seconds=1s --quiet --board BOARD --records "$dir" 2>&1 >/dev/null; echo "ro $?"
    """.replace("BOARD", str(BOARD))
    result = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, "sh", str(folder), str(folder),
         str(options.lodestar), "calibrate"], capture_output=True, text=True, timeout=300)
    if result.returncode == 77 or "full" not in result.stdout:
        print(f"skip full and read-only disks: {result.stderr.strip()[:120]}")
        return
    told("a full disk is named, with what to do", "no space is left" in result.stdout and "full 1" in result.stdout)
    told("what was there before is whole", "verify 0" in result.stdout)
    told("a read-only disk is named", "ro 1" in result.stdout and "Read-only" in result.stdout)


def main() -> int:
    with tempfile.TemporaryDirectory() as place:
        kills(pathlib.Path(place) / "killed")
        stops(pathlib.Path(place) / "stopped")
        disks(pathlib.Path(place) / "small")
    return finish()


parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("lodestar", type=pathlib.Path)
parser.add_argument("--seed", type=int, default=int(time.time()))
parser.add_argument("--kills", type=int, default=6)
options = parser.parse_args()
sys.exit(main())
