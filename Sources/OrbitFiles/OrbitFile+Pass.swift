public import Orbit

extension OrbitFile {
    /// What is wanted of a pass.
    public struct PassRequest: Equatable, Sendable {
        /// From where it is seen.
        public var site: Site
        /// How the Earth lies.
        public var orientation: EarthOrientation
        /// The pass begins at this instant or later.
        public var earliest: UTCInstant
        /// Where it begins and ends, rad.
        public var lowestElevation: Double
        /// Lowest culmination, rad.
        public var lowestCulmination: Double
        /// How long to search, s.
        public var searched: Double

        /// A request with every field given; by default ten days are searched.
        public init(
            site: Site, orientation: EarthOrientation, earliest: UTCInstant,
            lowestElevation: Double, lowestCulmination: Double = 0,
            searched: Double = 864_000
        ) {
            self.site = site
            self.orientation = orientation
            self.earliest = earliest
            self.lowestElevation = lowestElevation
            self.lowestCulmination = lowestCulmination
            self.searched = searched
        }
    }

    /// Why a file gives no pass.
    public enum PassFault: Error, Equatable, Sendable {
        /// The file has no satellite, or more than one.
        case satellites(count: Int)
        /// The orbit ends before a pass does.
        case orbit(OrbitFault)
        /// None rises within the time that is searched.
        case none(from: UTCInstant, to: UTCInstant)

        /// The fault in words.
        public var text: String {
            switch self {
            case .satellites(let count): "has \(count) satellites; one is due"
            case .orbit(let fault): fault.text
            case .none(let from, let to):
                "has no such pass from \(UTCText.text(from, digits: 0)) to "
                    + UTCText.text(to, digits: 0)
            }
        }
    }

    /// The first whole pass that fulfils `request`, sampled; it begins on a whole second.
    public func pass(_ request: PassRequest) throws -> SampledPass {
        switch self {
        case .elements(let sets):
            guard sets.count == 1, let set = sets.first else {
                throw PassFault.satellites(count: sets.count)
            }
            let model: SGP4
            do throws(SGP4Fault) {
                model = try SGP4(set.elements)
            } catch {
                throw PassFault.orbit(.model(error))
            }
            return try Self.search(.elements(model), request, nil)
        case .ephemeris(let file):
            guard let segment = file.segments.first(where: { $0.end > request.earliest }) else {
                throw PassFault.none(from: request.earliest, to: request.earliest)
            }
            return try segment.withTable { table in
                try Self.search(.ephemeris(table), request, (segment.start, segment.end))
            }
        }
    }

    private static func search(
        _ source: Trajectory.Source, _ request: PassRequest,
        _ span: (from: UTCInstant, to: UTCInstant)?
    ) throws -> SampledPass {
        let trajectory = Trajectory(source, orientation: request.orientation)
        var from = request.earliest
        var to = from.adding(request.searched)
        if let span {
            // What is sampled reaches beyond the pass on both sides.
            from = max(from, span.from.adding(200))
            to = min(to, span.to.adding(-200))
        }
        guard from < to else { throw PassFault.none(from: from, to: to) }
        var search = PassSearch(
            trajectory, site: request.site, from: from, to: to,
            limits: PassSearch.Limits(elevation: request.lowestElevation))
        do throws(OrbitFault) {
            while let pass = try search.next() {
                guard !pass.isCutAtStart, !pass.isCutAtEnd,
                    pass.culmination.sight.look.elevation >= request.lowestCulmination
                else { continue }
                let rise = pass.rise.time
                let start = UTCInstant(day: rise.day, seconds: rise.seconds.rounded(.down))
                return try SampledPass(
                    trajectory, site: request.site, start: start,
                    duration: pass.set.time.since(start).rounded(.up))
            }
        } catch {
            throw PassFault.orbit(error)
        }
        throw PassFault.none(from: from, to: to)
    }
}
