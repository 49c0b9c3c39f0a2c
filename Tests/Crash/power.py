#!/usr/bin/env python3
"""Cuts the power, in effect, while a program works on key stores, and judges what is left.

Usage: power.py WORKER [--cuts N] [--seed S] [--lying-disk]

The worker's system calls are recorded with strace. For chosen instants the disk is made up as a
power cut could have left it: what was synced is there; of what was written after, a random part.
The worker is started on that and may hand out nothing that was handed out before the cut, nor take
a state back. Names of files (creation, renaming, removal) count as durable at once. With
--lying-disk syncing does nothing, and this check fails unless it notices.
"""

import argparse
import collections
import copy
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

from kills import Judge

CALL = re.compile(r"^(\d+)\s+(\w+)\((.*)\)\s+= (-?\d+)")
FILE = re.compile(r"\d+<((?:\\x[0-9a-f]{2})+)>")
TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


def unescape(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


def calls(trace: pathlib.Path):
    """The finished system calls in order of their end: name, arguments, result."""
    begun: dict[str, str] = {}
    for line in trace.read_text().splitlines():
        pid = line.split(None, 1)[0]
        if line.endswith("<unfinished ...>"):
            begun[pid] = line.removesuffix("<unfinished ...>").rstrip()
            continue
        resumed = re.match(r"^\d+\s+<\.\.\. \w+ resumed>(.*)", line)
        if resumed:
            line = begun.pop(pid, "") + resumed[1]
        found = CALL.match(line)
        if found and int(found[4]) >= 0:
            yield found[2], found[3], int(found[4])


class Disk:
    """Files by name: what is durable, and what was done since."""

    def __init__(self, folder: str, lies: bool) -> None:
        self.folder, self.lies = folder.encode(), lies
        self.durable: dict[bytes, bytes] = {}
        self.since: dict[bytes, list[tuple]] = collections.defaultdict(list)
        self.place: dict[bytes, int] = {}
        self.folders: set[bytes] = set()

    def do(self, name: str, arguments: str, result: int) -> None:
        at = FILE.search(arguments)
        path = unescape(at[1]) if at else b""
        texts = [unescape(t) for t in TEXT.findall(arguments)]
        numbers = re.split(r",\s*", arguments.rsplit('"', 1)[-1].lstrip(", "))
        if name == "mkdir":
            self.folders.add(texts[0])
        elif name == "openat":
            self.place[texts[0]] = 0
            if "O_CREAT" in arguments and self.is_ours(texts[0]):
                self.durable.setdefault(texts[0], b"")
        elif name == "rename":
            self.durable[texts[1]] = self.durable.pop(texts[0])
            self.since[texts[1]] = self.since.pop(texts[0], [])
        elif name == "unlink":
            self.durable.pop(texts[0], None)
            self.since.pop(texts[0], None)
        elif not self.is_ours(path):
            return
        elif name == "pwrite64":
            self.since[path].append(("write", int(numbers[1]), texts[0]))
        elif name == "write":
            self.since[path].append(("write", self.place[path], texts[0]))
            self.place[path] += result
        elif name == "ftruncate":
            self.since[path].append(("cut", int(arguments.rsplit(",", 1)[1])))
        elif name in ("fsync", "fdatasync"):
            changes = self.since[path]
            if self.lies and changes and changes[-1] == ("cut", 0):
                return
            self.durable[path] = self.apply(self.durable[path], self.since.pop(path, []))

    def is_ours(self, path: bytes) -> bool:
        return path.startswith(self.folder + b"/") and not path.endswith(b"/lock") \
            and path not in self.folders

    @staticmethod
    def apply(contents: bytes, changes: list[tuple]) -> bytes:
        data = bytearray(contents)
        for kind, at, *rest in changes:
            if kind == "cut":
                del data[at:]
                data.extend(bytes(at - len(data)))
            else:
                data.extend(bytes(max(0, at - len(data))))
                data[at:at + len(rest[0])] = rest[0]
        return bytes(data)

    def leave(self, folder: pathlib.Path, chance: random.Random) -> None:
        """Writes what a power cut now could leave."""
        share = chance.choice([0, 0, 0.5, 0.5, 1])
        for path in self.folders:
            os.makedirs(folder / path[len(self.folder) + 1:].decode(), 0o700, exist_ok=True)
        for path, contents in self.durable.items():
            kept = [c for c in self.since.get(path, []) if chance.random() < share]
            file = folder / path[len(self.folder) + 1:].decode()
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file.touch(0o600)
            file.write_bytes(self.apply(contents, kept))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("worker")
    parser.add_argument("--cuts", type=int, default=200)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--lying-disk", action="store_true")
    given = parser.parse_args()
    chance = random.Random(given.seed)
    fast = pathlib.Path("/dev/shm")
    work = pathlib.Path(tempfile.mkdtemp(dir=fast if fast.is_dir() else None))
    begun = time.monotonic()
    try:
        fault, cuts = cut_power(given, work, chance)
    finally:
        shutil.rmtree(work)
    told = f"{cuts} cuts in {time.monotonic() - begun:.0f} s, seed {given.seed}"
    if given.lying_disk:
        noticed = any(word in (fault or "") for word in ("twice", "gone", "went back"))
        print(f"journals that come back were {'' if noticed else 'not '}noticed: {fault}; after {told}")
        return 0 if noticed else 1
    print(f"{fault}\nafter {told}" if fault else f"no range twice after a power cut: {told}")
    return 1 if fault else 0


def cut_power(given, work: pathlib.Path, chance: random.Random) -> tuple[str | None, int]:
    folder, trace = work / "stores", work / "trace"
    folder.mkdir()
    traced = ["mkdir", "openat", "rename", "unlink", "pwrite64", "write", "ftruncate", "fsync",
              "fdatasync"]
    subprocess.run(
        ["strace", "-f", "-y", "-xx", "-s", "1000000", "-o", trace, "-e", "trace=" + ",".join(traced),
         given.worker, folder, str(chance.randrange(1 << 62)), str(given.steps)],
        stdout=subprocess.DEVNULL, check=True)
    everything = list(calls(trace))
    # Nothing is judged before both stores are there.
    starts = [i for i, (n, a, _) in enumerate(everything) if n == "write" and a.startswith("1<")]
    points = set(chance.sample(range(starts[0], len(everything)),
                               min(given.cuts, len(everything) - starts[0])))
    disk, judge, cuts = Disk(str(folder), given.lying_disk), Judge(), 0
    for index, (name, arguments, result) in enumerate(everything):
        if name == "write" and arguments.startswith("1<"):
            fault = judge.read(unescape(TEXT.search(arguments)[1]).decode())
            if fault:
                return f"without a cut: {fault}", cuts
        else:
            disk.do(name, arguments, result)
        if index not in points:
            continue
        cuts += 1
        left = work / "left"
        left.mkdir()
        disk.leave(left, chance)
        after = subprocess.run(
            [given.worker, left, str(chance.randrange(1 << 62)), "8"], capture_output=True, text=True)
        fault = copy.deepcopy(judge).read(after.stdout)
        shutil.rmtree(left)
        if fault or after.returncode != 0:
            return fault or f"the worker ended with {after.returncode}: {after.stdout}", cuts
    return None, cuts


if __name__ == "__main__":
    sys.exit(main())
