public import Control

/// `cal`: calibrations by name, on a thread of their own.
public enum CalibrationCommands {
    /// The orders upon `runner`; without one they say that this board has none.
    public static func all(_ runner: (any CalibrationSource)?) -> [ControlCommand] {
        [
            ControlCommand("cal list", "", "what can be calibrated") { _ in
                guard let runner, !runner.names.isEmpty else { return .refused(none) }
                let width = (runner.names.map(\.name.count).max() ?? 0) + 2
                return .done(
                    runner.names.map { $0.name.padded(to: width) + $0.title }
                        .joined(separator: "\n"))
            }.with { $0.places = [.shell] },
            ControlCommand("cal", "NAME [ARGUMENT...]", "run a calibration; Ctrl-C stops it safely")
            {
                run($0, runner)
            }.with {
                $0.places = [.shell]
                $0.role = .technician
                $0.writes = true
                $0.needsArm = true
                $0.isHarmlessAlone = true
                $0.isLong = true
                $0.completion = { words in
                    words.isEmpty ? runner?.names.map(\.name) ?? [] : []
                }
            },
        ]
    }

    private static let none = "this daemon has no calibrations\ntry: lodestar calibrate --help"

    /// Whether the person at the shell has done it.
    private static func ask(_ words: String, _ call: CommandCall) -> Bool {
        call.say("set: \(words)")
        guard call.hasPerson else {
            call.say("nobody is there to do it: a script cannot run this calibration")
            return false
        }
        return call.waitForEnter("Enter when it is done, Ctrl-C to stop")
    }

    private static func run(
        _ call: CommandCall, _ runner: (any CalibrationSource)?
    ) -> ControlAnswer {
        guard let runner, !runner.names.isEmpty else { return .refused(none) }
        guard let name = call.words.first, runner.names.contains(where: { $0.name == name })
        else {
            return .refused(
                "\(call.words.first.map { "no calibration is called \"\($0.prefix(40))\"" } ?? "cal needs a name")"
                    + "\nallowed: " + runner.names.map(\.name).joined(separator: ", ")
                    + "\ntry: cal list")
        }
        do {
            let lines = try runner.run(
                name, arguments: Array(call.words.dropFirst()),
                progress: { call.progress($0, $1) }, ask: { ask($0, call) },
                isCancelled: { call.isCancelled })
            guard !call.isCancelled else { return .refused("\(name) was stopped; all is safe") }
            return .done(lines.joined(separator: "\n"))
        } catch {
            return .refused(call.isCancelled ? "\(name) was stopped; all is safe" : "\(error)")
        }
    }
}
