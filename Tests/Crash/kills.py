#!/usr/bin/env python3
"""Kills a program at random instants while it works on key stores, and judges what it said.

Usage: kills.py WORKER [--kills N] [--seed S] [--fault]

Each time the worker is started on the stores as the last kill left them. It has to open them; no
range of a key may be handed out twice at one end, over all its lives; the state of a key only
moves forward; a key that one end calls available the other end holds. With --fault the worker
hands out before it burns, and this check fails unless it notices.
"""

import argparse
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

RANK = {"pending": 0, "committed": 1, "available": 2, "exhausted": 3, "abandoned": 4, "destroyed": 5}
HELD = {"committed", "available", "exhausted", "destroyed"}
# After so many kills the stores begin anew, so that making them is cut short too.
LIVES = 60


class Judge:
    """What a pair of stores has said so far."""

    def __init__(self) -> None:
        self.taken: dict[tuple, list[tuple[int, int]]] = {}
        self.states: dict[tuple[str, str], str] = {}
        self.ranges = 0

    def state(self, end: str, key: str, state: str) -> str | None:
        before = self.states.get((end, key))
        self.states[end, key] = state
        if before is not None and RANK[state] < RANK[before]:
            return f"key {key} at {end} went back from {before} to {state}"
        return None

    def take(self, end: str, pool: str, key: str, lane: int, offset: int, count: int) -> str | None:
        ranges = self.taken.setdefault((end, pool, key, lane), [])
        self.ranges += 1
        for first, past in ranges:
            if first < offset + count and offset < past:
                return (f"{pool} {key}, lane {lane}, at {end}: bytes {offset} to "
                        f"{offset + count - 1} handed out twice")
        ranges.append((offset, offset + count))
        return None

    def agreement(self, opened: dict[str, dict[str, str]]) -> str | None:
        """What the stores hold as they were opened."""
        for end, other in (("ground", "sat"), ("sat", "ground")):
            for key, state in opened[end].items():
                if state == "available" and opened[other].get(key) not in HELD:
                    return f"key {key} is available at {end}, {opened[other].get(key)} at {other}"
        for (end, key) in self.states:
            if key not in opened[end]:
                return f"key {key} is gone at {end}"
        return None

    def read(self, text: str) -> str | None:
        """Judges one life; the last line may be cut off."""
        opened: dict[str, dict[str, str]] = {"ground": {}, "sat": {}}
        for line in text.split("\n")[:-1]:
            word, *rest = line.split()
            fault = None
            if word == "error":
                fault = line
            elif word in ("open", "state"):
                if word == "open":
                    opened[rest[0]][rest[1]] = rest[2]
                fault = self.state(*rest)
            elif word == "ready":
                fault = self.agreement(opened)
            elif word == "took":
                fault = self.take(rest[0], rest[1], rest[2], *map(int, rest[3:]))
            if fault:
                return fault
        return None


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("worker")
    parser.add_argument("--kills", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--fault", action="store_true")
    given = parser.parse_args()
    chance = random.Random(given.seed)
    # In memory where there is such a place: a kill does not ask whether the disk has it.
    fast = pathlib.Path("/dev/shm")
    folder = pathlib.Path(tempfile.mkdtemp(dir=fast if fast.is_dir() else None))
    judge, ranges, opened, fault = Judge(), 0, 0, None
    longest, begun = 0.03, time.monotonic()
    kills = 0
    try:
        while kills < given.kills and not fault:
            if kills % LIVES == 0:
                ranges += judge.ranges
                judge = Judge()
                shutil.rmtree(folder)
                folder.mkdir()
            arguments = [given.worker, folder, str(chance.randrange(1 << 62))]
            worker = subprocess.Popen(
                arguments + (["use-first"] if given.fault else []), stdout=subprocess.PIPE)
            time.sleep(chance.uniform(0, longest))
            worker.send_signal(signal.SIGKILL)
            text = worker.stdout.read().decode()
            worker.wait()
            if worker.returncode != -signal.SIGKILL:
                fault = f"the worker ended by itself ({worker.returncode}): {text[-300:]}"
                break
            kills += 1
            opened += "ready" in text
            # About three of four lives should reach their work, on a slow machine too.
            longest = min(2, max(0.01, longest * (0.97 if "ready" in text else 1.1)))
            fault = judge.read(text)
    finally:
        shutil.rmtree(folder)
    ranges += judge.ranges
    seconds = time.monotonic() - begun
    told = (f"{kills} kills in {seconds:.0f} s, {opened} of them at work, {ranges} ranges, "
            f"seed {given.seed}")
    if given.fault:
        if fault and "handed out twice" in fault:
            print(f"burning after use was noticed after {told}")
            return 0
        print(f"burning after use was not noticed: {fault or 'no fault'}; {told}")
        return 1
    if fault:
        print(f"{fault}\nafter {told}")
        return 1
    if opened < kills / 4 or ranges < kills:
        print(f"too little was done to show anything: {told}")
        return 1
    print(f"no range twice, no state back: {told}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
