"""Orbits between Lodestar and PyPI sgp4, astropy and skyfield.

Usage: orbit_peer.py [BINARY]
BINARY is the `lodestar` program; without it, LODESTAR of the environment. Exits with 1 at the
first difference. Nothing is fetched: Earth orientation comes with astropy-iers-data and is handed
to both sides.
"""
import datetime
import json
import math
import os
import subprocess
import sys
import tempfile

import numpy as np
from astropy import units
from astropy.coordinates import ITRS, TEME, CartesianDifferential, CartesianRepresentation
from astropy.coordinates import EarthLocation
from astropy.time import Time, TimeDelta
from astropy.utils import iers
from sgp4.api import WGS72, WGS84, Satrec
from sgp4.exporter import export_tle
from skyfield.api import EarthSatellite, load, wgs84

iers.conf.auto_download = False
LIGHT = 299_792_458.0
SITE = (36.67, 117.13, 80.0)
UTC = datetime.timezone.utc


def expect(condition, what):
    if not condition:
        print(f"orbit peer: {what}", file=sys.stderr)
        sys.exit(1)


class Lodestar:
    """The program under test."""

    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder

    def file(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def rows(self, *arguments):
        done = subprocess.run([self.binary, *map(str, arguments), "--json"], capture_output=True,
                              text=True, check=False)
        expect(done.returncode == 0, f"{' '.join(map(str, arguments))}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def fails(self, *arguments):
        done = subprocess.run([self.binary, *map(str, arguments)], capture_output=True, text=True,
                              check=False)
        expect(done.returncode != 0, f"{' '.join(map(str, arguments))} should fail")
        return done.stderr


def element_set(rng, number, epoch_day, mean_motion, eccentricity, inclination, drag=1e-4):
    """Two lines of random orientation, written by the exporter of PyPI sgp4."""
    satellite = Satrec()
    angle = lambda: rng.uniform(0, 2 * math.pi)
    satellite.sgp4init(WGS72, "i", number, epoch_day, drag, 0.0, 0.0, eccentricity, angle(),
                       inclination, angle(), mean_motion * 2 * math.pi / 1440, angle())
    return "\n".join(export_tle(satellite))


def random_sets(rng, count):
    """Low, resonant, synchronous and eccentric orbits."""
    for index in range(count):
        epoch = 27838.0 + rng.uniform(0, 365)  # days since 1949-12-31, 2026
        kind = index % 4
        inclination = rng.uniform(0.001, math.pi - 0.001)
        if index % 20 == 4:
            yield element_set(rng, 10000 + index, epoch, rng.uniform(16.2, 16.5), 0.001,
                              inclination, 0.01)
        elif kind == 0:
            yield element_set(rng, 10000 + index, epoch, rng.uniform(12.5, 15.6),
                              rng.uniform(0, 0.03), inclination, rng.uniform(-1e-4, 1e-3))
        elif kind == 1:
            yield element_set(rng, 10000 + index, epoch, rng.uniform(1.99, 2.02),
                              rng.uniform(0.5, 0.73), inclination)
        elif kind == 2:
            yield element_set(rng, 10000 + index, epoch, rng.uniform(0.98, 1.02),
                              rng.uniform(0, 0.2), rng.uniform(0, 0.3))
        else:
            yield element_set(rng, 10000 + index, epoch, rng.uniform(1.1, 6.3),
                              rng.uniform(0, 0.4), inclination)


def stamp(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def julian(moment):
    """Julian date in two parts, the second of day by itself."""
    start = datetime.datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    day = (start - datetime.datetime(2000, 1, 1, tzinfo=UTC)).days + 2_451_544.5
    return day, (moment - start).total_seconds() / 86400


def check_sgp4(program, rng):
    """States of random element sets, both gravity models and both modes."""
    worst = [0.0, 0.0]
    failures = 0
    sets = list(random_sets(rng, 160))
    for index, lines in enumerate(sets):
        gravity, mode = [("wgs72", "i"), ("wgs84", "i"), ("wgs72", "a")][index % 3]
        path = program.file("set.tle", lines + "\n")
        line1, line2 = lines.split("\n")
        satellite = Satrec.twoline2rv(line1, line2, WGS72 if gravity == "wgs72" else WGS84)
        if mode == "a":
            satellite.sgp4init(
                WGS72, "a", satellite.satnum,
                satellite.jdsatepoch - 2_433_281.5 + satellite.jdsatepochF, satellite.bstar, 0.0,
                0.0, satellite.ecco, satellite.argpo, satellite.inclo, satellite.mo,
                satellite.no_kozai, satellite.nodeo)
        epoch = datetime.datetime(2000, 1, 1, 12, tzinfo=UTC) + datetime.timedelta(
            days=satellite.jdsatepoch - 2_451_545 + satellite.jdsatepochF)
        start = epoch.replace(microsecond=0) - datetime.timedelta(days=float(rng.uniform(0, 3)))
        start = start.replace(microsecond=0)
        arguments = ["orbit", "state", "--elements", path, "--at", stamp(start), "--seconds",
                     "864000", "--step", "43200", "--frame", "teme", "--gravity", gravity]
        arguments += ["--afspc"] if mode == "a" else []
        times = [start + datetime.timedelta(seconds=43200 * k) for k in range(21)]
        theirs = [satellite.sgp4(*julian(time)) for time in times]
        if any(code for code, _, _ in theirs):
            code = next(code for code, _, _ in theirs if code)
            expect(f"SGP4 error {code}" in program.fails(*arguments), f"{lines}: error {code}")
            failures += 1
            continue
        for row, (_, position, velocity) in zip(program.rows(*arguments), theirs, strict=True):
            dr = np.abs(np.array(row["position_m"]) / 1e3 - position).max()
            dv = np.abs(np.array(row["velocity_m_per_s"]) / 1e3 - velocity).max()
            expect(dr < 2e-7 and dv < 2e-9, f"{lines} {mode} {gravity} at {row['time']}: "
                   f"{dr} km, {dv} km/s")
            worst = [max(worst[0], dr), max(worst[1], dv)]
    print(f"sgp4: {len(sets)} random element sets, 21 states each within {worst[0]:.1e} km and "
          f"{worst[1]:.1e} km/s; {failures} refused with the same error code")


def orientation(time):
    """UT1 - UTC and pole of astropy's table, as options."""
    table = iers.earth_orientation_table.get()
    x, y = table.pm_xy(time)
    ut1 = float(table.ut1_utc(time).to_value(units.s))
    return ["--ut1-utc", repr(ut1),
            "--pole", f"{x.to_value(units.arcsec):.9f},{y.to_value(units.arcsec):.9f}"]


def to_itrs(position, velocity, time):
    """TEME to ITRS, km and km/s."""
    teme = TEME(CartesianRepresentation(*position, unit=units.km, differentials=(
        CartesianDifferential(*velocity, unit=units.km / units.s))), obstime=time)
    return teme.transform_to(ITRS(obstime=time))


def horizon_axes():
    latitude, longitude = math.radians(SITE[0]), math.radians(SITE[1])
    sb, cb, sl, cl = math.sin(latitude), math.cos(latitude), math.sin(longitude), math.cos(longitude)
    return np.array([[-sl, cl, 0], [-sb * cl, -sb * sl, cb], [cb * cl, cb * sl, sb]])


def peer_look(satellite, start, offset):
    """East, north, up to the satellite in the light that arrives, m: the difference is formed in
    the inertial frame, so that no Sagnac term is needed."""
    place = EarthLocation.from_geodetic(SITE[1], SITE[0], SITE[2], ellipsoid="WGS84")
    time = start + TimeDelta(offset, format="sec")
    here = np.array([place.x.value, place.y.value, place.z.value])
    axes = []
    for unit in np.eye(3):
        axes.append(to_itrs(unit * 7000, np.zeros(3), time).cartesian.xyz.to_value(units.km) / 7000)
    turn = np.array(axes).T  # TEME to ITRS at arrival
    station = turn.T @ here
    span = 0.0
    for _ in range(5):
        code, position, _ = satellite.sgp4(time.utc.jd1, time.utc.jd2 - span / 86400)
        expect(code == 0, "the peer's SGP4 failed")
        line = np.array(position) * 1e3 - station
        span = np.linalg.norm(line) / LIGHT
    return horizon_axes() @ turn @ line


def check_looks(program, rng):
    """Directions and ranges with the same Earth orientation."""
    angle, distance, looks = 0.0, 0.0, 0
    for _ in range(6):
        lines = element_set(rng, 20000, 27838.0 + 78, rng.uniform(14.2, 15.4), 0.002,
                            rng.uniform(0.8, 1.75))
        path = program.file("look.tle", lines + "\n")
        start = Time("2026-03-20T21:00:00", scale="utc")
        rows = program.rows("orbit", "look", "--elements", path, f"--site={SITE[0]},{SITE[1]},{SITE[2]}",
                            "--at", "2026-03-20T21:00:00Z", "--seconds", 3600, "--step", 300,
                            *orientation(start + TimeDelta(1800, format="sec")))
        satellite = Satrec.twoline2rv(*lines.split("\n"), WGS72)
        for index, row in enumerate(rows):
            line = peer_look(satellite, start, 300.0 * index)
            azimuth, elevation = math.radians(row["azimuth_deg"]), math.radians(row["elevation_deg"])
            ours = np.array([math.sin(azimuth) * math.cos(elevation),
                             math.cos(azimuth) * math.cos(elevation), math.sin(elevation)])
            angle = max(angle, np.linalg.norm(np.cross(ours, line / np.linalg.norm(line))))
            distance = max(distance, abs(row["range_m"] - np.linalg.norm(line)))
            looks += 1
    expect(angle < 1e-6 and distance < 0.1, f"looks differ by {angle} rad, {distance} m")
    print(f"astropy: {looks} looks within {angle * 1e6:.4f} microradian and {distance * 1e3:.2f} mm")


def check_ephemerides(program, rng):
    """CPF and OEM tables made by the peers, read between their rows."""
    lines = element_set(rng, 20001, 27838.0 + 78, 15.2, 0.001, 1.7)
    satellite = Satrec.twoline2rv(*lines.split("\n"), WGS72)
    start = Time("2026-03-20T20:00:00", scale="utc")

    def fixed_positions(offsets):
        times = start + TimeDelta(offsets, format="sec")
        _, position, velocity = satellite.sgp4_array(times.utc.jd1, times.utc.jd2)
        itrs = to_itrs(position.T, velocity.T, times)
        return itrs.cartesian.xyz.to_value(units.m).T, position, velocity

    def states(offsets):
        # Astropy's own velocities come from differences over a second, 2 cm/s off; its sidereal
        # time is smooth to 0.3 mm only, so that the differences are taken over 10 s.
        here = fixed_positions(offsets)
        near, far = (fixed_positions(offsets + h)[0] - fixed_positions(offsets - h)[0]
                     for h in (10.0, 20.0))
        rate = (8 * near - far) / 120
        return here[0], rate, here[1], here[2]

    offsets = np.arange(0, 7201, 60.0)
    fixed, fixed_rate, teme, teme_rate = states(offsets)
    head = ("H1 CPF  2 PEER 2026  3 20 20 079 01 example\n"
            "H2  2600101 9999    20001 2026  3 20 20  0  0 2026  3 20 22  0  0    60 1 1  0 0 0  1\nH9\n")
    cpf = head + "".join(
        f"10 0 61119 {72000 + t:13.6f}  0 {x:17.6f} {y:17.6f} {z:17.6f}\n"
        for t, (x, y, z) in zip(offsets, fixed)) + "99\n"
    stamps = [(datetime.datetime(2026, 3, 20, 20) + datetime.timedelta(seconds=float(t))).isoformat()
              for t in offsets]

    def oem(frame, method, rows, rates):
        body = "".join(f"{s} {' '.join(f'{v:.9f}' for v in (*r, *q))}\n"
                       for s, r, q in zip(stamps, rows, rates))
        return ("CCSDS_OEM_VERS = 2.0\nCREATION_DATE = 2026-03-20T00:00:00\nORIGINATOR = PEER\n"
                "META_START\nOBJECT_NAME = EXAMPLE\nOBJECT_ID = 2026-001A\nCENTER_NAME = EARTH\n"
                f"REF_FRAME = {frame}\nTIME_SYSTEM = UTC\nSTART_TIME = {stamps[0]}\n"
                f"STOP_TIME = {stamps[-1]}\nINTERPOLATION = {method}\nINTERPOLATION_DEGREE = 9\n"
                "META_STOP\n" + body)

    files = {
        "CPF": program.file("example.cpf", cpf),
        "OEM in ITRF": program.file("itrf.oem", oem("ITRF2000", "HERMITE", fixed / 1e3, fixed_rate / 1e3)),
        "OEM in TEME": program.file("teme.oem", oem("TEME", "LAGRANGE", teme, teme_rate)),
    }
    asked = np.arange(300 + 17, 6900, 31.0)
    truth, truth_rate, _, _ = states(asked)
    turn = orientation(start + TimeDelta(3600, format="sec"))
    for name, path in files.items():
        rows = program.rows("orbit", "state", "--elements", path, "--at", "2026-03-20T20:05:17Z",
                            "--seconds", 6582, "--step", 31, *turn)
        expect(len(rows) == len(asked), f"{name}: {len(rows)} rows")
        error = np.linalg.norm(np.array([row["position_m"] for row in rows]) - truth, axis=1).max()
        rate = np.linalg.norm(
            np.array([row["velocity_m_per_s"] for row in rows]) - truth_rate, axis=1).max()
        # Where we turn the axes, UT1 - UTC is that of the middle; it moves by 2 cm within the hour.
        expect(error < (1e-3 if name != "OEM in TEME" else 0.05), f"{name}: {error} m")
        expect(rate < 1e-3, f"{name}: {rate} m/s")
        print(f"{name}: {len(rows)} states between rows of 60 s within {error * 1e3:.4f} mm and "
              f"{rate * 1e3:.4f} mm/s")
    for moment in ["2026-03-20T19:59:59Z", "2026-03-20T22:00:01Z"]:
        expect("extrapolated" in program.fails(
            "orbit", "state", "--elements", files["CPF"], "--at", moment), "extrapolates")
    gap = "\n".join(line for index, line in enumerate(cpf.split("\n")) if index not in (60, 61))
    expect("gaps are not bridged" in program.fails(
        "orbit", "state", "--elements", program.file("gap.cpf", gap), "--at",
        "2026-03-20T20:57:00Z"), "bridges a gap")
    expect("record 10" in program.fails(
        "orbit", "state", "--elements", program.file("head.cpf", head + "99\n")), "header only")


def check_passes(program, rng):
    """The same passes as skyfield finds, over twenty days."""
    scale = load.timescale(builtin=True)
    count, worst = 0, 0.0
    start = scale.utc(2026, 3, 20)
    end = scale.utc(2026, 4, 9)
    site = wgs84.latlon(SITE[0], SITE[1], SITE[2])
    for mean_motion, eccentricity, inclination in [(15.2, 0.001, 1.7), (14.1, 0.01, 1.1),
                                                   (2.006, 0.7, 1.1), (12.4, 0.05, 2.0)]:
        lines = element_set(rng, 20002, 27838.0 + 78, mean_motion, eccentricity, inclination)
        path = program.file("pass.tle", lines + "\n")
        ours = program.rows("passes", "--elements", path, f"--site={SITE[0]},{SITE[1]},{SITE[2]}",
                            "--from", "2026-03-20T00:00:00Z", "--hours", 480, "--ut1-utc",
                            repr(float(start.dut1)))
        times, kinds = EarthSatellite(*lines.split("\n"), ts=scale).find_events(
            site, start, end, altitude_degrees=10.0)
        rises = [t.utc_datetime() for t, kind in zip(times, kinds) if kind == 0]
        sets = [t.utc_datetime() for t, kind in zip(times, kinds) if kind == 2]
        moment = lambda row, key: datetime.datetime.fromisoformat(row[key]["time"])
        our_rises = [moment(row, "rise") for row in ours
                     if "up before the search began" not in row["warnings"]]
        our_sets = [moment(row, "set") for row in ours
                    if "still up when the search ended" not in row["warnings"]]
        expect(len(rises) == len(our_rises) and len(sets) == len(our_sets),
               f"{lines}: {len(rises)} rises and {len(sets)} sets at skyfield, "
               f"{len(our_rises)} and {len(our_sets)} here")
        for theirs, mine in [*zip(rises, our_rises), *zip(sets, our_sets)]:
            expect(abs((theirs - mine).total_seconds()) < 2, f"{lines}: {theirs}, {mine}")
        # Skyfield's elevation has no light time, and its frame lies 130 microradians from TEME's.
        satellite = EarthSatellite(*lines.split("\n"), ts=scale)
        elevation = (satellite - site).at(
            scale.from_datetimes(our_rises + our_sets)).altaz()[0].degrees
        difference = np.radians(np.abs(elevation - 10)).max()
        expect(difference < 3e-4, f"{lines}: elevations differ by {difference} rad")
        worst = max(worst, difference)
        count += len(rises) + len(sets)
    print(f"skyfield: the same {count} rises and sets, at elevations within "
          f"{worst * 1e6:.0f} microradian of its own")


def check_messages(program, rng):
    """One satellite in four notations."""
    lines = element_set(rng, 20003, 27838.0 + 78.5, 15.2, 0.001, 1.7)
    s = Satrec.twoline2rv(*lines.split("\n"), WGS72)
    epoch = datetime.datetime(2026, 1, 1) + datetime.timedelta(days=s.epochdays - 1)
    degree = 180 / math.pi
    fields = {
        "OBJECT_NAME": "EXAMPLE", "OBJECT_ID": "2026-001A", "EPOCH": epoch.isoformat(),
        "MEAN_MOTION": f"{s.no_kozai * 1440 / 2 / math.pi:.8f}", "ECCENTRICITY": f"{s.ecco:.7f}",
        "INCLINATION": f"{s.inclo * degree:.4f}", "RA_OF_ASC_NODE": f"{s.nodeo * degree:.4f}",
        "ARG_OF_PERICENTER": f"{s.argpo * degree:.4f}", "MEAN_ANOMALY": f"{s.mo * degree:.4f}",
        "NORAD_CAT_ID": "20003", "BSTAR": f"{s.bstar:.8g}",
    }
    constant = {"CENTER_NAME": "EARTH", "REF_FRAME": "TEME", "TIME_SYSTEM": "UTC",
                "MEAN_ELEMENT_THEORY": "SGP4"}
    everything = {**fields, **constant}
    xml = "".join(f"<{key}>{value}</{key}>\n" for key, value in everything.items())
    texts = {
        "m.tle": "EXAMPLE\n" + lines + "\n",
        "m.kvn": "CCSDS_OMM_VERS = 2.0\n" + "".join(f"{k} = {v}\n" for k, v in everything.items()),
        "m.json": json.dumps([fields]),
        "m.xml": "<?xml version=\"1.0\"?>\n<ndm><omm id=\"CCSDS_OMM_VERS\"><body><segment>"
                 f"<data>{xml}</data></segment></body></omm></ndm>\n",
    }
    states = []
    for name, text in texts.items():
        rows = program.rows("orbit", "state", "--elements", program.file(name, text), "--at",
                            "2026-03-21T00:00:00Z", "--satellite", "EXAMPLE")
        states.append(np.array(rows[0]["position_m"]))
    error = max(np.linalg.norm(state - states[0]) for state in states)
    expect(error < 0.05, f"notations of one element set differ by {error} m")
    print(f"element sets as TLE, OMM text, JSON and XML agree to {error:.1e} m")


def main():
    binary = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.environ["LODESTAR"])
    rng = np.random.default_rng(20261121)
    with tempfile.TemporaryDirectory() as folder:
        program = Lodestar(binary, folder)
        check_sgp4(program, rng)
        check_looks(program, rng)
        check_ephemerides(program, rng)
        check_messages(program, rng)
        check_passes(program, rng)


if __name__ == "__main__":
    main()
