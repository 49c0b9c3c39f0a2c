import ArgumentParser

/// The virtual world served to real drivers and rigs.
@main
struct LodestarSim: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lodestar-sim",
        abstract: "Simulated instruments that real drivers can be connected to.",
        discussion: """
            Each command serves until Ctrl-C. Nothing here is a real instrument: what is measured \
            against it says so.
            """,
        version: "0.1.0",
        subcommands: [
            WorldCommand.self, BenchCommand.self, MirrorCommand.self, CameraCommand.self,
            OpticsCommand.self,
        ])
}
