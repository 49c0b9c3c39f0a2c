import ArgumentParser
import Foundation
import Orbit
import OrbitFiles
import Quantities
import Report
import TagFiles

/// `lodestar passes`: when a satellite can be seen.
struct PassesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "passes",
        abstract: "List the passes of satellites over a site.",
        discussion: """
            For example: lodestar passes --elements jinan.tle --site 36.67,117.13,80 --hours 48

            Elevations are geometric, without refraction. The file is read from its first line: \
            two or three line element sets, OMM as text, XML or JSON, OEM, or CPF. Positions are \
            never extrapolated. Without --ut1-utc and --pole directions are off by up to 70 \
            microradians, far less than elements are wrong.
            """)

    @OptionGroup var orbit: OrbitOptions
    @OptionGroup var place: SiteOption
    @Option(
        help: ArgumentHelp(
            "Start, UTC like 2026-03-20T21:00:00Z; without it, now, or where an ephemeris begins.",
            valueName: "time"))
    var from: String?
    @Option(help: ArgumentHelp("How long to search, 0 to 90000 hours.", valueName: "h"))
    var hours = 24.0
    @Option(help: ArgumentHelp("Lowest elevation of a pass, degrees.", valueName: "deg"))
    var minElevation = 10.0
    @Option(help: ArgumentHelp("Lowest culmination of a pass, degrees.", valueName: "deg"))
    var minCulmination = 0.0
    @Option(
        help: ArgumentHelp("Fastest azimuth rate of the mount, degrees/s.", valueName: "deg/s"))
    var azimuthRate = 5.0
    @Option(
        help: ArgumentHelp(
            "Horizon mask, degrees: 0:12,90:20,180:8 as azimuth:elevation.", valueName: "mask"))
    var mask: String?
    @Flag(help: "Only passes whose culmination the Sun does not light up: 6 degrees down or more.")
    var night = false
    @Option(
        name: .shortAndLong, help: ArgumentHelp("A page with the sky plot.", valueName: "file"))
    var output: String?
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        guard hours > 0, hours <= 90_000 else {
            throw ValidationError("--hours is \(hours); allowed is more than 0 to 90000")
        }
        guard minElevation >= -5, minElevation < 90 else {
            throw ValidationError("--min-elevation is \(minElevation); allowed is -5 up to 90")
        }
        guard azimuthRate > 0, azimuthRate <= 360 else {
            throw ValidationError(
                "--azimuth-rate is \(azimuthRate); allowed is more than 0 to 360 degrees/s")
        }
        if let from { _ = try optionInstant(from, "--from") }
        _ = try horizon()
    }

    func run() throws {
        let site = try place.place()
        let satellites = try orbit.satellites()
        var list = PassList()
        let limits = PassSearch.Limits(
            elevation: minElevation * .pi / 180, azimuthRate: azimuthRate * .pi / 180,
            mask: try horizon())
        for satellite in satellites {
            guard let span = try span(satellite, isOnly: satellites.count == 1) else { continue }
            orbit.warnOfAge(satellite, from: span.from, to: span.to)
            try OrbitFailure.telling(orbit.elements) {
                try orbit.withTrajectory(satellite) { trajectory in
                    list.search(
                        satellite.title, trajectory, site: site, span: span, limits: limits,
                        withTracks: output != nil)
                }
            }
        }
        list.entries.removeAll { entry in
            entry.pass.culmination.sight.look.elevation < minCulmination * .pi / 180
                || (night && entry.pass.culmination.sun.elevation > -6 * .pi / 180)
        }
        list.entries.sort { $0.pass.rise.time < $1.pass.rise.time }
        if let output { try write(list, limits, to: output) }
        print(json ? try jsonText(list.rows) : list.table)
        for fault in list.faults { orbit.warn("\(orbit.elements): \(fault)") }
        if list.entries.isEmpty, !list.faults.isEmpty { throw ExitCode.failure }
    }

    /// The span to search; that of an ephemeris is cut to what it holds, and that is told.
    private func span(
        _ satellite: OrbitOptions.Satellite, isOnly: Bool
    ) throws -> (from: UTCInstant, to: UTCInstant)? {
        let now = Date().timeIntervalSince1970
        var start = UTCInstant(unixSeconds: Int64(now.rounded(.down)))
        if let from {
            start = try optionInstant(from, "--from")
        } else if let first = satellite.span?.from {
            start = first
        }
        let end = start.adding(hours * 3600)
        guard let held = satellite.span else { return (start, end) }
        // The light that arrives at the first instant left earlier.
        let edge = 1 + orbit.timeBias.magnitude
        let (first, last) = (held.from.adding(edge), held.to.adding(-edge))
        let cut = (from: max(start, first), to: min(end, last))
        guard cut.from < cut.to else {
            let fault = EphemerisFault.afterEnd(asked: start, last: held.to)
            if isOnly { throw OrbitFailure(description: "\(orbit.elements): \(fault.text)") }
            return nil
        }
        if from != nil, cut.from > start.adding(2 * edge) || cut.to < end.adding(-2 * edge) {
            orbit.warn(
                "\(orbit.elements) holds positions from \(UTCText.text(held.from, digits: 0)) to "
                    + "\(UTCText.text(held.to, digits: 0)); only these are searched")
        }
        return cut
    }

    /// The mask of the option: straight lines between the directions given.
    private func horizon() throws -> HorizonMask {
        guard let mask else { return .open }
        var points: [(azimuth: Double, elevation: Double)] = []
        for part in mask.split(separator: ",") {
            let pair = part.split(separator: ":").map { Double($0) }
            guard pair.count == 2, let azimuth = pair[0], let elevation = pair[1],
                (0..<360).contains(azimuth), (-5...90).contains(elevation)
            else {
                throw ValidationError(
                    "--mask has \(part); allowed are azimuth 0 to below 360, a colon, elevation -5 to 90"
                )
            }
            points.append((azimuth, elevation))
        }
        guard !points.isEmpty else { throw ValidationError("--mask is empty") }
        points.sort { $0.azimuth < $1.azimuth }
        let degree = Double.pi / 180
        let corners = points.map {
            HorizonMask.Point(azimuth: $0.azimuth * degree, elevation: $0.elevation * degree)
        }
        do throws(HorizonMask.Fault) {
            return try HorizonMask(corners.span)
        } catch {
            throw ValidationError(
                "--mask \(mask) is no skyline; allowed are 1 to \(HorizonMask.capacity) "
                    + "different azimuths from 0 to below 360")
        }
    }

    private func write(
        _ list: PassList, _ limits: PassSearch.Limits, to path: String
    ) throws {
        let page = SkyPage(
            title: "Passes over \(place.site)",
            subtitle: "\(list.entries.count) passes above \(minElevation) degrees, UTC",
            tracks: list.tracks,
            mask: limits.mask == .open
                ? []
                : (0..<72).map {
                    limits.mask.elevation(at: Double($0) * 5 * .pi / 180) * 180 / .pi
                },
            lowestElevation: minElevation, columns: PassList.columns, rows: list.cells)
        do throws(TagFileError) {
            var file = try OutputFile(path: path)
            try file.write(Array(page.html.utf8))
            try file.commit()
        } catch {
            throw OrbitFailure(description: error.description)
        }
    }
}
