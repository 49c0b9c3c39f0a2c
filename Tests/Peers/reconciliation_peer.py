"""The codes and the syndromes of reconciliation against numpy.

Reads the tables from the Swift source by itself, shows that no lifted code has a cycle of length 4 and
that no disclosed parity is the sum of others, and compares what `lodestar distil --syndrome` writes
for random blocks with the product of the parity-check matrix and the block. Reads the program from
the environment variable LODESTAR and the tree from LODESTAR_ROOT. Exits with 1 at the first
difference.
"""
import base64
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np

BINARY = os.environ["LODESTAR"]
ROOT = pathlib.Path(os.environ["LODESTAR_ROOT"])
ENVIRONMENT = dict(os.environ, SWIFT_BACKTRACE="enable=no")


def expect(condition, what):
    if not condition:
        print(f"reconciliation peer: {what}", file=sys.stderr)
        sys.exit(1)


def codes():
    """Of each code its rows, and its edges as an array of row, column, shift, half."""
    source = (ROOT / "Sources/Reconciliation/CodeTables.swift").read_text()
    columns = int(re.search(r"columns = (\d+)", source)[1])
    found = []
    for rows, count, text in re.findall(r'\((\d+), (\d+), """\n(.*?)"""\)', source, re.S):
        text = re.sub(r"[\\\s]", "", text)
        # Four characters of 6 bits, least significant first; base64 has the most significant first.
        swapped = "".join(text[i:i + 4][::-1] for i in range(0, len(text), 4))
        raw = np.frombuffer(base64.b64decode(swapped), np.uint8).reshape(-1, 3).astype(int)
        word = raw[:, 0] << 16 | raw[:, 1] << 8 | raw[:, 2]
        expect(len(word) == int(count), f"code of {rows} rows has {len(word)} edges")
        last = word >> 20 & 1
        column = np.concatenate([[0], np.cumsum(last)[:-1]])
        expect(last.sum() == columns and last[-1] == 1, f"code of {rows} rows: columns")
        found.append(
            (int(rows), np.stack([word & 1023, column, word >> 10 & 511, word >> 19 & 1], 1)))
    return columns, found


def check_cycles(rows, edges, size):
    """No two columns meet the same two rows with the same difference of shifts."""
    seen = []
    for column in np.split(edges, np.flatnonzero(np.diff(edges[:, 1])) + 1):
        row, shift = column[:, 0], column[:, 2]
        expect(len(set(row)) == len(row) >= 2, f"column of degree {len(row)}")
        a, b = np.triu_indices(len(row), 1)
        swap = row[a] > row[b]
        a, b = np.where(swap, b, a), np.where(swap, a, b)
        seen.append((row[a] * rows + row[b]) * size + (shift[b] - shift[a]) % size)
    seen = np.concatenate(seen)
    expect(len(np.unique(seen)) == len(seen), f"{rows} rows, size {size}: cycle of length 4")


def rank(matrix):
    """Over GF(2), by elimination."""
    matrix = matrix.copy()
    done = 0
    for column in range(matrix.shape[1]):
        pivot = np.flatnonzero(matrix[done:, column])
        if len(pivot) == 0:
            continue
        matrix[[done, done + pivot[0]]] = matrix[[done + pivot[0], done]]
        others = np.flatnonzero(matrix[:, column])
        matrix[others[others != done]] ^= matrix[done]
        done += 1
        if done == len(matrix):
            break
    return done


def check_rank(rows, columns, edges):
    """A circulant of size 2^k is a unit if and only if its weight is odd (its ring is local), so that
    the lifted matrix has full rank if and only if the base matrix does."""
    base = np.zeros((2 * rows, columns), np.uint8)
    base[edges[:, 0], edges[:, 1]] = 1
    first = edges[edges[:, 3] == 0]
    base[rows + first[:, 0], first[:, 1]] = 1
    expect(rank(base[:rows]) == rows, f"{rows} rows: parities depend on one another")
    # All rows split disclose at most as many bits as there are columns.
    most = min(2 * rows, columns)
    print(f"{rows} rows: rank {rows}; with all split {rank(base)} of {most}")


def syndrome(rows, columns, edges, size, split, bits):
    """Whole rows, then the first halves of the first `split` rows: H x over GF(2)."""
    count = len(bits)
    lanes = np.zeros((columns, size), np.uint8)
    for column in range(columns):
        own = bits[column * count // columns:(column + 1) * count // columns]
        lanes[column, :len(own)] = own
    whole = np.zeros((rows, size), np.uint8)
    half = np.zeros((rows, size), np.uint8)
    for row, column, shift, is_second in edges:
        turned = np.roll(lanes[column], -(shift % size))
        whole[row] ^= turned
        if not is_second:
            half[row] ^= turned
    return np.concatenate([whole.ravel(), half[:split].ravel()])


def check_syndrome(folder, columns, found, count, qber, source):
    names = [str(folder / name) for name in ("alice", "bob", "syndrome")]
    alice = source.integers(0, 2, 8 * -(-count // 8), dtype=np.uint8)
    bob = alice ^ (source.random(len(alice)) < qber)
    for name, bits in zip(names, (alice, bob)):
        pathlib.Path(name).write_bytes(np.packbits(bits, bitorder="little").tobytes())
    done = subprocess.run(
        [BINARY, "distil", "--alice", names[0], "--bob", names[1], "--qber", str(qber), "--bits",
         str(count), "--syndrome", names[2], "--json"],
        capture_output=True, text=True, env=ENVIRONMENT)
    expect(done.returncode == 0, f"{count} bits at {qber}: {done.stderr}")
    report = json.loads(done.stdout)
    expect(report["residual_errors"] == 0, f"{count} bits at {qber}: {report}")
    message = pathlib.Path(names[2]).read_bytes()
    code, size, split = message[1], int.from_bytes(message[2:4], "little"), int.from_bytes(
        message[12:14], "little")
    expect(int.from_bytes(message[4:8], "little") == count, "the plan's block length")
    rows, edges = found[code]
    parities = syndrome(rows, columns, edges, size, split, alice[:count])
    expect(message[16:] == np.packbits(parities, bitorder="little").tobytes(),
           f"{count} bits at {qber}: the syndrome is not H x")
    print(f"{count} bits at {qber}: {len(parities)} parities of code {code} at size {size} agree")


def main():
    columns, found = codes()
    expect(len(found) >= 10, f"{len(found)} codes in the source")
    for rows, edges in found:
        for size in (64, 128, 192, 256):
            check_cycles(rows, edges, size)
        check_rank(rows, columns, edges)
    source = np.random.default_rng(7)
    with tempfile.TemporaryDirectory() as folder:
        for count, qber in ((102_400, 0.02), (70_001, 0.05), (5_003, 0.03), (100, 0.01)):
            check_syndrome(pathlib.Path(folder), columns, found, count, qber, source)


main()
