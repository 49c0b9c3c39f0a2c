"""What the checks of whole programs share: what is counted as a check, waiting, and free ports.

A check that uses it puts this folder on its path:
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "shared"))
"""

import socket
import time
from collections.abc import Callable

# How many checks were made, and what did not hold.
_count = 0
_faults: list[str] = []


def check(what: str, is_so: bool, seen: object = "") -> None:
    """Counts a check, and says what was seen if it failed."""
    global _count
    _count += 1
    if not is_so:
        _faults.append(what)
        print(f"FAILED: {what}: {seen!r}"[:2000], flush=True)


def told(what: str, is_so: bool) -> None:
    """Counts a check, and prints a line whether it holds or not."""
    global _count
    _count += 1
    print(f"{'ok  ' if is_so else 'FAIL'} {what}", flush=True)
    if not is_so:
        _faults.append(what)


def failed() -> list[str]:
    """What did not hold so far."""
    return _faults


def finish() -> int:
    """Prints how many checks there were; the exit code, 1 if one failed."""
    print(f"{_count} checks, {len(_faults)} failed")
    return 1 if _faults else 0


def until(condition: Callable[[], bool], patience: float = 20.0, pause: float = 0.01) -> bool:
    """Whether `condition` becomes true within `patience` seconds."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(pause)
    return False


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    """A port of this machine that nobody has now."""
    with socket.socket(socket.AF_INET, kind) as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
