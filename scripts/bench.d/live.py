"""Processor time and memory of a live pass at 1 Mtag/s: live.py LODESTARD LODESTAR-SIM."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

from flooded import FloodedStation

# A pass of 600 s.
ORBIT = f'[world.orbit]\nlowest_elevation = "{os.environ.get("LOWEST_ELEVATION", "3 deg")}"\n'
TICKS = os.sysconf("SC_CLK_TCK")


def processor_seconds(process: subprocess.Popen) -> float:
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def peak_mebibytes(process: subprocess.Popen) -> float:
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024


def measure() -> str:
    with (
        tempfile.TemporaryDirectory(prefix="lodestar-live-") as folder,
        FloodedStation(*sys.argv[1:3], pathlib.Path(folder), ORBIT) as station,
    ):
        programs = (station.daemon, station.world)
        begun, before = time.monotonic(), [processor_seconds(program) for program in programs]
        station.begin()
        station.flood()
        if not station.until(lambda: "pass ends" in station.said, 1200):
            sys.exit("error: the pass does not end")
        seconds = time.monotonic() - begun
        ours, theirs = (
            100 * (processor_seconds(program) - spent) / seconds
            for program, spent in zip(programs, before))
        peak, rate = peak_mebibytes(station.daemon), station.tags_sent() / seconds / 1e6
        summary = station.summary()
    key = (summary.get("distillation") or {}).get("key_bits", 0)
    what = (f"background light, {rate:.2f} Mtag/s for {seconds:.0f} s, lost records "
            f"{summary['losses']['records']}, sifted {summary['sifted_bits']}, key {key}")
    return (
        f"processor at 1 Mtag/s live, one core | 15 % | 5 % | {ours:.1f} % | the world {theirs:.0f} % | "
        f"scripts/bench live ({what})\n"
        f"resident memory of lodestard, 600 s at 1 Mtag/s | 128 MiB | 64 MiB | {peak:.0f} MiB | | "
        "scripts/bench live")


print(measure())
