#!/usr/bin/env python3
"""A USB/IP client of its own against `lodestar-sim world`: check.py PROGRAM BOARD.

Written from Linux, Documentation/usb/usbip_protocol.rst, and docs/formats/reference-tagger.md, with
the standard library alone. It attaches, sets and starts the tagger, reads frames and checks each;
then orders every fault and looks for what it must do.
"""

import json
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "shared"))
from checks import finish, told as expect  # noqa: E402

SEED = 7


def crc32c_table() -> list[int]:
    """RFC 3720, appendix B.4: the polynomial reflected."""
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


TABLE = crc32c_table()


def crc32c(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 255] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


class Frames:
    """Frames of the reference format found in bytes, with what lies between them."""

    def __init__(self) -> None:
        self.held = b""
        self.sequences: list[int] = []
        self.tags: list[tuple[int, int]] = []
        self.lost = 0
        self.skipped = 0

    def take(self, data: bytes) -> None:
        self.held += data
        while len(self.held) >= 40:
            words = struct.unpack_from("<H", self.held, 6)[0]
            size = 40 + 8 * words
            if self.held[:5] == b"LTTF\x01" and words <= 251:
                if len(self.held) < size:
                    return
                body, sum_ = self.held[: size - 4], struct.unpack_from("<I", self.held, size - 4)[0]
                if crc32c(body) == sum_:
                    self.frame(body, words)
                    self.held = self.held[size:]
                    continue
            self.held = self.held[1:]
            self.skipped += 1

    def frame(self, body: bytes, words: int) -> None:
        sequence, lost, base = struct.unpack_from("<IIq", body, 8)
        self.sequences.append(sequence)
        self.lost += lost
        for (word,) in struct.iter_unpack("<Q", body[32 : 32 + 8 * words]):
            low = word & 0xFFFFFFFFFFFF
            # The time nearest to the base time with these lower 48 bits.
            away = ((low - base) + (1 << 47)) % (1 << 48) - (1 << 47)
            self.tags.append((base + away, word >> 48 & 255))

    def gaps(self) -> int:
        return sum((b - a) % (1 << 32) != 1 for a, b in zip(self.sequences, self.sequences[1:]))


class Device:
    """Device 1-1 of a server, imported."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.sendall(struct.pack(">HHI32s", 0x0111, 0x8003, 0, b"1-1"))
        version, code, status = struct.unpack(">HHI", self.exactly(8))
        if (version, code, status) != (0x0111, 0x0003, 0):
            raise ConnectionError(f"import refused with status {status}")
        device = self.exactly(312)
        self.vendor, self.product = struct.unpack_from(">HH", device, 300)
        self.device = 1 << 16 | 1
        self.sequence = 0
        self.waiting: list[int] = []
        self.answers: dict[int, tuple[int, bytes]] = {}
        self.inward: set[int] = set()

    def exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            part = self.socket.recv(count - len(data))
            if not part:
                raise ConnectionError("the server closed the connection")
            data += part
        return data

    def submit(self, endpoint: int, inward: bool, length: int, setup=bytes(8), data=b"") -> int:
        self.sequence += 1
        if inward:
            self.inward.add(self.sequence)
        self.socket.sendall(
            struct.pack(
                ">IIIIIIIIII8s", 1, self.sequence, self.device, int(inward), endpoint, 0, length,
                0, 0xFFFFFFFF, 0, setup,
            ) + data
        )
        return self.sequence

    def wait(self, number: int) -> tuple[int, bytes]:
        """The status and the data of a transfer."""
        while number not in self.answers:
            head = struct.unpack(">IIIIIiIIIIII", self.exactly(48))
            length = head[6] if head[1] in self.inward else 0
            self.answers[head[1]] = head[5], self.exactly(length)
        return self.answers.pop(number)

    def control(self, kind: int, request: int, value=0, index=0, length=0, data=b"") -> bytes | None:
        setup = struct.pack("<BBHHH", kind, request, value, index, length or len(data))
        number = self.submit(0, kind & 0x80 != 0, length or len(data), setup, data)
        status, answer = self.wait(number)
        return None if status else answer

    def read(self, seconds: float) -> tuple[bytes, list[int]]:
        """What eight transfers of 64 KiB under way bring in a time, and the statuses that were
        not 0. They stay under way."""
        data, bad, end = b"", [], time.monotonic() + seconds
        while time.monotonic() < end:
            while len(self.waiting) < 8:
                self.waiting.append(self.submit(1, True, 65536))
            try:
                status, part = self.wait(self.waiting[0])
            except TimeoutError:
                continue
            self.waiting.pop(0)
            data += part
            if status:
                bad.append(status)
                self.control(0x02, 1, 0, 0x81)
        return data, bad

    def start(self) -> None:
        self.control(0x00, 9, 1)
        self.control(0x40, 0x11, 0xFF, 0)
        self.control(0x40, 0x20)


class Program:
    """lodestar-sim world, and its control socket."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.ports = {}
        for line in self.process.stderr:
            if " on " in line:
                self.ports[line.split()[0]] = int(line.rsplit(":", 1)[1])
            if line.startswith("the pass begins"):
                break
        self.control = socket.create_connection(("127.0.0.1", self.ports["control"]), timeout=10)
        self.lines = self.control.makefile("rw")

    def order(self, text: str) -> str:
        self.lines.write(text + "\n")
        self.lines.flush()
        return self.lines.readline().strip()

    def status(self) -> dict:
        return json.loads(self.order("status"))


def words_of_the_shell(program: Program, device: Device) -> None:
    """Faults as instrument and kind, in the words of the shell's `fault`."""
    def seen(kind: str) -> Frames:
        expect(f"fault tagger {kind} is taken", program.order(f"fault tagger {kind}") == "ok")
        device.read(0.3)
        frames = Frames()
        frames.take(device.read(0.4)[0])
        return frames

    expect("a tagger that is off says nothing", not seen("off").sequences)
    expect("what is wrong is listed", program.order("fault list") == "tagger off")
    stuck = seen("stuck")
    expect("one that is stuck has no tags", not stuck.tags)
    spoilt = seen("garbage")
    expect("garbage lies between its frames", spoilt.skipped > 0 and len(spoilt.tags) > 100)
    expect("one that is late goes on", len(seen("delayed").tags) > 100)
    expect("all is well again", program.order("fault clear") == "ok")
    expect("and listed so", program.order("fault list") == "none")
    device.read(0.3)
    frames = Frames()
    frames.take(device.read(0.4)[0])
    expect("tags come as before", len(frames.tags) > 100 and frames.tags == sorted(frames.tags))
    for order in ("fault tagger wrong", "fault mount off", "fault tagger", "fault link off"):
        answer = program.order(order)
        expect(f"{order} is refused: {answer}", answer.startswith("refused:"))


def faults_on_order(program: Program, device: Device) -> Device:
    """Every order, and what it must do."""
    frames = Frames()
    program.order("lose-frames 3")
    frames.take(device.read(0.4)[0])
    expect("lost frames leave one gap", frames.gaps() == 1 and frames.skipped == 0)

    frames = Frames()
    program.order("garbage 1000")
    frames.take(device.read(0.4)[0])
    expect("garbage lies between whole frames", frames.skipped == 1000 and frames.gaps() == 0)

    program.order("stall")
    data, bad = device.read(0.4)
    expect("a stall is seen and cleared", -32 in bad and len(data) > 0)

    frames = Frames()
    program.order("flood 3 1MHz 100ms")
    frames.take(device.read(1.0)[0])
    lit = sum(1 for _, channel in frames.tags if channel == 3)
    expect(f"a flood of 1 MHz for 100 ms gives some 100,000 clicks ({lit})", 95_000 < lit < 115_000)

    program.order("blank 3")
    device.read(0.2)
    frames = Frames()
    frames.take(device.read(0.4)[0])
    expect("a blanked input is dark", frames.tags and all(c != 3 for _, c in frames.tags))
    program.order("unblank 3")

    words_of_the_shell(program, device)

    time.sleep(0.5)
    program.order("unplug")
    try:
        while True:
            device.read(0.2)
    except ConnectionError:
        expect("unplugging ends the connection", True)
    try:
        Device(program.ports["bus"])
        expect("an unplugged device cannot be imported", False)
    except ConnectionError as error:
        expect("an unplugged device cannot be imported", "status 4" in str(error))
    program.order("plug")
    device = Device(program.ports["bus"])
    device.start()
    frames = Frames()
    frames.take(device.read(0.4)[0])
    expect("plugged in again it goes on", len(frames.tags) > 100 and frames.gaps() == 0)
    status = struct.unpack_from("<q", device.control(0xC0, 2, length=48), 8)[0]
    expect("on the same time scale", 0 <= status - frames.tags[-1][0] < 5 * 10**11)

    expect("an unknown order is refused", program.order("explode").startswith("refused:"))
    expect("a bare number is refused", program.order("flood 3 5 1").startswith("refused:"))
    return device


def bad_hosts(program: Program) -> None:
    """Hosts that break the protocol are let go, and named."""
    for what in (b"\xff" * 64, struct.pack(">HHI", 0x0111, 0x8009, 0)):
        with socket.create_connection(("127.0.0.1", program.ports["bus"]), timeout=10) as bad:
            bad.sendall(what)
            # A reset is as good as an end: our bytes were not all read.
            try:
                expect("a bad host is let go", bad.recv(100) == b"")
            except ConnectionResetError:
                expect("a bad host is let go", True)
    expect("and named", "request is 0x8009" in program.status()["bus"]["last_fault"])


def main() -> int:
    binary, board = sys.argv[1:3]
    program = Program(
        binary, "world", board, "--seed", str(SEED), "--usbip", "127.0.0.1:0", "--control",
        "127.0.0.1:0", "--step", "10", "--json")
    with socket.create_connection(("127.0.0.1", program.ports["bus"]), timeout=10) as lister:
        lister.sendall(struct.pack(">HHI", 0x0111, 0x8005, 0))
        listed = b""
        while part := lister.recv(4096):
            listed += part
    expect("one device is listed", len(listed) == 12 + 316 and listed[8:12] == b"\0\0\0\1")

    device = Device(program.ports["bus"])
    expect("it is 1209:0001", (device.vendor, device.product) == (0x1209, 1))
    identity = device.control(0xC0, 1, length=64)
    expect("it says who it is", identity[:5] == b"LTTI\x01")
    expect("the pass has not begun", program.status()["stream_s"] == 0)
    device.start()
    frames = Frames()
    data, bad = device.read(3.0)
    frames.take(data)
    expect(f"frames come without a gap ({len(frames.sequences)})",
           len(frames.sequences) > 200 and frames.gaps() == 0 and not bad and not frames.skipped)
    expect("the first is frame 0", frames.sequences[0] == 0)
    expect("tags are ordered", frames.tags == sorted(frames.tags))
    state = program.status()
    expect("nothing was dropped", state["tags"]["dropped"] == 0 and state["simulated"] is True)
    expect("the pass runs at the host's pace", 2.5 < state["stream_s"] < 6)

    device = faults_on_order(program, device)
    bad_hosts(program)
    device.socket.close()
    time.sleep(0.2)
    expect("a host that leaves stops the tagger", not program.status()["bus"]["is_running"])
    program.process.send_signal(signal.SIGINT)
    out, _ = program.process.communicate(timeout=20)
    expect("Ctrl-C ends in order", program.process.returncode == 0)
    last = json.loads(out)
    expect("the last word counts all", last["tags"]["taken"] > 0 and last["bus"]["connections"] >= 4)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
