"""Bad input on the command line: one clear error, exit code not 0, no crash, nothing recorded lost.

Reads the program from the environment variable LODESTAR and the source tree from LODESTAR_ROOT.
Prints every fault it finds and exits with 1 if there was one.
"""
import json
import os
import pathlib
import random
import re
import resource
import shutil
import signal
import stat
import struct
import subprocess
import sys
import tempfile
import time

BINARY = os.environ["LODESTAR"]
ROOT = pathlib.Path(os.environ["LODESTAR_ROOT"])
ENVIRONMENT = dict(os.environ, SWIFT_BACKTRACE="enable=no")
faults = []
checks = 0


def lodestar(*arguments, limit=None):
    """Runs the program; `limit` bounds the size of every file it writes, bytes."""
    def prepare():
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.run(
        [BINARY, *map(str, arguments)], capture_output=True, text=True, errors="replace",
        timeout=120, env=ENVIRONMENT, preexec_fn=prepare)


def expect(condition, what, run=None):
    global checks
    checks += 1
    if condition:
        return True
    faults.append(what)
    print(f"bad input: {what}")
    if run is not None:
        print(f"    exit {run.returncode}; stderr: {run.stderr.strip()[:600]}")
    return False


def refuses(what, *arguments, says=(), errors=1, limit=None):
    """Expects one clear error that contains each of `says`."""
    run = lodestar(*arguments, limit=limit)
    expect(run.returncode > 0, f"{what}: exit code {run.returncode}", run)
    text = run.stderr
    expect("Fatal error" not in text and "Error Domain" not in text, f"{what}: not clear", run)
    expect(len(re.findall(r"^error:", text, re.M | re.I)) == errors, f"{what}: not one error", run)
    for word in says:
        expect(str(word) in text, f"{what}: does not say {word}", run)
    return run


def survives(what, *arguments):
    """Expects an end of its own accord, whatever the answer, and a word if it is a refusal."""
    run = lodestar(*arguments)
    expect(run.returncode >= 0, f"{what}: ended by signal {-run.returncode}", run)
    expect(run.returncode == 0 or run.stderr.strip(), f"{what}: fails without a word", run)
    return run


def short_board(folder):
    """The simulated board with a pass of half a minute."""
    text = (ROOT / "boards/sim.toml").read_text()
    text = re.sub(r'lowest_elevation = "[^"]*"', 'lowest_elevation = "77 deg"', text)
    text += '\n[recorder]\nchunk = "64 KiB"\n' if "[recorder]" not in text else ""
    path = folder / "short.toml"
    path.write_text(text)
    return path


def tag_files(folder, recorded):
    for command in (["info"], ["head"], ["convert"]):
        def tags(file, *more):
            end = [folder / "out.csv"] if command == ["convert"] else []
            return ["tags", *command, file, *end]

        name = "tags " + command[0]
        missing = folder / "missing.ptu"
        refuses(f"{name} on a missing file", *tags(missing), says=[missing])
        refuses(f"{name} on a directory", *tags(folder), says=[folder])
        empty = folder / "empty.ptu"
        empty.write_bytes(b"")
        refuses(f"{name} on an empty file", *tags(empty), says=[empty])
        wrong = folder / "wrong.bin"
        wrong.write_bytes(b"GIF89a this is no recording of anything\n" * 50)
        refuses(f"{name} on a file of the wrong kind", *tags(wrong), says=[wrong])
        if os.geteuid() != 0:
            locked = folder / "locked.ptu"
            locked.write_bytes(b"PQTTTR")
            locked.chmod(0)
            refuses(f"{name} without permission", *tags(locked), says=[locked])
    random.seed(20260321)
    whole = recorded.read_bytes()[:400_000]
    damaged = folder / ("damaged" + recorded.suffix)
    for number in range(12):
        cut = random.randrange(len(whole))
        damaged.write_bytes(whole[:cut])
        survives(f"tags info, cut at {cut}", "tags", "info", damaged)
        flipped = bytearray(whole)
        for _ in range(1 + number):
            flipped[random.randrange(len(flipped))] ^= 1 << random.randrange(8)
        damaged.write_bytes(flipped)
        survives(f"tags info, flipped bits {number}", "tags", "info", damaged)
    # The second half before the first: time runs backwards at the seam.
    damaged.write_bytes(whole[len(whole) // 2:] + whole[:len(whole) // 2])
    survives("tags info, time backwards", "tags", "info", damaged)
    refuses("tags convert into a full disk", "tags", "convert", recorded, folder / "big.npy",
            says=["big.npy"], limit=4_096)


def full_devices(folder, whole, recorded):
    """A device that is always full, under names with the right endings."""
    if not os.path.exists("/dev/full"):
        print("skipped: there is no /dev/full")
        return
    for ending in ("csv", "npy", "ptu"):
        link = folder / f"full.{ending}"
        link.symlink_to("/dev/full")
        refuses(f"tags convert to a full device, {ending}", "tags", "convert", recorded, link,
                says=[link])
    page = folder / "full.html"
    page.symlink_to("/dev/full")
    refuses("report on a full device", "report", whole, "-o", page, says=[page, "No space"])
    for arguments in printing(folder, whole, recorded):
        run = lodestar(*arguments)
        expect(run.returncode == 0, f"{arguments[:2]} fails with room to write", run)
        with open("/dev/full", "w", encoding="ascii") as full:
            run = subprocess.run(
                [BINARY, *map(str, arguments)], stdout=full, stderr=subprocess.PIPE, text=True,
                timeout=120, env=ENVIRONMENT)
        what = " ".join(map(str, arguments[:2])) + f" ({len(arguments)}) with standard output full"
        expect(run.returncode > 0, f"{what}: exit code {run.returncode}", run)
        expect("cannot write to standard output" in run.stderr, f"{what}: does not say so", run)
    mode = os.stat("/dev/full").st_mode
    expect(stat.S_ISCHR(mode), "/dev/full was written over")


def printing(folder, whole, recorded):
    """Arguments of every command that prints, as text and as JSON."""
    counts = folder / "counts.json"
    counts.write_text(json.dumps({
        "method": "bbm92", "key": {"n": 100_000, "m": 1_000}, "test": {"n": 100_000, "m": 1_000},
        "f_ec": 1.16, "eps_sec": 1e-9, "eps_cor": 1e-15}))
    random.seed(4)
    alice, bob = folder / "alice.bits", folder / "bob.bits"
    bits = bytearray(random.randbytes(2_000))
    alice.write_bytes(bits)
    for place in random.sample(range(16_000), 160):
        bits[place // 8] ^= 1 << place % 8
    bob.write_bytes(bits)
    light = folder / "light.csv"
    light.write_text("t_s,light_time_ps\n" + "".join(f"{t},2.5e9\n" for t in range(20)))
    tags = folder / "beacon.qutag"
    tags.write_bytes(b"".join(struct.pack("<qH", k * 10**8, 2) for k in range(20_000)))
    sim = ROOT / "boards/sim.toml"
    seed = folder / "seed.bits"
    seed.write_bytes(random.randbytes(2_012) + b"\x00")
    for json_flag in ([], ["--json"]):
        yield ["tags", "info", recorded, *json_flag]
        yield ["tags", "head", recorded, *json_flag]
        yield ["tags", "head", recorded, "--count", 3_000, *json_flag]
        yield ["tags", "convert", recorded, folder / "printed.csv", *json_flag]
        yield ["replay", whole, *json_flag]
        yield ["report", whole, "-o", folder / "page.html", *json_flag]
        yield ["board", "check", sim, *json_flag]
        yield ["board", "show", sim, *json_flag]
        yield ["board", "schema", *json_flag]
        yield ["keylength", "--input", counts, *json_flag]
        yield ["distil", "--alice", alice, "--bob", bob, "--qber", 0.01, *json_flag]
        yield ["amplify", "--in", alice, "--in-bits", 16_000, "--seed", seed,
               "--bits", 100, "--out", folder / "amplified.bits", *json_flag]
        yield ["analyse", tags, "--format", "qutag", "--board", ROOT / "boards/recording.toml",
               "--light-time", light, "--start-utc", "2026-03-20T21:00:00Z",
               "--out", folder / "analysed", *json_flag]
    yield ["run", "--board", short_board(folder), "--seed", 3, "--json"]
    for command in ([], ["run"], ["tags"], ["board", "schema"], ["keylength"]):
        yield [*command, "--help"]
    yield ["--version"]


def full_disk(folder, board, summary):
    """A disk that really is full: what was recorded before stays and can be replayed."""
    disk = folder / "disk"
    disk.mkdir()
    for size in ("64k", "512k"):
        mount = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "lodestar", disk],
                               capture_output=True, text=True, check=False)
        if mount.returncode != 0:
            print("skipped: a disk of its own may not be mounted here; RLIMIT_FSIZE stands for it")
            return
        try:
            out = disk / "pass"
            refuses(f"a disk of {size}", "run", "--board", board, "--seed", 3, "--out", out,
                    says=[out])
            if (out / "raw.lts").exists() and (out / "journal.bin").exists():
                run = survives(f"replay from a disk of {size}", "replay", out, "--json")
                if run.returncode == 0:
                    bits = json.loads(run.stdout)["sifted_bits"]
                    expect(bits <= summary["sifted_bits"], "a full disk made more bits")
        finally:
            subprocess.run(["umount", disk], check=True)


def extreme_times(folder):
    """quTAG records hold any 64-bit time; none may overflow in the analysis."""
    table = folder / "light.csv"
    table.write_text("t_s,light_time_ps\n" + "".join(f"{t},2.5e9\n" for t in range(20)))
    # Rows of one picosecond among rows of one second: any polynomial leaves all bounds.
    uneven = folder / "uneven.csv"
    uneven.write_text("t_s,light_time_ps\n" + "".join(
        f"{t},{light}\n" for t, light in [
            ("0", "0"), ("0.000000000001", "1.5e13"), ("0.000000000002", "0"), ("1", "1.5e13"),
            ("2", "0"), ("2.000000000001", "1.5e13"), ("3", "0"), ("4", "0")]))
    board = ROOT / "boards/recording.toml"
    second = 10**12
    beacon = [(2, k * 10**8) for k in range(20_000)]
    edges = [(1, k * second) for k in range(4)]
    lowest, highest = -(1 << 63), (1 << 63) - 1
    cases = {
        "lowest first": ([(2, lowest), *beacon], False),
        "highest last": ([*edges, *beacon, (2, highest), (3, highest)], True),
        "1PPS at both ends": ([(1, lowest), *beacon, (1, highest), (1, highest - second)], True),
        "25 days on": ([*beacon, *[(c, 25 * 86_400 * second + t) for c, t in beacon]], False),
        "25 days before": ([*[(c, t - 25 * 86_400 * second) for c, t in beacon], *beacon], False),
        "edges that jump": ([*[(1, k * 9 * second // 10) for k in range(9)], *beacon], False),
    }
    reversed_order = folder / "reversed.qutag"
    reversed_order.write_bytes(b"".join(struct.pack(">qH", time, c) for c, time in beacon))
    order = "most significant byte first"
    refuses("tags info, bytes reversed", "tags", "info", reversed_order, says=[order])
    refuses("tags info, bytes reversed, as qutag", "tags", "info", reversed_order,
            "--format", "qutag", says=[order])
    refuses("analyse, bytes reversed", "analyse", reversed_order, "--format", "qutag",
            "--board", board, "--light-time", table, "--start-utc", "2026-03-20T21:00:00Z",
            "--out", folder / "extreme", says=[order])
    for name, (tags, is_refused) in cases.items():
        file = folder / "extreme.qutag"
        file.write_bytes(b"".join(struct.pack("<qH", time, channel) for channel, time in tags))
        arguments = ["analyse", file, "--format", "qutag", "--board", board,
                     "--start-utc", "2026-03-20T21:00:00Z", "--out", folder / "extreme"]
        for light in (table, uneven):
            what = f"analyse, {name}, {light.stem} table"
            if is_refused:
                refuses(what, *arguments, "--light-time", light, says=[file, "26 days"])
            elif name == "lowest first" and light is table:
                refuses(what, *arguments, "--light-time", light, says=[file, "byte 0"])
            else:
                survives(what, *arguments, "--light-time", light)
        for zero in (lowest, highest):
            refuses(f"analyse from {zero}", *arguments, "--light-time", table,
                    f"--tag-zero={zero}", says=["--tag-zero", zero])


def board_files(folder):
    text = (ROOT / "boards/sim.toml").read_text()
    bad = folder / "bad.toml"
    wrong = [
        (r'slot_rate = "625 MHz"', 'slot_rate = "625 ps"'),
        (r'width = "800 ps"', 'width = 800'),
        (r'culmination = "80.6 deg"', 'culmination = "100 deg"'),
        (r'missed = 0.3', 'missed = 1.7'),
        (r'retry = "60 ms"', 'retries = "60 ms"'),
        (r'dead_time = "50 ns"', 'dead_time = "1e-9223372036854775808 ns"'),
    ]
    for old, new in wrong:
        assert old in text, old
        text = text.replace(old, new)
    bad.write_text(text)
    run = refuses("a board with six faults", "run", "--board", bad, says=[bad])
    for _, new in wrong:
        line = 1 + text[:text.index(new)].count("\n")
        key = new.split(" ")[0]
        hit = [part for part in run.stderr.splitlines() if re.search(rf"\b{line}\b", part)]
        expect(any(key in part for part in hit), f"a board with six faults: {key}, line {line}", run)
    out = folder / "never"
    refuses("a bad board with --out", "run", "--board", bad, "--out", out)
    expect(not out.exists(), "a bad board made an output directory")
    bad.write_text("[board\nname = ")
    refuses("a board that is not TOML", "run", "--board", bad, says=[bad])
    bad.write_bytes(b"\xff\xfe\x00\x01" * 100)
    refuses("a board that is not text", "run", "--board", bad, says=[bad])
    bad.write_text("")
    refuses("an empty board", "run", "--board", bad, says=[bad])
    refuses("a missing board", "run", "--board", folder / "none.toml", says=["none.toml"])
    refuses("a directory for a board", "run", "--board", folder, says=[folder])


def recordings(folder, board):
    whole = folder / "pass"
    run = lodestar("run", "--board", board, "--seed", 3, "--out", whole, "--json")
    expect(run.returncode == 0, "a short pass fails", run)
    summary = json.loads(run.stdout)
    before = (whole / "raw.lts").read_bytes()
    refuses("a directory that holds a pass", "run", "--board", board, "--out", whole, says=[whole])
    expect((whole / "raw.lts").read_bytes() == before, "a recording was written over")

    file = folder / "file"
    file.write_text("x")
    refuses("a file for --out", "run", "--board", board, "--out", file, says=[file])
    refuses("--out below a file", "run", "--board", board, "--out", file / "x", says=[file])
    if os.geteuid() != 0:
        closed = folder / "closed"
        closed.mkdir(mode=0o555)
        refuses("a read-only --out", "run", "--board", board, "--out", closed, says=[closed])
    elif os.path.isdir("/proc/self"):
        refuses("--out where nothing can be made", "run", "--board", board,
                "--out", "/proc/lodestar", says=["/proc/lodestar"])

    # A full disk: what was recorded before stays and can be replayed.
    for limit in (300, 20_000, 300_000):
        full = folder / f"full-{limit}"
        refuses(f"a disk full at {limit}", "run", "--board", board, "--seed", 3, "--out", full,
                says=[full], limit=limit)
        if (full / "raw.lts").exists() and (full / "journal.bin").exists():
            run = survives(f"replay after a disk full at {limit}", "replay", full, "--json")
            if run.returncode == 0:
                bits = json.loads(run.stdout)["sifted_bits"]
                expect(bits <= summary["sifted_bits"], "a full disk made more bits")
    survives("replay of a short pass", "replay", whole)
    return whole, summary


def replays(folder, whole, summary):
    refuses("replay of nothing", "replay", folder / "none", says=["none"])
    empty = folder / "empty"
    empty.mkdir()
    refuses("replay of an empty directory", "replay", empty, says=[empty])
    random.seed(7)
    for name in sorted(os.listdir(whole)):
        if name.startswith("telemetry") or name in ("summary.json", "report.html", "keys"):
            continue
        content = (whole / name).read_bytes()
        copy = folder / "copy"
        shutil.copytree(whole, copy)
        (copy / name).unlink()
        refuses(f"replay without {name}", "replay", copy, says=[name])
        for kind in ("empty", "cut", "flipped", "noise"):
            damaged = bytearray(content)
            if kind == "empty":
                damaged = b""
            elif kind == "cut":
                damaged = content[:random.randrange(len(content))]
            elif kind == "flipped":
                damaged[random.randrange(len(damaged))] ^= 1 << random.randrange(8)
            else:
                damaged = random.randbytes(len(content))
            (copy / name).write_bytes(damaged)
            run = survives(f"replay with {name} {kind}", "replay", copy, "--json")
            try:
                bits = json.loads(run.stdout)["sifted_bits"]
            except (ValueError, KeyError):
                bits = 0
            if name in ("raw.lts", "journal.bin"):
                expect(bits <= summary["sifted_bits"], f"{name} {kind}: more bits than sifted", run)
        shutil.rmtree(copy)


def interruptions(folder):
    """A whole pass is stopped on its way; it takes seconds, so that there is a way."""
    for name, number in (("SIGKILL", signal.SIGKILL), ("SIGINT", signal.SIGINT),
                         ("SIGTERM", signal.SIGTERM)):
        out = folder / name.lower()
        process = subprocess.Popen(
            [BINARY, "run", "--board", str(ROOT / "boards/sim.toml"), "--out", str(out), "--json"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
        deadline = time.monotonic() + 60
        # Until a few chunks are on the disk.
        while time.monotonic() < deadline and process.poll() is None:
            raw = out / "raw.lts"
            if raw.exists() and raw.stat().st_size > 3 << 20:
                break
            time.sleep(0.01)
        if process.poll() is not None:
            expect(False, f"{name}: the pass ended before it could be stopped")
            continue
        process.send_signal(number)
        output, errors = process.communicate(timeout=60)
        if number == signal.SIGKILL:
            expect(process.returncode == -signal.SIGKILL, f"{name}: exit {process.returncode}")
        else:
            expect(process.returncode == 128 + number,
                   f"{name}: exit {process.returncode}, documented is {128 + number}: {errors}")
            expect((out / "summary.json").exists(), f"{name}: no summary")
            expect("sifted_sha256" in output, f"{name}: no summary on standard output")
        run = survives(f"replay after {name}", "replay", out, "--json")
        try:
            replayed = json.loads(run.stdout)
        except ValueError:
            expect(False, f"replay after {name}: no summary", run)
            continue
        expect(replayed["sifted_bits"] > 0, f"replay after {name}: nothing was kept", run)
        if number != signal.SIGKILL:
            expect(run.returncode == 0, f"replay after {name}: differs", run)


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        board = short_board(folder)
        whole, summary = recordings(folder, board)
        replays(folder, whole, summary)
        board_files(folder)
        extreme_times(folder)
        full_disk(folder, board, summary)
        data = ROOT.parent / "shared/data/timetags"
        candidates = sorted(data.glob("*.timeres")) if data.is_dir() else []
        if candidates:
            source = candidates[0]
            recorded = folder / ("tags" + source.suffix)
            shutil.copy(source, recorded)
            tag_files(folder, recorded)
            full_devices(folder, whole, recorded)
        else:
            print("no recordings beside the tree: damaged tag files are left to the fuzz targets")
        interruptions(folder)
    if faults:
        print(f"bad input: {len(faults)} of {checks} expectations failed", file=sys.stderr)
        sys.exit(1)
    print(f"bad input: {checks} expectations hold")


if __name__ == "__main__":
    main()
