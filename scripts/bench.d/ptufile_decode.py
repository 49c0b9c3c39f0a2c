"""Times the decoding of 5 million HydraHarp-2 T2 records by Lodestar and by PyPI ptufile.

Usage: ptufile_decode.py LODESTAR_BENCH FILE.ptu, which is written. The two take turns in one run,
each on bytes that lie in memory, by processor time; Lodestar writes 16 bytes per record, ptufile its own arrays, anew
each time or into the same one. Prints a row of scripts/bench.
"""

import pathlib
import re
import struct
import subprocess
import sys
import time

import numpy as np
import ptufile

COUNT = 5_000_000
RESOLUTION = 1e-12


def header(count):
    """The least header that ptufile accepts, for HydraHarp 2 in T2 mode."""
    def entry(name, kind, value):
        return name.encode().ljust(32, b"\0") + struct.pack("<iI", -1, kind) + value

    def integer(name, value):
        return entry(name, 0x10000008, struct.pack("<q", value))

    def real(name, value):
        return entry(name, 0x20000008, struct.pack("<d", value))

    return b"".join([
        b"PQTTTR\0\0" + b"1.0.00\0\0",
        integer("Measurement_Mode", 2),
        integer("Measurement_SubMode", 0),
        integer("TTResultFormat_TTTRRecType", 0x01010204),
        integer("TTResultFormat_BitsPerRecord", 32),
        real("MeasDesc_GlobalResolution", RESOLUTION),
        real("MeasDesc_Resolution", RESOLUTION),
        integer("TTResult_NumberOfRecords", count),
        entry("Header_End", 0xFFFF0008, struct.pack("<q", 0)),
    ])


def records(rng):
    """Photons on four inputs at 1 Mcps, 1 ps ticks: every 34 us the counter runs over."""
    times = np.cumsum(rng.exponential(1e6, COUNT)).astype(np.int64)
    period = times >> 25
    words = (rng.integers(1, 5, COUNT) << 25 | times & 0x1FFFFFF).astype(np.uint32)
    gaps = np.diff(period, prepend=0)
    places = np.flatnonzero(gaps)
    # An overflow record carries how many periods passed.
    overflows = (0xFE000000 | gaps[places]).astype(np.uint32)
    return np.insert(words, places, overflows)[:COUNT]


def main():
    program, path = sys.argv[1], pathlib.Path(sys.argv[2])
    words = records(np.random.default_rng(1))
    path.write_bytes(header(COUNT) + words.tobytes())

    own, fresh, reused = [], [], []
    for _ in range(3):
        line = subprocess.run(
            [program, "ptu", "--file", str(path), "--repeats", "9"], check=True,
            capture_output=True, text=True,
        ).stdout
        own.append(float(re.search(r" seconds=(\S+)", line)[1]))
        with ptufile.PtuFile(path) as ptu:
            raw = ptu.read_records()
            out = ptu.decode_records(raw)
            out.fill(0)
            for _ in range(9):
                start = time.process_time()
                decoded = ptu.decode_records(raw)
                fresh.append(time.process_time() - start)
                start = time.process_time()
                ptu.decode_records(raw, out=out)
                reused.append(time.process_time() - start)
    photons = decoded["channel"] >= 0
    total = int(decoded["time"][photons].astype(np.uint64).sum(dtype=np.uint64))
    stated = int(re.search(r" time_sum=(\S+)", line)[1]) % 2**64
    if total != stated:
        print(f"times differ: ptufile's sum {total}, Lodestar's {stated}", file=sys.stderr)
        return 1
    speed = [COUNT / np.median(times) * 1e-6 for times in (own, fresh, reused)]
    ratio = speed[0] / max(speed[1:])
    print(
        f"PTU T2 decode, 5 M records, one core | 1x ptufile | 2x | {ratio:.2f}x "
        f"({speed[0]:.0f} Mrec/s) | ptufile {ptufile.__version__}: {speed[1]:.0f} Mrec/s, "
        f"into the same array {speed[2]:.0f} | scripts/bench ptu"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
