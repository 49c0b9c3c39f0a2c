"""`lodestar amplify` against the definition of the hash in Python, on random files.

Reads the program from the environment variable LODESTAR. Exits with 1 at the first difference.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

BINARY = os.environ["LODESTAR"]
ENVIRONMENT = dict(os.environ, SWIFT_BACKTRACE="enable=no")


def expect(condition, what):
    if not condition:
        print(f"amplify peer: {what}", file=sys.stderr)
        sys.exit(1)


def by_integers(x, s, n, l):
    """y[i] = XOR over j of s[i-j+n-1] x[j]: the seed shifted once for every set bit."""
    y = 0
    for j in range(n):
        if x >> j & 1:
            y ^= s >> (n - 1 - j)
    return y & ((1 << l) - 1)


def by_convolution(x, s, n, l):
    """The same by a floating-point convolution, whose sums are exact whole numbers."""
    bits = lambda data, count: np.unpackbits(data, bitorder="little")[:count].astype(float)
    size = 1 << (2 * n + l).bit_length()
    product = np.fft.rfft(bits(x, n), size) * np.fft.rfft(bits(s, n + l - 1), size)
    sums = np.rint(np.fft.irfft(product, size)[n - 1:n - 1 + l]).astype(np.int64)
    return np.packbits((sums & 1).astype(np.uint8), bitorder="little").tobytes()


def run(folder, n, l, *more):
    name = lambda file: str(folder / file)
    return subprocess.run(
        [BINARY, "amplify", "--in", name("x"), "--in-bits", str(n), "--seed", name("s"),
         "--bits", str(l), "--out", name("y"), *more],
        capture_output=True, text=True, env=ENVIRONMENT)


def amplified(folder, x, s, n, l, *more):
    (folder / "x").write_bytes(x)
    (folder / "s").write_bytes(s)
    done = run(folder, n, l, "--json", *more)
    expect(done.returncode == 0, f"{n} to {l} bits: {done.stderr}")
    report = json.loads(done.stdout)
    expect((report["in_bits"], report["bits"], report["seed_bits"]) == (n, l, n + l - 1),
           f"{n} to {l} bits: {report}")
    expect((folder / "y").stat().st_mode & 0o777 == 0o600, "others may read the output")
    return (folder / "y").read_bytes()


def check_small(folder, rng):
    """Small and odd lengths against integers; returns how many."""
    sizes = {(n, l) for n in (1, 2, 7, 8, 9, 63, 64, 65, 511, 513) for l in (1, 8, 63, 64, 65, n)
             if l <= n}
    for _ in range(40):
        n = int(rng.integers(1, 20_000))
        sizes.add((n, int(rng.integers(1, n + 1))))
    for n, l in sorted(sizes):
        x, s = rng.bytes((n + 7) // 8), rng.bytes((n + l + 6) // 8)
        wanted = by_integers(int.from_bytes(x, "little"), int.from_bytes(s, "little"), n, l)
        for more in ([], ["--portable"]):
            y = amplified(folder, x, s, n, l, *more)
            expect(y == wanted.to_bytes((l + 7) // 8, "little"), f"{n} to {l} bits {more} differ")
    return len(sizes)


def check_large(folder, rng):
    """The lengths of a pass against a convolution."""
    n, l = 1_000_003, 300_001
    x, s = rng.bytes((n + 7) // 8), rng.bytes((n + l + 6) // 8)
    wanted = by_convolution(np.frombuffer(x, np.uint8), np.frombuffer(s, np.uint8), n, l)
    expect(amplified(folder, x, s, n, l) == wanted, f"{n} to {l} bits differ")


def check_refusals(folder):
    """What cannot be is refused in a sentence that says what is needed, and nothing is written."""
    cases = [
        (13, 17, 100, 0, "--bits is 0"),
        (13, 17, 100, 101, "--bits is 101"),
        (13, 17, 0, 1, "--in-bits is 0"),
        (13, 17, 1 << 62, 1, "--in-bits is"),
        (12, 17, 100, 30, "has 12 bytes; --in-bits 100 needs exactly 13"),
        (14, 17, 100, 30, "has 14 bytes; --in-bits 100 needs exactly 13"),
        (13, 16, 100, 30, "has 16 bytes; 100 + 30 - 1 = 129 bits need exactly 17"),
        (13, 18, 100, 30, "has 18 bytes; 100 + 30 - 1 = 129 bits need exactly 17"),
    ]
    (folder / "y").unlink(missing_ok=True)
    for x_count, s_count, n, l, words in cases:
        (folder / "x").write_bytes(b"x" * x_count)
        (folder / "s").write_bytes(b"s" * s_count)
        done = run(folder, n, l)
        expect(done.returncode in (1, 64), f"{n} to {l} bits ended with {done.returncode}")
        expect(words in done.stderr, f"{n} to {l} bits: {done.stderr}")
        expect(not (folder / "y").exists(), f"{n} to {l} bits: a file was written")
    (folder / "x").unlink()
    done = run(folder, 100, 30)
    expect(done.returncode == 1 and str(folder / "x") in done.stderr, f"no input: {done.stderr}")
    return len(cases) + 1


def main():
    rng = np.random.default_rng(20260321)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        small = check_small(folder, rng)
        check_large(folder, rng)
        refused = check_refusals(folder)
    print(f"amplify: {small + 1} pairs of lengths agree, {refused} wrong inputs refused")


if __name__ == "__main__":
    main()
