extension Parameter {
    /// When a value that was changed and saved takes effect.
    public enum Effect: String, Sendable, CaseIterable {
        /// With the next pass.
        case nextPass = "next pass"
        /// When the daemon starts again.
        case restart
    }

    /// Sections that are read once, when the daemon starts.
    private static let readAtStart: Set<Substring> = [
        "board", "detectors", "lines", "realtime", "paths", "shell", "faults",
    ]

    /// When a new value takes effect.
    public var effect: Effect {
        Self.readAtStart.contains(path.prefix { $0 != "." }) ? .restart : .nextPass
    }

    /// Whether the value is shown to nobody: what passwords are checked against.
    public var isSecret: Bool {
        Self.secretPaths.contains(path)
    }

    private static let secretPaths: Set<String> = ["shell.technician", "shell.engineer"]
}
