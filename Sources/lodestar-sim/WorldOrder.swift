import FaultyDrivers
import Foundation

/// One order on the control socket of `lodestar-sim world`: a line of text.
enum WorldOrder: Equatable {
    case unplug
    case plug
    case stall
    case garbage(bytes: Int)
    case loseFrames(Int)
    /// Loses all messages of both directions for so long, ps.
    case silence(Int64)
    /// Extra clicks of an input, Hz, for so long, ps.
    case flood(channel: UInt8, rate: Double, span: Int64)
    /// Takes the clicks of an input away, as a gate does, or gives them back.
    case blank(channel: UInt8, isBlank: Bool)
    /// Lets an instrument do something wrong, until ``clearFaults``.
    case fault(FaultyInstrument, FaultKind)
    case clearFaults
    case listFaults
    case status
    case quit

    /// Why a line is no order.
    struct Refusal: Error, CustomStringConvertible {
        var description: String
    }

    /// All orders as they are written.
    static let forms = [
        "unplug", "plug", "stall", "garbage BYTES", "lose-frames COUNT", "silence link TIME",
        "flood CHANNEL RATE TIME", "blank CHANNEL", "unblank CHANNEL", "fault INSTRUMENT KIND",
        "fault clear", "fault list", "status", "quit",
    ]

    /// Reads one line.
    init(_ line: String) throws(Refusal) {
        let words = line.split { $0.isWhitespace }.map { String($0) }
        switch (words.first, words.count) {
        case ("unplug", 1): self = .unplug
        case ("plug", 1): self = .plug
        case ("stall", 1): self = .stall
        case ("garbage", 2): self = .garbage(bytes: try Self.count(words[1], 1...65_536))
        case ("lose-frames", 2): self = .loseFrames(try Self.count(words[1], 1...1_000_000))
        case ("silence", 3) where words[1] == "link": self = .silence(try Self.span(words[2]))
        case ("flood", 4):
            self = .flood(
                channel: try Self.channel(words[1]), rate: try Self.rate(words[2]),
                span: try Self.span(words[3]))
        case ("blank", 2): self = .blank(channel: try Self.channel(words[1]), isBlank: true)
        case ("unblank", 2): self = .blank(channel: try Self.channel(words[1]), isBlank: false)
        case ("fault", 2) where words[1] == "clear": self = .clearFaults
        case ("fault", 2) where words[1] == "list": self = .listFaults
        case ("fault", 3): self = try Self.fault(words[1], words[2])
        case ("status", 1): self = .status
        case ("quit", 1): self = .quit
        default:
            throw Refusal(
                description: "no such order: '\(line)'; possible are "
                    + Self.forms.joined(separator: ", "))
        }
    }

    /// A fault in the words of the shell's `fault`.
    private static func fault(_ instrument: String, _ kind: String) throws(Refusal) -> WorldOrder {
        let offered = FaultyTags.offered
        guard let row = offered.first(where: { $0.instrument.rawValue == instrument }) else {
            throw Refusal(
                description: "'\(instrument)' cannot fail here; allowed are "
                    + offered.map { $0.instrument.rawValue }.joined(separator: ", "))
        }
        guard let kind = row.kinds.first(where: { $0.rawValue == kind }) else {
            throw Refusal(
                description: "'\(instrument)' cannot be '\(kind)' here; allowed are "
                    + row.kinds.map(\.rawValue).joined(separator: ", "))
        }
        return .fault(row.instrument, kind)
    }

    private static func count(
        _ text: String, _ range: ClosedRange<Int>
    ) throws(Refusal) -> Int {
        guard let value = Int(text), range.contains(value) else {
            throw Refusal(
                description: "'\(text)' is no number from \(range.lowerBound) to "
                    + "\(range.upperBound)")
        }
        return value
    }

    private static func channel(_ text: String) throws(Refusal) -> UInt8 {
        UInt8(try count(text, 0...31))
    }

    private static func number(
        _ text: String, units: [(name: String, factor: Double)], _ range: ClosedRange<Double>,
        allowed: String
    ) throws(Refusal) -> Double {
        // The longer names come first, so that "ms" is not read as "s".
        for unit in units where text.hasSuffix(unit.name) {
            guard let value = Double(text.dropLast(unit.name.count)) else { break }
            guard range.contains(value * unit.factor) else { break }
            return value * unit.factor
        }
        throw Refusal(description: "'\(text)' is not \(allowed)")
    }

    /// A time, ps.
    private static func span(_ text: String) throws(Refusal) -> Int64 {
        Int64(
            try number(
                text, units: [("us", 1e6), ("ms", 1e9), ("s", 1e12)], 1e6...3.6e15,
                allowed: "a time from 1us to 3600s, written as 50ms"))
    }

    /// A rate, Hz.
    private static func rate(_ text: String) throws(Refusal) -> Double {
        try number(
            text, units: [("kHz", 1e3), ("MHz", 1e6), ("Hz", 1)], 1...2e7,
            allowed: "a rate from 1Hz to 20MHz, written as 2MHz")
    }
}
