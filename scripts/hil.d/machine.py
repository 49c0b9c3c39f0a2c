"""The emulated machine of scripts/hil: started, saved, restored, ordered about, and stopped."""

import ctypes
import itertools
import json
import os
import pathlib
import select
import signal
import socket
import subprocess
import threading
import time

MEMORY_MB = 768
# Without huge pages: where the emulated processors get little of the real ones, the kernel's thread that gathers
# them has held one for 45 s.
KERNEL_WORDS = ("console=ttyS0 quiet mitigations=off net.ifnames=0 audit=0 apparmor=0 transparent_hugepage=never "
                "systemd.show_status=0 systemd.mask=systemd-binfmt.service")


class MachineError(Exception):
    """What the emulated machine did not do, in one sentence."""


def die_with_parent():
    """Called in a child before it runs: it is killed when this program goes, however it goes."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def connect(path, seconds, process=None):
    """A connection to a Unix socket that another program is about to open."""
    end = time.monotonic() + seconds
    while True:
        link = socket.socket(socket.AF_UNIX)
        try:
            link.connect(str(path))
            return link
        except OSError as error:
            link.close()
            if process and process.poll() is not None:
                raise MachineError(f"qemu ended with code {process.returncode}") from error
            if time.monotonic() > end:
                raise MachineError(f"nothing answers at {path}: {error}") from error
            time.sleep(0.02)


def new_overlay(below, path):
    """A disk that reads from `below` and keeps what is written to itself."""
    kind = "raw" if str(below).endswith(".raw") else "qcow2"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", kind, "-b", str(below), str(path)],
                   check=True)


class Machine:
    """One running guest, its disk an overlay in `folder`.

    `guest` holds the kernel, the first root and the disk; `saved` is a folder with a state that
    `save` wrote, from which this machine goes on in place of booting.
    """

    def __init__(self, guest, folder, saved=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.numbers = itertools.count(1)
        self.waiting, self.answers, self.lock = {}, {}, threading.Lock()
        self.greeted = threading.Event()
        disk = self.folder / "disk.qcow2"
        new_overlay(saved / "disk.qcow2" if saved else guest / "disk.raw", disk)
        command = [
            "qemu-system-x86_64", "-M", "q35", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2",
            "-m", str(MEMORY_MB), "-nodefaults", "-no-user-config", "-display", "none",
            "-kernel", guest / "vmlinuz", "-initrd", guest / "initrd", "-append", KERNEL_WORDS,
            "-drive", f"file={disk},if=none,id=disk,cache=unsafe,discard=unmap",
            "-device", "virtio-blk-pci,drive=disk", "-device", "pcie-root-port,id=filesport,chassis=1",
            "-device", "virtio-rng-pci",
            "-device", "qemu-xhci,id=usb", "-device", "virtio-serial-pci",
            "-chardev", f"socket,id=agent,path={self.folder}/agent,server=on,wait=off",
            "-device", "virtserialport,chardev=agent,name=lodestar.agent",
            "-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net,romfile=",
            "-chardev", f"socket,id=console,path={self.folder}/console,server=on,wait=off,"
                        f"logfile={self.folder}/console.log",
            "-serial", "chardev:console", "-qmp", f"unix:{self.folder}/qmp,server=on,wait=off",
        ]
        if saved:
            command += ["-incoming", f"exec:cat {saved}/state"]
        with open(self.folder / "qemu.log", "w") as log:
            self.process = subprocess.Popen(
                list(map(str, command)), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=die_with_parent)
        try:
            self.monitor = connect(self.folder / "qmp", 30, self.process)
            self.monitor_lines = self.monitor.makefile("r")
            self.monitor_lines.readline()
            self.order("qmp_capabilities")
            self.agent = connect(self.folder / "agent", 30, self.process)
            threading.Thread(target=self.listen, daemon=True).start()
            if saved:
                self.until_status("running", "paused")
                self.order("cont")
                self.run(f"date -s @{time.time():.3f}", 60)
            elif not self.greeted.wait(600):
                raise MachineError("the guest did not boot in 600 s")
        except BaseException:
            self.stop()
            raise

    # The monitor of qemu.

    def order(self, command, **arguments):
        """Gives qemu an order and returns its answer."""
        try:
            self.monitor.sendall(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
            while True:
                line = self.monitor_lines.readline()
                if not line:
                    raise OSError("closed")
                answer = json.loads(line)
                if "error" in answer:
                    raise MachineError(f"qemu refused {command}: {answer['error']['desc']}")
                if "return" in answer:
                    return answer["return"]
        except OSError as error:
            log = (self.folder / "qemu.log").read_text().strip()
            raise MachineError(f"qemu is gone: {error} {log}") from error

    def until_status(self, *wanted):
        for _ in range(3000):
            status = self.order("query-status")["status"]
            if status in wanted:
                return
            time.sleep(0.02)
        raise MachineError(f"qemu stays {status}")

    def save(self, folder):
        """Stops the machine and writes its state and its disk to `folder`, to go on from."""
        folder.mkdir(parents=True, exist_ok=True)
        self.run("sync", 120)
        self.order("stop")
        self.order("migrate-set-parameters", **{"max-bandwidth": 1 << 33})
        self.order("migrate", uri=f"exec:cat > {folder}/state")
        for _ in range(6000):
            found = self.order("query-migrate")["status"]
            if found == "completed":
                break
            if found == "failed":
                raise MachineError("qemu could not save the machine")
            time.sleep(0.02)
        self.stop()
        os.replace(self.folder / "disk.qcow2", folder / "disk.qcow2")

    def plug_serial(self, name, chardev, number):
        """Plugs in a USB serial port of FTDI's kind whose other end is `chardev` of qemu."""
        self.order("chardev-add", id=name, backend=chardev)
        self.plug_serial_again(name, number)

    def plug_serial_again(self, name, number):
        self.order("device_add", driver="usb-serial", bus="usb.0", id=f"{name}-port", chardev=name,
                   serial=number, **{"always-plugged": True})

    def unplug_serial(self, name):
        self.order("device_del", id=f"{name}-port")

    # The agent.

    def listen(self):
        pending = b""
        while True:
            try:
                data = self.agent.recv(1 << 16)
            except OSError:
                data = b""
            if not data:
                break
            *lines, pending = (pending + data).split(b"\n")
            for line in lines:
                answer = json.loads(line)
                if answer["id"] == 0:
                    self.greeted.set()
                    continue
                with self.lock:
                    waiting = self.waiting.get(answer["id"])
                    self.answers[answer["id"]] = answer
                if waiting:
                    waiting.set()
        with self.lock:
            for waiting in self.waiting.values():
                waiting.set()

    def begin(self, **order):
        """Gives the agent an order; `finish` has its answer."""
        number = next(self.numbers)
        with self.lock:
            self.waiting[number] = threading.Event()
        try:
            self.agent.sendall(json.dumps({"id": number, **order}).encode() + b"\n")
        except OSError as error:
            raise MachineError(f"the guest's agent cannot be reached: {error}") from error
        return number

    def finish(self, number, seconds):
        """The answer to an order begun before, or None if it does not come in time."""
        if not self.waiting[number].wait(seconds):
            return None
        with self.lock:
            del self.waiting[number]
            answer = self.answers.pop(number, None)
        if answer is None:
            raise MachineError("the guest went away while it ran an order")
        return answer

    def run(self, text, seconds, user=None, stdin=""):
        """Runs shell text in the guest and returns the agent's answer."""
        order = {"run": text, "timeout": seconds, "input": stdin}
        if user:
            order["user"] = user
        answer = self.finish(self.begin(**order), seconds + 30)
        if answer is None:
            raise MachineError(f"the guest's agent is silent for {seconds + 30:g} s after: {text}")
        return answer

    def copy_in(self, folder):
        """Copies a folder of the host to /opt/hil, by way of a disk that is plugged in and out again."""
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        disk = self.folder / "files.raw"
        with open(disk, "wb") as file:
            file.truncate(size + size // 8 + (32 << 20))
        subprocess.run(["mke2fs", "-q", "-t", "ext4", "-d", str(folder), str(disk)], check=True,
                       env=os.environ | {"PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"})
        self.order("blockdev-add", driver="raw", **{"node-name": "files", "read-only": True,
                   "file": {"driver": "file", "filename": str(disk)}})
        self.order("device_add", driver="virtio-blk-pci", bus="filesport", drive="files", id="files-disk")
        answer = self.run(
            "set -e; for i in $(seq 300); do [ -b /dev/vdb ] && break; sleep 0.1; done; udevadm settle -t 20; "
            "mkdir -p /mnt /opt/hil; mount -o ro,noload /dev/vdb /mnt; cp -r --preserve=mode,timestamps /mnt/. /opt/hil/; "
            "rm -rf /opt/hil/lost+found; umount /mnt; sync", 300)
        if answer["exit"] != 0:
            raise MachineError(f"the guest could not take files: {answer['err']}")
        self.order("device_del", id="files-disk")
        for _ in range(300):
            try:
                self.order("blockdev-del", **{"node-name": "files"})
                break
            except MachineError:
                time.sleep(0.1)
        self.run("for i in $(seq 100); do [ -b /dev/vdb ] || break; sleep 0.1; done", 60)
        disk.unlink()

    # People.

    def console(self):
        """Connects this terminal to the guest's console until Ctrl-]."""
        import termios, tty
        link = connect(self.folder / "console", 5, self.process)
        print("The guest's console; Ctrl-] leaves it. Press Enter.", flush=True)
        before = termios.tcgetattr(0)
        tty.setraw(0)
        try:
            while True:
                for ready in select.select([0, link], [], [])[0]:
                    data = os.read(0, 4096) if ready == 0 else link.recv(65536)
                    if not data or (ready == 0 and b"\x1d" in data):
                        return
                    if ready == 0:
                        link.sendall(data)
                    else:
                        os.write(1, data)
        finally:
            termios.tcsetattr(0, termios.TCSADRAIN, before)
            link.close()
            print()

    def stop(self):
        """Ends the machine; its disk stays."""
        if self.process.poll() is None:
            try:
                self.order("quit")
                self.process.wait(10)
            except (MachineError, AttributeError, subprocess.TimeoutExpired):
                self.process.kill()
        self.process.wait()
