public import BoardFile
import GateDrivers
public import Instruments
public import PayloadHAL

/// Makes a bench for calibrations of the tagger and the gates that a board has.
public struct StationDetectorBench<Line: OutputLine & ~Copyable>: TaggerUse {
    private let board: Board
    private let hands: any BenchHands
    private let line: (Board.Line?, StationGates.Place) throws -> Line

    /// Why the tagger that was found is not measured with.
    private struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    /// A bench on `board`.
    ///
    /// - Parameters:
    ///   - hands: Whoever moves lamp, filters and plates.
    ///   - line: Takes an output line of the board, inactive.
    public init(
        _ board: Board, hands: any BenchHands,
        line: @escaping (Board.Line?, StationGates.Place) throws -> Line
    ) {
        self.board = board
        self.hands = hands
        self.line = line
    }

    /// The bench, with gates closed.
    ///
    /// - Throws: ``StationFault``, or what `line` throws.
    public func open() throws -> any DetectorBench {
        try StationTagger(board).open(for: self)
    }

    /// Takes over the tagger.
    public func use<Tagger: TimeTagger & ~Copyable>(
        _ tagger: consuming Tagger
    ) throws -> any DetectorBench {
        // What the emulated ones answer.
        guard board.isSimulated || !tagger.identity.serial.hasPrefix("SIM") else {
            throw Refusal(
                description: "the tagger says that it is simulated (serial "
                    + "\(tagger.identity.serial)), and board \(board.name) is a real one: "
                    + "nothing of it would be a measurement. Set board.simulated")
        }
        let settings = TaggerSettings(board, for: tagger.identity)
        let gates = StationGates(board)
        return try LiveDetectorBench(
            board: board, tagger: tagger, settings: settings, bank: try gates.bank(line),
            rates: try gates.rates(),
            sensors: { [board] in StationSensors.temperatures(of: board) }, hands: hands)
    }
}
