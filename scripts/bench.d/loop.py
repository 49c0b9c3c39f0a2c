"""Compares lateness of our loop with cyclictest's: loop.py OURS THEIRS, files of all rounds.

Prints two lines of six fields for scripts/bench. cyclictest counts in whole microseconds, cut off:
its quantiles are taken between the ends of their bin, so that neither side is favoured.
"""

import pathlib
import re
import statistics
import sys


def ours(text: str) -> list[dict[str, float]]:
    """p50, p99, p99.9 and maximum of each round, us."""
    rounds = []
    for line in text.splitlines():
        if not line.startswith("latency "):
            continue
        values = dict(word.split("=") for word in line.split()[1:])
        rounds.append({key: float(values[f"{key}_us"]) for key in ("p50", "p99", "p999", "max")})
    return rounds


def quantile(bins: list[tuple[int, int]], fraction: float) -> float:
    """The value that `fraction` of the counts do not exceed, even within its bin of 1 us."""
    rank = fraction * sum(count for _, count in bins)
    seen = 0
    for value, count in bins:
        if seen + count >= rank:
            return value + (rank - seen) / count
        seen += count
    raise ValueError("no counts")


def theirs(text: str) -> list[dict[str, float]]:
    """The same of cyclictest's histograms."""
    rounds = []
    for part in text.split("# Histogram\n")[1:]:
        bins = [(int(a), int(b)) for a, b in re.findall(r"^(\d{6,}) (\d+)$", part, re.M) if int(b)]
        largest = re.search(r"# Max Latencies:\s*(\d+)", part)
        rounds.append({
            "p50": quantile(bins, 0.5), "p99": quantile(bins, 0.99), "p999": quantile(bins, 0.999),
            "max": float(largest[1]) if largest else float(bins[-1][0]),
        })
    return rounds


def main() -> int:
    a, b = (
        read(pathlib.Path(name).read_text()) for read, name in zip((ours, theirs), sys.argv[1:])
    )
    if not a or len(a) != len(b):
        print(f"error: {len(a)} rounds of ours, {len(b)} of cyclictest", file=sys.stderr)
        return 1
    for key, name in (("p50", "p50"), ("p99", "p99")):
        # Of each pair of runs the ratio, then the median: what slows the machine slows both.
        ratio = statistics.median(x[key] / y[key] for x, y in zip(a, b))
        mine = statistics.median(x[key] for x in a)
        peer = statistics.median(y[key] for y in b)
        print(
            f"1 kHz loop wake-up, {name}, over cyclictest | 1.2 | 1.05 | {ratio:.2f} ({mine:.1f} us) | "
            f"{peer:.1f} us | scripts/bench loop, {len(a)} rounds in turns"
        )
    worst = max(x["max"] for x in a), max(y["max"] for y in b)
    tail = statistics.median(x["p999"] for x in a), statistics.median(y["p999"] for y in b)
    print(
        f"the same, p99.9 and largest | | | {tail[0]:.0f} us, {worst[0]:.0f} us | {tail[1]:.0f} us, "
        f"{worst[1]:.0f} us | not gated: a shared machine's tails are its own"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
