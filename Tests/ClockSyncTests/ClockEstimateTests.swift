import Testing

@testable import ClockSync

/// The filter and its backward run against one dense least-squares problem over the whole history.
@Suite struct ClockEstimateTests {
    /// Solves `a x = b` for symmetric `a` by Gaussian elimination, and gives the inverse as well.
    private func invert(_ a: [[Double]]) -> [[Double]] {
        let n = a.count
        var m = (0..<n).map { i in a[i] + (0..<n).map { $0 == i ? 1.0 : 0 } }
        for i in 0..<n {
            let pivot = (i..<n).max { abs(m[$0][i]) < abs(m[$1][i]) } ?? i
            m.swapAt(i, pivot)
            let scale = m[i][i]
            for j in 0..<2 * n { m[i][j] /= scale }
            for k in 0..<n where k != i && m[k][i] != 0 {
                let factor = m[k][i]
                for j in 0..<2 * n { m[k][j] -= factor * m[i][j] }
            }
        }
        return m.map { Array($0[n...]) }
    }

    private let dt = 0.5
    private let noise: ClockNoise = {
        var noise = ClockNoise(stability: 2e-12, acceleration: 3)
        noise.bias = 1e-3
        noise.offset = 2
        return noise
    }()

    /// The noise of one step, by the textbook integral of F G G' F' in 2000 midpoints.
    private var stepNoise: [[Double]] {
        var q = [[Double]](repeating: [Double](repeating: 0, count: 5), count: 5)
        let parts = 2_000
        for part in 0..<parts {
            let t = dt * (Double(part) + 0.5) / Double(parts)
            let inputs: [([Double], Double)] = [
                ([1, 0, 0, 0, 0], noise.phase), ([t, 1, 0, 0, 0], noise.frequency),
                ([t * t / 2, t, 1, 0, 0], noise.acceleration), ([0, 0, 0, 1, 0], noise.bias),
                ([0, 0, 0, 0, 1], noise.offset),
            ]
            for (g, density) in inputs {
                for i in 0..<5 {
                    for j in 0..<5 { q[i][j] += g[i] * g[j] * density * dt / Double(parts) }
                }
            }
        }
        return q
    }

    @Test func smoothingIsTheLeastSquaresAnswerOfTheWholeHistory() {
        let steps = 6
        let prior: [Double] = [400, 100, 25, 4, 900]
        var dice = Dice(12)
        // Forward: filter, keeping what the backward run needs.
        var estimate = ClockEstimate()
        for i in 0..<5 { estimate.covariance[6 * i] = prior[i] }
        var filtered: [ClockEstimate] = []
        var measurements: [(ClockMeasurement, Double, Double)] = []
        for step in 0..<steps {
            if step > 0 { estimate.predict(elapsed: dt, noise: noise) }
            var probe = ClockMeasurement(
                elapsed: 0.1 * Double(step % 3), basis: 3 - Double(step), seesOffset: step % 2 == 1)
            let value = 30 * dice.normal()
            let variance = 9 + Double(step)
            var expected = 0.0
            for i in 0..<5 { expected += probe.sensitivity[i] * estimate.mean[i] }
            probe.innovation = value - expected
            estimate.update(&probe, noise: variance)
            filtered.append(estimate)
            measurements.append((probe, value, variance))
        }
        // Backward.
        var adjoint = ClockAdjoint()
        var smoothed = filtered
        for step in stride(from: steps - 1, through: 0, by: -1) {
            smoothed[step] = adjoint.smoothed(filtered[step])
            adjoint.absorb(measurements[step].0)
            adjoint.stepBack(elapsed: dt)
        }
        // The same as one normal equation over all 30 unknowns.
        let n = 5 * steps
        var normal = [[Double]](repeating: [Double](repeating: 0, count: n), count: n)
        var right = [Double](repeating: 0, count: n)
        for i in 0..<5 { normal[i][i] += 1 / prior[i] }
        let weight = invert(stepNoise)
        for step in 1..<steps {
            // x(step) - F x(step - 1), as five rows over ten unknowns.
            var rows = [[Double]](repeating: [Double](repeating: 0, count: 10), count: 5)
            for i in 0..<5 {
                rows[i][5 + i] = 1
                rows[i][i] = -1
            }
            rows[0][1] = -dt
            rows[0][2] = -dt * dt / 2
            rows[1][2] = -dt
            let base = 5 * (step - 1)
            for a in 0..<10 {
                for b in 0..<10 {
                    for i in 0..<5 {
                        for j in 0..<5 {
                            normal[base + a][base + b] += rows[i][a] * weight[i][j] * rows[j][b]
                        }
                    }
                }
            }
        }
        for (step, (probe, value, variance)) in measurements.enumerated() {
            for i in 0..<5 {
                right[5 * step + i] += probe.sensitivity[i] * value / variance
                for j in 0..<5 {
                    normal[5 * step + i][5 * step + j] +=
                        probe.sensitivity[i] * probe.sensitivity[j] / variance
                }
            }
        }
        let covariance = invert(normal)
        for step in 0..<steps {
            for i in 0..<5 {
                let row = covariance[5 * step + i]
                let mean = zip(row, right).reduce(0) { $0 + $1.0 * $1.1 }
                let deviation = row[5 * step + i].squareRoot()
                #expect(
                    abs(smoothed[step].mean[i] - mean) < 1e-4 * deviation + 1e-9,
                    "step \(step), component \(i): \(smoothed[step].mean[i]), dense \(mean)")
                for j in 0..<5 {
                    let own = smoothed[step].covariance[5 * i + j]
                    let scale = deviation * covariance[5 * step + j][5 * step + j].squareRoot()
                    #expect(
                        abs(own - row[5 * step + j]) < 1e-4 * scale,
                        "step \(step), covariance \(i) \(j): \(own), dense \(row[5 * step + j])")
                }
            }
        }
    }

    @Test func aCovarianceStaysPositiveThroughAMillionfoldRange() {
        var estimate = ClockEstimate()
        for i in 0..<5 { estimate.covariance[6 * i] = 1e14 }
        var dice = Dice(2)
        for _ in 0..<5_000 {
            estimate.predict(elapsed: 0.01, noise: noise)
            var probe = ClockMeasurement(elapsed: 0, basis: dice.normal(), seesOffset: false)
            probe.innovation = dice.normal()
            estimate.update(&probe, noise: 1)
        }
        for i in 0..<5 { #expect(estimate.covariance[6 * i] > 0) }
    }
}
