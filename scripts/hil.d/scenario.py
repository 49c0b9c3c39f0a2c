"""Scenario files of scripts/hil (Tests/HIL/*.toml): read, checked whole, and played.

docs/hil.md says how one is written.
"""

import base64
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time
import tomllib

from machine import MachineError, connect, die_with_parent

UNITS = {"ms": 1e-3, "s": 1.0, "min": 60.0}


class Wrong(Exception):
    """A scenario file that cannot be played, in one sentence."""


class Missed(Exception):
    """An expectation that did not hold, in a few lines."""


def seconds(text, where):
    """`"500 ms"` as seconds."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?) (ms|s|min)", text) if isinstance(text, str) else None
    if not match:
        raise Wrong(f"{where} is {text!r}; wanted is a time with its unit, such as \"20 s\"")
    return float(match[1]) * UNITS[match[2]]


# What a scenario file may hold. A step is one of ACTIONS with some of WITH_ACTION.
TOP = {"name": str, "shows": str, "needs": list, "time_limit": str, "from": str, "use": list, "board": dict,
       "chip": list, "serial": list, "server": list, "usb": list, "step": list}
LISTS = ("chip", "serial", "server", "usb", "step")
BOARD = {"inherits": str, "set": dict}
CHIP = {"label": str, "lines": list}
SERIAL = {"name": str, "number": str, "to": str}
SERVER = {"name": str, "run": str, "ready": str, "ports": list, "control": str, "time_limit": str}
USB = {"server": str, "port": str, "bus": str}
ACTIONS = {"guest": str, "host": str, "order": str, "send": str, "wait": str, "pull": str, "line": str,
           "unplug": str, "plug": str, "attach": str, "stop": str, "signal": str, "finish": str, "file": str,
           "same": list, "received": str, "put": str}
WITH_ACTION = {"as": str, "exit": (int, str), "output": (str, list), "without": (str, list), "error": (str, list),
               "json": dict, "keep": (str, dict), "time_limit": str, "until": bool, "begin": str, "to": str,
               "up": bool, "is": bool, "within": str, "exists": bool, "holds": str, "mode": str, "owner": str,
               "input": str, "answer": str, "about": str, "figures": bool}


def check(table, allowed, where):
    for key, value in table.items():
        if key not in allowed:
            raise Wrong(f"{where} has a key {key!r}; known are {', '.join(sorted(allowed))}")
        if not isinstance(value, allowed[key]):
            raise Wrong(f"{where}.{key} is {value!r}, which is not of the right kind")


def read(path):
    """A file of TOML, with the lists of the shared files that it uses before its own."""
    try:
        text = tomllib.loads(path.read_text())
    except OSError as error:
        raise Wrong(f"{path} cannot be read: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise Wrong(f"{path}: {error}") from error
    check(text, TOP, str(path))
    shared = path.parent if path.parent.name == "shared" else path.parent / "shared"
    for name in reversed(text.get("use", [])):
        other = read(shared / f"{name}.toml")
        for key in (*LISTS, "needs"):
            if key in other:
                text[key] = other[key] + text.get(key, [])
        if "board" in other:
            mine = text.get("board", {})
            text["board"] = other["board"] | mine | {"set": other["board"].get("set", {}) | mine.get("set", {})}
        if "from" in other:
            text.setdefault("from", other["from"])
    return text


class Scenario:
    """One file, read and checked."""

    def __init__(self, path):
        self.path, self.name = path, path.stem
        self.text = read(path)
        for key in ("name", "step"):
            if key not in self.text:
                raise Wrong(f"{path} has no {key}")
        check(self.text.get("board", {}), BOARD, f"{path}: board")
        for kind, allowed in (("chip", CHIP), ("serial", SERIAL), ("server", SERVER), ("usb", USB)):
            for number, table in enumerate(self.text.get(kind, []), 1):
                check(table, allowed, f"{path}: {kind} {number}")
        for number, step in enumerate(self.text["step"], 1):
            where = f"{path}: step {number}"
            check(step, ACTIONS | WITH_ACTION, where)
            if sum(key in ACTIONS for key in step) != 1:
                raise Wrong(f"{where} must have exactly one of {', '.join(ACTIONS)}")
            for key in ("time_limit", "within", "wait"):
                if key in step:
                    seconds(step[key], f"{where}.{key}")
        self.title = self.text["name"]
        self.start = self.text.get("from", "ready")
        self.needs = list(dict.fromkeys(self.text.get("needs", [])))
        self.limit = seconds(self.text.get("time_limit", "180 s"), f"{path}: time_limit")


class Server:
    """A program on the host that a scenario talks to, with its log."""

    def __init__(self, table, play):
        self.name, self.play = table["name"], play
        self.log = play.folder / f"{self.name}.log"
        self.command = play.fill(table["run"])
        self.control = play.fill(table.get("control", ""))
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                ["bash", "-c", self.command], cwd=play.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=play.environment, start_new_session=True, preexec_fn=die_with_parent)
        if "ready" in table:
            self.wait_for(play.fill(table["ready"]), seconds(table.get("time_limit", "60 s"), "server.time_limit"))

    def wait_for(self, text, limit):
        end = time.monotonic() + limit
        while text not in self.text():
            if self.process.poll() is not None:
                raise Missed(f"server {self.name} ended with code {self.process.returncode}:\n{self.text()[-2000:]}")
            if time.monotonic() > end:
                raise Missed(f"server {self.name} did not say {text!r} in {limit:g} s:\n{self.text()[-2000:]}")
            time.sleep(0.05)

    def text(self):
        return self.log.read_text(errors="replace")

    def order(self, line):
        """One line to the server's control socket, and its answer."""
        if not self.control:
            raise Wrong(f"server {self.name} has no control")
        if re.fullmatch(r"[0-9.]+:\d+", self.control):
            host, port = self.control.split(":")
            link = socket.create_connection((host, int(port)), timeout=10)
        else:
            link = connect(self.control, 10)
        with link:
            link.settimeout(30)
            link.sendall(line.encode() + b"\n")
            return link.makefile("r").readline().rstrip("\n")

    def stop(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            os.killpg(self.process.pid, number)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def value_at(value, path):
    """The value at `a.b.0.c`; `a[name=x].c` finds the element of a list whose `name` is `x`."""
    for key, wanted, part in re.findall(r"\[([^\]=]+)=([^\]]*)\]|([^.\[\]]+)", path):
        if isinstance(value, list) and key:
            value = next((item for item in value if str(item.get(key)) == wanted), None)
        elif isinstance(value, list) and part == "count":
            value = len(value)
        elif isinstance(value, list):
            value = value[int(part)] if part.isdigit() and int(part) < len(value) else None
        else:
            value = value.get(part) if isinstance(value, dict) else None
        if value is None:
            return None
    return value


def holds(found, wanted):
    """Whether a JSON value is the one wanted: itself, or a text such as `>= 3` or `~ pattern`."""
    if isinstance(wanted, str) and (match := re.fullmatch(r"(>=|<=|>|<|!=|~) (.*)", wanted)):
        sign, right = match.groups()
        if sign == "~":
            return found is not None and re.search(right, str(found)) is not None
        if sign == "!=":
            return str(found) != right
        try:
            left, right = float(found), float(right)
        except (TypeError, ValueError):
            return False
        return {">=": left >= right, "<=": left <= right, ">": left > right, "<": left < right}[sign]
    return found == wanted


def texts(value):
    return [value] if isinstance(value, str) else value


class Play:
    """A scenario being played on a machine: its servers, ports and values kept from steps."""

    def __init__(self, scenario, machine, folder, programs, root):
        self.scenario, self.machine = scenario, machine
        self.folder = folder
        self.values = {"folder": str(folder), "root": str(root), "programs": str(programs)}
        self.environment = os.environ | {"PATH": f"{programs}:{os.environ['PATH']}", "SWIFT_BACKTRACE": "enable=no"}
        self.servers, self.begun, self.links, self.unread = {}, {}, {}, {}
        self.end = time.monotonic() + scenario.limit
        self.tell = False
        self.figures = folder / "figures"

    def fill(self, text):
        """Puts values in place of `${name}`; other dollars stay."""
        return re.sub(r"\$\{([a-z][a-z0-9_]*)\}", lambda m: self.values.get(m[1], m[0]), text)

    def prepare(self):
        """Starts the servers, and plugs in what the scenario's machine has."""
        text = self.scenario.text
        for table in text.get("server", []):
            for port in table.get("ports", []):
                self.values[port] = str(free_port())
        if "board" in text:
            self.write_board(text["board"])
        for table in text.get("server", []):
            self.servers[table["name"]] = Server(table, self)
        for table in text.get("chip", []):
            self.make_chip(table)
        for table in text.get("serial", []):
            self.make_serial(table)
        for table in text.get("usb", []):
            self.attach(table)

    def write_board(self, table):
        """The station's board, on the host in ${boards} beside all others, and in the guest where it belongs."""
        boards = self.folder / "boards"
        shutil.copytree(f"{self.values['root']}/boards", boards)
        self.values["boards"] = str(boards)
        sections = {"board": {"name": "station", "inherits": table["inherits"]}}
        for key, value in table.get("set", {}).items():
            section, _, name = key.rpartition(".")
            sections.setdefault(section, {})[name] = self.fill(value) if isinstance(value, str) else value
        text = "".join(f"[{section}]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in keys.items())
                       for section, keys in sections.items())
        (boards / "station.toml").write_text(text)
        self.must("mkdir -p /etc/lodestar && cat > /etc/lodestar/station.toml", stdin=text)

    def make_chip(self, table):
        label, lines = table["label"], table["lines"]
        folder = f"/sys/kernel/config/gpio-sim/{label}"
        words = [f"mkdir -p {folder}/bank0", f"echo {len(lines)} > {folder}/bank0/num_lines",
                 f"echo {label} > {folder}/bank0/label"]
        for number, name in enumerate(lines):
            if name:
                words += [f"mkdir {folder}/bank0/line{number}", f"echo {name} > {folder}/bank0/line{number}/name"]
        self.must("set -e; " + "; ".join([*words, f"echo 1 > {folder}/live"]))

    def make_serial(self, table):
        name = table["name"]
        if "to" in table:
            host, port = self.fill(table["to"]).rsplit(":", 1)
            address = {"type": "inet", "data": {"host": host, "port": port}}
            backend = {"type": "socket", "data": {"addr": address, "server": False, "reconnect": 1}}
        else:
            path = self.folder / f"serial-{name}"
            address = {"type": "unix", "data": {"path": str(path)}}
            backend = {"type": "socket", "data": {"addr": address, "server": True, "wait": False}}
        self.machine.plug_serial(name, backend, table.get("number", name))
        if "to" not in table:
            self.links[name] = connect(path, 5)

    def attach(self, table):
        server = self.values.get(table["port"], table["port"])
        bus = table.get("bus", "1-1")
        self.must(f"usbip --tcp-port {server} attach -r bench -b {bus} && udevadm settle -t 20")

    def must(self, command, limit=60, stdin=""):
        answer = self.machine.run(command, limit, stdin=stdin)
        if answer["exit"] != 0:
            raise Missed(f"in the guest: {command}\nexit {answer['exit']}\n{answer['out'][-1500:]}{answer['err'][-1500:]}")
        return answer["out"]

    # Steps.

    def play(self):
        for number, step in enumerate(self.scenario.text["step"], 1):
            if time.monotonic() > self.end:
                raise Missed(f"step {number} was not reached in {self.scenario.limit:g} s")
            action = next(key for key in step if key in ACTIONS)
            begun = time.monotonic()
            try:
                getattr(self, "do_" + action)(self.fill(step[action]) if isinstance(step[action], str)
                                              else step[action], step)
            except Missed as missed:
                about = f" ({step['about']})" if "about" in step else ""
                raise Missed(f"step {number}{about}: {missed}") from missed
            except (OSError, ValueError, KeyError) as error:
                raise Missed(f"step {number}: {action} {step[action]}: {type(error).__name__}: {error}") from error
            if self.tell:
                print(f"    {time.monotonic() - begun:6.1f} s  step {number:2}  {action} {str(step[action])[:80]!r}",
                      flush=True)

    def limit(self, step, usual="30 s"):
        return min(seconds(step.get("time_limit", usual), "time_limit"), max(1, self.end - time.monotonic()))

    def repeat(self, step, attempt):
        """Runs `attempt` once, or with `until` again and again until its expectations hold."""
        end = time.monotonic() + self.limit(step)
        while True:
            try:
                return attempt(max(1, end - time.monotonic()))
            except Missed:
                if not step.get("until") or time.monotonic() > end:
                    raise
                time.sleep(0.2)

    def do_guest(self, command, step):
        stdin = self.fill(step.get("input", ""))
        if "begin" in step:
            order = {"run": command, "timeout": self.end - time.monotonic(), "input": stdin}
            if "as" in step:
                order["user"] = step["as"]
            self.begun[step["begin"]] = self.machine.begin(**order)
            return

        def attempt(limit):
            self.judge(self.machine.run(command, limit, step.get("as"), stdin), step, command)
        self.repeat(step, attempt)

    def do_finish(self, name, step):
        limit = self.limit(step)
        answer = self.machine.finish(self.begun[name], limit)
        if answer is None:
            raise Missed(f"what was begun as {name} does not end in {limit:g} s")
        self.judge(answer, step, name)

    def do_host(self, command, step):
        def attempt(limit):
            begun = time.monotonic()
            process = subprocess.Popen(
                ["bash", "-c", command], cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, env=self.environment, start_new_session=True, preexec_fn=die_with_parent)
            try:
                out, err = process.communicate(self.fill(step.get("input", "")).encode(), limit)
                code = process.returncode
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                out, err = process.communicate()
                code = "timeout"
            self.judge({"exit": code, "out": out.decode(errors="replace"), "err": err.decode(errors="replace"),
                        "seconds": time.monotonic() - begun}, step, command)
        self.repeat(step, attempt)

    def judge(self, answer, step, what):
        """Compares how a command went with what the step expects, and keeps values."""
        faults = []
        wanted = step.get("exit", 0)
        if wanted == "not 0":
            if answer["exit"] in (0, "timeout"):
                faults.append(f"exit is {answer['exit']}, wanted is a failure")
        elif wanted != "any" and answer["exit"] != wanted:
            faults.append(f"exit is {answer['exit']}, wanted {wanted}")
        for key, stream in (("output", "out"), ("error", "err")):
            faults += [f"{key} lacks {text!r}" for text in texts(step.get(key, []))
                       if self.fill(text) not in answer[stream]]
        faults += [f"it says {text!r}" for text in texts(step.get("without", []))
                   if text in answer["out"] + answer["err"]]
        value = None
        keep = step.get("keep")
        if "json" in step or isinstance(keep, dict):
            try:
                value = json.loads(answer["out"])
            except ValueError as error:
                faults.append(f"output is no JSON: {error}")
        for path, right in step.get("json", {}).items() if value is not None else ():
            right = self.fill(right) if isinstance(right, str) else right
            found = value_at(value, path)
            if not holds(found, right):
                faults.append(f"{path} is {found!r}, wanted {right!r}")
        if "within" in step and answer["seconds"] > seconds(step["within"], "within"):
            faults.append(f"it took {answer['seconds']:.2f} s, wanted within {step['within']}")
        if faults:
            shown = "".join(f"\n    | {line}" for line in (answer["out"][-1500:] + answer["err"][-1500:]).splitlines())
            raise Missed(f"{what}\n    " + "\n    ".join(faults) + shown)
        if step.get("figures"):
            with open(self.figures, "a") as file:
                file.write(answer["out"])
        if isinstance(keep, str):
            self.values[keep] = answer["out"].strip()
        elif keep:
            for name, path in keep.items():
                self.values[name] = str(value_at(value, path))

    def do_order(self, line, step):
        name = step.get("to") or next(iter(self.servers))

        def attempt(limit):
            answer = self.servers[name].order(line)
            if self.fill(step.get("answer", "")) not in answer:
                raise Missed(f"{name} answered {line!r} with {answer!r}, wanted {step['answer']!r}")
        self.repeat(step, attempt)

    def do_wait(self, text, step):
        time.sleep(seconds(text, "wait"))

    def line_folder(self, line):
        """The shell words for the folder of a line `CHIP/NUMBER` of gpio-sim."""
        label, number = line.split("/")
        chip = f"$(gpiodetect | sed -n 's/^\\(gpiochip[0-9]*\\) \\[{label}\\].*/\\1/p')"
        return f"cd /sys/devices/platform/gpio-sim.*/{chip}/sim_gpio{number}"

    def do_pull(self, line, step):
        level = "pull-up" if step["up"] else "pull-down"
        self.must(f"{self.line_folder(line)} && echo {level} > pull")

    def do_line(self, line, step):
        """Expects a line's level, at once or `within` a time."""
        words = f"{self.line_folder(line)} && cat value"
        end = time.monotonic() + (seconds(step["within"], "within") if "within" in step else 0)
        while True:
            found = self.must(words).strip() == "1"
            if found == step["is"]:
                return
            if time.monotonic() > end:
                raise Missed(f"line {line} is {'high' if found else 'low'}")

    def do_unplug(self, name, step):
        self.machine.unplug_serial(name)

    def do_plug(self, name, step):
        self.machine.plug_serial_again(name, name)

    def do_attach(self, port, step):
        self.attach({"port": port, "bus": step.get("to", "1-1")})

    def do_send(self, text, step):
        """Bytes to the program behind a serial port whose other end the scenario holds."""
        self.links[step["to"]].sendall(text.encode("latin-1"))

    def do_received(self, text, step):
        """Expects bytes from a serial port whose other end the scenario holds; what follows them is kept."""
        link, wanted = self.links[step["to"]], text.encode("latin-1")
        end, found = time.monotonic() + self.limit(step), self.unread.pop(step["to"], b"")
        while wanted not in found:
            link.settimeout(max(0.01, end - time.monotonic()))
            try:
                data = link.recv(4096)
            except TimeoutError:
                data = b""
            if not data:
                raise Missed(f"{step['to']} brought {found[-500:]!r}, wanted {text!r}")
            found += data
        self.unread[step["to"]] = found.split(wanted, 1)[1]

    def do_stop(self, name, step):
        self.servers[name].stop()

    def do_signal(self, name, step):
        """Sends a signal to a unit of systemd in the guest: `signal = "KILL", to = "lodestard"`."""
        self.must(f"systemctl kill -s {name} {step['to']}")

    def do_file(self, path, step):
        """Expects a file of the guest to be there or not, to hold a text, to have a mode."""
        def attempt(limit):
            answer = self.machine.run(f"stat -c '%a %U:%G' {path}", limit)
            there = answer["exit"] == 0
            if there != step.get("exists", True):
                raise Missed(f"{path} is {'there' if there else 'missing'}")
            mode, _, owner = answer["out"].strip().partition(" ")
            for key, found in (("mode", mode), ("owner", owner)):
                if key in step and step[key] != found:
                    raise Missed(f"{path} has {key} {found}, wanted {step[key]}")
            if "holds" in step and self.fill(step["holds"]) not in self.must(f"cat {path}"):
                raise Missed(f"{path} lacks {step['holds']!r}")
        self.repeat(step, attempt)

    def do_put(self, path, step):
        """Copies a folder of the host to `to` in the guest, with `owner` and `mode` if they are given."""
        self.must(f"mkdir -p {step['to']}")
        packed = subprocess.run(["tar", "-C", path, "-cz", "."], capture_output=True, check=True).stdout
        words = f"base64 -d | tar -C {step['to']} --no-same-owner -xz"
        if "owner" in step:
            words += f" && chown -R {step['owner']} {step['to']}"
        if "mode" in step:
            words += f" && chmod {step['mode']} {step['to']}"
        self.must(words, 60, base64.b64encode(packed).decode())

    def do_same(self, names, step):
        """Expects kept values to be equal, and not empty."""
        found = {name: self.values.get(name) for name in names}
        if len(set(found.values())) != 1 or not next(iter(found.values())):
            raise Missed(", ".join(f"{name} is {value!r}" for name, value in found.items()))

    def gather(self, to):
        """Saves what helps to see why: the guest's logs and the servers'."""
        to.mkdir(parents=True, exist_ok=True)
        for server in self.servers.values():
            shutil.copy(server.log, to)
        for name, command in (("journal", "journalctl -b --no-pager -o short-precise | tail -n 400"), ("dmesg", "dmesg | tail -n 200")):
            try:
                (to / f"{name}.log").write_text(self.machine.run(command, 30)["out"])
            except MachineError as error:
                (to / f"{name}.log").write_text(str(error))

    def close(self):
        for server in self.servers.values():
            server.stop()
        for link in self.links.values():
            link.close()
