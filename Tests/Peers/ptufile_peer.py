"""PTU files between Lodestar and PyPI ptufile, both directions, on random records.

Usage: ptufile_peer.py BINARY WORKDIR [RECORDING.ptu]
BINARY is the `lodestar` program. Exits with 1 at the first difference.
"""
import os
import struct
import subprocess
import sys
import tempfile

import numpy as np
import ptufile

SPECIAL = 1 << 31
SYNC = 64  # the channel number that Lodestar gives to the sync input
DETECTION, ROLL_OVER, MARKER = 0, 3, 4


def header(record_type, count, resolution):
    """The least header that ptufile accepts, written from the format's description."""
    def entry(name, kind, value):
        return name.encode().ljust(32, b"\0") + struct.pack("<iI", -1, kind) + value

    integer = lambda value: struct.pack("<q", value)
    real = lambda value: struct.pack("<d", value)
    return b"".join([
        b"PQTTTR\0\0" + b"1.0.00\0\0",
        entry("Fast_Load_End", 0xFFFF0008, integer(0)),
        entry("Measurement_Mode", 0x10000008, integer(2)),
        entry("Measurement_SubMode", 0x10000008, integer(0)),
        entry("TTResultFormat_TTTRRecType", 0x10000008, integer(record_type)),
        entry("TTResultFormat_BitsPerRecord", 0x10000008, integer(32)),
        entry("MeasDesc_GlobalResolution", 0x20000008, real(resolution)),
        entry("MeasDesc_Resolution", 0x20000008, real(resolution)),
        entry("TTResult_NumberOfRecords", 0x10000008, integer(count)),
        entry("Header_End", 0xFFFF0008, integer(0)),
    ])


def random_records(rng, record_type, count):
    """Random legal records, times rising within each counter period."""
    kind = rng.choice(4, count, p=[0.8, 0.05, 0.05, 0.1])
    if record_type == 0x00010203:
        time = rng.integers(0, 210_698_240, count) & ~15
        time = time[np.lexsort((time, np.cumsum(kind == 3)))]
        # The instrument has inputs 0 to 4; ptufile folds higher numbers together.
        photon = (rng.integers(0, 5, count) << 28) | time
        marker = (15 << 28) | time | rng.integers(1, 16, count)
        overflow = np.full(count, 15 << 28)
        return np.choose(kind, [photon, photon, marker, overflow]).astype("<u4")
    time = rng.integers(0, 33_552_000, count)
    time = time[np.lexsort((time, np.cumsum(kind == 3)))]
    photon = (rng.integers(0, 64, count) << 25) | time
    sync = SPECIAL | time
    marker = SPECIAL | (rng.integers(1, 16, count) << 25) | time
    # ptufile 2026.2.6 multiplies the periods by 2^25 in 32 bits: 128 and more are misread there.
    periods = rng.integers(0, 128, count)
    if record_type == 0x00010204:
        periods = np.ones(count, int)
    overflow = SPECIAL | (63 << 25) | periods
    return np.choose(kind, [photon, sync, marker, overflow]).astype("<u4")


def lodestar(binary, *arguments):
    subprocess.run([binary, "tags", *arguments], check=True, stdout=subprocess.DEVNULL)


def expect(condition, what):
    if not condition:
        print(f"ptufile peer: {what}", file=sys.stderr)
        sys.exit(1)


def compare(tags, records, ps_per_tick, what):
    """Our tags against ptufile's records: times, photon channels, markers, in order."""
    expect(len(tags) == len(records), f"{what}: {len(tags)} tags, {len(records)} records")
    is_overflow = tags["kind"] == ROLL_OVER
    times = records["time"].astype(np.int64) * ps_per_tick
    kept = ~is_overflow
    expect((tags["time_ps"][kept] == times[kept]).all(), f"{what}: times differ")
    is_marker = tags["kind"] == MARKER
    expect((records["marker"][is_marker] == tags["detail"][is_marker]).all(), f"{what}: markers")
    expect((records["channel"][is_marker | is_overflow] == -1).all(), f"{what}: not photons")
    is_photon = (tags["kind"] == DETECTION) & (tags["channel"] != SYNC)
    expect(
        (records["channel"][is_photon] == tags["channel"][is_photon]).all(), f"{what}: channels")
    # ptufile gives the sync input the number 0.
    is_sync = (tags["kind"] == DETECTION) & (tags["channel"] == SYNC)
    expect((records["channel"][is_sync] == 0).all(), f"{what}: sync")


def read_by_us(binary, path, workdir):
    out = os.path.join(workdir, "ours.npy")
    lodestar(binary, "convert", path, out)
    return np.load(out)


def main():
    binary = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.environ["LODESTAR"])
    if len(sys.argv) > 2:
        os.makedirs(sys.argv[2], exist_ok=True)
        return check(binary, sys.argv[2])
    with tempfile.TemporaryDirectory() as workdir:
        check(binary, workdir)


def check(binary, workdir):
    """Both directions for every record type."""
    rng = np.random.default_rng(20260321)
    cases = [
        (0x00010203, 4), (0x00010204, 1), (0x01010204, 1), (0x00010205, 250), (0x00010206, 25),
        (0x00010207, 5), (0x00010207, 1),
    ]
    for record_type, ps in cases:
        what = f"record type {record_type:#010x}, {ps} ps"
        records = random_records(rng, record_type, 20_000)
        theirs = os.path.join(workdir, "theirs.ptu")
        with open(theirs, "wb") as file:
            file.write(header(record_type, len(records), ps * 1e-12) + records.tobytes())
        with ptufile.PtuFile(theirs) as file:
            decoded = file.decode_records()
        tags = read_by_us(binary, theirs, workdir)
        compare(tags, decoded, ps, f"reading {what}")

        # Out through our frames and our own PTU, sorted on the way, and into ptufile.
        frames, ours = os.path.join(workdir, "x.ltt"), os.path.join(workdir, "ours.ptu")
        lodestar(binary, "convert", theirs, frames)
        lodestar(binary, "convert", frames, ours)
        with ptufile.PtuFile(ours) as file:
            expect(not file.is_t3, f"writing {what}: not T2")
            expect(file.global_resolution == 1e-12, f"writing {what}: resolution")
            back = file.decode_records()
        back = back[(back["channel"] >= 0) | (back["marker"] > 0)]
        sent = tags[tags["kind"] != ROLL_OVER]
        sent = sent[np.argsort(sent["time_ps"], kind="stable")]
        compare(sent, back, 1, f"writing {what}")
    if len(sys.argv) > 3:
        with ptufile.PtuFile(sys.argv[3]) as file:
            decoded = file.decode_records()
        compare(read_by_us(binary, sys.argv[3], workdir), decoded, 1, sys.argv[3])
    print(f"ptufile {ptufile.__version__}: {len(cases)} record types agree in both directions")


if __name__ == "__main__":
    main()
