"""Receives passes with lodestard from lodestar-sim: live.py LODESTARD LODESTAR-SIM LODESTAR.

The tagger comes over USB/IP through the daemon's own client, the satellite over UDP: all drivers are
those of a station, and nothing but the kernel's USB is left out. Prints a line for each check that
fails, and at last how many there were; exits with 1 if one failed.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "shared"))
from checks import check, finish  # noqa: E402
from served import ServedStation  # noqa: E402

DAEMON, WORLD, LODESTAR = sys.argv[1:4]


class Station(ServedStation):
    """A world and a station that receives it, in a folder."""

    def __init__(self, folder: pathlib.Path, elevation: int):
        super().__init__(folder, f'''
[world]
seed = 7
[world.orbit]
lowest_elevation = "{elevation} deg"
''')

    def shell(self, text: str) -> subprocess.Popen:
        """Orders given to a shell, under way."""
        process = subprocess.Popen(
            [LODESTAR, "shell", "--socket", str(self.folder / "shell"), "--script", "-"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        process.stdin.write(text)
        process.stdin.close()
        return process


def receive(elevation: int, faults_on_order=lambda station: None) -> tuple[dict, Station]:
    """A whole pass; its summary."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="lodestar-live-"))
    station = Station(folder, elevation)
    station.start_world(WORLD)
    station.start_daemon(DAEMON)
    answer = station.ask("pass start now")
    check("the pass begins", answer.startswith("ok"), answer)
    station.until(lambda: '"phase":"pass"' in station.ask("status json"))
    faults_on_order(station)
    check("the pass ends", station.until(lambda: "pass ends" in station.said), station.said)
    codes = station.end()
    check("both end in order", codes[0] == 0, codes)
    return station.summary(), station


def a_pass_gives_the_bits_of_the_same_pass_in_process() -> None:
    found, station = receive(79)
    wanted = json.loads(subprocess.run(
        [LODESTAR, "run", "--board", str(station.board), "--quiet", "--json"],
        capture_output=True, text=True, check=True).stdout)
    check("bits were sifted", found.get("sifted_bits", 0) > 1000, found)
    for key in ("sifted_sha256", "sifted_bits", "epochs", "detections"):
        check(f"{key} is that of the pass in process", found.get(key) == wanted[key],
              (found.get(key), wanted[key]))
    check("nothing is lost", found.get("losses") == {"records": 0, "tags": 0}, found.get("losses"))
    check("both ends agree", found.get("closing") == "agreed", found.get("closing"))


def a_tagger_pulled_out_costs_that_time_and_no_more() -> None:
    def unplug(station: Station) -> None:
        time.sleep(6)
        station.order("unplug")
        time.sleep(1.5)
        station.order("plug")

    found, station = receive(77, unplug)
    check("bits were sifted", found.get("sifted_bits", 0) > 1000, found)
    check("the loss is recorded", found.get("losses", {}).get("records", 0) > 0, found)
    check("both ends agree", found.get("closing") == "agreed", found.get("closing"))
    check("the error rate is that of the light", found.get("qber", 1) < 0.03, found.get("qber"))


def the_tagger_counts_between_passes_and_goes_to_a_pass_at_once() -> None:
    station = Station(pathlib.Path(tempfile.mkdtemp(prefix="lodestar-live-")), 77)
    station.start_world(WORLD)
    station.start_daemon(DAEMON)
    view = station.shell("counts 3\n")
    shown = view.stdout.read()
    check("counts without a pass", re.search(r"beacon [1-9]", shown) is not None, shown)
    check("and says that none runs", "no pass runs" in shown, shown)
    check("no pass was begun by it", '"phase":"ready"' in station.ask("status json"))
    looker = station.shell("counts 8\n")
    time.sleep(2)
    answer = station.ask("pass start now")
    check("a pass begins while somebody looks", answer.startswith("ok"), answer)
    check("and has the tagger", station.until(lambda: "pass at" in station.ask("status")), station.said)
    check("whoever looks goes on looking", "error" not in looker.stdout.read())
    station.ask("pass stop")
    check("the pass ends", station.until(lambda: "pass ends" in station.said), station.said)
    check("nothing failed", "pass failed" not in station.said, station.said)
    check("the daemon ends in order", station.end()[0] == 0, station.said)


def main() -> int:
    the_tagger_counts_between_passes_and_goes_to_a_pass_at_once()
    a_pass_gives_the_bits_of_the_same_pass_in_process()
    a_tagger_pulled_out_costs_that_time_and_no_more()
    return finish()


sys.exit(main())
