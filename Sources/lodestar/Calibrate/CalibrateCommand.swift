import ArgumentParser

/// `lodestar calibrate`: procedures, records, their history, guided acceptance.
struct CalibrateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calibrate",
        abstract: "Calibrate detectors, mirror and camera, and keep signed records.",
        discussion: """
            lodestar calibrate list            which calibrations there are
            lodestar calibrate dead-time       do one; arguments follow it: seconds=1s rate=500kHz
            lodestar calibrate all --guided    do all, step by step, with a report at the end

            A simulated board without a tagger is calibrated on a simulated bench, which sets \
            itself and says so in every output and record; on one with a tagger the drivers are \
            used, and a person is asked for lamp, filters and plates, or the bench that \
            lodestar-sim serves is ordered (--bench-control). Without --records nothing is \
            recorded for a simulated board.

            Exit codes: 0 all limits met; 1 it failed, and nothing was recorded; 2 a limit was \
            missed; 3 unclear, count for longer; 130 or 143 stopped, with the bench safe.
            """,
        subcommands: [
            Measure.self, List.self, Show.self, History.self, Verify.self, Override.self,
            Recording.self,
        ],
        defaultSubcommand: Measure.self)
}
