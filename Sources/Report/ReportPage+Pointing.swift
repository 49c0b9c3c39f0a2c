import Glibc
import Recorder

// How the satellite was found and followed.
extension ReportPage {
    /// Errors, spectra, spots and phases of aiming.
    var pointingSection: String {
        guard rows.contains(where: { $0.pointingPhase != nil }) else {
            return section(
                "Pointing", nil, orElse: "the telescope was not aimed by this station")
        }
        let map = SpotMap(spots: telemetry.spots, pixelScale: board?.pointing?.camera.pixelScale)
        let drawn = [trackingPlot, mirrorPlot, lightPlot, spectrumPlot].filter { !$0.isEmpty }
            .enumerated().map { $1.svg(id: "pointing\($0)") }
        let plots = (drawn + [map.svg(id: "spots"), skyPlot].compactMap { $0 }).joined()
        return section(
            "Pointing",
            "<div class=\"plots wide\">\(plots)</div>" + pointingFigures + phaseTable, orElse: "")
    }

    /// The pass across the sky; `nil` where its azimuth is not known.
    private var skyPlot: String? {
        let points = rows.compactMap { row -> SkyPage.Point? in
            guard let azimuth = row.azimuth, let elevation = row.elevation else { return nil }
            return SkyPage.Point(azimuth: azimuth * .pi / 180, elevation: elevation * .pi / 180)
        }
        guard points.count > 1 else { return nil }
        return SkyPage(
            title: "", subtitle: "",
            tracks: [SkyPage.Track(name: "the pass", points: points, isDark: true)], mask: [],
            lowestElevation: board?.world?.orbit.lowestElevation ?? 0, columns: [], rows: []
        ).drawing
    }

    private static let awayName = "no key exchange"

    private var trackingPlot: Plot {
        Plot(
            title: "Tracking error",
            description: "Residual of the fine loop in each second, and the true error.",
            yLabel: "\u{00B5}rad rms",
            series: [
                curve("true error", 1) { $0.pointingError },
                curve("camera, across", 0) { $0.trackingErrorX },
                curve("camera, upwards", 2) { $0.trackingErrorY },
            ], shades: away, shadeName: Self.awayName)
    }

    private var mirrorPlot: Plot {
        Plot(
            title: "Steering mirror",
            description: "Mean angle of the mirror on the sky, and its largest.",
            yLabel: "\u{00B5}rad",
            series: [
                curve("mean across", 0) { $0.mirrorX }, curve("mean upwards", 2) { $0.mirrorY },
                curve("largest", 4) { $0.mirrorPeak },
            ], shades: away, shadeName: Self.awayName)
    }

    private var lightPlot: Plot {
        Plot(
            title: "Beacon and field stop",
            description: "Electrons of the beacon per frame, and the share of the quantum light "
                + "that came through the field stop.",
            yLabel: "share (%)", rightLabel: "electrons per frame",
            series: [
                curve("quantum light", 0) { $0.coupling.map { $0 * 100 } },
                curve("key allowed", 2) { $0.aimedFraction.map { $0 * 100 } },
                curve("beacon", 1, isRight: true) { $0.beaconElectrons },
            ], shades: away, shadeName: Self.awayName)
    }

    private var spectrumPlot: Plot {
        func series(_ name: String, _ key: String, _ colour: Int) -> Plot.Series {
            Plot.Series(
                name: name, colour: colour,
                points: Self.smoothed(telemetry.spectra[key] ?? []))
        }
        var plot = Plot(
            title: "Spectrum of the tracking error",
            description: "Power per hertz of what shook the light, and of what the loop left.",
            xLabel: "frequency (Hz)", yLabel: "\u{00B5}rad\u{00B2}/Hz, mean of both axes",
            series: [
                series("without the mirror", "disturbance", 3),
                series("residual", "residual", 0),
            ], isTime: false)
        plot.isLogarithmic = true
        return plot
    }

    /// Logarithms of a spectrum, its lines gathered in steps of 8 %.
    private static func smoothed(_ lines: [SpectrumLine]) -> [(x: Double, y: Double?)] {
        var points: [(x: Double, y: Double?)] = []
        var index = 0
        while index < lines.count {
            let end = lines[index].frequency * 1.08
            var sum = 0.0
            var count = 0.0
            var place = 0.0
            while index < lines.count, count == 0 || lines[index].frequency < end {
                sum += 0.5 * (lines[index].x + lines[index].y)
                place += lines[index].frequency
                count += 1
                index += 1
            }
            guard sum > 0, place > 0 else { continue }
            points.append((log10(place / count), log10(sum / count)))
        }
        return points
    }

    private var pointingFigures: String {
        var lines: [(String, String)] = []
        if let light = number(.firstLight) {
            lines.append(("first light", "\(Markup.significant(light, 3)) s after the start"))
        } else {
            lines.append(("first light", "never: no camera found the beacon"))
        }
        if let lock = number(.firstLock) {
            lines.append(("fine loop first closed", "\(Markup.significant(lock, 3)) s"))
        }
        if let locks = summary(.locks) { lines.append(("times closed", locks)) }
        return words(lines)
    }

    /// Seconds in each phase.
    private var phaseTable: String {
        let names = [
            "slew", "acquire", "coarse", "fine", "key exchange", "fade", "re-acquire", "park",
            "safe", "idle",
        ]
        let lines = names.compactMap { name -> (String, String)? in
            telemetry.summary["pointing_phase_s_\(name)"].flatMap(Double.init).map {
                ("in " + name, "\(Markup.fixed($0, 2)) s")
            }
        }
        return words(lines)
    }

    /// The seconds that did not end in key exchange.
    private var away: [ClosedRange<Double>] {
        var ranges: [ClosedRange<Double>] = []
        for row in rows where row.pointingPhase != nil && (row.aimedFraction ?? 0) < 0.5 {
            let (start, end) = (Double(row.time) - 0.5, Double(row.time) + 0.5)
            if let last = ranges.last, last.upperBound >= start {
                ranges[ranges.count - 1] = last.lowerBound...end
            } else {
                ranges.append(start...end)
            }
        }
        return ranges
    }
}
