public import BoardFile

/// One calibration as a procedure: what it needs, and how it is done on a bench.
public struct CalibrationProcedure: Sendable {
    /// Which one.
    public let item: Board.Calibration.Item
    /// What it is, in a few words.
    public let title: String
    /// What is estimated, and how.
    public let fitted: String
    /// What to plug and to wait for before it begins.
    public let preparation: String
    /// What it can be told.
    public let arguments: [CalibrationArgument]
    /// Its limits in words, with the board's keys that set them.
    public let limits: String
    /// Time for which the tagger counts with the usual arguments, s; for mirror, camera and
    /// boresight, the time for which they move.
    public let detectorSeconds: Double
    let run: @Sendable (ProcedureContext) throws(ProcedureFailure) -> Void

    /// Its name, as typed.
    public var name: String { item.rawValue }

    init(
        _ item: Board.Calibration.Item, _ title: String, fitted: String, preparation: String,
        arguments: [CalibrationArgument] = [], limits: String, seconds: Double,
        run: @escaping @Sendable (ProcedureContext) throws(ProcedureFailure) -> Void
    ) {
        self.item = item
        self.title = title
        self.fitted = fitted
        self.preparation = preparation
        self.arguments = arguments
        self.limits = limits
        detectorSeconds = seconds
        self.run = run
    }

    /// Reads `name=value` pairs; what is not given is as usual.
    func read(_ texts: [String]) throws(ProcedureFailure) -> [String: Double] {
        var values: [String: Double] = [:]
        for argument in arguments { values[argument.name] = argument.usual }
        for text in texts {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            let known = arguments.map(\.name).joined(separator: ", ")
            let allowed = known.isEmpty ? "it takes none" : "it takes \(known)"
            guard parts.count == 2 else {
                throw .argument("\"\(text)\" is no NAME=VALUE; \(allowed)")
            }
            let name = parts[0].filter { $0 != " " }
            guard let argument = arguments.first(where: { $0.name == name }) else {
                throw .argument("\(self.name) takes no argument \"\(name)\"; \(allowed)")
            }
            values[argument.name] = try argument.read(parts[1])
        }
        return values
    }
}
