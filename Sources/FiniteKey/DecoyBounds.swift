import Quantities

/// Bounds on vacuum and single-photon events of one basis, from counts by intensity.
struct DecoyBounds {
    let method: KeyMethod
    let tail: TailBound
    let mu: PerIntensity<Double>
    /// ln of the parts over eps_sec.
    let logParts: Double
    private let tau0: Double
    private let tau1: Double
    /// e^mu / p of each intensity.
    private let weight: PerIntensity<Double>

    init(_ input: KeyLengthInput, logParts: Double) {
        method = input.method
        tail = input.tail
        mu = input.intensities
        self.logParts = logParts
        var vacuum = 0.0
        var single = 0.0
        var weights = PerIntensity(0.0, 0.0, 0.0)
        for k in 0..<input.method.intensityCount {
            let sent = input.probabilities[k] * Elementary.exp(-input.intensities[k])
            vacuum += sent
            single += sent * input.intensities[k]
            weights[k] = Elementary.exp(input.intensities[k]) / input.probabilities[k]
        }
        tau0 = vacuum
        tau1 = single
        weight = weights
    }

    /// Single-photon events at least, and vacuum events between two bounds.
    struct Events {
        /// At least, not negative.
        var vacuum = 0.0
        /// At most; one decoy only.
        var vacuumUpper = 0.0
        /// At least, not negative.
        var single = 0.0
    }

    /// Events of the basis that `counts` describes.
    func events(_ counts: BasisCounts) -> Events {
        let total = counts.totalDetections
        var events = method == .lim2014 ? twoDecoys(counts, total) : oneDecoy(counts, total)
        // Bounds from below that pass the total come from counts that no source could give.
        events.vacuum = min(max(events.vacuum, 0), total)
        events.single = min(max(events.single, 0), total - events.vacuum)
        return events
    }

    /// Errors of single photons in the basis that `counts` describes, at most: Lim 2014 eq. (4),
    /// and the same with signal and decoy for one decoy. May be negative.
    func singleErrors(_ counts: BasisCounts) -> Double {
        let total = counts.totalErrors
        let strong = method == .lim2014 ? 1 : 0
        return tau1
            * (upper(counts.errors, strong, total) - lower(counts.errors, strong + 1, total))
            / (mu[strong] - mu[strong + 1])
    }

    /// Lim 2014, eqs. (2) and (3).
    private func twoDecoys(_ counts: BasisCounts, _ total: Double) -> Events {
        let n = counts.detections
        let vacuum =
            tau0 * (mu.second * lower(n, 2, total) - mu.third * upper(n, 1, total))
            / (mu.second - mu.third)
        let s0 = max(vacuum, 0)
        // mu2^2 - mu3^2, and the denominator of (3), factored: no digits are lost.
        let difference = mu.second - mu.third
        let squares = difference * (mu.second + mu.third)
        let bracket =
            lower(n, 1, total) - upper(n, 2, total)
            - squares / (mu.first * mu.first) * (upper(n, 0, total) - s0 / tau0)
        let single =
            tau1 * mu.first * bracket / (difference * (mu.first - mu.second - mu.third))
        return Events(vacuum: s0, single: single)
    }

    /// Rusca 2018, appendix A, with e^mu/p in every bound on counts.
    private func oneDecoy(_ counts: BasisCounts, _ total: Double) -> Events {
        let n = counts.detections
        let errors = counts.totalErrors
        // Vacuum errs like a fair coin, whose deviation stays Hoeffding's with either tail.
        let coin = (total / 2 * logParts).squareRoot()
        let vacuumUpper =
            2
            * (tau0 * min(upper(counts.errors, 0, errors), upper(counts.errors, 1, errors))
                + coin)
        let difference = mu.first - mu.second
        let share = mu.second / mu.first
        let bracket =
            lower(n, 1, total) - share * share * upper(n, 0, total)
            - (1 - share * share) * vacuumUpper / tau0
        let single = tau1 * mu.first / (mu.second * difference) * bracket
        let vacuum =
            tau0 / difference * (mu.first * lower(n, 1, total) - mu.second * upper(n, 0, total))
        return Events(vacuum: vacuum, vacuumUpper: vacuumUpper, single: single)
    }

    /// What the expected count of intensity `k` is at least, times e^mu/p. May be negative.
    private func lower(_ counts: PerIntensity<Int64>, _ k: Int, _ total: Double) -> Double {
        let count = Double(counts[k])
        let deviation =
            switch tail {
            case .hoeffding: (total / 2 * logParts).squareRoot()
            case .chernoff:
                logParts / 2 + (2 * logParts * count + logParts * logParts / 4).squareRoot()
            }
        return weight[k] * (count - deviation)
    }

    /// What the expected count of intensity `k` is at most, times e^mu/p.
    private func upper(_ counts: PerIntensity<Int64>, _ k: Int, _ total: Double) -> Double {
        let count = Double(counts[k])
        let deviation =
            switch tail {
            case .hoeffding: (total / 2 * logParts).squareRoot()
            case .chernoff: logParts + (2 * logParts * count + logParts * logParts).squareRoot()
            }
        return weight[k] * (count + deviation)
    }
}
