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


def ours(case, files, expected, span):
    """What `tags align` gives over `span`, as text, and its CPU seconds."""
    command = [os.environ["LODESTAR"], "tags", "align", *files, "--span", span, "--json"]
    output, cpu = timed(command, case)
    found = json.loads(output)
    start, end = error_ns(found["offset_ns"], found["frequency"], expected)
    return f"--span {span}: {cpu:.2f} s CPU, {start:+.3f} ns, {end:+.2f} ns after 20 s", cpu


def fpfind(case, files, expected, order, ours_cpu):
    """What fpfind gives with transforms of 2^order, as text."""
    program = str(pathlib.Path(sys.executable).parent / "fpfind")
    # The side with fewer counts is -t, as its help asks; -pp keeps it from spending time on logs.
    command = [program, "-t", files[0], "-T", files[1], "-X", "-q", order, "-pp"]
    try:
        output, cpu = timed(command, case)
        frequency, offset = (float(x) for x in output.split()[:2])
    except (subprocess.CalledProcessError, ValueError):
        return f"fpfind -q {order}: found nothing"
    start, end = error_ns(offset, frequency, expected)
    return (f"fpfind -q {order}: {cpu:.1f} s CPU ({cpu / ours_cpu:.0f}x), "
            f"{start:+.2f} ns, {end:+.1f} ns after 20 s")


def main():
    folder = pathlib.Path(sys.argv[1])
    # 21 is the smallest order that finds these peaks, and so fpfind's cheapest; 26 its default,
    # which takes minutes.
    is_quick = bool(os.environ.get("LODESTAR_BENCH_QUICK"))
    for ppm in (0.0, 5.0, 10.0, -10.0):
        case = folder / f"{ppm:+g}ppm"
        command = [sys.executable, str(HERE / "fpfind_dataset.py"), str(case), f"--ppm={ppm}"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        expected = truth(case, ppm)
        files = ["b.Aa1X.ts", "a.Aa1X.ts"]
        usual, cpu = ours(case, files, expected, "3s")
        short, _ = ours(case, files, expected, "1s")
        orders = ["21", "23", "26"] if ppm == 5.0 and not is_quick else ["21", "23"]
        peers = [fpfind(case, files, expected, order, cpu) for order in orders]
        print(
            f"frequency and offset acquisition at {ppm:+g} ppm | 10x less CPU, 0.5 ns"
            f" | 50x, 0.1 ns | {usual}; {short}"
            f" | {'; '.join(peers)} (times the CPU of --span 3s, the default)"
            f" | scripts/bench acquisition")
        sys.stdout.flush()
        for name in files:
            (case / name).unlink()


if __name__ == "__main__":
    main()
