import Calibration
import Simulator
import Testing

/// Goal: what a calibration states as its uncertainty is what it errs by.
///
/// A few dozen seeds here; `scripts/bench calibration` takes 200.
@Suite struct CoverageTests {
    private static let quick: [BenchProcedure] = [
        .dark, .polarisation, .efficiency, .skew, .interlock, .camera, .crosstalk,
    ]

    @Test(arguments: quick)
    func theStatedUncertaintyIsHonest(procedure: BenchProcedure) throws {
        var pulls: [String: [Double]] = [:]
        for seed in 1...30 {
            for finding in try procedure.run(seed: UInt64(1_000 + seed)) {
                pulls[finding.name, default: []].append(finding.pull)
            }
        }
        for (name, values) in pulls {
            let number = Double(values.count)
            let mean = values.reduce(0, +) / number
            let square = values.map { $0 * $0 }.reduce(0, +) / number
            // Five deviations of a mean and of a mean square of 30 normal values.
            #expect(abs(mean) < 5 / number.squareRoot(), "\(name): mean pull \(mean)")
            #expect(square < 1 + 5 * (2 / number).squareRoot(), "\(name): mean square \(square)")
        }
    }

    @Test func theRecoveriesAreAsCloseAsTheyMustBe() throws {
        var worst: [String: Double] = [:]
        for procedure in [BenchProcedure.deadtime, .afterpulse, .skew, .polarisation, .efficiency] {
            for seed in 1...5 {
                for finding in try procedure.run(seed: UInt64(seed)) {
                    let error = abs(finding.estimate.value - finding.truth)
                    worst[finding.name] = max(worst[finding.name] ?? 0, error)
                }
            }
        }
        // The worst of five: four sigma of the procedures at their rates would still pass.
        #expect(try #require(worst["dead time"]) < 200)
        #expect(try #require(worst["after-pulsing"]) < 0.001)
        #expect(try #require(worst["skew by centroid"]) < 20)
        #expect(try #require(worst["skew by correlation"]) < 20)
        #expect(try #require(worst["visibility"]) < 0.002)
        #expect(try #require(worst["relative efficiency"]) < 0.01)
    }
}
