public import BoardFile
public import PayloadHAL

/// What is wrong with an instrument of the telescope, by the board's key, and what to do about it.
public struct InstrumentProblem: Error, Equatable, CustomStringConvertible {
    /// The key that says how the instrument is reached: `pointing.mirror.connection`.
    public var key: String
    /// How it is reached, as the board file has it.
    public var connection: String
    /// What a caller can do about it.
    public var fault: InstrumentFault
    /// What went wrong, in one line.
    public var problem: String
    /// What somebody can do about it, in one line.
    public var remedy: String

    /// A problem of the instrument behind `key`; the usual remedy of the fault if none is given.
    public init(
        key: String, connection: Connection, fault: InstrumentFault, problem: String,
        remedy: String? = nil
    ) {
        self.key = key
        self.connection = connection.description
        self.fault = fault
        self.problem = problem
        self.remedy = remedy ?? Self.remedy(fault, key)
    }

    /// A failure of a driver.
    init(_ error: some InstrumentError, doing: String, key: String, _ connection: Connection) {
        let words =
            switch error.fault {
            case .timedOut: "no answer in time"
            case .unreachable: "it cannot be reached"
            case .garbled: "its answer makes no sense"
            case .refused: "it refused"
            case .outOfRange: "it cannot go there"
            }
        self.init(
            key: key, connection: connection, fault: error.fault,
            problem: "\(doing): \(words) (\(error))")
    }

    /// One line: the key, its value, and what is wrong.
    public var line: String { "\(key) = \(connection): \(problem)" }

    /// The line, and what to do.
    public var description: String { "\(line); \(remedy)" }

    private static func remedy(_ fault: InstrumentFault, _ key: String) -> String {
        switch fault {
        case .timedOut, .unreachable:
            "look at its power and cable, at whoever else may hold it, and at \(key); "
                + "lodestar doctor looks too"
        case .garbled: "another device answers at \(key), or in another language: correct the board"
        case .refused: "look at the instrument's own display or log"
        case .outOfRange: "stay within its limits"
        }
    }
}
