public import BoardFile
public import FaultyDrivers
public import GateDrivers
public import PayloadHAL
import Quantities

/// The detectors' gates, the shutter before them and the guard of their rates, as a board has them.
public struct StationGates {
    /// A line that the gates need, in words and by its place.
    public enum Place: Sendable {
        /// The gate of detector 0 to 3.
        case gate(Int)
        /// The shutter before all of them.
        case shutter

        /// Its key in the board.
        public var key: String {
            switch self {
            case .gate(let detector): "detectors.\(DetectorName.of(detector)).gate"
            case .shutter: "lines.shutter"
            }
        }
    }

    private let board: Board

    /// The gates of `board`; nothing is opened.
    public init(_ board: Board) { self.board = board }

    /// The bank of gates on lines of any kind, all closed.
    ///
    /// - Parameter line: Opens a line; `nil`: the board names none.
    /// - Throws: ``StationFault`` that names the line.
    public func bank<Line: OutputLine & ~Copyable>(
        _ line: (Board.Line?, Place) throws -> Line
    ) throws -> GateBank<LineGate<Line>, Line> {
        let detectors = board.detectors
        let lines = [
            detectors?.horizontal.gate, detectors?.vertical.gate, detectors?.diagonal.gate,
            detectors?.antidiagonal.gate,
        ]
        func opened(_ named: Board.Line?, _ place: Place) throws -> Line {
            do {
                return try line(named, place)
            } catch {
                throw StationFault("\(place.key): \(error)")
            }
        }
        func gate(_ detector: Int) throws -> LineGate<Line> {
            let line = try opened(lines[detector], .gate(detector))
            do {
                return try LineGate(line)
            } catch {
                throw StationFault("\(Place.gate(detector).key): \(error)")
            }
        }
        return GateBank(
            try gate(0), try gate(1), try gate(2), try gate(3),
            shutter: try opened(board.lines?.shutter, .shutter))
    }

    /// The bank of gates on the kernel's lines.
    ///
    /// - Parameter faults: Where faults are ordered, if the board allows them.
    public func bank(
        faults: FaultOrders? = nil
    ) throws -> GateBank<LineGate<StationLine>, StationLine> {
        try bank { line, place in
            if case .shutter = place { return try StationLine(line, as: .shutter, faults: faults) }
            return try StationLine(line, as: .gate, faults: faults)
        }
    }

    /// The guard of the four detectors' rates.
    ///
    /// - Throws: ``StationFault`` if a detector has no input, two have the same, or the limit makes
    ///   no window.
    public func rates() throws -> RateGuard {
        let rule =
            board.detectors.flatMap {
                RateGuard.Rule(limit: $0.rateLimit, window: Picoseconds($0.rateWindow))
            } ?? RateGuard.Rule()
        guard let rule else { throw StationFault("detectors.rate_limit makes no window") }
        let inputs = [
            board.channels.horizontal, board.channels.vertical, board.channels.diagonal,
            board.channels.antidiagonal,
        ]
        var numbers = InlineArray<4, UInt8>(repeating: 0)
        var seen: Set<UInt8> = []
        for index in 0..<4 {
            guard let channel = inputs[index]?.channel, seen.insert(channel).inserted else {
                throw StationFault(
                    "[channels] must name an input of its own for each of the detectors H, V, D "
                        + "and A; \(DetectorName.of(index)) has none")
            }
            numbers[index] = channel
        }
        return RateGuard(channels: numbers, rule: rule)
    }
}

/// The names of the four detectors in order.
enum DetectorName {
    static func of(_ detector: Int) -> String { ["H", "V", "D", "A"][detector & 3] }
}
