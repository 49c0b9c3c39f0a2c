"""Writes two timestamp7 recordings of photon pairs with a known clock offset and frequency error.

Side A clicks 1.0 M times a second, side B 0.1 M times; 20,000 pairs a second are common to both,
each with 0.3 ns of jitter (one sigma); every side is dead for 30 ns after a click. B's clock reads
(A's time) * (1 + frequency) + 1,234,567 ns. Words are a1, high half first ("legacy", option X).
"""

import argparse
import pathlib

import numpy as np

OFFSET_NS = 1_234_567.0
"""What side B's clock reads when side A's reads 0, ns."""


def side(rng, pairs_ns, rate, duration_ns):
    """Clicks of one side, ns: its half of the pairs with jitter, and background of its own."""
    background = rng.uniform(0, duration_ns, rng.poisson(rate * duration_ns * 1e-9 - len(pairs_ns)))
    clicks = np.sort(np.concatenate([pairs_ns + rng.normal(0, 0.3, len(pairs_ns)), background]))
    return clicks[np.concatenate([[True], np.diff(clicks) > 30])]


def words(clicks_ns, rng):
    """Timestamp7 words: 54 bits of time in 1/256 ns, 4 one-hot detector bits; high half first."""
    ticks = np.rint(clicks_ns * 256).astype(np.uint64)
    detector = np.uint64(1) << rng.integers(0, 4, len(ticks)).astype(np.uint64)
    word = (ticks << np.uint64(10)) | detector
    return (word >> np.uint64(32)) | (word << np.uint64(32))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--ppm", type=float, default=5.0, help="frequency error of B's clock")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--offset-ns", type=float, default=OFFSET_NS)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    rng = np.random.default_rng(options.seed)
    start_ns, duration_ns = 1e9, options.seconds * 1e9
    pairs = rng.uniform(0, duration_ns, rng.poisson(20e3 * options.seconds))
    a = start_ns + side(rng, pairs, 1.0e6, duration_ns)
    b = start_ns + side(rng, pairs, 0.1e6, duration_ns) * (1 + options.ppm * 1e-6)
    b += options.offset_ns
    options.folder.mkdir(parents=True, exist_ok=True)
    words(a, rng).tofile(options.folder / "a.Aa1X.ts")
    words(b, rng).tofile(options.folder / "b.Aa1X.ts")
    print(len(a), len(b))


if __name__ == "__main__":
    main()
