import ArgumentParser
import Foundation
import Orbit
import OrbitFiles

/// `lodestar orbit`: where a satellite is.
struct OrbitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "orbit", abstract: "Say where a satellite is, at one instant or in a table.",
        subcommands: [OrbitStateCommand.self, OrbitLookCommand.self])
}

/// The instants of a table.
struct InstantOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Instant or start, UTC like 2026-03-20T21:00:00.5Z; without it, now.",
            valueName: "time"))
    var at: String?
    @Option(help: ArgumentHelp("Length of a table, s.", valueName: "s"))
    var seconds: Double?
    @Option(help: ArgumentHelp("Step of a table, s.", valueName: "s"))
    var step = 10.0

    /// Most rows of a table.
    static let mostRows = 1_000_000

    func validate() throws {
        if let at { _ = try optionInstant(at, "--at") }
        guard step >= 1e-6, step <= 1e9 else {
            throw ValidationError("--step is \(step); allowed is 1e-6 to 1e9 s")
        }
        if let seconds {
            guard seconds >= 0, seconds / step < Double(Self.mostRows) else {
                throw ValidationError(
                    "--seconds is \(seconds); allowed is 0 up to \(Self.mostRows) steps")
            }
        }
    }

    /// The instants in order, at least one.
    func instants() throws -> [UTCInstant] {
        let now = Date().timeIntervalSince1970
        let start =
            try at.map { try optionInstant($0, "--at") }
            ?? UTCInstant(
                unixSeconds: Int64(now.rounded(.down)), fraction: now - now.rounded(.down))
        let count = Int(((seconds ?? 0) / step + 1e-9).rounded(.down))
        return (0...count).map { start.adding(Double($0) * step) }
    }
}

extension OrbitOptions {
    /// The one satellite asked for, in the segment that covers `instant`.
    func satellite(at instant: UTCInstant) throws -> Satellite {
        let all = try satellites()
        let covering = all.filter { satellite in
            guard let span = satellite.span else { return true }
            return instant >= span.from && instant <= span.to
        }
        guard let found = covering.last ?? all.first else {
            throw OrbitFailure(description: "\(elements) has no satellite with an orbit")
        }
        if case .model = found.source, all.count > 1 {
            throw OrbitFailure(
                description: "\(elements) has \(all.count) satellites; choose one with --satellite")
        }
        return found
    }
}

/// `lodestar orbit state`: position and velocity.
struct OrbitStateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "state", abstract: "Position and velocity of a satellite.")

    @OptionGroup var orbit: OrbitOptions
    @OptionGroup var when: InstantOptions
    @Option(
        help: ArgumentHelp(
            "itrf, fixed to the Earth, or teme, the frame of element sets.", valueName: "frame"))
    var frame = Frame.itrf
    @Flag(help: "Print JSON.") var json = false

    enum Frame: String, ExpressibleByArgument, Encodable { case itrf, teme }

    struct Row: Encodable {
        var time: String
        var frame: Frame
        var positionM: [Double]
        var velocityMPerS: [Double]
    }

    func run() throws {
        let instants = try when.instants()
        let satellite = try orbit.satellite(at: instants[0])
        orbit.warnOfAge(satellite, from: instants[0], to: instants[instants.count - 1])
        let rows = try OrbitFailure.telling(orbit.elements) {
            try orbit.withTrajectory(satellite) { trajectory in
                var trajectory = trajectory
                return try instants.map { try row($0, &trajectory) }
            }
        }
        if json { return print(try jsonText(rows)) }
        print(
            "UTC                             x (m)            y (m)            z (m)"
                + "      vx (m/s)      vy (m/s)      vz (m/s)")
        for row in rows {
            let (r, v) = (row.positionM, row.velocityMPerS)
            print(
                row.time
                    + String(format: " %16.3f %16.3f %16.3f", r[0], r[1], r[2])
                    + String(format: " %13.6f %13.6f %13.6f", v[0], v[1], v[2]))
        }
    }

    private func row(_ instant: UTCInstant, _ trajectory: inout Trajectory) throws -> Row {
        let state: OrbitState
        switch (frame, trajectory.source) {
        case (.itrf, _): state = try trajectory.state(at: instant)
        case (.teme, .elements(let model)):
            do throws(SGP4Fault) {
                state = try model.state(minutes: instant.since(model.elements.epoch) / 60)
            } catch {
                throw OrbitFault.model(error)
            }
        case (.teme, .ephemeris):
            throw OrbitFailure(
                description: "--frame teme is for element sets; \(orbit.elements) is an ephemeris")
        }
        let (r, v) = (state.position, state.velocity)
        return Row(
            time: UTCText.text(instant, digits: 6), frame: frame, positionM: [r.x, r.y, r.z],
            velocityMPerS: [v.x, v.y, v.z])
    }
}

/// `lodestar orbit look`: direction, distance, and what light needs on the way.
struct OrbitLookCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "look", abstract: "Where a satellite stands in the sky of a site.",
        discussion: """
            Azimuth and elevation are geometric, in the light that arrives at the instant. \
            Refraction is Saemundsson's, its dispersion Edlen's (1966); the chromatic offset is by \
            how much the quantum light is seen higher than the beacon. The point-ahead is from \
            where the satellite is seen to where an uplink beacon must be aimed.
            """)

    @OptionGroup var orbit: OrbitOptions
    @OptionGroup var place: SiteOption
    @OptionGroup var when: InstantOptions
    @Option(help: ArgumentHelp("Pressure at the site, hPa, 0 to 1100.", valueName: "hPa"))
    var pressure = 1010.0
    @Option(help: ArgumentHelp("Temperature at the site, degrees Celsius.", valueName: "C"))
    var temperature = 9.85
    @Option(help: ArgumentHelp("Wavelength of the downlink beacon, nm.", valueName: "nm"))
    var beacon = 532.0
    @Option(help: ArgumentHelp("Wavelength of the quantum light, nm.", valueName: "nm"))
    var quantum = 850.0
    @Flag(help: "Print JSON.") var json = false

    struct Row: Encodable {
        var time: String
        var azimuthDeg: Double
        var elevationDeg: Double
        var rangeM: Double
        var lightTimePs: Double
        var rangeRateMPerS: Double
        var azimuthRateDegPerS: Double
        var elevationRateDegPerS: Double
        var doppler: Double
        var refractionUrad: Double
        var chromaticOffsetUrad: Double
        var pointAheadAcrossUrad: Double
        var pointAheadUpUrad: Double
        var sunElevationDeg: Double
        var satelliteSunlight: Double
    }

    func validate() throws {
        for (value, range, name) in [
            (pressure, 0.0...1100, "--pressure"), (temperature, -90...60, "--temperature"),
            (beacon, 200...2000, "--beacon"), (quantum, 200...2000, "--quantum"),
        ] where !range.contains(value) {
            throw ValidationError(
                "\(name) is \(value); allowed is \(range.lowerBound) to \(range.upperBound)")
        }
    }

    func run() throws {
        let site = try place.place()
        let instants = try when.instants()
        let satellite = try orbit.satellite(at: instants[0])
        orbit.warnOfAge(satellite, from: instants[0], to: instants[instants.count - 1])
        let rows = try OrbitFailure.telling(orbit.elements) {
            try orbit.withTrajectory(satellite) { trajectory in
                var trajectory = trajectory
                return try instants.map { try row($0, &trajectory, site) }
            }
        }
        if json { return print(try jsonText(rows)) }
        print(
            "UTC                            az (deg)   el (deg)     range (m)  rate (m/s)"
                + "    Doppler  refr (urad)  chrom  ahead across, up (urad)  Sun (deg)")
        for row in rows {
            print(
                row.time
                    + String(
                        format: " %10.5f %10.5f %13.2f %11.3f %10.3e", row.azimuthDeg,
                        row.elevationDeg, row.rangeM, row.rangeRateMPerS, row.doppler)
                    + String(
                        format: "  %11.1f %6.2f  %12.2f %10.2f  %9.2f", row.refractionUrad,
                        row.chromaticOffsetUrad, row.pointAheadAcrossUrad, row.pointAheadUpUrad,
                        row.sunElevationDeg))
        }
    }

    private func row(
        _ instant: UTCInstant, _ trajectory: inout Trajectory, _ site: Site
    ) throws -> Row {
        let sight = try trajectory.sight(from: site, receivedAt: instant)
        let ahead = try trajectory.pointAhead(from: site, at: instant)
        let satellite = try trajectory.state(at: instant).position
        let orientation = trajectory.orientation
        let sun = Sun.direction(from: site, at: instant, orientation)
        let air = Refraction(pressure: pressure, temperature: temperature + 273.15)
        let elevation = sight.look.elevation
        let isUp = elevation > -0.017
        let degree = 180 / Double.pi
        return Row(
            time: UTCText.text(instant, digits: 6), azimuthDeg: sight.look.azimuth * degree,
            elevationDeg: elevation * degree, rangeM: sight.look.range,
            lightTimePs: sight.look.lightTime, rangeRateMPerS: sight.rangeRate,
            azimuthRateDegPerS: sight.azimuthRate * degree,
            elevationRateDegPerS: sight.elevationRate * degree, doppler: sight.doppler,
            refractionUrad: isUp
                ? 1e6 * air.angle(atTrue: elevation, wavelength: beacon * 1e-9) : 0,
            chromaticOffsetUrad: isUp
                ? 1e6
                    * air.chromaticOffset(
                        atTrue: elevation, wavelength: quantum * 1e-9, reference: beacon * 1e-9)
                : 0,
            pointAheadAcrossUrad: 1e6 * ahead.x, pointAheadUpUrad: 1e6 * ahead.y,
            sunElevationDeg: sun.elevation * degree,
            satelliteSunlight: Sun.share(
                at: satellite, sun: Sun.position(at: instant, orientation)))
    }
}
