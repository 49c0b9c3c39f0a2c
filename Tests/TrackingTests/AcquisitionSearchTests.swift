import Quantities
import Testing
import Tracking

@Suite struct AcquisitionSearchTests {
    private static let spiral = ScanParameters(
        fieldOfView: 1e-3, overlap: 0.2, speed: 10e-3, frameTime: 0.02, radius: 5e-3)

    /// Where the search looks, frame by frame, until it is exhausted.
    private func looks(_ parameters: ScanParameters) throws -> [FieldAngle] {
        var pattern = try ScanPattern(parameters)
        var found: [FieldAngle] = []
        while !pattern.isExhausted, found.count < 1_000_000 {
            found.append(FieldAngle(x: pattern.along, y: pattern.cross))
            pattern.advance(by: parameters.frameTime)
        }
        return found
    }

    private func randomScan(_ random: inout TestRandom) -> ScanParameters {
        let field = Double.random(in: 0.3e-3...10e-3, using: &random)
        let frame = Double.random(in: 0.001...0.1, using: &random)
        return ScanParameters(
            fieldOfView: field, overlap: Double.random(in: 0.15...0.5, using: &random),
            jitter: Double.random(in: 0...0.02, using: &random) * field,
            speed: Double.random(in: 0.05...0.5, using: &random) * field / frame,
            frameTime: frame, halfLength: Double.random(in: 0...10, using: &random) * field,
            radius: Double.random(in: 2...6, using: &random) * field)
    }

    @Test func everyPointWithinTheRadiusIsSeenWhateverTheField() throws {
        var random = TestRandom(17)
        for _ in 0..<60 {
            let scan = randomScan(&random)
            let looks = try looks(scan)
            for _ in 0..<60 {
                // A point of the stadium: within the radius of some point of the line.
                let along = Double.random(in: -1...1, using: &random) * scan.halfLength
                let angle = Double.random(in: 0...(2 * .pi), using: &random)
                let way = Double.random(in: 0...1, using: &random).squareRoot() * scan.radius
                let point = FieldAngle(
                    x: along + way * Elementary.cos(angle), y: way * Elementary.sin(angle))
                #expect(looks.contains { ($0 - point).length <= 0.5 * scan.fieldOfView })
            }
        }
    }

    @Test func theSearchRunsAtConstantSpeed() throws {
        var random = TestRandom(23)
        for _ in 0..<20 {
            let scan = randomScan(&random)
            let looks = try looks(scan)
            let way = scan.speed * scan.frameTime
            for (a, b) in zip(looks, looks.dropFirst()) {
                // Chords are shorter than the path, where it bends most by a third.
                #expect((b - a).length <= way * 1.01)
            }
            let total = zip(looks, looks.dropFirst()).map { ($1 - $0).length }.reduce(0, +)
            #expect(total > 0.9 * way * Double(looks.count))
        }
    }

    @Test func aLineOfNoLengthGivesArchimedesSpiral() throws {
        let looks = try looks(Self.spiral)
        let pitch = Self.spiral.pitch
        var angle = 0.0
        for (a, b) in zip(looks.dropFirst(), looks.dropFirst(2)) {
            let turn = Elementary.atan2(a.x * b.y - a.y * b.x, a.x * b.x + a.y * b.y)
            angle += abs(turn)
            #expect(turn > 0)
        }
        let last = try #require(looks.last)
        // r = pitch x angle / 2 pi, but for the first look's own angle.
        #expect(abs(last.length - pitch * angle / (2 * .pi)) < pitch / 4)
    }

    @Test func theLineAlongTheTrackComesFirst() throws {
        var scan = Self.spiral
        scan.halfLength = 15e-3
        let looks = try looks(scan)
        let line = Int(3 * scan.halfLength / (scan.speed * scan.frameTime))
        #expect(looks[..<line].allSatisfy { $0.y == 0 })
        #expect(looks[..<line].map(\.x).max() ?? 0 > 14.5e-3)
        #expect(looks[..<line].map(\.x).min() ?? 0 < -14.5e-3)
    }

    @Test func theTimeOfASearchIsWhatItsAreaSays() throws {
        var random = TestRandom(29)
        for _ in 0..<20 {
            let scan = randomScan(&random)
            let time = Double(try looks(scan).count) * scan.frameTime
            // Turns are whole, so a small search takes up to a turn longer.
            #expect(abs(time / scan.duration - 1) < 0.35)
        }
    }

    @Test func searchesThatWouldLeaveHolesAreRefused() {
        var scan = Self.spiral
        scan.speed = 30e-3
        #expect(throws: ScanParameters.Fault.self) { try ScanPattern(scan) }
        scan = Self.spiral
        scan.jitter = 0.2e-3
        #expect(throws: ScanParameters.Fault.self) { try ScanPattern(scan) }
        scan = Self.spiral
        scan.radius = .nan
        #expect(throws: ScanParameters.Fault.notPositive) { try ScanPattern(scan) }
        scan = Self.spiral
        scan.overlap = 0.01
        scan.frameTime = 0.05
        #expect(throws: ScanParameters.Fault.self) { try ScanPattern(scan) }
    }

    @Test func sightingsGiveTimeBiasAndCrossTrackWithinTheirSigmas() {
        var random = TestRandom(31)
        var outside = 0
        for _ in 0..<200 {
            let speed = Double.random(in: 4e-3...15e-3, using: &random)
            let angle = Double.random(in: 0...(2 * .pi), using: &random)
            let rate = speed * FieldAngle(x: Elementary.cos(angle), y: Elementary.sin(angle))
            let time = Double.random(in: -0.5...0.5, using: &random)
            let cross = Double.random(in: -1e-3...1e-3, using: &random)
            let left = FieldAngle(x: -rate.y / speed, y: rate.x / speed)
            var bias = TrackBias()
            for _ in 0..<10 {
                let noise = FieldAngle(x: 5e-5 * random.normal(), y: 5e-5 * random.normal())
                let truth = time * rate + cross * left
                bias.take(truth - bias.offset(rate: rate) + noise, rate: rate, sigma: 5e-5)
            }
            if abs(bias.timeBias - time) > 3 * bias.timeSigma { outside += 1 }
            if abs(bias.crossTrack - cross) > 3 * bias.crossSigma { outside += 1 }
        }
        // 0.3 % of 400 are expected.
        #expect(outside <= 6)
    }

    @Test func sightingsThatSayNothingAreNotUsed() {
        var bias = TrackBias()
        bias.take(FieldAngle(x: .nan, y: 0), rate: FieldAngle(x: 0.01, y: 0), sigma: 1e-5)
        bias.take(FieldAngle(x: 1e-3, y: 0), rate: .zero, sigma: 1e-5)
        bias.take(FieldAngle(x: 1e-3, y: 0), rate: FieldAngle(x: 0.01, y: 0), sigma: 0)
        #expect(bias == TrackBias())
    }
}

extension TestRandom {
    /// Normally distributed by the sum of twelve even draws: within +-6.
    mutating func normal() -> Double {
        (0..<12).reduce(-6.0) { sum, _ in sum + Double.random(in: 0..<1, using: &self) }
    }
}
