import Quantities
import Testing
import Tracking

@Suite struct AcquisitionDeclarerTests {
    private static let rate = FieldAngle(x: 9e-3, y: -4e-3)
    private static let frame: Int64 = 20_000_000_000

    /// What a frame may show, from the predicted satellite.
    private struct Sky {
        var random: TestRandom
        var beacon: FieldAngle?
        var star: FieldAngle?
        /// Random spots per frame.
        var noise = 0

        mutating func spots(at frame: Int) -> [SpotCandidate] {
            var found: [SpotCandidate] = []
            let time = Double(frame) * 0.02
            if let star { found.append(spot(star - time * rate, flux: 5_000)) }
            if let beacon { found.append(spot(beacon, flux: 1_000)) }
            for _ in 0..<noise {
                found.append(
                    spot(
                        FieldAngle(
                            x: Double.random(in: -4e-3...4e-3, using: &random),
                            y: Double.random(in: -4e-3...4e-3, using: &random)), flux: 800))
            }
            return found
        }

        private mutating func spot(_ place: FieldAngle, flux: Double) -> SpotCandidate {
            SpotCandidate(
                offset: place + FieldAngle(x: 20e-6 * random.normal(), y: 20e-6 * random.normal()),
                sigma: 20e-6, flux: flux)
        }
    }

    private func run(
        _ sky: inout Sky, frames: Int, by declarer: inout BeaconDeclarer,
        rate: FieldAngle = rate, from first: Int = 0
    ) -> [Declaration?] {
        (first..<(first + frames)).map {
            let spots = sky.spots(at: $0)
            return declarer.take(spots.span, at: Int64($0) * Self.frame, trackRate: rate)
        }
    }

    @Test func aBeaconIsDeclaredAtTheFifthFrameThatShowsIt() {
        var sky = Sky(random: TestRandom(1), beacon: FieldAngle(x: 1e-3, y: -2e-3))
        var declarer = BeaconDeclarer()
        let found = run(&sky, frames: 20, by: &declarer)
        #expect(found[..<4].allSatisfy { $0 == nil })
        #expect(found[4...].allSatisfy { $0 != nil })
    }

    @Test func aBrightStarIsNeverDeclared() {
        for seed in 1...40 {
            var sky = Sky(random: TestRandom(UInt64(seed)), star: FieldAngle(x: 3e-3, y: -1e-3))
            var declarer = BeaconDeclarer()
            #expect(run(&sky, frames: 60, by: &declarer).allSatisfy { $0 == nil })
        }
    }

    /// At 250 frames per second and low over the horizon a star moves by less than the noise from
    /// frame to frame; only time tells it from the beacon.
    @Test func aStarThatHardlyMovesBetweenFramesIsNotDeclaredEither() throws {
        let slow = FieldAngle(x: 3.5e-3, y: 2e-3)
        for seed in 1...30 as ClosedRange<UInt64> {
            var random = TestRandom(seed)
            var star = BeaconDeclarer()
            var beacon = BeaconDeclarer()
            var first: Int?
            for frame in 0..<400 {
                let noise = FieldAngle(x: 20e-6 * random.normal(), y: 20e-6 * random.normal())
                let moving = SpotCandidate(
                    offset: noise - (Double(frame) * 0.004) * slow, sigma: 20e-6, flux: 1)
                let still = SpotCandidate(offset: noise, sigma: 20e-6, flux: 1)
                let time = Int64(frame) * 4_000_000_000
                let wrong = star.take([moving].span, at: time, trackRate: slow)
                #expect(wrong == nil)
                let right = beacon.take([still].span, at: time, trackRate: slow)
                if right != nil, first == nil { first = frame }
            }
            // Six sigma of a star's way: a sixteenth of a second.
            #expect(try #require(first) < 25)
        }
    }

    @Test func theBeaconIsFoundBesideABrighterStarThatCrossesIt() throws {
        for seed in 1...40 {
            let beacon = FieldAngle(x: 1e-3, y: 0.5e-3)
            // The star crosses the beacon's place after 10 frames.
            var sky = Sky(
                random: TestRandom(UInt64(seed)), beacon: beacon,
                star: beacon + 0.2 * Self.rate)
            var declarer = BeaconDeclarer()
            let found = run(&sky, frames: 60, by: &declarer)
            #expect(found[20...].allSatisfy { $0 != nil })
            for declaration in found.compactMap({ $0 }) {
                #expect((declaration.candidate.offset - beacon).length < 250e-6)
            }
        }
    }

    @Test func noiseSeldomMakesABeacon() {
        var wrong = 0
        for seed in 1...100 {
            var sky = Sky(random: TestRandom(UInt64(seed)), noise: 4)
            var declarer = BeaconDeclarer()
            if run(&sky, frames: 100, by: &declarer).contains(where: { $0 != nil }) { wrong += 1 }
        }
        #expect(wrong == 0)
    }

    @Test func aBeaconThatGoesIsGivenUpAndFoundAgain() {
        var sky = Sky(random: TestRandom(3), beacon: FieldAngle(x: 1e-3, y: -2e-3))
        var declarer = BeaconDeclarer()
        _ = run(&sky, frames: 20, by: &declarer)
        let beacon = sky.beacon
        sky.beacon = nil
        #expect(run(&sky, frames: 20, by: &declarer, from: 20).allSatisfy { $0 == nil })
        sky.beacon = beacon
        let again = run(&sky, frames: 20, by: &declarer, from: 40)
        #expect(again.firstIndex { $0 != nil } == 4)
    }

    @Test func lightOutsideTheBoundsIsNoBeacon() {
        var sky = Sky(random: TestRandom(3), beacon: FieldAngle(x: 1e-3, y: -2e-3))
        var faint = BeaconDeclarer(rule: BeaconDeclarer.Rule(fluxLowest: 2_000))
        #expect(run(&sky, frames: 20, by: &faint).allSatisfy { $0 == nil })
        var bright = BeaconDeclarer(rule: BeaconDeclarer.Rule(fluxHighest: 500))
        #expect(run(&sky, frames: 20, by: &bright).allSatisfy { $0 == nil })
    }

    @Test func aCorrectionOfThePredictionLosesNothing() {
        var sky = Sky(random: TestRandom(3), beacon: FieldAngle(x: 1e-3, y: -2e-3))
        var declarer = BeaconDeclarer()
        _ = run(&sky, frames: 10, by: &declarer)
        sky.beacon = .zero
        declarer.shift(by: FieldAngle(x: -1e-3, y: 2e-3))
        #expect(run(&sky, frames: 10, by: &declarer, from: 10).allSatisfy { $0 != nil })
    }

    @Test func spotsThatAreNoNumbersAreNoCandidates() {
        var declarer = BeaconDeclarer()
        let odd = [
            SpotCandidate(offset: FieldAngle(x: .nan, y: 0), sigma: 1e-5, flux: 1),
            SpotCandidate(offset: .zero, sigma: 0, flux: 1),
            SpotCandidate(offset: .zero, sigma: 1e-5, flux: .nan),
        ]
        for frame in 0..<20 {
            let found = declarer.take(
                odd.span, at: Int64(frame) * Self.frame, trackRate: Self.rate)
            #expect(found == nil)
        }
    }
}
