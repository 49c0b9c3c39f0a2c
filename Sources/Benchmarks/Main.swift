// Measures what the README states: `lodestar-bench FIGURE [--name value]...`.

/// The figures by name; each prints one line of `name key=value ...` to standard output.
@main
struct Main {
    private static let usage = """
        usage: lodestar-bench FIGURE [--name value]...
          tagpath       bytes of the reference format to clicks  [--rate 8e6] [--seconds 3]
          guard         the guard of the count rates             [--rate 8e6] [--excess 6e6]
                        [--batch 1024]
          ptu           PTU T2 decode                            --file FILE [--repeats 9]
          announcement  size of announcements against entropy    [--epochs 50]
          amplification  privacy amplification, one core         [--repeats 9] [--in-bits N --bits L]
          sync          clock error against the truth            [--seeds 20] [--first 1]
                        [--jobs 2] [--duration 400] [--each 0]
          reconciliation  efficiency and speed on random blocks  [--qber 0.01,0.02,0.03,0.05]
                        [--blocks 100] [--bits 102400] [--margin M] [--seed 1]
          cascade       the same of Cascade                      [--qber 0.01,0.02,0.03,0.05]
                        [--variant original,yan,martinez-mateo] [--passes P]
                        [--blocks 200] [--bits 102400] [--seed 1]
          tracking      centroids, residuals, time to lock, latency of the fine loop
                        [--what centroid,residual,lines,relock,lock,latency,render]
                        [--seeds 4] [--seconds 60] [--flux 1000] [--frames 4000]
          calibration   calibrations against the bench's truth, monitors' false alarms
                        [--what coverage,alarms,attacks] [--names dark,skew,...] [--seeds 200]
                        [--passes 1000] [--attacked 100]
          passes        all passes of one satellite              [--days 365]
                        [--min-elevation 10] [--repeats 5]
        """

    static func main() {
        var words = CommandLine.arguments.dropFirst()
        guard let name = words.popFirst(), let options = Options(words) else {
            return fail(usage)
        }
        do {
            switch name {
            case "tagpath": try TagPathBenchmark(options).run()
            case "guard": try GuardBenchmark(options).run()
            case "ptu": try PTUBenchmark(options).run()
            case "announcement": try AnnouncementBenchmark(options).run()
            case "amplification": try AmplificationBenchmark(options).run()
            case "sync": try SyncBenchmark(options).run()
            case "cascade": try CascadeBenchmark(options).run()
            case "tracking": try TrackingBenchmark(options).run()
            case "calibration": try CalibrationBenchmark(options).run()
            case "passes": try PassesBenchmark(options).run()
            case "reconciliation": try ReconciliationBenchmark(options).run()
            default: fail("no figure is called \(name)\n" + usage)
            }
        } catch {
            fail("error: \(error)")
        }
    }

    private static func fail(_ text: String) {
        writeError(text)
        exitWithFailure()
    }
}
