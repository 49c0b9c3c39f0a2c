"""A served station for benchmarks: a million tags a second, of which little is signal."""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Tests/shared"))
from served import ServedStation  # noqa: E402

MONITORS = (
    "rate_ceiling", "dark_counts_missing", "double_clicks_many", "double_clicks_few",
    "cross_clicks_many", "cross_clicks_few", "phase_shift", "phase_spread", "phase_sharp",
    "dead_time", "blanked_counts", "bit_bias", "basis_bias")


class FloodedStation(ServedStation):
    """Both programs at work; `world` is text for the board about light and orbit."""

    def __init__(self, daemon: str, simulator: str, folder: pathlib.Path, world: str):
        # What is added to the light is an attack to the monitors: they only say so.
        effects = "".join(f'{monitor} = "flag"\n' for monitor in MONITORS)
        super().__init__(folder, f"[monitors.effects]\n{effects}{world}\n")
        self.world = self.start_world(simulator)
        self.daemon = self.start_daemon(daemon)

    def begin(self) -> None:
        """Begins the pass, now."""
        if not (answer := self.ask("pass start now")).startswith("ok"):
            sys.exit(f"error: {answer}")

    def flood(self) -> None:
        """240 kHz of light more on each of the four detectors, for 1,200 s."""
        for channel in range(3, 7):
            if (answer := self.order(f"flood {channel} 240kHz 1200s")) != "ok":
                sys.exit(f"error: {answer}")

    def tags_sent(self) -> int:
        """How many the world's tagger has sent."""
        return json.loads(self.order("status"))["tags"]["sent"]

    def __enter__(self):
        return self

    def __exit__(self, *problem) -> None:
        self.end()
