import BoardFile
import CalibrationRecords
import Foundation

/// What the monitors of a pass take from the calibration records: values, each two sigmas to the side
/// that gives no false alarm.
struct MonitorRecords {
    /// A width at half maximum over the standard deviation of a Gaussian.
    private static let widthOverDeviation = 2.354_820_045
    private static let names = ["H", "V", "D", "A"]

    /// What the board is to take.
    private(set) var findings = Board.Monitors.Findings()
    /// The same in words, a line for each record.
    private(set) var words: [String] = []
    private let records: [Board.Calibration.Item: StoredRecord]

    /// Looks through the newest good records of a station.
    ///
    /// - Parameter shortShare: What the board allows of intervals below the dead time.
    init(_ records: [Board.Calibration.Item: StoredRecord], shortShare: Double) {
        self.records = records
        takeDarkRates()
        takeDeadTimes(shortShare: shortShare)
        takeAfterpulses()
        takeJitters()
        takeSkews()
        takeEfficiencies()
        takeCoincidences()
    }

    /// A value of all four detectors; `nil` if one is missing.
    private func four(
        _ item: Board.Calibration.Item, _ name: String
    ) -> [CalibrationRecord.Value]? {
        let found = Self.names.compactMap { records[item]?.record.value(name, $0) }
        let isWell = found.allSatisfy { $0.value.isFinite && $0.sigma.isFinite && $0.sigma >= 0 }
        return found.count == 4 && isWell ? found : nil
    }

    private mutating func note(_ item: Board.Calibration.Item, _ key: String, _ text: String) {
        let file = records[item]?.file ?? ""
        findings.records.append((key, file))
        words.append("monitors: \(text) (\(file))")
    }

    private mutating func takeDarkRates() {
        guard let rates = four(.dark, "dark_rate") else { return }
        let least = rates.map { max($0.value - 2 * $0.sigma, 0) }
        findings.darkRates = least
        note(.dark, "dark_rates_hz", "dark counts of at least \(Self.list(least, 1)) Hz")
    }

    private mutating func takeDeadTimes(shortShare: Double) {
        guard let times = four(.deadTime, "dead_time"),
            let shortest = times.map({ $0.value - 2 * $0.sigma }).min()
        else { return }
        let time = Int64(max(shortest, 0).rounded(.down))
        findings.deadTime = time
        note(.deadTime, "dead_time", "no interval below \(time) ps")
        guard let early = four(.deadTime, "early_share"),
            let most = early.map({ $0.value + 2 * $0.sigma }).max(), most > shortShare
        else { return }
        findings.shortShare = most
        note(.deadTime, "short_share", "a share of \(Self.text(most, 6)) of double edges")
    }

    private mutating func takeAfterpulses() {
        guard let shares = four(.afterpulse, "afterpulsing"),
            let most = shares.map({ $0.value + 2 * $0.sigma }).max()
        else { return }
        findings.afterpulseShare = max(most, 0)
        note(.afterpulse, "afterpulse_share", "after-pulses of up to \(Self.text(most, 5))")
    }

    private mutating func takeJitters() {
        guard let widths = four(.jitter, "jitter_fwhm") else { return }
        let least = widths.map { max($0.value - 2 * $0.sigma, 0) / Self.widthOverDeviation }
        findings.leastJitters = least
        note(.jitter, "least_jitters_ps", "jitter of at least \(Self.list(least, 1)) ps rms")
    }

    private mutating func takeSkews() {
        guard let sigma = four(.skew, "skew")?.map(\.sigma).max() else { return }
        findings.phaseMargin = 2 * sigma
        note(
            .skew, "phase_tolerance",
            "\(Self.text(2 * sigma, 1)) ps more tolerance of places, two sigmas of the skew")
    }

    private mutating func takeEfficiencies() {
        guard let found = four(.efficiency, "relative_efficiency"),
            found.allSatisfy({ $0.value > 0 })
        else { return }
        var shares: [Double] = []
        for basis in 0..<2 {
            let (zero, one) = (found[2 * basis], found[2 * basis + 1])
            let sum = zero.value + one.value
            shares.append(one.value / sum)
            // By the partial derivatives of the share.
            let first = one.value / (sum * sum) * zero.sigma
            let second = zero.value / (sum * sum) * one.sigma
            let sigma = (first * first + second * second).squareRoot()
            findings.shareMargin = max(findings.shareMargin, 2 * sigma)
        }
        findings.oneShares = shares
        note(.efficiency, "one_shares", "shares of ones of \(Self.list(shares, 4))")
    }

    private mutating func takeCoincidences() {
        if let visibilities = four(.polarisation, "visibility") {
            let errors = visibilities.map { min(max((1 - $0.value) / 2, 0), 0.5) }
            let mean = errors.reduce(0, +) / 4
            findings.portError = mean
            note(.polarisation, "port_error", "a port error of \(Self.text(mean, 5))")
        }
        let chances = (records[.crosstalk]?.record.values ?? []).filter {
            $0.name.hasPrefix("crosstalk_to_") && $0.value.isFinite && $0.sigma.isFinite
        }
        guard chances.count == 12, let most = chances.map({ $0.value + 2 * $0.sigma }).max()
        else { return }
        findings.crosstalkShare = max(most, 0)
        note(.crosstalk, "crosstalk_share", "cross-talk of up to \(Self.text(most, 6)) per click")
    }

    private static func text(_ value: Double, _ digits: Int) -> String {
        String(format: "%.\(digits)f", value)
    }

    private static func list(_ values: [Double], _ digits: Int) -> String {
        values.map { text($0, digits) }.joined(separator: ", ")
    }
}
