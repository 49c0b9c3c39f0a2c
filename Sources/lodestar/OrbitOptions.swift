import ArgumentParser
import Foundation
import Orbit
import OrbitFiles

/// What says where a satellite is, and how the Earth lies.
struct OrbitOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Element sets (TLE; OMM as text, XML or JSON) or positions (OEM, CPF).",
            valueName: "file"))
    var elements: String
    @Option(
        help: ArgumentHelp(
            "Only satellites with this catalogue number or name.", valueName: "name"))
    var satellite: String?
    @Option(
        name: .customLong("ut1-utc"),
        help: ArgumentHelp("UT1 minus UTC from IERS Bulletin A, s.", valueName: "s"))
    var ut1MinusUTC = 0.0
    @Option(
        help: ArgumentHelp(
            "Polar motion from IERS Bulletin A, seconds of arc.", valueName: "x,y"))
    var pole = "0,0"
    @Option(
        help: ArgumentHelp(
            "How far the satellite runs ahead of its elements, s.", valueName: "s"))
    var timeBias = 0.0
    @Option(
        help: ArgumentHelp(
            "How far it lies to the side, towards the orbit's angular momentum, rad at the "
                + "Earth's centre.", valueName: "rad"))
    var crossTrack = 0.0
    @Option(help: ArgumentHelp("Gravity of the elements: wgs72 or wgs84.", valueName: "model"))
    var gravity = GravityName.wgs72
    @Flag(help: "Small choices of SGP4 as the Air Force's own program makes them.")
    var afspc = false

    /// Names of gravity models.
    enum GravityName: String, ExpressibleByArgument {
        case wgs72, wgs84
        var model: GravityModel { self == .wgs72 ? .wgs72 : .wgs84 }
    }

    /// One satellite of the file.
    struct Satellite {
        var title: String
        var set: ElementSet?
        var source: Source

        enum Source {
            case model(SGP4)
            case table(EphemerisFile.Segment)
        }

        /// First and last instant that can be asked for.
        var span: (from: UTCInstant, to: UTCInstant)? {
            guard case .table(let segment) = source else { return nil }
            return (segment.start, segment.end)
        }
    }

    func validate() throws {
        _ = try orientation()
        guard timeBias.magnitude <= 600 else {
            throw ValidationError("--time-bias is \(timeBias); allowed is -600 to 600 s")
        }
        guard crossTrack.magnitude <= 0.1 else {
            throw ValidationError("--cross-track is \(crossTrack); allowed is -0.1 to 0.1 rad")
        }
    }

    /// How the Earth lies.
    func orientation() throws -> EarthOrientation {
        guard ut1MinusUTC.magnitude <= 0.9 else {
            throw ValidationError("--ut1-utc is \(ut1MinusUTC); allowed is -0.9 to 0.9 s")
        }
        let parts = pole.split(separator: ",", omittingEmptySubsequences: false)
            .map { Double($0) }
        guard parts.count == 2, let x = parts[0], let y = parts[1], abs(x) <= 2, abs(y) <= 2
        else {
            throw ValidationError("--pole is \(pole); allowed are two numbers from -2 to 2")
        }
        return EarthOrientation(
            ut1MinusUTC: ut1MinusUTC, xp: x * EarthOrientation.arcsecond,
            yp: y * EarthOrientation.arcsecond)
    }

    /// The satellites of the file that are asked for; those without an orbit are told and left out.
    func satellites() throws -> [Satellite] {
        switch try OrbitFile.read(elements) {
        case .elements(let sets):
            let wanted = sets.filter { set in
                guard let satellite else { return true }
                return set.catalogNumber == satellite
                    || set.name.uppercased() == satellite.uppercased()
            }
            guard !wanted.isEmpty else { throw unknownSatellite(sets.map(\.title)) }
            var found: [Satellite] = []
            for set in wanted {
                do throws(SGP4Fault) {
                    let model = try SGP4(
                        set.elements, gravity: gravity.model, mode: afspc ? .afspc : .improved)
                    found.append(Satellite(title: set.title, set: set, source: .model(model)))
                } catch {
                    let fault = OrbitFileFault(
                        path: elements, line: set.line, problem: .model(error))
                    guard wanted.count > 1 else { throw fault }
                    warn("\(fault); \(set.title) is left out")
                }
            }
            return found
        case .ephemeris(let file):
            let title = file.name.isEmpty ? file.identifier : file.name
            guard
                satellite == nil || satellite?.uppercased() == title.uppercased()
                    || satellite == file.identifier
            else { throw unknownSatellite([title]) }
            return file.segments.map {
                Satellite(title: title, set: nil, source: .table($0))
            }
        }
    }

    private func unknownSatellite(_ names: [String]) -> OrbitFailure {
        let few = names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", ..." : "")
        return OrbitFailure(
            description: "\(elements) has no satellite \(satellite ?? ""); it has \(few)")
    }

    /// Lends the way of `satellite`; it must not leave `body`.
    func withTrajectory<R>(
        _ satellite: Satellite, _ body: (Trajectory) throws -> R
    ) throws -> R {
        let orientation = try orientation()
        let correction = OrbitCorrection(timeBias: timeBias, crossTrack: crossTrack)
        switch satellite.source {
        case .model(let model):
            return try body(
                Trajectory(
                    .elements(model), orientation: orientation, correction: correction))
        case .table(let segment):
            return try segment.withTable { table in
                try body(
                    Trajectory(
                        .ephemeris(table), orientation: orientation, correction: correction))
            }
        }
    }

    /// Tells of elements too old for the span that is asked for, and of an Earth that is guessed.
    func warnOfAge(_ satellite: Satellite, from start: UTCInstant, to end: UTCInstant) {
        guard let set = satellite.set else { return }
        let far = set.age(at: start).magnitude > set.age(at: end).magnitude ? start : end
        if let warning = set.ageWarning(at: far) { warn(warning) }
    }

    func warn(_ text: String) {
        FileHandle.standardError.write(Data("Warning: \(text)\n".utf8))
    }
}

/// Where the station stands.
struct SiteOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Latitude and longitude, degrees, north and east positive; height over the "
                + "ellipsoid, m.", valueName: "lat,lon,alt"))
    var site: String

    func validate() throws { _ = try place() }

    /// The site, checked.
    func place() throws -> Site {
        let parts = site.split(separator: ",", omittingEmptySubsequences: false)
            .map { Double($0.trimmingCharacters(in: .whitespaces)) }
        guard parts.count == 3, let latitude = parts[0], let longitude = parts[1],
            let height = parts[2]
        else {
            throw ValidationError(
                "--site is \(site); it takes three numbers, latitude,longitude,height, such as "
                    + "36.67,117.13,80")
        }
        do throws(Site.Fault) {
            return try Site(
                latitude: latitude * .pi / 180, longitude: longitude * .pi / 180, height: height)
        } catch {
            throw ValidationError("--site: \(error.text)")
        }
    }
}

/// A failure with one clear line.
struct OrbitFailure: Error, CustomStringConvertible {
    let description: String

    /// Runs `body`; faults of orbits come out as one line with the file's name.
    static func telling<R>(_ path: String, _ body: () throws -> R) throws -> R {
        do {
            return try body()
        } catch let fault as OrbitFault {
            throw OrbitFailure(description: "\(path): \(fault.text)")
        } catch let fault as EphemerisFault {
            throw OrbitFailure(description: "\(path): \(fault.text)")
        }
    }
}

/// Reads an instant of an option, or says what is allowed.
func optionInstant(_ text: String, _ name: String) throws -> UTCInstant {
    guard let instant = UTCText.instant(text) else {
        throw ValidationError(
            "\(name) is \(text); allowed is UTC like 2026-03-20T21:00:00Z, of 1957 to 2200")
    }
    return instant
}
