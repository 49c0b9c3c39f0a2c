extension Board {
    /// This board with what calibrations found in place of its own values.
    ///
    /// - Parameters:
    ///   - skews: Lateness of H, V, D and A relative to their mean, ps; the board's mean stays.
    ///   - deadTime: How long all detectors are ignored after a click, ps.
    ///   - efficiencyRatio: Of the least efficient detector over the most efficient.
    ///   - monitors: What the monitors are to expect.
    public func calibrated(
        skews: [Double]? = nil, deadTime: Int64? = nil, efficiencyRatio: Double? = nil,
        monitors: Monitors.Findings? = nil
    ) -> Board {
        var board = self
        let inputs: [WritableKeyPath<Channels, Input?>] = [
            \.horizontal, \.vertical, \.diagonal, \.antidiagonal,
        ]
        if let skews, skews.count == 4, inputs.allSatisfy({ channels[keyPath: $0] != nil }) {
            let own = inputs.map { Double(channels[keyPath: $0]?.skew ?? 0) }
            let mean = own.reduce(0, +) / 4
            for (input, skew) in zip(inputs, skews) {
                board.channels[keyPath: input]?.skew = Int64((mean + skew).rounded())
            }
        }
        if let deadTime { board.gate.deadTime = deadTime }
        if let efficiencyRatio { board.distillation.efficiencyRatio = efficiencyRatio }
        if let monitors { board.monitors.take(monitors) }
        return board
    }
}
