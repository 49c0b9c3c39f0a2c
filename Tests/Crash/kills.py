#!/usr/bin/env python3
"""Kills a program at random instants while it works on key stores, and judges what it said.

Usage: kills.py WORKER [--kills N] [--seed S] [--jobs N] [--fault]

Each time the worker is started on the stores as the last kill left them. It has to open them; no
range of a key may be handed out twice at one end, over all its lives; the state of a key only
moves forward; a key that one end calls available the other end holds. With --fault the worker
hands out before it burns, and this check fails unless it notices.
"""

import argparse
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
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


class Killer(threading.Thread):
    """Starts and kills one worker after the other, on stores of its own."""

    def __init__(self, worker: str, kills: int, seed: int, fault: bool) -> None:
        super().__init__()
        self.worker, self.wanted, self.plants_fault = worker, kills, fault
        self.chance = random.Random(seed)
        self.kills = self.at_work = self.ranges = 0
        self.fault: str | None = None

    def run(self) -> None:
        # In memory where there is such a place: a kill does not ask whether the disk has it.
        fast = pathlib.Path("/dev/shm")
        folder = pathlib.Path(tempfile.mkdtemp(dir=fast if fast.is_dir() else None))
        judge, longest = Judge(), 0.03
        try:
            while self.kills < self.wanted and not self.fault:
                if self.kills % LIVES == 0:
                    judge = Judge()
                    shutil.rmtree(folder)
                    folder.mkdir()
                text, code = self.life(folder, longest)
                if code != -signal.SIGKILL:
                    self.fault = f"the worker ended by itself ({code}): {text[-300:]}"
                    return
                self.kills += 1
                self.at_work += "ready" in text
                # About three of five lives should reach their work, on a slow machine too.
                longest = min(2, max(0.01, longest * (0.94 if "ready" in text else 1.1)))
                before = judge.ranges
                self.fault = judge.read(text)
                self.ranges += judge.ranges - before
        finally:
            shutil.rmtree(folder)

    def life(self, folder: pathlib.Path, longest: float) -> tuple[str, int]:
        arguments = [self.worker, folder, str(self.chance.randrange(1 << 62))]
        worker = subprocess.Popen(
            arguments + (["use-first"] if self.plants_fault else []), stdout=subprocess.PIPE)
        time.sleep(self.chance.uniform(0, longest))
        worker.send_signal(signal.SIGKILL)
        text = worker.communicate()[0].decode()
        return text, worker.returncode


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("worker")
    parser.add_argument("--kills", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--jobs", type=int, default=min(4, os.cpu_count() or 1))
    parser.add_argument("--fault", action="store_true")
    given = parser.parse_args()
    begun = time.monotonic()
    killers = [
        Killer(given.worker, -(-given.kills // given.jobs), given.seed + job, given.fault)
        for job in range(given.jobs)
    ]
    for killer in killers:
        killer.start()
    for killer in killers:
        killer.join()
    kills, at_work, ranges = (
        sum(values) for values in zip(*((k.kills, k.at_work, k.ranges) for k in killers)))
    fault = next((k.fault for k in killers if k.fault), None)
    told = (f"{kills} kills in {time.monotonic() - begun:.0f} s, {at_work} of them at work, "
            f"{ranges} ranges, seed {given.seed}")
    if given.fault:
        noticed = all(k.fault and "handed out twice" in k.fault for k in killers)
        print(f"burning after use was {'' if noticed else 'not '}noticed: {fault}; after {told}")
        return 0 if noticed else 1
    if fault:
        print(f"{fault}\nafter {told}")
        return 1
    if at_work < kills / 4 or ranges < kills:
        print(f"too little was done to show anything: {told}")
        return 1
    print(f"no range twice, no state back: {told}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
