/// A drawing of curves over an axis, as inline SVG with its caption and legend.
struct Plot {
    /// One curve. `nil` values leave a gap.
    struct Series {
        /// How values are drawn.
        enum Style { case line, dots, steps }
        var name: String
        /// Which of the page's six colours, from 0.
        var colour: Int
        var points: [(x: Double, y: Double?)]
        var style = Style.line
        /// Whether the curve belongs to the axis on the right.
        var isRight = false
    }

    var title: String
    /// What a person who cannot see the drawing should know.
    var description: String
    var xLabel: String
    var yLabel: String
    var rightLabel: String?
    var series: [Series]
    /// Ranges of x that are shaded, and what they are.
    var shades: [ClosedRange<Double>]
    var shadeName: String
    /// A shade in the accent colour instead of grey.
    var isShadeAccent: Bool
    var isTime: Bool
    /// Whether both axes carry logarithms to the base of ten.
    var isLogarithmic = false
    /// Whether the axis of the values begins at zero.
    var isFromZero = true
    var size: (width: Double, height: Double)

    /// Space about the drawing, found once in ``svg(id:)``.
    private var margins = (left: 0.0, right: 0.0, top: 10.0, bottom: 44.0)

    /// Room for an axis label and the longest number beside the ticks.
    private func room(_ ticks: Ticks) -> Double {
        let longest = ticks.values.map { ticks.label($0).count }.max() ?? 0
        return 32 + Double(longest) * 7.6
    }

    init(
        title: String, description: String, xLabel: String = "time since the start (s)",
        yLabel: String, rightLabel: String? = nil, series: [Series],
        shades: [ClosedRange<Double>] = [], shadeName: String = "", isShadeAccent: Bool = false,
        isTime: Bool = true, size: (width: Double, height: Double) = (460, 230)
    ) {
        self.title = title
        self.description = description
        self.xLabel = xLabel
        self.yLabel = yLabel
        self.rightLabel = rightLabel
        self.series = series
        self.shades = shades
        self.shadeName = shadeName
        self.isShadeAccent = isShadeAccent
        self.isTime = isTime
        self.size = size
    }

    /// Whether there is anything to draw.
    var isEmpty: Bool { !series.contains { $0.points.contains { $0.y != nil } } }

    /// The figure.
    func svg(id: String) -> String {
        let x =
            isLogarithmic
            ? Ticks(decadesOf: xRange)
            : Ticks(xRange, count: size.width > 400 ? 7 : 4, isTime: isTime, endsWithData: true)
        let left = yTicks(isRight: false)
        let right = rightLabel == nil ? left : yTicks(isRight: true)
        var plot = self
        plot.margins.left = room(left)
        plot.margins.right = rightLabel == nil ? 16 : room(right)
        return plot.drawing(id: id, x, left, right)
    }

    private func drawing(id: String, _ x: Ticks, _ left: Ticks, _ right: Ticks) -> String {
        return """
            <figure><figcaption>\(Markup.escape(title))</figcaption>\(legend)
            <svg viewBox="0 0 \(Int(size.width)) \(Int(size.height))" role="img" \
            aria-labelledby="\(id)-t \(id)-d"><title id="\(id)-t">\(Markup.escape(title))</title>\
            <desc id="\(id)-d">\(Markup.escape(description))</desc>
            \(shadeMarks(x))\(grid(x, left, right))
            \(series.map { curve($0, x, $0.isRight ? right : left) }.joined(separator: "\n"))
            </svg></figure>

            """
    }

    // MARK: Scales

    private var plotWidth: Double { size.width - margins.left - margins.right }
    private var plotHeight: Double { size.height - margins.top - margins.bottom }

    private var xRange: ClosedRange<Double> {
        let values = series.flatMap { $0.points.map(\.x) }
        return (values.min() ?? 0)...(values.max() ?? 1)
    }

    private func yTicks(isRight: Bool) -> Ticks {
        let values = series.filter { $0.isRight == isRight }
            .flatMap { $0.points.compactMap(\.y) }.filter(\.isFinite)
        let least = values.min() ?? 0
        let greatest = values.max() ?? 1
        guard !isLogarithmic else { return Ticks(decadesOf: least...max(greatest, least)) }
        guard isFromZero else { return Ticks(least...max(greatest, least), count: 4) }
        return Ticks(min(0, least)...max(greatest, least), count: 4)
    }

    private func position(_ value: Double, _ ticks: Ticks) -> Double {
        let span = ticks.range.upperBound - ticks.range.lowerBound
        let share = span > 0 ? (value - ticks.range.lowerBound) / span : 0
        return min(max(share, 0), 1)
    }

    private func px(_ value: Double, _ ticks: Ticks) -> Double {
        margins.left + position(value, ticks) * plotWidth
    }

    private func py(_ value: Double, _ ticks: Ticks) -> Double {
        margins.top + (1 - position(value, ticks)) * plotHeight
    }

    // MARK: Marks

    private func shadeMarks(_ x: Ticks) -> String {
        shades.map { shade in
            let start = px(shade.lowerBound, x)
            let width = max(px(shade.upperBound, x) - start, 1)
            return "<rect class=\"\(isShadeAccent ? "gate" : "fade")\" "
                + "x=\"\(Markup.coordinate(start))\" y=\"\(Markup.coordinate(margins.top))\" "
                + "width=\"\(Markup.coordinate(width))\" "
                + "height=\"\(Markup.coordinate(plotHeight))\"/>"
        }.joined()
    }

    private func grid(_ x: Ticks, _ left: Ticks, _ right: Ticks) -> String {
        let bottom = margins.top + plotHeight
        let end = margins.left + plotWidth
        var marks = ""
        for value in left.values {
            let y = Markup.coordinate(py(value, left))
            marks +=
                "<line class=\"grid\" x1=\"\(margins.left)\" x2=\"\(end)\" y1=\"\(y)\" "
                + "y2=\"\(y)\"/>"
                + text(left.label(value), margins.left - 7, py(value, left) + 4, "end")
        }
        if rightLabel != nil {
            for value in right.values {
                marks += text(right.label(value), end + 7, py(value, right) + 4, "start")
            }
        }
        for value in x.values {
            let position = Markup.coordinate(px(value, x))
            marks +=
                "<line class=\"tick\" x1=\"\(position)\" x2=\"\(position)\" y1=\"\(bottom)\" "
                + "y2=\"\(bottom + 4)\"/>"
                + text(x.label(value), px(value, x), bottom + 18, "middle")
        }
        marks +=
            "<line class=\"axis\" x1=\"\(margins.left)\" x2=\"\(end)\" y1=\"\(bottom)\" "
            + "y2=\"\(bottom)\"/>"
        marks += text(xLabel, margins.left + plotWidth / 2, size.height - 6, "middle", "label")
        marks += turned(yLabel, 14)
        if let rightLabel { marks += turned(rightLabel, size.width - 6) }
        return marks
    }

    private func text(
        _ content: String, _ x: Double, _ y: Double, _ anchor: String, _ kind: String = "number"
    ) -> String {
        "<text class=\"\(kind)\" x=\"\(Markup.coordinate(x))\" y=\"\(Markup.coordinate(y))\" "
            + "text-anchor=\"\(anchor)\">\(Markup.escape(content))</text>"
    }

    /// An axis label that reads upward.
    private func turned(_ content: String, _ x: Double) -> String {
        let y = Markup.coordinate(margins.top + plotHeight / 2)
        return "<text class=\"label\" text-anchor=\"middle\" "
            + "transform=\"translate(\(Markup.coordinate(x)) \(y)) rotate(-90)\">"
            + "\(Markup.escape(content))</text>"
    }

    private func curve(_ series: Series, _ x: Ticks, _ y: Ticks) -> String {
        if series.style == .dots {
            let dots = series.points.compactMap { point in
                point.y.map { value in
                    "M\(Markup.coordinate(px(point.x, x))) \(Markup.coordinate(py(value, y)))h0"
                }
            }
            return "<path class=\"dots c\(series.colour)\" d=\"\(dots.joined())\"/>"
        }
        var path = ""
        var isDrawing = false
        for (index, point) in series.points.enumerated() {
            guard let value = point.y, value.isFinite else {
                isDrawing = false
                continue
            }
            let at = Markup.coordinate(px(point.x, x))
            let height = Markup.coordinate(py(value, y))
            path +=
                isDrawing && series.style == .steps
                ? "H\(at)V\(height)"
                : "\(isDrawing ? "L" : "M")\(at) \(height)"
            // A lone value between two gaps would otherwise leave no mark.
            let isAlone =
                !isDrawing
                && (index + 1 == series.points.count || series.points[index + 1].y == nil)
            if isAlone { path += "h0" }
            isDrawing = true
        }
        return "<path class=\"line c\(series.colour)\" d=\"\(path)\"/>"
    }

    private var legend: String {
        // Curves without a name belong to the one before them.
        var entries = series.filter { !$0.isEmpty && !$0.name.isEmpty }.map { entry in
            "<span><i class=\"\(entry.style == .dots ? "dot" : "stroke") b\(entry.colour)\"></i>"
                + "\(Markup.escape(entry.name))"
                + (entry.isRight ? " <em>(right axis)</em>" : "") + "</span>"
        }
        if !shades.isEmpty {
            entries.append(
                "<span><i class=\"\(isShadeAccent ? "gate-key" : "fade-key")\"></i>"
                    + "\(Markup.escape(shadeName))</span>")
        }
        return entries.count < 2 ? "" : "<p class=\"legend\">\(entries.joined())</p>"
    }
}

extension Plot.Series {
    /// Whether the curve has no value at all.
    var isEmpty: Bool { !points.contains { $0.y != nil } }
}
