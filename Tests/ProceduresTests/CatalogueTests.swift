import BoardFile
import Calibration
import Foundation
import Procedures
import Testing

/// The simulated board, and a bench of it.
enum Rig {
    static let boards = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "boards").path

    static func board(_ name: String = "sim") throws -> Board {
        try Board.load("\(boards)/\(name).toml")
    }

    static func catalogue(
        seed: UInt64, faults: [BenchTruth.Fault] = []
    ) throws -> (CalibrationCatalogue, BenchTruth) {
        let board = try board()
        let bench = try SimulatedDetectorBench(board: board, seed: seed, faults: faults)
        let pointing = SimulatedPointingBench(board: board, seed: seed)
        return (CalibrationCatalogue(board: board, bench: bench, pointing: pointing), bench.truth)
    }

    static let names = ["H", "V", "D", "A"]
}

/// Goal: what the product's path finds is what the bench hides, as closely as it says.
@Suite struct CatalogueTests {
    /// Pulls of all values with a known truth over some seeds; each is checked for closeness too.
    @Test func theHiddenTruthIsFoundAsCloselyAsIsAsked() throws {
        var pulls: [Double] = []
        func check(_ found: CalibrationOutcome.Value?, _ truth: Double, within: Double) throws {
            let value = try #require(found).estimate
            #expect(abs(value.value - truth) < within + 0, "\(found?.label ?? "") of \(truth)")
            pulls.append((value.value - truth) / value.sigma)
        }
        for seed in UInt64(1)...5 {
            var (catalogue, truth) = try Rig.catalogue(seed: seed)
            let dead = try catalogue.measure("dead-time")
            let after = try catalogue.measure("afterpulse")
            let skew = try catalogue.measure("skew", arguments: ["counts=5000"])
            let efficiency = try catalogue.measure("efficiency")
            let scan = try catalogue.measure("polarisation")
            let skews = truth.detectors.map(\.skew)
            let mean = truth.detectors.map(\.efficiency).reduce(0, +) / 4
            for (lane, name) in Rig.names.enumerated() {
                let detector = truth.detectors[lane]
                try check(dead.value("dead_time", name), detector.deadTime, within: 240)
                try check(
                    after.value("afterpulsing", name), detector.afterpulseProbability,
                    within: 0.0012)
                try check(
                    skew.value("skew", name), detector.skew - skews.reduce(0, +) / 4, within: 10)
                try check(
                    efficiency.value("relative_efficiency", name), detector.efficiency / mean,
                    within: 0.01)
                try check(scan.value("visibility", name), detector.visibility, within: 0.0025)
            }
        }
        // 100 pulls of known spread: the mean square is 1 within four times sqrt(2/100).
        let square = pulls.map { $0 * $0 }.reduce(0, +) / Double(pulls.count)
        #expect(pulls.count == 100)
        #expect(square > 0.45 && square < 1.6, "mean square of the pulls \(square)")
        #expect(pulls.allSatisfy { abs($0) < 4.5 })
    }

    @Test func countsOfTheDarkTheGateAndTheInterlockAreFound() throws {
        var (catalogue, truth) = try Rig.catalogue(seed: 9)
        let dark = try catalogue.measure("dark")
        let gate = try catalogue.measure("gate")
        let interlock = try catalogue.measure("interlock")
        let beacon = try catalogue.measure("beacon-delay")
        for (lane, name) in Rig.names.enumerated() {
            let detector = truth.detectors[lane]
            let rate = try #require(dark.value("dark_rate", name)).estimate
            let due = detector.darkRate / (1 - detector.afterpulseProbability)
            #expect(abs(rate.value - due) < 4 * rate.sigma)
            let delay = try #require(gate.value("gate_delay", name)).estimate
            let centre = -detector.gateDelay - detector.gateExcess / 2
            #expect(abs(delay.value - centre) < 5 * delay.sigma)
            let recovery = try #require(interlock.value("recovery", name)).estimate
            #expect(abs(recovery.value - detector.recoveryTime * 1e-6) < 5 * recovery.sigma)
        }
        let late = try #require(beacon.value("beacon_delay")).estimate
        #expect(abs(late.value - truth.beaconDelay) < 4 * late.sigma)
        #expect(dark.verdict == .met && dark.isSimulated)
        #expect(abs(dark.detectorSeconds - 60) < 1e-6)
    }

    /// A bench with a detector that sees five per cent more than the board believes, or above.
    @Test(arguments: [UInt64(6)])
    func anEfficientDetectorIsStillWithinTheRangeOfLinearity(seed: UInt64) throws {
        var (catalogue, truth) = try Rig.catalogue(seed: seed)
        #expect(truth.detectors.contains { $0.efficiency > 1.05 * 0.55 })
        let found = try catalogue.measure("linearity")
        for name in Rig.names {
            let departure = try #require(found.value("departure", name)).estimate
            #expect(abs(departure.value) < 5 * departure.sigma)
        }
    }

    @Test func mirrorCameraAndBoresightAreFound() throws {
        let board = try Rig.board()
        let bench = try SimulatedDetectorBench(board: board, seed: 4)
        // A mirror that rings where the camera can see it.
        let pointing = try #require(
            SimulatedPointingBench(board: board, seed: 4, mirror: (resonance: 320, damping: 0.15)))
        var catalogue = CalibrationCatalogue(board: board, bench: bench, pointing: pointing)
        let mirror = try catalogue.measure("mirror")
        let camera = try catalogue.measure("camera")
        let boresight = try catalogue.measure("boresight")
        let truth = pointing.truth
        func check(_ value: CalibrationOutcome.Value?, _ due: Double) throws {
            let found = try #require(value).estimate
            #expect(abs(found.value - due) < 4.5 * found.sigma, "\(value?.label ?? "") of \(due)")
        }
        try check(mirror.value("mirror_scale_a"), truth.matrix.scaleA)
        try check(mirror.value("mirror_scale_b"), truth.matrix.scaleB)
        try check(mirror.value("mirror_rotation"), truth.matrix.rotation * 1e3)
        try check(mirror.value("mirror_resonance"), 320)
        try check(camera.value("camera_gain"), truth.camera.electronsPerLevel)
        try check(boresight.value("boresight_x"), truth.boresight.x * 1e6)
        try check(boresight.value("boresight_y"), truth.boresight.y * 1e6)
        #expect(camera.value("hot_pixels")?.estimate.value == Double(truth.hotPixels.count))
    }

    @Test func allOfThemTakeLessThanFourMinutesOfDetectorTime() throws {
        let total = CalibrationCatalogue.all.map(\.detectorSeconds).reduce(0, +)
        #expect(total < 240)
        #expect(
            CalibrationCatalogue.all.map(\.item) == Board.Calibration.Item.allCases.map { $0 })
    }
}

/// Goal: a bench that is not well gives one clear line and no values.
@Suite struct ProcedureFailureTests {
    private func failure(
        _ name: String, _ faults: [BenchTruth.Fault], _ arguments: [String] = []
    ) throws -> ProcedureFailure {
        var (catalogue, _) = try Rig.catalogue(seed: 3, faults: faults)
        do throws(ProcedureFailure) {
            _ = try catalogue.measure(name, arguments: arguments)
            throw ProcedureFailure.bench("no failure")
        } catch {
            return error
        }
    }

    @Test(arguments: ["threshold", "dead-time", "afterpulse", "efficiency", "skew", "gate"])
    func aDeadDetectorIsNamed(name: String) throws {
        guard case .dead("D", 5, _, _) = try failure(name, [.dead(2)]) else {
            Issue.record("\(name) did not name the dead detector")
            return
        }
    }

    @Test(arguments: ["dark", "dead-time", "jitter", "interlock", "background"])
    func aSaturatedDetectorIsNamed(name: String) throws {
        guard case .saturated("V", 4, _, _) = try failure(name, [.saturated(1)]) else {
            Issue.record("\(name) did not name the saturated detector")
            return
        }
    }

    @Test func swappedDetectorsAreNamed() throws {
        #expect(
            try failure("polarisation", [.swapped(0, 1)]) == .swapped(detector: "V", other: "H"))
        #expect(
            try failure("crosstalk", [.swapped(2, 3)]) == .swapped(detector: "D", other: "A"))
    }

    @Test func aStopEndsItAtTheNextBatch() throws {
        var (catalogue, _) = try Rig.catalogue(seed: 3)
        var asked = 0
        let stopping = {
            asked += 1
            return asked > 3
        }
        do throws(ProcedureFailure) {
            _ = try catalogue.measure("afterpulse", isCancelled: stopping)
            Issue.record("was not stopped")
        } catch {
            #expect(error == .cancelled)
            #expect(asked < 10)
        }
    }

    @Test func wrongArgumentsAreRefusedWithWhatIsAllowed() throws {
        let unit = try failure("dead-time", [], ["seconds=5"])
        #expect(unit.description == "seconds = 5 needs a unit: s, ms, min")
        let range = try failure("dead-time", [], ["rate=9GHz"])
        #expect(range.description.contains("9GHz"))
        let name = try failure("dead-time", [], ["sekunden=1s"])
        #expect(name.description.contains("it takes seconds, rate"))
        let unknown = try failure("dedtime", [])
        #expect(unknown.description.contains("did you mean \"dead-time\"?"))
    }
}
