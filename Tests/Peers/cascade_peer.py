"""`lodestar distil --method cascade` against a slow reading of its messages in Python.

Replays the whole conversation from its transcript: computes each parity from Alice's file with the
shuffles written out anew, corrects Bob's file by what the answers alone allow, counts every parity, and
checks that none was asked that follows from those before. Reads the program from the environment
variable LODESTAR. Exits with 1 at the first difference.
"""
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

BINARY = os.environ["LODESTAR"]
ENVIRONMENT = dict(os.environ, SWIFT_BACKTRACE="enable=no")
MASK = (1 << 64) - 1
SEED = 1


def expect(condition, what):
    if not condition:
        print(f"cascade peer: {what}", file=sys.stderr)
        sys.exit(1)


def shuffle(bits, number):
    """Which bit stands at each place of pass `number`: Fisher-Yates on halves of splitmix64."""
    order = list(range(bits))
    if number == 0:
        return order
    state, half = SEED ^ (number * 0xD1B54A32D192ED03 & MASK), None
    for place in range(bits - 1, 0, -1):
        if half is None:
            state = (state + 0x9E3779B97F4A7C15) & MASK
            z = state
            z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & MASK
            z = ((z ^ z >> 27) * 0x94D049BB133111EB) & MASK
            z ^= z >> 31
            draw, half = z >> 32, z & 0xFFFFFFFF
        else:
            draw, half = half, None
        partner = draw * (place + 1) >> 32
        order[place], order[partner] = order[partner], order[place]
    return order


def sizes(variant, bits, qber, passes):
    """Block sizes of each pass, from the definitions in the papers."""
    half = (bits + 1) // 2
    ppm = round(qber * 1e6)
    up = lambda value: -(-value // ppm)
    if variant == "original":
        found = [up(730_000) << i for i in range(passes)]
    elif variant == "yan":
        found = [up(800_000), 5 * up(800_000)]
    else:
        first = next(i for i in range(64) if 2 ** i * ppm >= 707_107)
        second = next(i for i in range(64) if 4 ** i * ppm >= 4096 * 707_107)
        found = [2 ** first, 2 ** second, 4096]
    found += [half] * (passes - len(found))
    return [min(size, half) for size in found]


def short(message, offset):
    value = shift = 0
    while True:
        byte = message[offset]
        value |= (byte & 127) << shift
        offset, shift = offset + 1, shift + 7
        if byte < 128:
            return value, offset


class Replay:
    """One block: both keys as lists of bits, and what was said of Alice's."""

    def __init__(self, alice, bob, variant, qber, passes):
        self.alice, self.bob, self.bits = alice, list(bob), len(alice)
        self.orders = [shuffle(self.bits, number) for number in range(passes)]
        self.sizes = sizes(variant, self.bits, qber, passes)
        # Segments of each pass whose parity is known: first place -> (end, parity).
        self.known = [dict() for _ in range(passes)]
        self.parities = self.rounds = 0

    def parity(self, key, number, first, end):
        return sum(key[bit] for bit in self.orders[number][first:end]) & 1

    def answer(self, message, count):
        expect(message[0] == 3 and message[1] == 0, "not an answer")
        expect(int.from_bytes(message[2:6], "little") == self.rounds, "answer of another round")
        expect(int.from_bytes(message[6:10], "little") == count, "another count of parities")
        expect(len(message) == 10 + (count + 7) // 8, "another length of the answer")
        self.parities += count
        self.rounds += 1
        return [message[10 + i // 8] >> i % 8 & 1 for i in range(count)]

    def round(self, request, answer):
        expect(int.from_bytes(request[2:6], "little") == self.rounds, "request of another round")
        if request[0] == 1:
            self.blocks(answer)
        else:
            self.parts(request, answer)

    def blocks(self, answer):
        asked = []
        for number, size in enumerate(self.sizes):
            all_blocks = [(number, first, min(first + size, self.bits))
                          for first in range(0, self.bits, size)]
            asked += all_blocks if number == 0 else all_blocks[:-1]
        for (number, first, end), parity in zip(asked, self.answer(answer, len(asked))):
            expect(parity == self.parity(self.alice, number, first, end), "parity of a block")
            self.known[number][first] = (end, parity)
        whole = sum(parity for _, parity in self.known[0].values())
        for number, size in list(enumerate(self.sizes))[1:]:
            last = (self.bits - 1) // size * size
            others = sum(parity for _, parity in self.known[number].values())
            self.known[number][last] = (self.bits, (whole + others) & 1)

    def parts(self, request, answer):
        number, offset, place, asked = request[1], 10, 0, []
        for _ in range(int.from_bytes(request[6:10], "little")):
            gap, offset = short(request, offset)
            size, offset = short(request, offset)
            asked.append((place + gap, place + gap + size))
            place += gap + size
        expect(offset == len(request), "bytes behind the request")
        found = []
        for (first, end), parity in zip(asked, self.answer(answer, len(asked))):
            expect(parity == self.parity(self.alice, number, first, end), "parity of a part")
            expect(first in self.known[number], "a part of no known segment, or a second time")
            until, whole = self.known[number].pop(first)
            expect(first < end < until, "a parity that was known")
            if self.parity(self.bob, number, first, until) == whole:
                self.single_blocks()
            expect(self.parity(self.bob, number, first, until) != whole,
                   "a search where nothing differs")
            self.known[number][first] = (end, parity)
            self.known[number][end] = (until, whole ^ parity)
            for start, stop in ((first, end), (end, until)):
                if stop - start == 1:
                    bit = self.orders[number][start]
                    if self.bob[bit] != self.known[number][start][1]:
                        found.append(bit)
        for bit in set(found):
            self.bob[bit] ^= 1

    def single_blocks(self):
        """Corrects what blocks of one bit say."""
        for number, segments in enumerate(self.known):
            for first, (end, parity) in segments.items():
                if end - first == 1:
                    self.bob[self.orders[number][first]] = parity

    def finish(self):
        self.single_blocks()
        for number, segments in enumerate(self.known):
            for first, (end, parity) in segments.items():
                expect(self.parity(self.bob, number, first, end) == parity, "stopped too early")


def messages_of(path):
    data, offset, messages = path.read_bytes(), 0, []
    while offset < len(data):
        size = int.from_bytes(data[offset:offset + 4], "little")
        messages.append(data[offset + 4:offset + 4 + size])
        offset += 4 + size
    return messages


def check(folder, variant, bits, qber, passes):
    rng = random.Random(f"{variant} {bits} {qber}")
    alice = [rng.getrandbits(1) for _ in range(bits)]
    bob = [bit ^ (rng.random() < qber) for bit in alice]
    for name, key in (("alice", alice), ("bob", bob)):
        value = sum(bit << i for i, bit in enumerate(key))
        (folder / name).write_bytes(value.to_bytes((bits + 7) // 8, "little"))
    done = subprocess.run(
        [BINARY, "distil", "--method", "cascade", "--alice", folder / "alice", "--bob",
         folder / "bob", "--bits", str(bits), "--qber", str(qber), "--variant", variant,
         "--passes", str(passes), "--transcript", folder / "transcript", "--json"],
        capture_output=True, text=True, env=ENVIRONMENT)
    expect(done.returncode == 0, f"{variant}, {bits} bits: {done.stderr}")
    report = json.loads(done.stdout)
    messages = messages_of(folder / "transcript")
    replay = Replay(alice, bob, variant, qber, passes)
    for request, answer in zip(messages[::2], messages[1::2]):
        replay.round(request, answer)
    replay.finish()
    expect(report["disclosed_bits"] == replay.parities, f"{variant}, {bits} bits: disclosed bits")
    expect(report["messages"] == len(messages), f"{variant}, {bits} bits: messages")
    left = sum(a != b for a, b in zip(alice, replay.bob))
    expect(report["residual_errors"] == left, f"{variant}, {bits} bits: residual errors")
    expect(report["errors_before"] == sum(a != b for a, b in zip(alice, bob)), "errors before")
    return replay.parities


def refusals(folder):
    """Wrong orders end with one error that says what is allowed."""
    (folder / "alice").write_bytes(b"abc")
    (folder / "bob").write_bytes(b"abd")
    (folder / "short").write_bytes(b"ab")
    cases = [
        ("--passes 9", ["--passes", "9"], "10 to 24"),
        ("--passes 25", ["--passes", "25"], "10 to 24"),
        ("--qber 0", ["--qber", "0"], "less than 0.11"),
        ("--qber 0.11", ["--qber", "0.11"], "less than 0.11"),
        ("--bits 25", ["--bits", "25"], "1 to what the files hold, 24"),
        ("--bits 0", ["--bits", "0"], "1 to what the files hold, 24"),
        ("a short file", ["--bob", folder / "short"], "both must be equally long"),
        ("no such variant", ["--variant", "winnow"], "martinez-mateo"),
        ("ldpc", ["--method", "ldpc", "--transcript", folder / "t"], "--method cascade"),
        ("no folder", ["--transcript", folder / "none" / "t"], "No such file"),
    ]
    for what, more, says in cases:
        options = {"--method": "cascade", "--alice": folder / "alice", "--bob": folder / "bob",
                   "--qber": "0.05"}
        options.update(zip(more[::2], more[1::2]))
        done = subprocess.run(
            [BINARY, "distil", *(str(word) for pair in options.items() for word in pair)],
            capture_output=True, text=True, env=ENVIRONMENT)
        expect(done.returncode in (1, 64), f"{what} ended with {done.returncode}")
        expect(says in done.stderr, f"{what}: {done.stderr}")
    return len(cases)


def main():
    cases = [
        ("original", 2_000, 0.05, 4), ("original", 10_000, 0.02, 6), ("yan", 5_001, 0.03, 10),
        ("yan", 40_000, 0.01, 16), ("martinez-mateo", 9_999, 0.02, 14), ("yan", 1, 0.1, 10),
        ("original", 17, 0.1, 24), ("martinez-mateo", 700, 0.1, 24),
    ]
    with tempfile.TemporaryDirectory() as name:
        parities = sum(check(pathlib.Path(name), *case) for case in cases)
        refused = refusals(pathlib.Path(name))
    print(f"cascade: {len(cases)} conversations replayed, {parities} parities agree, "
          f"{refused} wrong orders refused")


if __name__ == "__main__":
    main()
