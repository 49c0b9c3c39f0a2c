"""The stored hash values of Tests/AuthenticationTests, computed from the definition in Python.

GF(2^128) = GF(2)[x] / (x^128 + x^7 + x^2 + x + 1) on big integers, bit i the coefficient of x^i;
where PyPI `galois` is installed, its field gives the same or the check fails. Without an argument
the file stored must be what is computed; with --write it is written. Exits with 1 at a difference.
"""
import pathlib
import sys

try:
    import galois
except ImportError:
    galois = None

STORED = pathlib.Path(__file__).parent.parent / "AuthenticationTests" / "StoredValues.swift"
MODULUS = 1 << 128 | 0x87
LENGTHS = [0, 1, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 191, 192, 193, 255, 256, 257, 1000, 5000]


def times(a, b):
    """The product in the field, bit by bit."""
    product = 0
    while b:
        if b & 1:
            product ^= a
        a, b = a << 1, b >> 1
        if a >> 128:
            a ^= MODULUS
    return product


def blocks(message):
    """The coefficients: 16 bytes each, zeros at the end, and last the number of bits."""
    parts = [int.from_bytes(message[i:i + 16], "little") for i in range(0, len(message), 16)]
    return parts + [8 * len(message)]


def value(key, message):
    """H as the sum of coefficients times powers of the key, not by Horner's rule."""
    total, power = 0, 1
    for block in reversed(blocks(message)):
        power = times(power, key)
        total ^= times(block, power)
    return total


def value_by_galois(key, message):
    field = galois.GF(2**128, irreducible_poly=galois.Poly.Int(MODULUS))
    polynomial = galois.Poly(field(blocks(message) + [0]))
    return int(polynomial(field(key)))


def pseudorandom(seed, count):
    """The first bytes of SplitMix64 from state `seed`."""
    mask, state, out = (1 << 64) - 1, seed, b""
    while len(out) < count:
        state = (state + 0x9E3779B97F4A7C15) & mask
        word = state
        word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9 & mask
        word = (word ^ word >> 27) * 0x94D049BB133111EB & mask
        out += (word ^ word >> 31).to_bytes(8, "little")
    return out[:count]


def record(kind, direction, form, window, sequence, session, count, content):
    """A record of the transcript as its docstring lays it out."""
    head = bytes([kind, direction, form, 0]) + window.to_bytes(4, "little")
    head += sequence.to_bytes(8, "little") + session.to_bytes(8, "little")
    head += count.to_bytes(8, "little")
    return head + content + bytes(-len(content) % 16)


def transcript():
    """Ten records; the even ones hold their content, the odd ones its value under key 1."""
    inner, outer = (int.from_bytes(pseudorandom(seed, 16), "little") for seed in (5001, 5002))
    whole = b""
    for number in range(10):
        content = pseudorandom(6000 + number, 37 * number)
        count = len(content)
        if number % 2:
            content = value(inner, content).to_bytes(16, "little")
        whole += record(number + 1, number % 2, number % 2, number // 4, 1 << 33 | number,
                        0xFEDCBA9876543210, count, content)
    return value(outer, whole)


def swift():
    """The file of stored values."""
    lines = [
        "// Made by Tests/Peers/authentication_vectors.py, which checks it too.",
        "",
        "/// Values of the hash computed from the definition by a Python program.",
        "///",
        "/// Key and message at index k are what ``pseudorandomBytes(_:count:)`` makes of 2k + 1 and",
        "/// 2k + 2.",
        "struct StoredValue: Sendable {",
        "    var byteCount: Int",
        "    var low: UInt64",
        "    var high: UInt64",
        "}",
        "",
        "let storedValues = [",
    ]
    for index, length in enumerate(LENGTHS):
        key = int.from_bytes(pseudorandom(2 * index + 1, 16), "little")
        message = pseudorandom(2 * index + 2, length)
        result = value(key, message)
        if galois is not None and value_by_galois(key, message) != result:
            sys.exit(f"authentication vectors: galois has another value for {length} bytes")
        lines += [
            "    StoredValue(",
            f"        byteCount: {length}, low: 0x{result & (1 << 64) - 1:016x}, "
            f"high: 0x{result >> 64:016x}),",
        ]
    result = transcript()
    lines += [
        "]",
        "",
        "/// The value of the transcript that `TranscriptHashTests` builds.",
        "let storedTranscript = StoredValue(",
        f"    byteCount: 10, low: 0x{result & (1 << 64) - 1:016x}, "
        f"high: 0x{result >> 64:016x})",
        "",
    ]
    return "\n".join(lines)


def main():
    text = swift()
    if "--write" in sys.argv[1:]:
        STORED.write_text(text)
    elif STORED.read_text() != text:
        sys.exit(f"authentication vectors: {STORED.name} is not what Python computes")
    other = "galois agrees" if galois is not None else "galois not installed"
    print(f"authentication vectors: {len(LENGTHS)} values and a transcript, {other}")


main()
