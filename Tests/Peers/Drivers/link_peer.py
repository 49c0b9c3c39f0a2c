"""The other end of the satellite link, written from docs/formats/link.md alone.

Usage: link_peer.py BIN, the folder of driver-rig. Sends every message back, by UDP and over a
stream of bytes, and damages what goes either way. Byte stuffing is the package `cobs`.
Prints what was measured; exits with 1 at the first thing that is not so.
"""
import json
import pathlib
import random
import socket
import struct
import subprocess
import sys
import threading
import time

from cobs import cobs

from programs import expect

RIG = str(pathlib.Path(sys.argv[1]) / "driver-rig")
FRAGMENT, PART = 1200, 480
HELLO, ACKNOWLEDGEMENT, DATA = 0, 1, 2


def table_entry(byte):
    for _ in range(8):
        byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
    return byte


TABLE = [table_entry(byte) for byte in range(256)]


def crc32c(data):
    """CRC-32C, RFC 3720 appendix B.4."""
    register = 0xFFFFFFFF
    for byte in data:
        register = register >> 8 ^ TABLE[(register ^ byte) & 0xFF]
    return register ^ 0xFFFFFFFF


class UDPEcho(threading.Thread):
    """Sends whole messages back; loses, doubles and damages some of its packets."""

    def __init__(self, trouble):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.chance, self.trouble = random.Random(7), trouble
        self.session, self.number = 0x0A0B0C0D, 0
        self.open = {}

    def run(self):
        while True:
            packet, sender = self.socket.recvfrom(4096)
            message = self.take(packet)
            if message:
                for reply in self.packets(message):
                    self.send(reply, sender)

    def take(self, packet):
        expect(packet[:3] == b"LF\x01" and len(packet) <= 1224, "no packet of the link")
        index, session, number, length, zero, whole = struct.unpack_from("<BIIHHI", packet, 3)
        content = packet[20:-4]
        expect(crc32c(packet[:-4]) == struct.unpack("<I", packet[-4:])[0], "checksum of a packet")
        expect(zero == 0 and session != 0, "reserved field or session")
        parts = self.open.setdefault(number, {})
        parts[index] = content
        message = b"".join(parts[at] for at in sorted(parts))
        if len(message) < length:
            return None
        expect(crc32c(message) == whole, "checksum of a message")
        return message

    def packets(self, message):
        for index in range(0, (len(message) + FRAGMENT - 1) // FRAGMENT):
            packet = b"LF" + struct.pack(
                "<BBIIHHI", 1, index, self.session, self.number, len(message), 0, crc32c(message))
            packet += message[index * FRAGMENT:(index + 1) * FRAGMENT]
            yield packet + struct.pack("<I", crc32c(packet))
        self.number += 1

    def send(self, packet, to):
        if self.chance.random() < self.trouble:
            return
        if self.chance.random() < self.trouble:
            packet = bytearray(packet)
            packet[self.chance.randrange(len(packet))] ^= 1 << self.chance.randrange(8)
        for _ in range(2 if self.chance.random() < self.trouble else 1):
            self.socket.sendto(packet, to)


class StreamEcho(threading.Thread):
    """Sends whole messages back, one part at a time; damages bytes both ways."""

    def __init__(self, noise):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.chance, self.noise = random.Random(8), noise
        self.session, self.peer = 0x0A0B0C0D, 0
        self.expected, self.message = 0, b""
        self.queue, self.base, self.sent_at = [], 0, 0.0
        self.damaged = 0

    def run(self):
        self.line = self.listener.accept()[0]
        self.line.settimeout(0.01)
        held = b""
        while True:
            try:
                data = self.line.recv(4096)
                if not data:
                    return
                held += self.worn(data)
            except TimeoutError:
                pass
            except OSError:
                return
            *frames, held = held.split(b"\0")
            held = held[-600:]
            for frame in frames:
                self.take(frame)
            # One part at a time, again after 100 ms.
            if self.queue and time.monotonic() - self.sent_at > 0.1:
                self.part()

    def worn(self, data):
        data = bytearray(data)
        if self.chance.random() < self.noise:
            data[self.chance.randrange(len(data))] ^= 1 << self.chance.randrange(8)
        if self.chance.random() < self.noise:
            data[:0] = self.chance.randbytes(self.chance.randrange(1, 40))
        return bytes(data)

    def take(self, stuffed):
        try:
            frame = cobs.decode(stuffed)
        except cobs.DecodeError:
            return
        if len(frame) < 26 or crc32c(frame[:-4]) != struct.unpack("<I", frame[-4:])[0]:
            self.damaged += len(frame) > 0
            return
        version, kind, sender, to, number, expected, _ = struct.unpack_from("<BBIIIII", frame)
        expect(version == 1 and sender != 0 and kind & 0xC0 == 0, "fields of a frame")
        if to != self.session:
            self.put(HELLO, to=sender)
            return
        if sender != self.peer:
            self.peer, self.expected, self.base = sender, 0, 0
        if kind & 15 == HELLO:
            self.put(ACKNOWLEDGEMENT)
            return
        while self.queue and self.base < expected:
            self.queue.pop(0)
            self.base += 1
            self.sent_at = 0
        if kind & 15 != DATA:
            return
        if number == self.expected:
            self.expected += 1
            content = frame[22:-4]
            expect(1 <= len(content) <= PART, f"a part of {len(content)} bytes")
            self.message = content if kind & 16 else self.message + content
            if kind & 32:
                self.echo(self.message)
        self.put(ACKNOWLEDGEMENT)

    def echo(self, message):
        cuts = range(0, len(message), PART)
        for at in cuts:
            flags = (16 if at == 0 else 0) | (32 if at == cuts[-1] else 0)
            self.queue.append((flags, message[at:at + PART]))

    def part(self):
        flags, content = self.queue[0]
        self.sent_at = time.monotonic()
        self.put(DATA | flags, number=self.base, content=content)

    def put(self, kind, to=None, number=0, content=b""):
        expected = 0 if kind == HELLO else self.expected
        frame = struct.pack("<BBIIIII", 1, kind, self.session, self.peer if to is None else to,
                            number, expected, 0) + content
        frame += struct.pack("<I", crc32c(frame))
        try:
            self.line.sendall(self.worn(b"\0" + cobs.encode(frame) + b"\0"))
        except OSError:
            pass


def rig(*words):
    done = subprocess.run([RIG, *map(str, words)], capture_output=True, text=True, timeout=200)
    expect(done.returncode == 0, f"driver-rig {' '.join(map(str, words))}: {done.stderr}")
    return json.loads(done.stdout)


def main():
    expect(crc32c(b"123456789") == 0xE3069283, "the peer's own checksum")
    for name, echo, kind, trouble in [
        ("UDP", UDPEcho, "udp", 0), ("UDP", UDPEcho, "udp", 0.03),
        ("stream", StreamEcho, "tcp", 0), ("stream", StreamEcho, "tcp", 0.05),
    ]:
        end = echo(trouble)
        end.start()
        found = rig("link", "talk", f"{kind}:127.0.0.1:{end.port}", "messages", 60, "seconds", 90)
        expect(found["wrong"] == 0, f"{name}: {found['wrong']} wrong messages")
        expect(found["complete"], f"{name}: not all went there and back within 90 s: {found}")
        if kind == "tcp" or trouble == 0:
            expect(found["received"] == 60, f"{name}: {found['received']} of 60 came back")
        elif trouble > 0:
            expect(found["damaged"] > 0 and found["received"] > 20, f"{name}: {found}")
        print(f"link by {name}, trouble {trouble:.0%}: 60 messages there, {found['received']} back, "
              f"none wrong; {found['damaged']} damaged, {found['malformed']} malformed, "
              f"{found['duplicates']} double, {found['retransmissions']} sent again, "
              f"{found['seconds']:.1f} s")


if __name__ == "__main__":
    main()
