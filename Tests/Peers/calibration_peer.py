"""Events of detectors made by code that shares nothing with ours, and what our estimators find in them.

The simulated bench of the package and the estimators come from the same hands; a wrong idea of dead
time or after-pulses could hide in both. Here NumPy makes the events with its own generators and models:
a detector that recovers gradually after its dead time, traps of two time constants, responses with
other tails than our bench's, and SciPy's own least squares on the same wave-plate counts. Also the
widths and the delay of the two real detectors of the 320 MHz recording, by ptufile and NumPy alone,
which Tests/CalibrationTests quotes.

Needs `calibration-rig`, which is built if it is not there. Exits with 1 at the first difference.
`--print` only prints.
"""
import os
import pathlib
import subprocess
import sys

import numpy as np
from scipy import ndimage, optimize, stats

ROOT = pathlib.Path(__file__).resolve().parents[2]
TAG = np.dtype([("time", "<i8"), ("channel", "u1"), ("rest", "u1", 7)])
RECORDING = ROOT.parent / "shared/data/timetags/200204_HH400_T2_320MHz_HBT.timeres"
FAILED = []


def rig():
    """The rig's path; built in release if need be."""
    given = os.environ.get("CALIBRATION_RIG")
    if given:
        return given
    command = ["swift", "build", "-c", "release", "--package-path", str(ROOT)]
    subprocess.run(command + ["--product", "calibration-rig"], check=True, capture_output=True)
    out = subprocess.run(command + ["--show-bin-path"], check=True, capture_output=True, text=True)
    return out.stdout.strip() + "/calibration-rig"


def tags(*channels):
    """Tags of (channel, times in ps) pairs, in order."""
    times = np.concatenate([np.floor(t).astype("<i8") for _, t in channels])
    numbers = np.concatenate([np.full(len(t), c, "u1") for c, t in channels])
    order = np.argsort(times, kind="stable")
    records = np.zeros(len(times), TAG)
    records["time"], records["channel"] = times[order], numbers[order]
    return records.tobytes()


def run(program, name, data, *numbers):
    """What the rig prints, by name: value, sigma."""
    out = subprocess.run(
        [program, name, *[repr(float(n)) for n in numbers]], input=data, check=True,
        capture_output=True).stdout.decode()
    rows = [line.split() for line in out.splitlines()]
    return {row[0]: (float(row[1]), float(row[2])) for row in rows}


def compare(what, found, truth, allowed, pulls=4.5):
    """Prints the comparison; a difference beyond `allowed` and `pulls` sigma is a failure."""
    value, sigma = found
    off = value - truth
    good = abs(off) < allowed and abs(off) < pulls * sigma
    print(f"{what}: found {value:.6g} +- {sigma:.3g}, true {truth:.6g}{'' if good else '  DIFFERS'}")
    if not good:
        FAILED.append(what)


def clicks(rng, rate, seconds, dead, traps, recovery=0.0, jitter=0.0):
    """Clicks of one detector, ps: gradual recovery, several kinds of traps, jitter afterwards."""
    end, now, out, pending, alive = seconds * 1e12, 0.0, [], [], 0.0
    waits = rng.exponential(1e12 / rate, int(rate * seconds * 1.3) + 1000)
    light = np.cumsum(waits)
    i = 0
    while light[i] < end:
        if pending and pending[0] < light[i]:
            now = pending.pop(0)
        else:
            now = light[i]
            i += 1
        if now < alive:
            continue
        # Sensitivity comes back over `recovery`; an event in it is lost with what is missing.
        if recovery and rng.random() < np.exp(-(now - alive) / recovery):
            continue
        out.append(now)
        alive = now + dead
        for chance, wait in traps:
            if rng.random() < chance:
                pending.append(alive + rng.exponential(wait))
                pending.sort()
    times = np.array(out)
    return np.sort(times + rng.normal(0, jitter, len(times))) if jitter else times


def synthetic(program):
    rng = np.random.default_rng(20250101)
    times = clicks(rng, 1e6, 0.6, 24_300, [(0.008, 35_000)], jitter=120)
    compare("dead time, ps", run(program, "deadtime", tags((1, times)))["deadtime"], 24_300, 200)
    times = clicks(rng, 1e6, 0.6, 24_300, [(0.008, 35_000)], recovery=300, jitter=120)
    # A gradual recovery delays the mean edge by its time constant.
    found = run(program, "deadtime", tags((1, times)))["deadtime"]
    compare("dead time with a recovery of 0.3 ns, ps", found, 24_600, 200, pulls=8)

    times = clicks(rng, 1.5e5, 8, 24_300, [(0.006, 25_000), (0.003, 60_000)])
    both = 1 - (1 - 0.006) * (1 - 0.003)
    found = run(program, "afterpulse", tags((1, times)), 24_300)["afterpulse"]
    compare("after-pulses of two traps", found, both, 0.001)

    seconds = 120
    times = np.sort(rng.uniform(0, seconds * 1e12, rng.poisson(73.0 * seconds)))
    found = run(program, "dark", tags((1, times)), seconds * 1e12)
    compare("dark rate, cps", found["rate"], 73, 5)
    compare("Fano factor", found["fano"], 1, 0.1)

    lit = np.sort(rng.uniform(0, 3e12, rng.poisson(4e5 * 3)))
    flash = lit[rng.random(len(lit)) < 4e-4]
    flash = flash + rng.normal(1_500, 300, len(flash))
    others = np.sort(np.concatenate([flash, rng.uniform(0, 3e12, rng.poisson(2e4 * 3))]))
    found = run(program, "crosstalk", tags((1, lit), (2, others)))["crosstalk"]
    compare("cross-talk", found, len(flash) / len(lit), 1e-4)
    responses(program, rng)
    wave_plate(program, rng)


def responses(program, rng):
    """A skewed normal response of other making; truth from a large sample by NumPy."""
    period, bins = 50_000, 5_000
    draw = lambda n: stats.skewnorm.rvs(4, loc=0, scale=220, size=n, random_state=rng)  # noqa: E731
    grid = np.linspace(-1_000, 2_000, 300_001)
    density = stats.skewnorm.pdf(grid, 4, 0, 220)
    widths = [np.ptp(grid[density >= share * density.max()]) for share in (0.5, 0.1)]
    sync = np.arange(0, 2e11, period)
    chosen = lambda n: rng.choice(sync[:-1], n)  # noqa: E731
    jitter = tags((9, sync), (1, np.sort(chosen(300_000) + 12_000 + draw(300_000))))
    found = run(program, "jitter", jitter, period, bins)
    compare("FWHM, ps", found["half"], widths[0], 5)
    compare("FW1/10M, ps", found["tenth"], widths[1], 8)
    errors = {"centroid": [], "correlation": []}
    for _ in range(40):
        a = np.sort(chosen(5_000) + 12_000 + draw(5_000))
        b = np.sort(chosen(5_000) + 12_057 + draw(5_000))
        for name, (value, sigma) in run(program, "skew", tags((9, sync), (1, a), (2, b)), period, bins).items():
            errors[name].append(((value - 57) / sigma, abs(value - 57)))
    for name, rows in errors.items():
        pulls = np.array([row[0] for row in rows])
        spread = np.sqrt(np.mean(pulls**2))
        within = np.mean([row[1] < 10 for row in rows])
        print(f"skew by {name}: rms pull {spread:.2f}, mean {pulls.mean():+.2f}, {within:.0%} within 10 ps")
        if not (0.6 < spread < 1.5 and abs(pulls.mean()) < 0.8):
            FAILED.append(f"skew by {name}")


def wave_plate(program, rng):
    """Our fit beside SciPy's curve_fit on the same counts."""
    angles = np.radians(np.arange(0, 180, 5))
    curve = lambda x, a, v, p: a * (1 + v * np.cos(4 * x - p))  # noqa: E731
    counts = rng.poisson(curve(angles, 11_000, 0.982, 0.31))
    found = run(program, "polarisation", b"", 1.0, *np.column_stack([angles, counts]).ravel())
    start = [counts.mean(), 0.9, 0.3]
    best = start
    for _ in range(6):
        weights = np.sqrt(np.maximum(curve(angles, *best), 1))
        best, _ = optimize.curve_fit(curve, angles, counts, best, sigma=weights)
    print(f"wave plate: ours {found['visibility'][0]:.6f}, SciPy {best[1]:.6f}")
    if abs(found["visibility"][0] - best[1]) > 2e-5 or abs(found["phase"][0] - best[2]) > 2e-5:
        FAILED.append("wave plate beside SciPy")
    compare("visibility", found["visibility"], 0.982, 0.002)


def recording():
    """Widths and delay of the two real detectors, by the folding of ptufile's times alone."""
    if not RECORDING.exists():
        print("recording: skipped, ../shared/data is not here")
        return
    import ptufile

    with ptufile.PtuFile(RECORDING) as file:
        records = file.decode_records()
        photons = records[records["channel"] >= 0]
        times = [photons["time"][photons["channel"] == c].astype(float) for c in (0, 1)]
    start = min(times[0][0], times[1][0])
    times = [t - start for t in times]
    # The comb of channel 0: period from the strongest line, then phases of 5 ms blocks as a spline.
    periods = 3_125 * (1 + np.linspace(-0.01, 0.01, 400_001))
    first = times[0][times[0] < 2e9]
    power = [abs(np.exp(-2j * np.pi * first / p).sum()) for p in periods[::20]]
    period = periods[::20][int(np.argmax(power))]
    for span in (1e10, 1e11, 1e12):
        chosen = times[0][times[0] < span]
        near = period * (1 + np.linspace(-3, 3, 121) * period / span)
        period = near[int(np.argmax([abs(np.exp(-2j * np.pi * chosen / p).sum()) for p in near]))]
    edges = np.arange(0, 1.0e12, 5e9)
    middles, phases = [], []
    for edge in edges:
        block = times[0][(times[0] >= edge) & (times[0] < edge + 5e9)]
        if len(block) > 100:
            middles.append(block.mean())
            phases.append(np.angle(np.exp(2j * np.pi * block / period).mean()))
    smooth = ndimage.gaussian_filter1d(np.unwrap(phases), 1.5) / (2 * np.pi) * period
    folded = [np.mod(t - np.interp(t, middles, smooth) + period / 2, period) for t in times]
    delays = []
    for channel, values in enumerate(folded):
        histogram = np.histogram(values, 625, (0, period))[0].astype(float)
        curve = ndimage.gaussian_filter1d(histogram, 2, mode="wrap")
        curve -= np.sort(curve)[:100].mean()
        width = (curve > curve.max() / 2).sum() * period / 625
        centre = np.angle(np.exp(2j * np.pi * values / period).mean()) / (2 * np.pi) * period
        delays.append(centre)
        print(f"recording: channel {channel} FWHM {width:.0f} ps (bins of 5 ps), centre {centre:.1f} ps")
    delay = delays[1] - delays[0]
    print(f"recording: channel 1 after channel 0 by {delay - round(delay / period) * period:.1f} ps")


def main():
    recording()
    if "--print" not in sys.argv:
        synthetic(rig())
    for what in FAILED:
        print(f"calibration peer: {what} differs", file=sys.stderr)
    return 1 if FAILED else 0


if __name__ == "__main__":
    sys.exit(main())
