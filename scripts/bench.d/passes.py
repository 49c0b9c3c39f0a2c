"""All passes of the benchmark's satellite for a year with PyPI skyfield: seconds and count."""
import math
import time

from sgp4.api import WGS72, Satrec
from skyfield.api import EarthSatellite, load, wgs84

satellite = Satrec()
satellite.sgp4init(WGS72, "i", 99999, 61119.25 - 33281, 1e-5, 0.0, 0.0, 0.0012, math.radians(90),
                   math.radians(97.4), math.radians(10), 15.2 * 2 * math.pi / 1440,
                   math.radians(150))
scale = load.timescale(builtin=True)
site = wgs84.latlon(36.67, 117.13, 80)
begin = time.process_time()
_, kinds = EarthSatellite.from_satrec(satellite, scale).find_events(
    site, scale.utc(2026, 3, 20), scale.utc(2027, 3, 20), altitude_degrees=10.0)
passes = int((kinds == 1).sum())
print(f"skyfield: {time.process_time() - begin:.1f} s ({passes} passes)")
