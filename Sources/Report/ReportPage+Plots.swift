import Recorder

// The sections with drawings.
extension ReportPage {
    var passSection: String {
        let pass = Plot(
            title: "Elevation and range",
            description: "Elevation of the satellite in degrees and its distance in kilometres.",
            yLabel: "elevation (deg)", rightLabel: "range (km)",
            series: [
                curve("elevation", 0) { $0.elevation },
                curve("range", 1, isRight: true) { $0.range },
            ])
        let counts = Plot(
            title: "Detections per second",
            description: "Tags per second of the four detectors.",
            yLabel: "tags per second",
            series: [
                curve("H", 0) { $0.countH.map(Double.init) },
                curve("V", 1) { $0.countV.map(Double.init) },
                curve("D", 2) { $0.countD.map(Double.init) },
                curve("A", 3) { $0.countA.map(Double.init) },
            ], shades: fades, shadeName: Self.fadeName)
        return section(
            "The pass", figures([pass, counts], "pass"),
            orElse: "there is neither an orbit nor a count of detections in the telemetry")
    }

    var clockSection: String {
        let beacon = Plot(
            title: "Beacon pulses per second",
            description: "Beacon pulses that the clock used, that did not come, and false ones.",
            yLabel: "pulses per second",
            series: [
                curve("used", 2) { $0.beaconAccepted.map(Double.init) },
                curve("missed", 1) { $0.beaconMissed.map(Double.init) },
                curve("false", 4) { $0.beaconFalse.map(Double.init) },
            ], shades: fades, shadeName: Self.fadeName)
        let sync = Plot(
            title: "Clock: standard deviation"
                + (rows.contains { $0.syncError != nil } ? " and true error" : ""),
            description: "The clock's own standard deviation, and its true error if simulated.",
            yLabel: "ps",
            series: [
                curve("sigma, as the clock says", 0) { $0.syncSigma },
                curve("true error, rms", 1) { $0.syncError },
            ], shades: fades, shadeName: Self.fadeName)
        return section(
            "Clock", figures([beacon, sync], "clock"), orElse: "no beacon was recorded")
    }

    var phaseSection: String {
        let gate = board.map { board in
            (-Double(board.gate.width) / 2)...(Double(board.gate.width) / 2)
        }
        let plots = histograms.map { histogram in
            var points = histogram.counts.enumerated().map { index, count in
                (
                    x: Double(histogram.firstOffset) + Double(index) * Double(histogram.width),
                    y: Double?.some(Double(count))
                )
            }
            if let last = points.last { points.append((last.x + Double(histogram.width), last.y)) }
            return Plot(
                title: "Detector \(histogram.detector)",
                description: "Clicks against their time from the middle of the slot.",
                xLabel: "from the slot's middle (ps)", yLabel: "clicks",
                series: [
                    .init(name: "clicks", colour: 0, points: points, style: .steps)
                ],
                shades: gate.map { [$0] } ?? [], shadeName: "gate", isShadeAccent: true,
                isTime: false, size: (272, 214))
        }
        return section(
            "Arrival within the slot", figures(plots, "phase", isSmall: true),
            orElse: "there is no phase histogram in the telemetry")
    }

    /// The histograms, H, V, D and A first.
    private var histograms: [TelemetryReader.Histogram] {
        func rank(_ name: String) -> Int { ["H", "V", "D", "A"].firstIndex(of: name) ?? 4 }
        return telemetry.histograms.sorted {
            (rank($0.detector), $0.detector) < (rank($1.detector), $1.detector)
        }
    }

    var keySection: String {
        let qber = Plot(
            title: "QBER",
            description: "Quantum bit error rate per second, and over ten seconds, in per cent.",
            yLabel: "QBER (%)",
            series: [
                curve("each second", 0, style: .dots) { $0.qber.map { $0 * 100 } },
                .init(name: "mean of 10 s", colour: 1, points: meanQBER),
            ], shades: fades, shadeName: Self.fadeName)
        let rate = Plot(
            title: "Sifted rate", description: "Sifted kilobits in each second.",
            yLabel: "kbit/s",
            series: [curve("sifted", 2) { $0.siftedBits.map { Double($0) / 1_000 } }],
            shades: fades, shadeName: Self.fadeName)
        return section(
            "Sifted key", figures([qber, rate], "key"),
            orElse: "nothing was sifted, as no satellite answered")
    }

    var linkSection: String {
        let traffic = Plot(
            title: "Classical link",
            description: "Kilobytes sent and received in each second.", yLabel: "kB/s",
            series: [
                curve("sent", 0) { $0.linkSentBytes.map { Double($0) / 1_000 } },
                curve("received", 1) { $0.linkReceivedBytes.map { Double($0) / 1_000 } },
            ])
        let waiting = Plot(
            title: "Epochs waiting, messages sent again",
            description: "Announced epochs that waited for the satellite, and messages repeated.",
            yLabel: "number",
            series: [
                curve("epochs waiting", 0) { $0.linkPending.map(Double.init) },
                curve("messages sent again", 1) { $0.linkRetries.map(Double.init) },
            ])
        guard let drawn = figures([traffic, waiting], "link") else {
            return section("Link", nil, orElse: "there was no link to a satellite")
        }
        return section("Link", drawn + linkTable, orElse: "")
    }

    private var linkTable: String {
        let sums: [(String, [Int64])] = [
            ("bytes sent", rows.compactMap(\.linkSentBytes)),
            ("bytes received", rows.compactMap(\.linkReceivedBytes)),
            ("messages sent again", rows.compactMap(\.linkRetries)),
            ("messages refused", rows.compactMap(\.linkRefused)),
        ]
        return words(
            sums.filter { !$0.1.isEmpty }.map { ($0.0, Markup.grouped($0.1.reduce(0, &+))) })
    }

    // MARK: Curves

    static let fadeName = "clock not valid"

    func curve(
        _ name: String, _ colour: Int, style: Plot.Series.Style = .line, isRight: Bool = false,
        _ value: (TelemetryRow) -> Double?
    ) -> Plot.Series {
        var points: [(x: Double, y: Double?)] = []
        for row in rows {
            // Seconds that are missing leave a gap, not a straight line.
            if let last = points.last?.x, Double(row.time) > last + 1 {
                points.append((last + 1, nil))
            }
            points.append((Double(row.time), value(row)))
        }
        return Plot.Series(
            name: name, colour: colour, points: points, style: style, isRight: isRight)
    }

    /// The times in which less than half of each second was valid.
    private var fades: [ClosedRange<Double>] {
        var fades: [ClosedRange<Double>] = []
        for row in rows where (row.validFraction ?? 1) < 0.5 {
            let (start, end) = (Double(row.time) - 0.5, Double(row.time) + 0.5)
            if let last = fades.last, last.upperBound >= start {
                fades[fades.count - 1] = last.lowerBound...end
            } else {
                fades.append(start...end)
            }
        }
        return fades
    }

    /// QBER over the ten seconds about each one, weighted with the sifted bits, in per cent.
    private var meanQBER: [(x: Double, y: Double?)] {
        rows.indices.map { index in
            let window = rows[max(0, index - 5)..<min(rows.count, index + 5)]
                .filter { $0.qber != nil && abs($0.time - rows[index].time) <= 5 }
            let weight = window.reduce(0.0) { $0 + Double($1.siftedBits ?? 1) }
            let sum = window.reduce(0.0) { $0 + ($1.qber ?? 0) * Double($1.siftedBits ?? 1) }
            return (Double(rows[index].time), weight > 0 ? sum / weight * 100 : nil)
        }
    }
}
