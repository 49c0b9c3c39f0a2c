import ArgumentParser

/// The command line of the station.
@main
struct Lodestar: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lodestar",
        abstract: "Payload firmware of a satellite quantum-key ground station.",
        discussion: """
            Start with: lodestar run --board boards/sim.toml --out out/first
            """,
        version: "0.1.0",
        subcommands: [
            RunCommand.self, EntangledCommand.self, ReplayCommand.self, ReportCommand.self,
            AnalyseCommand.self, TagsCommand.self, BoardCommand.self, KeyLengthCommand.self,
            DistilCommand.self, AmplifyCommand.self, KeysCommand.self, OtpCommand.self,
            RelayCommand.self, PassesCommand.self, OrbitCommand.self, DoctorCommand.self,
            CalibrateCommand.self,
            ShellCommand.self,
        ])

    /// Runs the command; an answer that could not be written is a failure like any other.
    static func main() {
        StandardOutput.failOnLoss()
        main(nil)
    }
}
