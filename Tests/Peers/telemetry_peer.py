"""The telemetry of a pass as pandas reads it, against the summary of the same pass.

Reads the program from the environment variable LODESTAR and the source tree from LODESTAR_ROOT.
"""
import json
import os
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile

import pandas as pd

BINARY = os.environ["LODESTAR"]
ROOT = pathlib.Path(os.environ["LODESTAR_ROOT"])


def short_pass(folder, name, **link):
    """A pass of some seconds whose link has the faults `link`: its summary, seconds and drops."""
    text = (ROOT / "boards/sim.toml").read_text()
    text = re.sub(r'lowest_elevation = "[^"]*"', 'lowest_elevation = "77 deg"', text)
    head, tail = text.split("[world.link]")
    for key, value in link.items():
        tail, count = re.subn(rf"(?m)^{key} = \S+", f"{key} = {value}", tail)
        assert count == 1, f"boards/sim.toml has no world.link.{key}"
    board = folder / f"{name}.toml"
    board.write_text(head + "[world.link]" + tail)
    out = folder / name
    run = subprocess.run(
        [BINARY, "run", "--board", board, "--seed", "3", "--out", out, "--json"],
        capture_output=True, text=True, check=True, timeout=120)
    with sqlite3.connect(f"file:{out}/telemetry.sqlite?mode=ro", uri=True) as database:
        seconds = pd.read_sql("SELECT * FROM seconds", database)
        drops = pd.read_sql("SELECT * FROM drops", database)
    replay = subprocess.run(
        [BINARY, "replay", out, "--json"], capture_output=True, text=True, check=True, timeout=120)
    summary = json.loads(run.stdout)
    for key in ("dropped", "sifted_bits", "sifted_sha256"):
        assert json.loads(replay.stdout)[key] == summary[key], f"{name}: the replay's {key} differs"
    return summary, seconds, drops


def check_sums(name, summary, seconds, drops):
    """Every detection is sifted or dropped, second by second and in the end."""
    bits = int(seconds.sifted_bits.sum())
    assert bits == summary["sifted_bits"], f"{name}: {bits}, not {summary['sifted_bits']} bits"
    assert (drops["count"] >= 0).all(), f"{name}: negative drops: {drops[drops['count'] < 0]}"
    sums = drops.groupby("reason")["count"].sum().to_dict()
    expected = {reason: count for reason, count in summary["dropped"].items() if count}
    assert sums == expected, f"{name}: dropped {sums}, not {expected}"
    detectors = int(seconds[["count_h", "count_v", "count_d", "count_a"]].sum().sum())
    assert detectors == summary["detections"], f"{name}: {detectors} detections"
    assert detectors == bits + sum(sums.values()), f"{name}: not sifted plus dropped"


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        summary, seconds, drops = short_pass(folder, "pass")
        check_sums("pass", summary, seconds, drops)
        assert len(seconds) > 10, f"only {len(seconds)} seconds"
        assert (seconds.t_s.diff().dropna() == 1).all(), "the seconds do not follow each other"
        assert (seconds.count_pps.dropna() <= 2).all(), "more than two 1PPS edges in a second"
        assert seconds.elevation_deg.dropna().between(70, 90).all(), "elevations of another pass"
        columns = len(seconds.columns)
        # Of a hundred messages one gets through; then its answer must.
        silent = short_pass(folder, "silent", loss=0.9, corruption=0.9)
        check_sums("silent", *silent)
        assert silent[0]["dropped"]["no_answer"] > 0, "somebody answered"
    print(f"telemetry: {len(seconds)} seconds and {columns} columns as pandas reads them")


if __name__ == "__main__":
    sys.exit(main())
