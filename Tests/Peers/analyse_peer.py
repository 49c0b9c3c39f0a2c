"""A pass that Lodestar did not make: written here with numpy, analysed by `lodestar analyse`, and scored
against the truth that only this script knows.

Usage: analyse_peer.py WORKDIR [--seconds S] [--seed N]   (LODESTAR names the program)
"""
import argparse
import json
import os
import struct
import subprocess
import sys
import tempfile

import numpy as np

C = 299_792_458.0
SLOT = 1600
BEACON = 100_000_000
SKEW = {1: 0, 2: 130, 3: 40, 4: -35, 5: 12, 6: -80}


def light_time(u, centre):
    """One-way light time in ps at UTC u: a circular 500 km orbit over a sphere."""
    radius, orbit = 6_371e3, 6_871e3
    rate = np.sqrt(3.986004418e14 / orbit**3) - 2.2e-5
    elevation = np.radians(80.6)
    closest = np.arccos(radius / orbit * np.cos(elevation)) - elevation
    cosine = np.cos(closest) * np.cos(rate * (u - centre))
    return np.sqrt(radius**2 + orbit**2 - 2 * radius * orbit * cosine) / C * 1e12


def clock_noise(rng, n, dt, offset, deviation=1e-11, walk=1e-12):
    """Clock error in ps at n steps of dt: offset, white and random-walk frequency noise."""
    frequency = offset * 1e12 + np.cumsum(rng.normal(0, walk * 1e12 * np.sqrt(dt), n))
    steps = frequency * dt + rng.normal(0, deviation * 1e12 * np.sqrt(dt), n)
    return np.concatenate([[0.0], np.cumsum(steps)[:-1]])


def fades(rng, seconds, duty=0.25, shortest=0.02, longest=2.0):
    """Start and end of every fade, s."""
    mean = (longest - shortest) / np.log(longest / shortest)
    time, result = 0.0, []
    while time < seconds:
        time += rng.exponential(mean * (1 - duty) / duty)
        length = np.exp(rng.uniform(np.log(shortest), np.log(longest)))
        result.append((time, time + length))
        time += length
    return result


def write_ptu(path, times, channels):
    """HydraHarp v2 T2 with overflow records of any count, laid out by hand."""
    period = 1 << 25
    wraps, rest = np.divmod(times, period)
    before = np.concatenate([[0], wraps[:-1]])
    gap = wraps - before
    most = period - 1
    assert gap.max() <= most
    need = gap > 0
    total = len(times) + int(need.sum())
    records = np.empty(total, np.uint32)
    place = np.arange(len(times)) + np.cumsum(need)
    records[place] = (channels.astype(np.uint32) << 25) | rest.astype(np.uint32)
    records[place[need] - 1] = (1 << 31) | (63 << 25) | gap[need].astype(np.uint32)

    def tag(name, kind, value):
        return name.encode().ljust(32, b"\0") + struct.pack("<iI", -1, kind) + value

    with open(path, "wb") as file:
        file.write(b"PQTTTR\0\0" + b"1.0.00\0\0")
        file.write(tag("TTResultFormat_TTTRRecType", 0x10000008, struct.pack("<q", 0x01010204)))
        file.write(tag("MeasDesc_GlobalResolution", 0x20000008, struct.pack("<d", 1e-12)))
        file.write(tag("TTResult_NumberOfRecords", 0x10000008, struct.pack("<q", total)))
        file.write(tag("Header_End", 0xFFFF0008, struct.pack("<q", 0)))
        records.tofile(file)


def make(directory, seconds, seed, rate=13_000.0, missed=0.3, false=1_000.0, jitter=500.0, orbit=0.3):
    """Writes pass.ptu, light.csv and board.toml; gives the truth."""
    rng = np.random.default_rng(seed)
    dt = 1e-3
    n = int(seconds / dt) + 1
    grid = np.arange(n) * dt
    satellite_error = clock_noise(rng, n, dt, 2e-7)
    station_error = clock_noise(rng, n, dt, -5e-7) + 13e6
    u = grid - satellite_error * 1e-12
    # Tag minus satellite time, at whole milliseconds of satellite time.
    gap = light_time(u, seconds / 2) - satellite_error + station_error

    def tag_of(s_ps):
        x = s_ps / 1e9
        return np.interp(x, np.arange(n), gap)

    k = np.arange(int(seconds * 10_000) - 1)
    s = k * float(BEACON)
    seen = rng.random(len(k)) > missed
    for start, end in fades(rng, seconds):
        seen[(s > start * 1e12) & (s < end * 1e12)] = False
    k = k[seen]
    beacon = k * BEACON + np.rint(tag_of(k * float(BEACON)) + rng.normal(0, jitter, len(k))).astype(np.int64)
    noise = (rng.random(rng.poisson(false * seconds)) * seconds * 1e12).astype(np.int64)

    slots = np.sort(rng.integers(0, int((seconds - 0.01) * 1e12) // SLOT, rng.poisson(rate * seconds)))
    photons = slots * SLOT + np.rint(tag_of(slots * float(SLOT)) + rng.normal(0, 229, len(slots))).astype(np.int64)
    detector = rng.integers(3, 7, len(slots))
    background = (rng.random(rng.poisson(0.15 * rate * seconds)) * seconds * 1e12).astype(np.int64)

    second = np.arange(int(seconds))
    pps = second * 10**12 + np.rint(
        np.interp(second, grid, station_error) + rng.normal(0, 20_000, len(second))).astype(np.int64)

    times = np.concatenate([pps, beacon, noise, photons, background])
    channels = np.concatenate([
        np.full(len(pps), 1), np.full(len(beacon), 2), np.full(len(noise), 2), detector,
        rng.integers(3, 7, len(background))])
    truth = np.concatenate([np.full(len(pps) + len(beacon) + len(noise), -1), slots, np.full(len(background), -2)])
    times = times + np.array([SKEW.get(c, 0) for c in range(8)])[channels]
    order = np.argsort(times, kind="stable")
    times, channels, truth = times[order], channels[order], truth[order]
    keep = times >= 0
    times, channels, truth = times[keep], channels[keep], truth[keep]
    write_ptu(os.path.join(directory, "pass.ptu"), times, channels)

    with open(os.path.join(directory, "light.csv"), "w") as file:
        file.write("t_s,light_time_ps\n")
        for t in range(-5, int(seconds) + 6):
            file.write(f"{t},{light_time(t + orbit, seconds / 2):.0f}\n")
    with open(os.path.join(directory, "board.toml"), "w") as file:
        file.write('[board]\nname = "peer"\n\n[channels]\npps = 1\n')
        names = {2: "beacon", 3: "H", 4: "V", 5: "D", 6: "A"}
        for number, name in names.items():
            file.write(f'{name} = {{ channel = {number}, skew = "{SKEW[number]} ps" }}\n')
    return grid * 1e12, gap, times, channels, truth


def score(directory, grid, gap, times, channels, truth):
    """Sync error over valid rows, and how many clicks got their slot."""
    rows = np.genfromtxt(os.path.join(directory, "clock.csv"), delimiter=",", names=True, dtype=None)
    tag, satellite = rows["tag_time_ps"], rows["satellite_time_ps"]
    inside = (satellite > 0) & (satellite < grid[-1] - 1e9)
    valid = (rows["valid"] == 1) & inside
    # Integers carry the large part: the gap alone is interpolated.
    error = (satellite - tag) + np.interp(satellite / 1e9, grid / 1e9, gap)
    clicks = np.load(os.path.join(directory, "clicks.npy"))
    detectors = np.isin(channels, [3, 4, 5, 6])
    assert len(clicks) == detectors.sum(), (len(clicks), detectors.sum())
    order = np.lexsort((clicks["channel"], clicks["tag_time_ps"]))
    clicks = clicks[order]
    mine = np.lexsort((channels[detectors], times[detectors]))
    assert (clicks["tag_time_ps"] == times[detectors][mine]).all()
    slots = truth[detectors][mine]
    good = (clicks["accepted"] == 1) & (slots >= 0)
    rms = float(np.sqrt(np.mean(error[valid] ** 2)))
    return {
        "rms_ps": rms, "max_ps": float(np.abs(error[valid]).max()),
        "valid_fraction": float(valid.sum() / inside.sum()),
        "slips": int((np.abs(error[valid]) > SLOT / 2).sum()),
        "normalised": float(np.sqrt(np.mean((error[valid] / rows["sigma_ps"][valid]) ** 2))),
        "accepted_fraction": float(good.sum() / (slots >= 0).sum()),
        "wrong_slot_fraction": float((clicks["slot"][good] != slots[good]).mean()),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("workdir", nargs="?", help="a new folder under the system's if not given")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.workdir is None:
        with tempfile.TemporaryDirectory() as workdir:
            arguments.workdir = workdir
            sys.exit(0 if compare(arguments) else 1)
    os.makedirs(arguments.workdir, exist_ok=True)
    sys.exit(0 if compare(arguments) else 1)


def compare(arguments):
    """Makes the pass, has it analysed, and prints the score; whether it is good enough."""
    truth = make(arguments.workdir, arguments.seconds, arguments.seed)
    name = lambda file: os.path.join(arguments.workdir, file)
    result = subprocess.run(
        [os.environ["LODESTAR"], "analyse", name("pass.ptu"), "--board", name("board.toml"),
         "--light-time", name("light.csv"), "--start-utc", "2026-03-20T21:00:00Z",
         "--out", arguments.workdir, "--json"], stdout=subprocess.PIPE, check=True)
    summary = json.loads(result.stdout)
    figures = score(arguments.workdir, *truth)
    print(json.dumps({"seed": arguments.seed, **figures, "elapsed_s": summary["elapsed_s"]}, indent=2))
    ok = (
        figures["rms_ps"] < 15 and figures["valid_fraction"] > 0.95 and figures["slips"] == 0
        and figures["wrong_slot_fraction"] < 0.002 and figures["accepted_fraction"] > 0.88
        and figures["normalised"] < 1.5)
    print("analyse peer:", "agrees" if ok else "DISAGREES")
    return ok


main()
