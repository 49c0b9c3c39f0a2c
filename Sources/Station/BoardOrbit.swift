import BoardFile
import Orbit
import OrbitFiles

extension Board {
    /// The pass that the board's elements or ephemeris give over its site; `nil` if it has none.
    ///
    /// The Earth's orientation is taken as zero: world and station share it, and 40 m matter to
    /// neither.
    func sampledPass(_ world: World) throws(PassError) -> SampledPass? {
        guard let file = try orbitFile(world.orbit) else { return nil }
        return try pass(
            of: file, earliest: world.start, lowestElevation: world.orbit.lowestElevation,
            lowestCulmination: world.orbit.culmination, named: "world.orbit")
    }

    /// The first pass over the board's site after `earliest`, s since 1970; elevations in degrees.
    ///
    /// - Parameter source: Where `file` came from, for errors.
    func pass(
        of file: OrbitFile, earliest: Int64, lowestElevation: Double, lowestCulmination: Double,
        named source: String
    ) throws(PassError) -> SampledPass {
        let degree = Double.pi / 180
        let place: Orbit.Site
        do throws(Orbit.Site.Fault) {
            place = try Orbit.Site(
                latitude: (site.latitude ?? 0) * degree,
                longitude: (site.longitude ?? 0) * degree, height: site.height ?? 0)
        } catch {
            throw PassError.board(name: name, problem: "site: \(error.text)")
        }
        do {
            return try file.pass(
                OrbitFile.PassRequest(
                    site: place, orientation: .zero,
                    earliest: UTCInstant(unixSeconds: earliest),
                    lowestElevation: lowestElevation * degree,
                    lowestCulmination: lowestCulmination * degree))
        } catch let fault as OrbitFile.PassFault {
            throw PassError.board(name: name, problem: "\(source) \(fault.text)")
        } catch let fault as OrbitFault {
            throw PassError.board(name: name, problem: "\(source): \(fault.text)")
        } catch {
            throw PassError.board(name: name, problem: "\(source): \(error)")
        }
    }

    /// What the board says of the orbit, read.
    private func orbitFile(_ orbit: World.Orbit) throws(PassError) -> OrbitFile? {
        do throws(OrbitFileFault) {
            if let first = orbit.firstLine, let second = orbit.secondLine {
                return .elements(
                    try TwoLineElements.parse(first + "\n" + second, path: "world.orbit"))
            }
            if let path = orbit.ephemeris { return try OrbitFile.read(path) }
            return nil
        } catch {
            throw PassError.board(name: name, problem: error.description)
        }
    }
}
