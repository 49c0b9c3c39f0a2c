import BoardFile
import GateDrivers
import Instruments
import LinuxIO
import PayloadHAL
import Procedures

/// Opens the instruments of a board with a tagger for calibrations.
struct LiveBench {
    let board: Board
    /// The served bench that takes orders; `nil`: a person is asked.
    let ordered: OrderedBench?

    /// The bench, with gates closed.
    func open() throws -> any DetectorBench {
        do {
            guard let ordered else {
                return try StationDetectorBench(board, hands: AskingHands()) { line, _ in
                    do {
                        return try StationLine(line)
                    } catch GPIOError.busy {
                        throw CalibrationProblem(
                            description: "another program holds it; lodestard does while it runs: "
                                + "cal in its shell, or systemctl stop lodestard")
                    }
                }.open()
            }
            return try StationDetectorBench(board, hands: ordered) { line, place in
                try ServedLine.open(line, ordered, place)
            }.open()
        } catch let fault as StationFault {
            throw CalibrationProblem(
                description: "board \(board.name): \(fault); --simulated rehearses without")
        }
    }
}

/// A line of the board, or one of a served bench where the board names none.
private struct ServedLine: OutputLine, ~Copyable {
    private var line: StationLine
    private let order: ((Bool) throws(OrderedBench.Failure) -> Void)?
    let isActiveWhenSafe = false
    private(set) var isActive = false

    /// Why the line does not obey.
    enum Failure: InstrumentError, CustomStringConvertible {
        case line(GPIOError)
        case bench(OrderedBench.Failure)

        var fault: InstrumentFault {
            switch self {
            case .line(let error): error.fault
            case .bench(let error): error.fault
            }
        }

        var description: String {
            switch self {
            case .line(let error): "\(error)"
            case .bench(let error): "\(error)"
            }
        }
    }

    private init(
        _ line: consuming StationLine, order: ((Bool) throws(OrderedBench.Failure) -> Void)?
    ) {
        self.line = line
        self.order = order
    }

    /// Takes a line and drives it to its safe level, inactive.
    static func open(
        _ line: Board.Line?, _ bench: OrderedBench, _ place: StationGates.Place
    ) throws -> ServedLine {
        guard line == nil else { return ServedLine(try StationLine(line), order: nil) }
        let order = { (isActive: Bool) throws(OrderedBench.Failure) in
            switch place {
            case .gate(let detector): _ = try bench.give(.gate(detector, isOpen: isActive))
            case .shutter: _ = try bench.give(.shutter(isOpen: isActive))
            }
        }
        try order(false)
        return ServedLine(try StationLine(nil), order: order)
    }

    mutating func set(_ isActive: Bool) throws(Failure) {
        do throws(GPIOError) { try line.set(isActive) } catch { throw .line(error) }
        if let order {
            do throws(OrderedBench.Failure) { try order(isActive) } catch { throw .bench(error) }
        }
        self.isActive = isActive
    }
}
