/// How lamp, laser, filters and plates stand before the four detectors.
public struct BenchSetting: Equatable, Sendable {
    /// Where the light comes from.
    public enum Light: Equatable, Sendable {
        /// The shutter is closed.
        case dark
        /// A steady lamp, set so that each detector counts so much per second without filters.
        case lamp(rate: Double)
        /// A pulsed laser, set likewise: the time between its pulses and between those of its sync
        /// output, ps.
        case laser(rate: Double, period: Int64, sync: Int64)
        /// The satellite's simulator: quantum pulses, and its beacon on the beacon's input.
        case satellite(rate: Double)
    }

    /// Where the light comes from.
    public var light: Light
    /// Transmittance of the neutral-density filters, more than 0 to 1.
    public var transmittance = 1.0
    /// Angle of the half-wave plate behind a polariser, degrees; `nil`: unpolarised light.
    public var plate: Double?
    /// The only detector in the light, 0 to 3; `nil` for all.
    public var only: Int?
    /// How long before the laser's pulse the gate opens, and for how long, ps; `nil`: it is open.
    public var gate: GateWindow?
    /// Threshold of all detectors, mV; `nil`: as the board says.
    public var threshold: Double?

    /// A gate about the laser's pulses.
    public struct GateWindow: Equatable, Sendable {
        /// When it opens after the pulse, ps; negative for before.
        public var delay: Double
        /// How long it stays open, ps.
        public var width: Double

        /// A gate that opens `delay` after the pulse, for `width`, ps.
        public init(delay: Double, width: Double) { (self.delay, self.width) = (delay, width) }
    }

    /// Light of a kind through nothing.
    public init(_ light: Light) { self.light = light }

    /// What a person has to do, in words.
    public var words: String {
        var parts: [String] = []
        switch light {
        case .dark: parts.append("close the shutter and switch the lamp off")
        case .lamp(let rate):
            parts.append("steady lamp, each detector at about \(Text.number(rate, 3)) cps")
        case .laser(let rate, let period, let sync):
            parts.append(
                "pulsed laser of \(Text.number(1e6 / Double(period), 4)) MHz, its sync output of "
                    + "\(Text.number(1e6 / Double(sync), 4)) MHz on the beacon's input, each "
                    + "detector at about \(Text.number(rate, 3)) cps")
        case .satellite(let rate):
            parts.append(
                "satellite's simulator with its beacon, each detector at about "
                    + "\(Text.number(rate, 3)) cps")
        }
        if transmittance < 1 {
            parts.append("filters of transmittance \(Text.number(transmittance, 3))")
        }
        if let plate { parts.append("half-wave plate at \(Text.number(plate)) degrees") }
        if let only { parts.append("only detector \(DetectorRoles.names[only & 3]) in the light") }
        if let gate { parts.append("gate \(Text.number(gate.delay)) ps after the pulse") }
        if let threshold { parts.append("thresholds at \(Text.number(threshold)) mV") }
        return parts.joined(separator: ", ")
    }
}

/// The names of the four detectors in order.
enum DetectorRoles {
    static let names = ["H", "V", "D", "A"]
}
