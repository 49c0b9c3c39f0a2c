import Foundation
import Orbit
import OrbitFiles
import Report

/// Passes that were found, as table, JSON and drawing.
struct PassList {
    struct Entry {
        var satellite: String
        var pass: PredictedPass
        /// Azimuth and elevation every few seconds, rad; empty where nothing is drawn.
        var track: [SkyPage.Point]
    }

    var entries: [Entry] = []
    /// Where a search came to an end early.
    var faults: [String] = []

    /// Adds the passes of one satellite.
    mutating func search(
        _ name: String, _ trajectory: Trajectory, site: Site,
        span: (from: UTCInstant, to: UTCInstant), limits: PassSearch.Limits, withTracks: Bool
    ) {
        var search = PassSearch(
            trajectory, site: site, from: span.from, to: span.to, limits: limits)
        do throws(OrbitFault) {
            while let pass = try search.next() {
                let track = withTracks ? try Self.track(pass, trajectory, site) : []
                entries.append(Entry(satellite: name, pass: pass, track: track))
            }
        } catch {
            faults.append("\(name): \(error.text)")
        }
    }

    private static func track(
        _ pass: PredictedPass, _ trajectory: Trajectory, _ site: Site
    ) throws(OrbitFault) -> [SkyPage.Point] {
        var trajectory = trajectory
        var points: [SkyPage.Point] = []
        for index in 0...60 {
            let time = pass.rise.time.adding(pass.duration * Double(index) / 60)
            let look = try trajectory.sight(from: site, receivedAt: time).look
            points.append(SkyPage.Point(azimuth: look.azimuth, elevation: look.elevation))
        }
        return points
    }

    /// The tracks of the drawing; the time of rise names each.
    var tracks: [SkyPage.Track] {
        entries.map { entry in
            SkyPage.Track(
                name: "\(UTCText.text(entry.pass.rise.time, digits: 0)) \(entry.satellite)",
                points: entry.track, isDark: entry.pass.culmination.sun.elevation < -6 * .pi / 180)
        }
    }

    // MARK: For a person

    static let columns = [
        "rise (UTC)", "az", "culmination", "az", "el", "set", "az", "length", "Sun", "sunlight",
        "warnings",
    ]

    /// The cells of each row.
    var cells: [[String]] {
        entries.map { entry in
            let pass = entry.pass
            func clock(_ moment: PassMoment) -> String {
                String(UTCText.text(moment.time, digits: 1).dropFirst(11).dropLast())
            }
            func degrees(_ angle: Double) -> String { String(format: "%.1f", angle * 180 / .pi) }
            let (rise, top, set) = (pass.rise, pass.culmination, pass.set)
            return [
                String(UTCText.text(rise.time, digits: 1).dropLast()),
                degrees(rise.sight.look.azimuth), clock(top), degrees(top.sight.look.azimuth),
                degrees(top.sight.look.elevation), clock(set), degrees(set.sight.look.azimuth),
                String(format: "%.0f s", pass.duration),
                "\(degrees(top.sun.elevation)) \(Self.sky(top))", Self.lit(pass),
                ([entries.contains { $0.satellite != entry.satellite } ? entry.satellite : ""]
                    + Self.warnings(pass)).filter { !$0.isEmpty }.joined(separator: "; "),
            ]
        }
    }

    /// A table with aligned columns.
    var table: String {
        guard !entries.isEmpty else { return "no passes" }
        let rows = [Self.columns] + cells
        let widths = Self.columns.indices.map { column in
            rows.map { $0[column].count }.max() ?? 0
        }
        return rows.map { row in
            var line = ""
            for (index, cell) in row.enumerated() {
                let space = String(repeating: " ", count: widths[index] - cell.count)
                let isText = index == 0 || index >= 8
                line += (isText ? cell + space : space + cell) + "  "
            }
            while line.last == " " { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }

    /// The sky's darkness by the Sun's elevation.
    static func sky(_ moment: PassMoment) -> String {
        let degrees = moment.sun.elevation * 180 / .pi
        return switch degrees {
        case 0...: "day"
        case -6..<0: "civil twilight"
        case -12 ..< -6: "nautical twilight"
        case -18 ..< -12: "astronomical twilight"
        default: "night"
        }
    }

    /// Whether the Sun shines on the satellite at rise, culmination and set.
    static func lit(_ pass: PredictedPass) -> String {
        let states = [pass.rise, pass.culmination, pass.set].map { $0.sunlight > 0.5 }
        if states.allSatisfy({ $0 }) { return "sunlit" }
        if !states.contains(true) { return "in shadow" }
        return states[0] ? "enters shadow" : "leaves shadow"
    }

    /// What the operator should know.
    static func warnings(_ pass: PredictedPass) -> [String] {
        var result: [String] = []
        if pass.keyholeTime > 0 {
            result.append(
                String(
                    format: "keyhole: %.1f deg/s of azimuth, %.0f s too fast",
                    pass.azimuthRate * 180 / .pi, pass.keyholeTime))
        }
        if pass.maskedTime > 0 {
            result.append(String(format: "behind the mask for %.0f s", pass.maskedTime))
        }
        let nearest = [pass.rise, pass.culmination, pass.set].map(\.sunDistance).min() ?? .pi
        if nearest < 20 * .pi / 180, pass.culmination.sun.elevation > -0.02 {
            result.append(
                String(format: "the Sun comes as near as %.0f deg", nearest * 180 / .pi))
        }
        if pass.isCutAtStart { result.append("up before the search began") }
        if pass.isCutAtEnd { result.append("still up when the search ended") }
        return result
    }

    // MARK: For a program

    /// One pass as JSON shows it.
    struct Row: Encodable {
        struct Moment: Encodable {
            var time: String
            var azimuthDeg: Double
            var elevationDeg: Double
            var rangeM: Double
            var rangeRateMPerS: Double
            var sunAzimuthDeg: Double
            var sunElevationDeg: Double
            var sunDistanceDeg: Double
            var satelliteSunlight: Double

            init(_ moment: PassMoment) {
                time = UTCText.text(moment.time, digits: 6)
                azimuthDeg = moment.sight.look.azimuth * 180 / .pi
                elevationDeg = moment.sight.look.elevation * 180 / .pi
                rangeM = moment.sight.look.range
                rangeRateMPerS = moment.sight.rangeRate
                sunAzimuthDeg = moment.sun.azimuth * 180 / .pi
                sunElevationDeg = moment.sun.elevation * 180 / .pi
                sunDistanceDeg = moment.sunDistance * 180 / .pi
                satelliteSunlight = moment.sunlight
            }
        }

        var satellite: String
        var rise: Moment
        var culmination: Moment
        var set: Moment
        var durationS: Double
        var azimuthRateMaxDegPerS: Double
        var keyholeS: Double
        var maskedS: Double
        var warnings: [String]

        init(_ entry: Entry) {
            satellite = entry.satellite
            rise = Moment(entry.pass.rise)
            culmination = Moment(entry.pass.culmination)
            set = Moment(entry.pass.set)
            durationS = entry.pass.duration
            azimuthRateMaxDegPerS = entry.pass.azimuthRate * 180 / .pi
            keyholeS = entry.pass.keyholeTime
            maskedS = entry.pass.maskedTime
            warnings = PassList.warnings(entry.pass)
        }
    }

    var rows: [Row] { entries.map(Row.init) }
}
