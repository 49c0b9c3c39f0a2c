"""What the fine loop can reach at best, computed without any of its code, and its figures beside it.

- The Cramer-Rao bound of a spot's place from the Fisher information of the exact likelihood: the
  convolution of a Poisson count with Gaussian read noise, differentiated numerically.
- The smallest residual of any predictor over three frames, from the spectrum alone: spectral
  factorisation by the cepstrum, then the causal part of the optimal filter (Wiener).
- The residual of a pure integrator at its best gain, from the closed loop's transfer functions.

Prints `name key=value ...` lines. If `lodestar-bench` lies beside the program LODESTAR it is run and
compared with these; the constants quoted in Tests/TrackingTests are compared in any case. Exits with 1
at the first difference. `--print` only prints.
"""
import functools
import os
import pathlib
import re
import subprocess
import sys

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
RATE = 1000.0
CORNER = 20.0
COUNT = 2**19
LINES = [(50.0, 3.0), (87.0, 3.0)]
COHERENCE = 2.0


def expect(condition, what):
    if not condition:
        print(f"tracking peer: {what}", file=sys.stderr)
        sys.exit(1)


def pixel_information(mean, read_noise=3.0):
    """Fisher information on the mean of a Poisson count seen through Gaussian noise."""
    step = 1e-3 * max(mean, 1.0)
    spread = np.sqrt(mean + read_noise**2)
    values = np.linspace(mean - 12 * spread, mean + 14 * spread, 6001)
    counts = np.arange(0, int(mean + 14 * spread) + 3)
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, len(counts))))])
    kernel = np.exp(-0.5 * ((values[:, None] - counts[None, :]) / read_noise) ** 2)
    kernel /= read_noise * np.sqrt(2 * np.pi)

    def density(at):
        return kernel @ np.exp(counts * np.log(at) - at - log_factorial)

    slope = (density(mean + step) - density(mean - step)) / (2 * step)
    return np.sum(slope**2 / np.maximum(density(mean), 1e-300)) * (values[1] - values[0])


@functools.cache
def information_table(background, read_noise):
    """Information on the mean relative to 1/(m + s^2), for means up to 400."""
    knots = np.geomspace(background * 0.999, 400, 60)
    return knots, np.array([pixel_information(k) * (k + read_noise**2) for k in knots])


def centroid_bounds(flux, width=1.2, background=5.0, read_noise=3.0):
    """Bounds in px: of the exact likelihood, and with the variance m + b + s^2 in each pixel."""
    grid = np.arange(-7, 8)
    x, y = np.meshgrid(grid, grid)

    def mean(shift):
        return flux / (2 * np.pi * width**2) * np.exp(-((x - shift) ** 2 + y**2) / (2 * width**2))

    slope = (mean(1e-4) - mean(-1e-4)) / 2e-4
    level = mean(0) + background
    simple = 1 / np.sqrt(np.sum(slope**2 / (level + read_noise**2)))
    # A table, for the information is a smooth function of the mean; far above the read noise the
    # two agree to a part in a million.
    knots, table = information_table(background, read_noise)
    factor = np.interp(np.log(level), np.log(knots), table, right=1.0)
    exact = 1 / np.sqrt(np.sum(slope**2 * factor / (level + read_noise**2)))
    return exact, simple


def spectrum(lines=()):
    """One-sided power density of the disturbance, urad^2/Hz, 10 urad rms besides the lines."""
    f = np.fft.rfftfreq(COUNT, 1 / RATE)
    density = np.zeros_like(f)
    density[1:] = (f[1:] / CORNER) ** (-2 / 3) * (1 + (f[1:] / CORNER) ** 2) ** -1.5
    density *= 100 / (density.sum() * f[1])
    half = 1 / (2 * np.pi * COHERENCE)
    for frequency, rms in lines:
        # A phase that walks at random: a Lorentzian.
        shape = half / np.pi / ((f - frequency) ** 2 + half**2)
        density += rms**2 * shape / (shape.sum() * f[1])
    return f, density


def optimal(noise, frames=3, lines=()):
    """Residual of the best predictor `frames` ahead, urad."""
    f, density = spectrum(lines)
    two_sided = np.concatenate([density, density[-2:0:-1]]) * RATE / 2
    # Nothing is said of the mean: a spectrum that ends in a hole of one bin has no short filter.
    two_sided[0] = two_sided[1]
    measured = two_sided + noise**2
    cepstrum = np.fft.ifft(np.log(measured)).real
    fold = np.zeros(COUNT)
    fold[0], fold[COUNT // 2] = 0.5, 0.5
    fold[1 : COUNT // 2] = 1
    factor = np.exp(np.fft.fft(cepstrum * fold))
    z = np.exp(2j * np.pi * np.arange(COUNT) / COUNT)
    wanted = np.fft.ifft(z**frames * two_sided / np.conj(factor))
    explained = np.sum(np.abs(wanted[: COUNT // 2]) ** 2)
    return np.sqrt(two_sided.mean() - explained)


def integrator(noise, frames=3, lines=()):
    """Residual of a pure integrator at its best stable gain, urad, and that gain."""
    f, density = spectrum(lines)
    z = np.exp(2j * np.pi * f[1:] / RATE)
    limit = 2 * np.sin(np.pi / (2 * (2 * frames - 1)))
    best = (np.inf, 0.0)
    for gain in np.linspace(0.02, 0.98, 97) * limit:
        loop = gain / (1 - 1 / z) * z**-frames
        error = np.abs(1 / (1 + loop)) ** 2 * density[1:]
        through = np.abs(loop / (1 + loop)) ** 2 * noise**2 / (RATE / 2)
        best = min(best, (np.sqrt(np.sum(error + through) * f[1]), gain))
    return best


def fields(line):
    """The pairs of a `name key=value ...` line."""
    return dict(re.findall(r"(\w+)=(\S+)", line))


def bench(*arguments):
    """Lines that lodestar-bench prints; none if it is not built."""
    program = pathlib.Path(os.environ.get("LODESTAR", "lodestar")).with_name("lodestar-bench")
    if not program.is_file():
        return []
    out = subprocess.run(
        [program, "tracking", *arguments], check=True, capture_output=True, text=True)
    return [fields(line) | {"name": line.split()[0]} for line in out.stdout.splitlines()]


def main():
    bounds = {}
    for flux in (300, 500, 1000, 3000, 10000, 50000):
        exact, simple = centroid_bounds(flux)
        bounds[flux] = (exact, simple)
        print(f"centroid flux={flux} exact_px={exact:.5f} simple_px={simple:.5f}")
    noise = centroid_bounds(1000)[1] * 10
    for name, lines in (("residual", ()), ("lines", LINES)):
        best = optimal(noise, lines=lines)
        loop, gain = integrator(noise, lines=lines)
        print(f"{name} optimum_urad={best:.3f} integrator_urad={loop:.3f} gain={gain:.3f}")
    if "--print" in sys.argv:
        return

    tests = (ROOT / "Tests/TrackingTests/SpotTests.swift").read_text()
    quoted = re.findall(r"\((\d[\d_]+)(?:\.0)?, (0\.\d+)\)", tests)
    expect(len(quoted) >= 4, "Tests/TrackingTests/SpotTests.swift quotes no bounds")
    for flux, bound in quoted:
        expect(int(flux.replace("_", "")) in bounds, f"no bound was computed for {flux} electrons")
        simple = bounds[int(flux.replace("_", ""))][1]
        expect(abs(float(bound) / simple - 1) < 0.005, f"bound of {flux} is {simple}, not {bound}")

    for line in bench("--what", "centroid", "--frames", "1000"):
        if line["method"] != "likelihood":
            continue
        exact, simple = bounds[int(line["flux"])]
        ratio = float(line["rms_px"]) / exact
        # A thousand frames of two axes know the ratio to 1.6 %.
        expect(0.95 < ratio < 1.15, f"{line['flux']} electrons: {ratio} of the bound")
        expect(abs(float(line["bound_px"]) / simple - 1) < 0.03, f"bound of {line['flux']}")
    for line in bench("--what", "residual,lines", "--seconds", "30", "--seeds", "2"):
        lines = LINES if line["name"] == "lines" else ()
        best = optimal(noise, lines=lines)
        found = float(line["x_urad"])
        # The disturbance itself is known to 3 % from a minute.
        expect(found > 0.94 * best, f"{line['name']}: {found} beats the optimum {best}")
        if line["controller"] == "predictor":
            expect(found < 1.15 * best, f"{line['name']}: {found} is far from the optimum {best}")
        elif not lines:
            loop, _ = integrator(noise)
            expect(abs(found / loop - 1) < 0.06, f"integrator: {found} against {loop}")
    print("fine loop: bounds and figures agree")


if __name__ == "__main__":
    main()
