"""Damaged, foreign and full key stores: one clear error, no key released twice, nothing lost.

Reads the program from the environment variable LODESTAR and the source tree from LODESTAR_ROOT.
Prints every fault it finds and exits with 1 if there was one.
"""
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

import bad_input
from bad_input import ROOT, expect, lodestar, refuses, survives

TEXT = b"the text of a message that nobody else may read"


def digest(store):
    """What the store's files hold, but for the lock."""
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest()
            for file in store.iterdir() if file.name != "lock"}


def encrypt(store, out, *more, limit=None):
    text = out.with_suffix(".text")
    text.write_bytes(TEXT)
    return lodestar("otp", "encrypt", "--store", store, "--in", text, "--out", out, *more,
                    limit=limit)


def decrypts(pristine, folder, message, what):
    """Whether the other end, untouched so far, reads `message`."""
    store = folder / "reader"
    shutil.copytree(pristine, store)
    plain = folder / "plain"
    plain.unlink(missing_ok=True)
    run = lodestar("otp", "decrypt", "--store", store, "--in", message, "--out", plain)
    shutil.rmtree(store)
    expect(run.returncode == 0 and plain.read_bytes() == TEXT, f"{what}: not readable", run)


def wrapping_keys(folder, station):
    """A wrapping key that is another's, cut, missing or open to others changes nothing."""
    before = digest(station)
    out = folder / "never.otp"
    right = (station / "wrapping.key").read_bytes()
    cases = {
        "of another store": (os.urandom(32), 0o600),
        "cut": (right[:31], 0o600),
        "empty": (b"", 0o600),
        "too long": (right + b"\n", 0o600),
        "that others may read": (right, 0o644),
    }
    for name, (content, mode) in cases.items():
        key = folder / "other.key"
        key.unlink(missing_ok=True)
        key.write_bytes(content)
        key.chmod(mode)
        for command in (["keys", "list"], ["keys", "audit"],
                        ["otp", "encrypt", "--in", ROOT / "LICENSE", "--out", out]):
            refuses(f"{' '.join(map(str, command[:2]))}, a wrapping key {name}", *command,
                    "--store", station, "--wrapping-key", key, says=[key])
    refuses("a missing wrapping key", "keys", "list", "--store", station,
            "--wrapping-key", folder / "none.key", says=["none.key"])
    refuses("a missing store", "keys", "list", "--store", folder / "none", says=["none"])
    expect(not out.exists(), "a wrong wrapping key: a message was written")
    expect(digest(station) == before, "a wrong wrapping key: the store was changed")


def a_pass_with_a_foreign_key(folder, keys, board):
    """The pass refuses before the first photon."""
    other = folder / "foreign"
    shutil.copytree(keys, other)
    (other / "satellite" / "wrapping.key").write_bytes(os.urandom(32))
    out = folder / "foreign-pass"
    refuses("a pass with a wrong wrapping key", "run", "--board", board, "--keys", other,
            "--out", out, says=["wrapping"])
    expect(not (out / "raw.lts").exists(), "a pass with a wrong wrapping key was recorded")


def damaged_stores(folder, keys):
    """Whatever a byte of the store becomes: no wrong text, and no text twice under one key."""
    random.seed(20261121)
    whole = (keys / "station" / "keys.sqlite").read_bytes()
    copy = folder / "copy"
    refused = 0
    for number in range(60):
        damaged = bytearray(whole)
        if number < 6:
            what = f"a store cut at {random.randrange(len(whole))}"
            damaged = damaged[:int(what.split()[-1])]
        elif number < 10:
            what = f"a store of noise {number}"
            damaged = bytearray(random.randbytes(len(whole)))
        else:
            places = [random.randrange(len(whole)) for _ in range(1 + number % 5)]
            what = f"a store with a changed bit at {places}"
            for place in places:
                damaged[place] ^= 1 << random.randrange(8)
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(keys / "station", copy)
        (copy / "keys.sqlite").write_bytes(damaged)
        message = folder / "damaged.otp"
        message.unlink(missing_ok=True)
        run = encrypt(copy, message)
        expect(run.returncode >= 0, f"{what}: ended by signal {-run.returncode}", run)
        expect("Fatal error" not in run.stderr, f"{what}: not clear", run)
        if run.returncode == 0:
            decrypts(keys / "satellite", folder, message, what)
        else:
            refused += 1
            expect(len(re.findall(r"^error:", run.stderr, re.M | re.I)) == 1,
                   f"{what}: not one error", run)
            expect(not message.exists(), f"{what}: a refused message was written", run)
        survives(f"keys list, {what}", "keys", "list", "--store", copy)
    expect(refused > 12, f"only {refused} of 60 damaged stores were refused")


def full_disks(folder, keys):
    """A disk that is full refuses; what was there stays, and no range is handed out twice."""
    store, seen = folder / "full", set()
    shutil.copytree(keys / "station", store)
    for limit in (0, 512, 4_096, 40_000, 100_000, None):
        message = folder / f"full-{limit}.otp"
        run = encrypt(store, message, "--json", limit=limit)
        expect(run.returncode >= 0, f"a disk full at {limit}: ended by signal", run)
        if run.returncode != 0:
            expect(limit is not None, "a disk with room refuses", run)
            expect("Fatal error" not in run.stderr and run.stderr.strip(),
                   f"a disk full at {limit}: not clear", run)
            continue
        head = message.read_bytes()[:64]
        expect(head not in seen, f"a disk full at {limit}: the range of an earlier message")
        seen.add(head)
        decrypts(keys / "satellite", folder, message, f"after a disk full at {limit}")
    expect(len(seen) > 0, "no message after the disk had room again")


def clocks_that_jump(folder, keys):
    """The machine's clock is years off, either way: messages still pass, no range comes twice."""
    if shutil.which("faketime") is None:
        print("skipped: there is no faketime to set the clock with")
        return
    store, seen = folder / "jumping", set()
    shutil.copytree(keys / "station", store)
    text = folder / "jumping.text"
    text.write_bytes(TEXT)
    for when in ("2001-02-03 04:05:06", "2037-11-21 00:00:00", "1970-01-01 00:00:01"):
        message = folder / f"jumping-{when[:4]}.otp"
        run = subprocess.run(
            ["faketime", "-f", f"@{when}", bad_input.BINARY, "otp", "encrypt", "--store", store,
             "--in", text, "--out", message],
            capture_output=True, text=True, check=False, timeout=120)
        if not expect(run.returncode == 0, f"a clock at {when}: no message", run):
            continue
        head = message.read_bytes()[:64]
        expect(head not in seen, f"a clock at {when}: the range of an earlier message")
        seen.add(head)
        decrypts(keys / "satellite", folder, message, f"a clock at {when}")
    run = lodestar("keys", "audit", "--store", store, "--json")
    expect(run.returncode == 0, "the audit log cannot be read after the clock jumped", run)


def messages(folder, keys):
    """A message cut, changed, or of another store is refused, and costs no key."""
    store = folder / "sender"
    shutil.copytree(keys / "station", store)
    message = folder / "good.otp"
    run = encrypt(store, message)
    expect(run.returncode == 0, "a message is not written", run)
    good = message.read_bytes()
    reader = folder / "reader-of-bad"
    shutil.copytree(keys / "satellite", reader)
    before = json.loads(lodestar("keys", "list", "--store", reader, "--json").stdout)
    bad, plain = folder / "bad.otp", folder / "bad.text"
    random.seed(5)
    for number in range(40):
        if number < 10:
            cut = random.randrange(len(good))
            what, changed = f"a message cut at {cut}", good[:cut]
        else:
            place = random.randrange(len(good))
            changed = bytearray(good)
            changed[place] ^= 1 << random.randrange(8)
            what = f"a message with a changed bit at {place}"
        bad.write_bytes(changed)
        refuses(what, "otp", "decrypt", "--store", reader, "--in", bad, "--out", plain)
        expect(not plain.exists(), f"{what}: text was written")
    after = json.loads(lodestar("keys", "list", "--store", reader, "--json").stdout)
    expect(before == after, "refused messages cost key")
    decrypts(reader, folder, message, "after refused messages")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        keys, board = folder / "keys", ROOT / "boards/sim.toml"
        run = lodestar("run", "--board", board, "--seed", 2, "--keys", keys, "--json")
        expect(run.returncode == 0, "a pass fails", run)
        wrapping_keys(folder, keys / "station")
        a_pass_with_a_foreign_key(folder, keys, board)
        damaged_stores(folder, keys)
        full_disks(folder, keys)
        clocks_that_jump(folder, keys)
        messages(folder, keys)
    if bad_input.faults:
        print(f"bad keys: {len(bad_input.faults)} of {bad_input.checks} expectations failed",
              file=sys.stderr)
        sys.exit(1)
    print(f"bad keys: {bad_input.checks} expectations hold")


if __name__ == "__main__":
    main()
