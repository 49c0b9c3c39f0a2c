"""What the checks of drivers share: programs that are started, waited for and ended, and a first fault that ends all."""

import contextlib
import pathlib
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "shared"))
from checks import free_port  # noqa: E402, F401


def expect(condition, what):
    """Ends the check unless `condition` holds."""
    if not condition:
        print(f"{pathlib.Path(sys.argv[0]).stem}: {what}", file=sys.stderr)
        sys.exit(1)


@contextlib.contextmanager
def running(*command, **options):
    """A program that is ended again, gently if it listens; what it says goes nowhere unless `options` tell."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, **quiet | options)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.send_signal(signal.SIGINT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(address, process, seconds=120):
    """Waits until somebody listens at a port of this machine, or a socket's path."""
    family = socket.AF_INET if isinstance(address, int) else socket.AF_UNIX
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        expect(process.poll() is None, f"{process.args[0]} ended with {process.returncode}")
        with contextlib.suppress(OSError), socket.socket(family) as probe:
            probe.connect(("127.0.0.1", address) if isinstance(address, int) else address)
            return
        time.sleep(0.05)
    expect(False, f"{process.args[0]} does not listen at {address}")
