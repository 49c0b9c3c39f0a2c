/// One self-contained page with the tracks of passes across the sky of a site.
public struct SkyPage: Sendable {
    /// A direction, rad.
    public struct Point: Equatable, Sendable {
        /// From north through east.
        public var azimuth: Double
        /// Above the horizon.
        public var elevation: Double

        /// A direction with both angles given.
        public init(azimuth: Double, elevation: Double) {
            self.azimuth = azimuth
            self.elevation = elevation
        }
    }

    /// One pass.
    public struct Track: Equatable, Sendable {
        /// What the reader is told when pointing at it.
        public var name: String
        /// From rise to set.
        public var points: [Point]
        /// Whether the sky is dark at its culmination.
        public var isDark: Bool

        /// A track with every field given.
        public init(name: String, points: [Point], isDark: Bool) {
            self.name = name
            self.points = points
            self.isDark = isDark
        }
    }

    /// Most tracks that are drawn: more cannot be told apart.
    public static let mostTracks = 40

    private let title: String
    private let subtitle: String
    private let tracks: [Track]
    private let mask: [Double]
    private let lowestElevation: Double
    private let columns: [String]
    private let rows: [[String]]

    private static let size = 460.0
    private static let radius = 196.0

    /// A page.
    ///
    /// - Parameters:
    ///   - mask: Height of the horizon in degrees, in even steps from north through east; may be
    ///     empty.
    ///   - lowestElevation: Degrees; drawn as a ring.
    ///   - columns: Titles of the table's columns.
    ///   - rows: Its cells.
    public init(
        title: String, subtitle: String, tracks: [Track], mask: [Double],
        lowestElevation: Double, columns: [String], rows: [[String]]
    ) {
        self.title = title
        self.subtitle = subtitle
        self.tracks = tracks
        self.mask = mask
        self.lowestElevation = lowestElevation
        self.columns = columns
        self.rows = rows
    }

    /// The whole page.
    public var html: String {
        PageFrame.html(
            title: title, style: "figure.sky{margin:22px auto 0}",
            body: """
                <header><h1>\(Markup.escape(title))</h1><p class="sub">\(Markup.escape(subtitle))</p></header>
                \(drawing)
                <h2>Passes</h2>
                \(table)
                """)
    }

    /// Only the drawing, for pages that have more to say.
    public var drawing: String {
        let shown = tracks.prefix(Self.mostTracks)
        let left = tracks.count - shown.count
        let note =
            left > 0 ? "<p class=\"none\">\(left) later passes are in the table only.</p>" : ""
        return """
            <figure class="sky"><figcaption>The sky: zenith in the middle, east to the right as on \
            a map</figcaption>
            \(legend)<svg viewBox="0 0 \(Int(Self.size)) \(Int(Self.size))" role="img" \
            aria-labelledby="sky-t sky-d"><title id="sky-t">Tracks of the passes</title>\
            <desc id="sky-d">Each line is one pass from a circle at its rise to its set; rings are \
            at 0, 30 and 60 degrees of elevation.</desc>
            \(maskMark)\(grid)\(shown.enumerated().map(mark).joined(separator: "\n"))
            </svg></figure>\(note)

            """
    }

    /// What the colours and circles mean, where there is more than one pass.
    private var legend: String {
        guard tracks.count > 1 else { return "" }
        return """
            <p class="legend"><span><i class="stroke b-dark"></i>dark sky</span>\
            <span><i class="stroke b-light"></i>Sun less than 6 degrees down, or up</span>\
            <span>a circle with the number of the pass is its rise</span></p>

            """
    }

    private func place(_ azimuth: Double, _ elevation: Double) -> (x: Double, y: Double) {
        let turn = azimuth * 180 / .pi
        let height = min(max(elevation * 180 / .pi, 0), 90)
        let distance = Self.radius * (90 - height) / 90
        let (sine, cosine) = Self.sineCosine(turn)
        return (Self.size / 2 + distance * sine, Self.size / 2 - distance * cosine)
    }

    /// By the series about the nearest quarter turn: the page needs a tenth of a pixel.
    private static func sineCosine(_ degrees: Double) -> (sine: Double, cosine: Double) {
        guard degrees.isFinite else { return (0, 1) }
        let quarters = (degrees / 90).rounded()
        let angle = (degrees - quarters * 90) * .pi / 180
        let square = angle * angle
        let sine =
            angle * (1 - square / 6 * (1 - square / 20 * (1 - square / 42 * (1 - square / 72))))
        let cosine = 1 - square / 2 * (1 - square / 12 * (1 - square / 30 * (1 - square / 56)))
        switch quarters - 4 * (quarters / 4).rounded(.down) {
        case 1: return (cosine, -sine)
        case 2: return (-sine, -cosine)
        case 3: return (-cosine, sine)
        default: return (sine, cosine)
        }
    }

    private var grid: String {
        var marks = ""
        let centre = Markup.coordinate(Self.size / 2)
        for (height, name) in [(0.0, ""), (30, "30\u{00B0}"), (60, "60\u{00B0}")] {
            let radius = Self.radius * (90 - height) / 90
            marks +=
                "<circle class=\"ring\" cx=\"\(centre)\" cy=\"\(centre)\" "
                + "r=\"\(Markup.coordinate(radius))\"/>"
            marks += text(name, Self.size / 2 + 4, Self.size / 2 - radius + 12, "start")
        }
        let low = Self.radius * (90 - min(max(lowestElevation, 0), 90)) / 90
        marks +=
            "<circle class=\"low\" cx=\"\(centre)\" cy=\"\(centre)\" "
            + "r=\"\(Markup.coordinate(low))\"/>"
        let edge = Self.size / 2 - Self.radius
        marks += "<path class=\"ring\" d=\"M\(centre) \(Markup.coordinate(edge))V"
        marks += "\(Markup.coordinate(Self.size - edge))M\(Markup.coordinate(edge)) \(centre)H"
        marks += "\(Markup.coordinate(Self.size - edge))\"/>"
        let middle = Self.size / 2
        marks += text("N", middle, edge - 8, "middle") + text("S", middle, Self.size - 12, "middle")
        marks += text("E", Self.size - edge + 8, middle + 4, "start")
        marks += text("W", edge - 8, middle + 4, "end")
        return marks
    }

    /// What the mask hides, as a shade from the horizon inward.
    private var maskMark: String {
        guard !mask.isEmpty else { return "" }
        let step = 2 * Double.pi / Double(mask.count)
        let inner = mask.enumerated().map {
            place(Double($0.offset) * step, $0.element * .pi / 180)
        }
        let outer = mask.indices.map { place(Double($0) * step, 0) }
        func ring(_ points: [(x: Double, y: Double)]) -> String {
            "M"
                + points.map { "\(Markup.coordinate($0.x)) \(Markup.coordinate($0.y))" }
                .joined(separator: "L") + "Z"
        }
        return "<path class=\"fade\" fill-rule=\"evenodd\" d=\"\(ring(outer))\(ring(inner))\"/>"
    }

    private func mark(_ index: Int, _ track: Track) -> String {
        guard let first = track.points.first else { return "" }
        let kind = track.isDark ? "dark" : "light"
        let path = track.points.map { place($0.azimuth, $0.elevation) }
            .map { "\(Markup.coordinate($0.x)) \(Markup.coordinate($0.y))" }
            .joined(separator: "L")
        let start = place(first.azimuth, first.elevation)
        // The number stands outside, away from the zenith.
        let middle = Self.size / 2
        let label = (
            x: start.x + 0.055 * (start.x - middle), y: start.y + 0.055 * (start.y - middle) + 4
        )
        return "<g><title>\(Markup.escape(track.name))</title>"
            + "<path class=\"line \(kind)\" d=\"M\(path)\"/>"
            + "<circle class=\"start \(kind)\" cx=\"\(Markup.coordinate(start.x))\" "
            + "cy=\"\(Markup.coordinate(start.y))\" r=\"3.5\"/>"
            + text(tracks.count > 1 ? "\(index + 1)" : "rise", label.x, label.y, "middle")
            + "</g>"
    }

    private func text(_ content: String, _ x: Double, _ y: Double, _ anchor: String) -> String {
        "<text class=\"number\" x=\"\(Markup.coordinate(x))\" y=\"\(Markup.coordinate(y))\" "
            + "text-anchor=\"\(anchor)\">\(Markup.escape(content))</text>"
    }

    private var table: String {
        guard !rows.isEmpty else { return "<p class=\"none\">There is no pass.</p>" }
        func row(_ cells: [String], _ kind: String) -> String {
            let marks = cells.enumerated().map { index, cell in
                "<\(kind)\(index >= 9 ? " class=\"word\"" : "")>\(Markup.escape(cell))</\(kind)>"
            }
            return "<tr>" + marks.joined() + "</tr>"
        }
        return "<div class=\"scroll\"><table><thead>\(row(["no."] + columns, "th"))</thead><tbody>"
            + rows.enumerated().map { row(["\($0 + 1)"] + $1, "td") }.joined(separator: "\n")
            + "</tbody></table></div>"
    }
}
