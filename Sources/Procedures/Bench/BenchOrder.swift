/// One order to a served bench: a line of text. `lodestar-sim bench` takes them, and
/// `lodestar calibrate --bench-control` gives them.
public enum BenchOrder: Equatable, Sendable {
    /// `set dark`, `set lamp 180kHz`, `set laser 110kHz 100ns 1us`, `set satellite 50kHz`.
    case light(BenchSetting.Light)
    /// `set filters 0.02`: the transmittance of the neutral-density filters.
    case filters(Double)
    /// `set plate 22.5deg` or `set plate none`: the half-wave plate behind a polariser.
    case plate(Double?)
    /// `set only H` or `set only all`: who is in the light.
    case only(Int?)
    /// `set window -3ns 2ns` or `set window none`: the time gate about the laser's pulses.
    case window(BenchSetting.GateWindow?)
    /// `shutter open` or `shutter close`.
    case shutter(isOpen: Bool)
    /// `gate H open` or `gate H close`.
    case gate(Int, isOpen: Bool)

    /// All orders as they are written.
    public static let forms = [
        "set dark", "set lamp RATE", "set laser RATE PERIOD SYNC-PERIOD", "set satellite RATE",
        "set filters TRANSMITTANCE", "set plate ANGLE|none", "set only H|V|D|A|all",
        "set window DELAY WIDTH|none", "shutter open|close", "gate H|V|D|A open|close",
    ]

    /// Why a line is no order, and what is allowed.
    public struct Refusal: Error, Equatable, CustomStringConvertible {
        /// One line.
        public let description: String
    }

    /// Reads one line.
    public init(_ line: String) throws(Refusal) {
        let words = line.split { $0.isWhitespace }.map(String.init)
        switch (words.first, words.dropFirst().first, words.count) {
        case ("set", "dark", 2): self = .light(.dark)
        case ("set", "lamp", 3): self = .light(.lamp(rate: try Self.rate(words[2])))
        case ("set", "satellite", 3): self = .light(.satellite(rate: try Self.rate(words[2])))
        case ("set", "laser", 5):
            let period = Int64(try Self.span(words[3], 1_000...1e9))
            let sync = Int64(try Self.span(words[4], 1_000...1e12))
            guard sync % period == 0 else {
                throw Refusal(
                    description: "\(words[4]) is no multiple of the laser's period, \(words[3])")
            }
            self = .light(
                .laser(rate: try Self.rate(words[2]), period: period, sync: sync))
        case ("set", "filters", 3):
            guard let value = Double(words[2]), value > 0, value <= 1 else {
                throw Refusal(
                    description: "'\(words[2])' is no transmittance above 0 and up to 1")
            }
            self = .filters(value)
        case ("set", "plate", 3): self = .plate(try Self.angle(words[2]))
        case ("set", "only", 3):
            self = .only(words[2] == "all" ? nil : try Self.detector(words[2]))
        case ("set", "window", 3) where words[2] == "none": self = .window(nil)
        case ("set", "window", 4):
            self = .window(
                .init(
                    delay: try Self.span(words[2], -1e6...1e6),
                    width: try Self.span(words[3], 1...1e6)))
        case ("shutter", "open", 2): self = .shutter(isOpen: true)
        case ("shutter", "close", 2): self = .shutter(isOpen: false)
        case ("gate", .some, 3) where ["open", "close"].contains(words[2]):
            self = .gate(try Self.detector(words[1]), isOpen: words[2] == "open")
        default:
            throw Refusal(
                description: "no such order: '\(line)'; possible are "
                    + Self.forms.joined(separator: ", "))
        }
    }

    /// The line that gives this order.
    public var line: String {
        switch self {
        case .light(.dark): "set dark"
        case .light(.lamp(let rate)): "set lamp \(rate)Hz"
        case .light(.laser(let rate, let period, let sync)):
            "set laser \(rate)Hz \(period)ps \(sync)ps"
        case .light(.satellite(let rate)): "set satellite \(rate)Hz"
        case .filters(let value): "set filters \(value)"
        case .plate(let angle): "set plate \(angle.map { "\($0)deg" } ?? "none")"
        case .only(let lane): "set only \(lane.map { DetectorRoles.names[$0 & 3] } ?? "all")"
        case .window(let gate?): "set window \(gate.delay)ps \(gate.width)ps"
        case .window(nil): "set window none"
        case .shutter(let isOpen): "shutter \(isOpen ? "open" : "close")"
        case .gate(let lane, let isOpen):
            "gate \(DetectorRoles.names[lane & 3]) \(isOpen ? "open" : "close")"
        }
    }

    private static func detector(_ text: String) throws(Refusal) -> Int {
        guard let place = DetectorRoles.names.firstIndex(of: text) else {
            throw Refusal(description: "'\(text)' is no detector; there are H, V, D and A")
        }
        return place
    }

    private static func angle(_ text: String) throws(Refusal) -> Double? {
        if text == "none" { return nil }
        guard text.hasSuffix("deg"), let value = Double(text.dropLast(3)), value.magnitude <= 360
        else {
            throw Refusal(
                description: "'\(text)' is no angle from -360deg to 360deg, written as 22.5deg, "
                    + "and not none")
        }
        return value
    }

    /// A rate, counts per second.
    private static func rate(_ text: String) throws(Refusal) -> Double {
        try number(
            text, [("kHz", 1e3), ("MHz", 1e6), ("Hz", 1)], 0...2e7,
            "a rate from 0Hz to 20MHz, written as 180kHz")
    }

    /// A time, ps.
    private static func span(
        _ text: String, _ range: ClosedRange<Double>
    ) throws(Refusal) -> Double {
        try number(
            text, [("ps", 1), ("ns", 1e3), ("us", 1e6), ("ms", 1e9), ("s", 1e12)], range,
            "a time from \(Text.number(range.lowerBound))ps to "
                + "\(Text.number(range.upperBound))ps, written as 100ns")
    }

    private static func number(
        _ text: String, _ units: [(name: String, factor: Double)], _ range: ClosedRange<Double>,
        _ allowed: String
    ) throws(Refusal) -> Double {
        // The longer names come first, so that "ms" is not read as "s".
        for unit in units where text.hasSuffix(unit.name) {
            guard let value = Double(text.dropLast(unit.name.count)),
                range.contains(value * unit.factor)
            else { break }
            return value * unit.factor
        }
        throw Refusal(description: "'\(text)' is not \(allowed)")
    }
}

extension BenchSetting {
    /// The orders that bring a served bench here, the threshold not among them.
    public var orders: [BenchOrder] {
        [.filters(transmittance), .plate(plate), .only(only), .window(gate), .light(light)]
    }
}
