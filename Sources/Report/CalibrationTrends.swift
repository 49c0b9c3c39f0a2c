import BoardFile
import CalibrationRecords

/// Trend plots of calibration records: value, uncertainty and limit over the date.
struct CalibrationTrends {
    private let records: [CalibrationRecord]
    private let days: [Double]

    /// The trends of `records`, oldest first.
    init(_ records: [CalibrationRecord]) {
        self.records = records
        let first = records.first?.timeUTC ?? 0
        days = records.map { Double($0.timeUTC - first) / 86_400 }
    }

    /// One section per calibration that has records.
    var sections: String {
        Board.Calibration.Item.allCases.compactMap { section($0) }.joined()
    }

    private func section(_ item: Board.Calibration.Item) -> String? {
        let chosen = records.indices.filter { records[$0].item == item.rawValue }
        guard let last = chosen.last else { return nil }
        // All detectors of one value in one plot.
        var names: [String] = []
        for value in records[last].values where !names.contains(value.name) {
            names.append(value.name)
        }
        let plots = names.prefix(6).compactMap { plot($0, chosen) }
        let drawn = plots.enumerated().map { $1.svg(id: "cal-\(item.rawValue)-\($0)") }
        let count = "\(chosen.count) record\(chosen.count == 1 ? "" : "s")"
        return "<section><h2>\(item.rawValue)</h2><p class=\"none\">\(count), the last of "
            + "\(Markup.escape(CalendarTime.text(records[last].timeUTC))): "
            + "\(Markup.escape(records[last].verdict))</p>"
            + "<div class=\"plots wide\">\(drawn.joined())</div></section>\n"
    }

    private func plot(_ name: String, _ chosen: [Int]) -> Plot? {
        let last = records[chosen[chosen.count - 1]].values.filter { $0.name == name }
        guard let model = last.first else { return nil }
        let span = max((days.last ?? 0) - (days.first ?? 0), 0.1)
        var series: [Plot.Series] = []
        for (colour, value) in last.enumerated() where colour < 4 {
            let label = value.detector ?? "value"
            // A little beside each other, so that no detector hides another.
            let aside = (Double(colour) - 1.5) * 0.008 * span
            let found = chosen.map { (days[$0] + aside, records[$0].value(name, value.detector)) }
            series.append(
                Plot.Series(
                    name: label, colour: colour, points: found.map { ($0.0, $0.1?.value) }))
            // The bar of each uncertainty as a stroke of its own, with gaps between.
            var bars: [(x: Double, y: Double?)] = []
            for (day, value) in found {
                guard let value else { continue }
                bars += [
                    (day, value.value - value.sigma), (day, value.value + value.sigma), (day, nil),
                ]
            }
            series.append(
                Plot.Series(name: "", colour: colour, points: bars))
        }
        let values = series.flatMap { $0.points.compactMap(\.y) }
        let spread = (values.max() ?? 0) - (values.min() ?? 0)
        let room = max(2 * spread, 0.2 * (values.max() ?? 0).magnitude)
        for limit in [model.lowest, model.highest] {
            // A limit far away would press the values into a line.
            guard let limit, let least = values.min(), let greatest = values.max(),
                limit > least - room, limit < greatest + room
            else { continue }
            let ends = [-0.02 * span, (days.first ?? 0) + 1.02 * span]
            series.append(
                Plot.Series(
                    name: series.contains { $0.name == "limit" } ? "" : "limit", colour: 5,
                    points: ends.map { ($0, limit) }))
        }
        let words = name.replacing("_", with: " ")
        let unit = model.unit.isEmpty ? "" : " (\(model.unit))"
        var plot = Plot(
            title: words, description: "\(words) over the date, with uncertainties and limits",
            xLabel: "days since the first record", yLabel: words + unit, series: series,
            isTime: false)
        plot.isFromZero = false
        return plot
    }
}
