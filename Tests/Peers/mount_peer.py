"""The pointing model's fit against one by `scipy`, from a model written anew with rotation matrices.

Draws observations of a bad mount from a fixed seed, fits the seven terms by
`scipy.optimize.least_squares`, and compares with Tests/TrackingTests/StoredMountFit.swift, which the
Swift tests fit in turn. With `--write` makes that file. Exits with 1 at the first difference. Differences are
counted in the sigma of each term: ia, ca and npae differ between processors by some nanoradian, because a
fit tells them apart poorly.
"""
import math
import os
import pathlib
import re
import sys

import numpy as np
from scipy.optimize import least_squares
from scipy.spatial.transform import Rotation

ROOT = pathlib.Path(os.environ.get("LODESTAR_ROOT", pathlib.Path(__file__).resolve().parents[2]))
STORED = ROOT / "Tests/TrackingTests/StoredMountFit.swift"
#: The furthest that two fits of the same observations may lie apart, in sigma of the term.
CLOSE = 0.002
NAMES = ["ia", "ie", "an", "aw", "ca", "npae", "tf"]
TRUTH = np.array([4.1e-3, -2.7e-3, 1.9e-3, -1.2e-3, 0.8e-3, -0.5e-3, 0.35e-3])


def looks_at(terms, azimuth, elevation):
    """Unit vector (east, north, up) of the telescope for one reading of the encoders."""
    ia, ie, an, aw, ca, npae, tf = terms
    height = elevation + ie
    height -= tf * math.cos(height)
    tube = Rotation.from_euler("z", ca)              # the telescope to the left of its axis
    lift = Rotation.from_euler("x", height)          # about the elevation axis, east when looking north
    axle = Rotation.from_euler("y", -npae)           # the right end of that axis up
    turn = Rotation.from_euler("z", -(azimuth - ia)) # from north through east
    tilt = Rotation.from_rotvec([-an, -aw, 0])       # the top of the azimuth axis to north and west
    return (tilt * turn * axle * lift * tube).apply([0.0, 1.0, 0.0])


def tangent(azimuth, elevation):
    """Unit vectors of growing azimuth and elevation at a direction."""
    right = np.array([math.cos(azimuth), -math.sin(azimuth), 0.0])
    up = np.array([-math.sin(elevation) * math.sin(azimuth),
                   -math.sin(elevation) * math.cos(azimuth), math.cos(elevation)])
    return right, up


def observe():
    """Readings, directions and sigmas, 40 rows."""
    random = np.random.default_rng(20260320)
    rows = []
    for index in range(40):
        azimuth = random.uniform(0, 2 * math.pi)
        elevation = math.asin(random.uniform(math.sin(0.2), math.sin(1.4)))
        sigma = 15e-6 if index % 3 else 40e-6
        seen = looks_at(TRUTH, azimuth, elevation)
        east, north, up = seen
        right, above = tangent(math.atan2(east, north), math.asin(up))
        seen = seen + sigma * random.standard_normal() * right + sigma * random.standard_normal() * above
        seen /= np.linalg.norm(seen)
        rows.append((azimuth, elevation, math.atan2(seen[0], seen[1]) % (2 * math.pi),
                     math.asin(seen[2]), sigma))
    return rows


def residuals(terms, rows, weighted=True):
    out = []
    for azimuth, elevation, true_azimuth, true_elevation, sigma in rows:
        right, up = tangent(true_azimuth, true_elevation)
        seen = looks_at(terms, azimuth, elevation)
        scale = sigma if weighted else 1.0
        out += [seen @ right / scale, seen @ up / scale]
    return np.array(out)


def fit(rows):
    """Terms, their sigmas scaled by the residuals, and rms per observation."""
    # Terms in milliradians, so that the steps of all are of one size.
    found = least_squares(lambda x: residuals(x * 1e-3, rows), np.zeros(7), jac="3-point", xtol=1e-15,
                          ftol=1e-15, gtol=1e-15)
    terms = found.x * 1e-3
    freedom = 2 * len(rows) - 7
    covariance = np.linalg.inv(found.jac.T @ found.jac) * 1e-6 * (2 * found.cost / freedom)
    rest = residuals(terms, rows, weighted=False)
    return terms, np.sqrt(np.diag(covariance)), math.sqrt((rest ** 2).sum() / len(rows))


def text(rows, terms, sigmas, rms):
    lines = ["// Made by Tests/Peers/mount_peer.py --write with numpy and scipy; do not edit.", "",
             "/// Observations of a bad mount, and the terms that `scipy` fits to them.",
             "enum StoredMountFit {",
             "    /// Reading azimuth and elevation, true azimuth and elevation, sigma; rad.",
             "    static let rows: [[Double]] = ["]
    lines += ["        [" + ", ".join(f"{value:.12g}" for value in row) + "]," for row in rows]
    lines += ["    ]"]
    for name, values in (("terms", terms), ("sigmas", sigmas)):
        lines += [f"    /// In the order {' '.join(NAMES)}, rad.",
                  f"    static let {name}: [Double] = ["]
        lines += ["        " + ", ".join(f"{value:.9e}" for value in values[i:i + 4]) + "," for i in (0, 4)]
        lines += ["    ]"]
    lines += ["    /// Per observation, rad.", f"    static let rms = {rms:.9e}", "}", ""]
    return "\n".join(lines)


def main():
    rows = observe()
    terms, sigmas, rms = fit(rows)
    if sys.argv[1:] == ["--write"]:
        STORED.write_text(text(rows, terms, sigmas, rms))
        return 0
    stored = [float(x) for x in re.findall(r"-?\d+\.\d+e[-+]\d+", STORED.read_text().split("static let terms", 1)[1])]
    names = NAMES + ["sigma " + name for name in NAMES] + ["rms"]
    for name, ours, theirs, sigma in zip(names, stored, [*terms, *sigmas, rms], [*sigmas, *sigmas, rms]):
        if abs(ours - theirs) > CLOSE * sigma:
            print(f"mount peer: {name} is stored as {ours}, scipy finds {theirs}, {CLOSE} sigma are "
                  f"{CLOSE * sigma:.1e}", file=sys.stderr)
            return 1
    off = np.abs(terms - TRUTH) / sigmas
    if off.max() > 4:
        print(f"mount peer: a term is {off.max():.1f} sigma off the truth", file=sys.stderr)
        return 1
    print(f"mount peer: 7 terms from {len(rows)} observations as stored; rms {rms * 1e6:.1f} urad, "
          f"furthest term {off.max():.1f} sigma from the truth")
    return 0


if __name__ == "__main__":
    sys.exit(main())
