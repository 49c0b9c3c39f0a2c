import Calibration
import Foundation
import Monitors
import Simulator

/// How well the calibrations find the simulated bench's hidden truth, whether their stated
/// uncertainty holds, and how often the security monitors cry wolf.
struct CalibrationBenchmark {
    private let options: Options

    init(_ options: Options) { self.options = options }

    func run() throws {
        let what = options["what"] ?? "coverage,alarms,attacks"
        for word in what.split(separator: ",") {
            switch word {
            case "coverage": try coverage()
            case "alarms": alarms()
            case "attacks": attacks()
            default: throw BenchmarkError(description: "--what \(word) is not known")
            }
        }
    }

    /// For each finding: mean error, stated sigma, share of seeds within one and two sigma.
    private func coverage() throws {
        let seeds = options.count("seeds", 200)
        let chosen = options["names"]?.split(separator: ",").map(String.init)
        for procedure in BenchProcedure.allCases
        where chosen?.contains(procedure.rawValue) ?? true {
            var findings: [[BenchFinding]] = []
            for seed in 1...seeds { findings.append(try procedure.run(seed: UInt64(seed))) }
            for index in findings[0].indices {
                report(procedure, findings.compactMap { $0.count > index ? $0[index] : nil })
            }
        }
    }

    private func report(_ procedure: BenchProcedure, _ found: [BenchFinding]) {
        let number = Double(found.count)
        let bias = found.map { $0.estimate.value - $0.truth }.reduce(0, +) / number
        let sigma = found.map(\.estimate.sigma).reduce(0, +) / number
        let worst = found.map { abs($0.estimate.value - $0.truth) }.max() ?? 0
        let one = Double(found.count { abs($0.pull) < 1 }) / number
        let two = Double(found.count { abs($0.pull) < 2 }) / number
        print(
            "coverage procedure=\(procedure.rawValue)",
            "what=\(found[0].name.replacing(" ", with: "_"))",
            "unit=\(found[0].unit.isEmpty ? "1" : found[0].unit) truth=\(short(found[0].truth))",
            "bias=\(short(bias)) sigma=\(short(sigma)) worst=\(short(worst))",
            "within_1=\(fixed(one, 3)) within_2=\(fixed(two, 3)) seeds=\(found.count)")
    }

    /// Epochs of 200 ms in a pass of 450 s.
    private static let epochs = 2_250

    /// Clean passes.
    private func alarms() {
        let passes = options.count("passes", 1_000)
        var alarms: Int64 = 0
        let time = seconds {
            for pass in 1...passes {
                var bench = EpochBench(seed: UInt64(pass))
                // From dim to bright passes.
                bench.signalRate = 3_000 * Double(1 + pass % 40)
                var monitors = SecurityMonitors(plan: bench.plan())
                for epoch in 0..<Self.epochs {
                    _ = monitors.take(bench.epoch(epoch, of: Self.epochs))
                }
                for kind in 0..<MonitorKind.count { alarms += monitors.alarms[kind] }
            }
        }
        print(
            "alarms passes=\(passes) epochs=\(Self.epochs * passes) alarms=\(alarms)",
            "cpu_s=\(fixed(time, 1))")
    }

    /// Epochs until each attack is seen; blinding also where only the dark counts are known.
    private func attacks() {
        for attack in EpochBench.Attack.allCases { play(attack, knowsSky: true) }
        play(.blinding, knowsSky: false)
    }

    private func play(_ attack: EpochBench.Attack, knowsSky: Bool) {
        let passes = options.count("attacked", 100)
        var (caught, slowest) = (0, 0)
        for pass in 1...passes {
            var bench = EpochBench(seed: UInt64(pass))
            bench.knowsSky = knowsSky
            var monitors = SecurityMonitors(plan: bench.plan())
            let start = Self.epochs / 2
            for epoch in start - 100..<start {
                _ = monitors.take(bench.epoch(epoch, of: Self.epochs))
            }
            bench.attack = attack
            for epoch in 1...20 {
                let verdict = monitors.take(bench.epoch(start + epoch, of: Self.epochs))
                guard verdict.count > 0 else { continue }
                caught += 1
                slowest = max(slowest, epoch)
                break
            }
        }
        print(
            "attack name=\(attack.rawValue)\(knowsSky ? "" : "_by_dark_counts")",
            "caught=\(caught) of=\(passes) slowest_epochs=\(slowest)")
    }

    private func short(_ value: Double) -> String { String(format: "%.4g", value) }
}
