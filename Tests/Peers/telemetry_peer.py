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


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        board = folder / "short.toml"
        text = (ROOT / "boards/sim.toml").read_text()
        board.write_text(
            re.sub(r'lowest_elevation = "[^"]*"', 'lowest_elevation = "77 deg"', text))
        out = folder / "pass"
        run = subprocess.run(
            [BINARY, "run", "--board", board, "--seed", "3", "--out", out, "--json"],
            capture_output=True, text=True, check=True, timeout=120)
        summary = json.loads(run.stdout)
        with sqlite3.connect(f"file:{out}/telemetry.sqlite?mode=ro", uri=True) as database:
            seconds = pd.read_sql("SELECT * FROM seconds", database)
            drops = pd.read_sql("SELECT * FROM drops", database)
    assert len(seconds) > 10, f"only {len(seconds)} seconds"
    assert (seconds.t_s.diff().dropna() == 1).all(), "the seconds do not follow each other"
    assert (seconds.count_pps.dropna() <= 2).all(), "more than two 1PPS edges in a second"
    assert seconds.elevation_deg.dropna().between(70, 90).all(), "elevations of another pass"
    bits = int(seconds.sifted_bits.sum())
    assert bits == summary["sifted_bits"], f"sifted bits: {bits}, not {summary['sifted_bits']}"
    assert (drops["count"] >= 0).all(), f"negative drops: {drops[drops['count'] < 0]}"
    sums = drops.groupby("reason")["count"].sum().to_dict()
    expected = {reason: count for reason, count in summary["dropped"].items() if count}
    assert sums == expected, f"dropped: {sums}, not {expected}"
    detectors = int(seconds[["count_h", "count_v", "count_d", "count_a"]].sum().sum())
    assert detectors == bits + sum(sums.values()), "detections are not sifted plus dropped"
    print(f"telemetry: {len(seconds)} seconds and {len(seconds.columns)} columns as pandas reads them")


if __name__ == "__main__":
    sys.exit(main())
