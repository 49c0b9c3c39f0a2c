"""Runs `lodestar tags align` and fpfind on the same recordings and prints one line per case."""

import json
import os
import pathlib
import resource
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
SECONDS = 20.0
OFFSET_NS = 1_234_567.0


def children_cpu():
    """CPU seconds, user and system, of all children so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def timed(command, folder):
    """Output of `command` run in `folder`, and its CPU seconds."""
    before = children_cpu()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout, children_cpu() - before


def first_time_ns(path):
    """Time of the first event of an a1 file with the high half first, ns."""
    word = path.read_bytes()[:8]
    high, low = int.from_bytes(word[:4], "little"), int.from_bytes(word[4:], "little")
    return ((high << 32 | low) >> 10) / 256


def truth(folder, ppm):
    """Offset (ns) of side A behind side B at the start of what both recorded, and frequency."""
    scale = 1 + ppm * 1e-6
    origin = max(first_time_ns(folder / name) for name in ("a.Aa1X.ts", "b.Aa1X.ts"))
    time_a = (origin - 1e9 - OFFSET_NS) / scale + 1e9
    return time_a - origin, 1 / scale - 1


def error_ns(offset_ns, frequency, expected):
    """Largest error of the line over the recording, ns, at its start and at its end."""
    at_start = offset_ns - expected[0]
    return at_start, at_start + (frequency - expected[1]) * SECONDS * 1e9


def main():
    folder = pathlib.Path(sys.argv[1])
    fpfind = str(pathlib.Path(sys.executable).parent / "fpfind")
    orders = ["23"] if os.environ.get("LODESTAR_BENCH_QUICK") else ["23", "26"]
    for ppm in (0.0, 5.0, 10.0, -10.0):
        case = folder / f"{ppm:+g}ppm"
        command = [sys.executable, str(HERE / "fpfind_dataset.py"), str(case), f"--ppm={ppm}"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        expected = truth(case, ppm)
        files = ["b.Aa1X.ts", "a.Aa1X.ts"]
        output, ours_cpu = timed([os.environ["LODESTAR"], "tags", "align", *files, "--json"], case)
        ours = json.loads(output)
        start, end = error_ns(ours["offset_ns"], ours["frequency"], expected)
        peers = []
        for order in orders if ppm == 5.0 else orders[:1]:
            try:
                output, cpu = timed(
                    [fpfind, "-t", files[0], "-T", files[1], "-X", "-q", order, "-pp"], case)
                frequency, offset = (float(x) for x in output.split()[:2])
                peer_start, peer_end = error_ns(offset, frequency, expected)
                peers.append(
                    f"fpfind -q {order}: {cpu:.1f} s CPU ({cpu / ours_cpu:.0f}x), "
                    f"{peer_start:+.2f} ns, {peer_end:+.1f} ns after 20 s")
            except (subprocess.CalledProcessError, ValueError):
                peers.append(f"fpfind -q {order}: found nothing")
        print(
            f"frequency and offset acquisition at {ppm:+g} ppm | 10x less CPU, 0.5 ns"
            f" | 50x, 0.1 ns | {ours_cpu:.2f} s CPU, {start:+.3f} ns, {end:+.2f} ns after 20 s"
            f" | {'; '.join(peers)} | lodestar tags align b.Aa1X.ts a.Aa1X.ts")
        sys.stdout.flush()
        for name in files:
            (case / name).unlink()


if __name__ == "__main__":
    main()
