#!/usr/bin/env python3
"""Kills key making at random instants of every stage and judges what is left at both ends.

Usage: passes.py WORKER [--kills N] [--seed S] [--jobs N] [--fault use-first|early|no-reunion]

Half of the kills take both ends at once, half one end only: then each end is a process, this
program is the link between them and loses messages too. The stage to kill in is drawn first, all
alike, then the instant in it; so short stages are hit as often as long ones. After each kill both
stores are opened again. No pad may be handed out or accepted twice at one end over all its lives;
a key's state only moves forward; a key that one end calls available the other holds, with the same
bytes; after a session that came to its end nothing is left unsettled. With --fault the worker does
wrong in one way, and this check fails unless it notices.
"""

import argparse
import collections
import os
import pathlib
import random
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from kills import Judge

# After so many kills the stores begin anew, so that making them is cut short too.
LIVES = 40
# Sessions after which a life is ended wherever it is.
LONGEST = 3


class PassJudge(Judge):
    """What a pair of stores has said so far."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: dict[str, dict[str, str]] = {"ground": {}, "sat": {}}
        self.digests: dict[tuple[str, str], str] = {}
        self.keys = self.sessions = self.met = 0

    def line(self, line: str) -> str | None:
        """Judges one line of a worker."""
        word, *rest = line.split()
        if word == "error":
            return line
        if word == "open":
            end, key, state, digest = rest
            self.opened[end][key] = state
            self.digests[end, key] = digest
            return self.state(end, key, state)
        if word == "state":
            self.keys += rest[2] == "available" and self.states.get((rest[0], rest[1])) != rest[2]
            return self.state(*rest)
        if word == "took":
            return self.take(rest[0], rest[1], rest[2], *map(int, rest[3:]))
        if word == "unsettled" and rest[1] != "0":
            return f"{rest[1]} keys are unsettled at {rest[0]} after a whole session"
        return None

    def meeting(self) -> str | None:
        """Judges the two stores when both have said what they hold."""
        self.met += 1
        fault = self.agreement(self.opened)
        for key, state in self.opened["ground"].items():
            other = self.opened["sat"].get(key)
            both = {"committed", "available"}
            same = self.digests["ground", key] == self.digests.get(("sat", key))
            if "available" in (state, other) and {state, other} <= both and not same:
                fault = fault or f"key {key} differs between the ends"
        self.opened = {"ground": {}, "sat": {}}
        return fault


class Instants:
    """Draws instants: a stage, all alike, and a time in it by how long it has taken."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.lengths: dict[str, float] = {}
        self.hits: collections.Counter[str] = collections.Counter()

    def draw(self) -> tuple[str, float, int]:
        """The stage, the part of its length to wait, and how often to let it pass."""
        stage = self.chance.choice(sorted(self.lengths) or ["open"])
        return stage, self.chance.uniform(0, 1.1), self.chance.choice((0,) * 7 + (1,))

    def took(self, stage: str, seconds: float) -> None:
        before = self.lengths.get(stage, seconds)
        self.lengths[stage] = 0.9 * before + 0.1 * min(seconds, 0.1)


class Life:
    """One life of a worker, or of two, up to a kill."""

    def __init__(self, judge: PassJudge, instants: Instants) -> None:
        self.judge, self.instants = judge, instants
        self.stage, self.begun, self.sessions = "", 0.0, 0
        self.aim, self.part, self.passes = instants.draw()
        self.due: float | None = None

    def enter(self, stage: str) -> None:
        """Notes that a stage begins, and sets the kill if it is the one."""
        now = time.monotonic()
        if self.stage and self.due is None:
            self.instants.took(self.stage, now - self.begun)
        self.stage, self.begun = stage, now
        if stage == self.aim and self.due is None:
            if self.passes == 0:
                self.due = now + self.part * self.instants.lengths.get(stage, 0.01)
            self.passes -= 1

    def end_session(self) -> None:
        self.sessions += 1
        self.judge.sessions += 1
        if self.sessions >= LONGEST and self.due is None:
            self.due = time.monotonic() + self.instants.chance.uniform(0, 0.02)


class Both(Life):
    """Both ends in one process."""

    def live(self, worker: str, folder: pathlib.Path, fault: str, seed: int) -> str | None:
        self.process = subprocess.Popen(
            [worker, "both", folder, str(seed), fault], stdout=subprocess.PIPE, bufsize=0)
        text, found, output = b"", None, self.process.stdout.fileno()
        self.enter("start")
        while self.due is None or time.monotonic() < self.due:
            rest = 1.0 if self.due is None else max(0, self.due - time.monotonic())
            if not select.select([output], [], [], min(rest, 1.0))[0]:
                continue
            data = os.read(output, 65536)
            if not data:
                break
            text = self.lines(text + data)
        self.process.send_signal(signal.SIGKILL)
        while data := os.read(output, 65536):
            text = self.lines(text + data)
        self.process.stdout.close()
        if self.process.wait() != -signal.SIGKILL:
            found = "the worker ended by itself"
        self.instants.hits[self.stage] += 1
        return self.fault or found

    fault: str | None = None

    def lines(self, text: bytes) -> bytes:
        """Judges whole lines; gives back what is left of the last."""
        *whole, rest = text.split(b"\n")
        for line in whole:
            told = line.decode()
            if told.startswith("stage "):
                self.enter(told[6:])
            elif told == "ready":
                self.fault = self.fault or self.judge.meeting()
            elif told.startswith("ended "):
                self.end_session()
            else:
                self.fault = self.fault or self.judge.line(told)
        return rest


class End:
    """One end in a process of its own."""

    def __init__(self, worker: str, name: str, folder: pathlib.Path, fault: str) -> None:
        self.name, self.unread = name, b""
        # Sessions begun, and those of which it has said what it holds.
        self.begun = self.told = 0
        self.process = subprocess.Popen(
            [worker, name, folder, fault], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            bufsize=0)
        self.output = self.process.stdout.fileno()

    def send(self, kind: str, content: bytes = b"") -> None:
        try:
            self.process.stdin.write(kind.encode() + len(content).to_bytes(2, "little") + content)
        except BrokenPipeError:
            pass

    def frames(self) -> list[tuple[str, bytes]] | None:
        """The whole frames that have come; `None` after the last."""
        data = os.read(self.output, 65536)
        if not data:
            return None
        self.unread += data
        whole = []
        while len(self.unread) >= 3:
            length = int.from_bytes(self.unread[1:3], "little")
            if len(self.unread) < 3 + length:
                break
            whole.append((chr(self.unread[0]), self.unread[3:3 + length]))
            self.unread = self.unread[3 + length:]
        return whole

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class Pair(Life):
    """The two ends in processes of their own: one dies, the other goes on."""

    # Bytes before the payload of a message, and the types whose first byte of payload is a step.
    HEAD, STEPS, LOSS = 22, (6, 7), 0.03

    def live(self, worker: str, folder: pathlib.Path, fault: str, seed: int) -> str | None:
        chance = random.Random(seed)
        self.chance, self.fault, self.open = chance, None, set()
        make = {name: lambda n=name: End(worker, n, folder, fault) for name in ("ground", "sat")}
        self.ends = {name: make[name]() for name in make}
        try:
            self.enter("start")
            while self.due is None:
                self.session(counts=True)
                if self.fault:
                    return self.fault
            victim = chance.choice(("ground", "sat"))
            self.instants.hits[f"{self.stage} {victim}"] += 1
            self.kill(victim)
            self.ends[victim] = make[victim]()
            # Neither end may be left unsure after a session that nothing disturbs.
            self.session(counts=False)
            return self.fault
        finally:
            for end in self.ends.values():
                end.end()

    def kill(self, victim: str) -> None:
        """Kills one end; what it had sent still comes or does not, and the other goes on."""
        end = self.ends[victim]
        end.process.send_signal(signal.SIGKILL)
        arrives = self.chance.random() < 0.5
        while (frames := end.frames()) is not None:
            for kind, content in frames:
                self.take(end, kind, content, relays=arrives)
        end.end()
        if victim == "sat":
            self.relay(until=time.monotonic() + self.chance.uniform(0, 0.012), lost="sat")
            self.ends["ground"].send("x")
            self.relay(until=time.monotonic() + 10, lost="sat", word="ended")
        else:
            self.relay(until=time.monotonic() + 0.002, lost="ground")

    def session(self, counts: bool) -> None:
        """One session: up to its end, or up to the kill if it `counts`."""
        number = self.chance.randrange(1 << 32).to_bytes(4, "little")
        self.open = set()
        for end in self.ends.values():
            end.send("b", number)
            end.begun += 1
        limit = time.monotonic() + 20
        self.relay(until=limit, word="ended", counts=counts)
        if self.due is not None and counts:
            return
        if self.fault is None and self.told != "ended":
            self.fault = "a session without faults did not come to its end"
        self.ends["sat"].send("x")
        self.relay(until=limit, word="unsettled sat", judged=True)
        self.end_session()

    def relay(self, until: float, word: str = "", lost: str = "", counts: bool = False,
              judged: bool = True) -> None:
        """Carries messages until a line begins with `word`, or for so long, or up to the kill."""
        self.told = ""
        while (now := time.monotonic()) < until and not self.fault:
            due = self.due if counts and self.due is not None else until
            if now >= due:
                return
            alive = {e.output: e for e in self.ends.values() if e.name != lost}
            for output in select.select(list(alive), [], [], min(due, until) - now)[0]:
                end = alive[output]
                frames = end.frames()
                if frames is None:
                    self.fault = self.fault or f"{end.name} ended by itself"
                    return
                for kind, content in frames:
                    self.take(end, kind, content, relays=not lost, word=word, disturbed=bool(lost))
            if self.told:
                return

    def take(self, end: End, kind: str, content: bytes, relays: bool, word: str = "",
             disturbed: bool = True) -> None:
        """Carries a message over, or judges a line."""
        if kind == "m":
            way, other = ("up", "sat") if end.name == "ground" else ("down", "ground")
            step = content[self.HEAD] if content[3] in self.STEPS else 0
            self.enter(f"{way}-{step}")
            if relays and self.chance.random() >= self.LOSS:
                self.ends[other].send("m", content)
            return
        line = content.decode()
        if word and line.startswith(word):
            self.told = word
        # What an end says late of a session that was cut short is not compared.
        is_late = end.told + 1 < end.begun
        if line == "ready":
            end.told += 1
            if not is_late:
                self.open.add(end.name)
            if len(self.open) == 2 and not is_late:
                self.fault = self.fault or self.judge.meeting()
        elif line.startswith("open") and is_late:
            return
        elif not line.startswith("ended") and not (disturbed and line.startswith("unsettled")):
            self.fault = self.fault or self.judge.line(line)


class Killer(threading.Thread):
    """Lives and kills, on stores of its own."""

    # Set when one has found a fault: the others stop too.
    found = threading.Event()

    def __init__(self, worker: str, kills: int, seed: int, fault: str) -> None:
        super().__init__()
        self.worker, self.wanted, self.planted = worker, kills, fault
        self.chance = random.Random(seed)
        self.counts: collections.Counter[str] = collections.Counter()
        self.instants = {kind: Instants(self.chance) for kind in (Both, Pair)}
        self.fault: str | None = None

    def run(self) -> None:
        # In memory where there is such a place: a kill does not ask whether the disk has it.
        fast = pathlib.Path("/dev/shm")
        folder = pathlib.Path(tempfile.mkdtemp(dir=fast if fast.is_dir() else None))
        judge = PassJudge()
        try:
            while self.counts["kills"] < self.wanted and not self.found.is_set():
                if self.counts["kills"] % LIVES == 0:
                    self.add(judge)
                    judge = PassJudge()
                    shutil.rmtree(folder)
                    folder.mkdir()
                kind = Both if self.chance.random() < 0.5 else Pair
                life = kind(judge, self.instants[kind])
                self.fault = life.live(
                    self.worker, folder, self.planted, self.chance.randrange(1 << 62))
                if self.fault:
                    self.found.set()
                self.counts["kills"] += 1
                self.counts[kind.__name__] += 1
        except Exception as problem:
            self.fault = f"{type(problem).__name__}: {problem}"
            self.found.set()
            raise
        finally:
            self.add(judge)
            shutil.rmtree(folder)

    def add(self, judge: PassJudge) -> None:
        for name in ("ranges", "keys", "sessions", "met"):
            self.counts[name] += getattr(judge, name)


# What the judge says of each fault put in on purpose.
NOTICED = {
    "use-first": "handed out twice", "early": "is available at", "no-reunion": "are unsettled",
}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("worker")
    parser.add_argument("--kills", type=int, default=400)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--jobs", type=int, default=min(4, os.cpu_count() or 1))
    parser.add_argument("--fault", choices=list(NOTICED), default="")
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
    counts = sum((killer.counts for killer in killers), collections.Counter())
    hits = sum((i.hits for k in killers for i in k.instants.values()), collections.Counter())
    fault = next((killer.fault for killer in killers if killer.fault), None)
    told = (f"{counts['kills']} kills in {time.monotonic() - begun:.0f} s, {counts['Pair']} of one "
            f"end only, in {len(hits)} stages; {counts['sessions']} whole sessions, "
            f"{counts['keys']} times a key became available, {counts['ranges']} pads, "
            f"{counts['met']} comparisons, seed {given.seed}")
    if given.fault:
        faults = [killer.fault for killer in killers if killer.fault]
        noticed = bool(faults) and all(NOTICED[given.fault] in each for each in faults)
        print(f"{given.fault} was {'' if noticed else 'not '}noticed: {fault}; after {told}")
        return 0 if noticed else 1
    if fault:
        print(f"{fault}\nafter {told}")
        return 1
    # In stages from opening to the last answer, of both ends together and of each alone.
    if min(counts["sessions"], counts["keys"]) < counts["kills"] / 4 or len(hits) < 40:
        print(f"too little was done to show anything: {told}")
        return 1
    print(f"no pad twice, no key at one end only, none left open: {told}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
