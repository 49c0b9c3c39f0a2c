import Orbit
import Quantities

/// How long it takes to find all passes of one satellite for a year, and to ask for its place.
struct PassesBenchmark {
    private let options: Options

    init(_ options: Options) { self.options = options }

    func run() throws {
        let degree = Double.pi / 180
        // The elements that scripts/bench.d/passes.py gives to its peer.
        let elements = MeanElements(
            epoch: UTCInstant(day: 61_119, seconds: 21_600),
            meanMotion: 15.2 * MeanElements.radiansPerMinute, eccentricity: 0.0012,
            inclination: 97.4 * degree, node: 150 * degree, perigee: 90 * degree,
            meanAnomaly: 10 * degree, drag: 1e-5)
        let model: SGP4
        let site: Site
        do {
            model = try SGP4(elements)
            site = try Site(
                latitude: 36.67 * degree, longitude: 117.13 * degree, height: 80)
        } catch {
            throw BenchmarkError(description: "the example orbit is refused: \(error)")
        }
        let trajectory = Trajectory(.elements(model), orientation: .zero)
        let days = options.number("days", 365)
        let minimum = options.number("min-elevation", 10)
        let start = UTCInstant(day: 61_119, seconds: 0)
        var found: [PredictedPass] = []
        var times: [Double] = []
        for _ in 0..<options.count("repeats", 5) {
            found = []
            times.append(
                try seconds {
                    var search = PassSearch(
                        trajectory, site: site, from: start, to: start.adding(days * 86_400),
                        limits: PassSearch.Limits(elevation: minimum * degree))
                    while let pass = try search.next() { found.append(pass) }
                })
        }
        guard let first = found.first else {
            throw BenchmarkError(description: "no pass was found")
        }
        let sampled = try SampledPass(
            trajectory, site: site, start: first.rise.time, duration: first.duration)
        print(
            "passes days=\(fixed(days, 0)) passes=\(found.count)",
            "seconds=\(fixed(median(times), 3))",
            "state_ns=\(fixed(nanosecondsPerState(trajectory, start), 0))",
            "sight_ns=\(fixed(nanosecondsPerSight(sampled), 0))",
            "light_time_ns=\(fixed(nanosecondsPerLightTime(.sampled(sampled)), 0))")
    }

    /// One Earth-fixed state of the model.
    private func nanosecondsPerState(_ trajectory: Trajectory, _ start: UTCInstant) -> Double {
        var trajectory = trajectory
        var sum = 0.0
        let count = 100_000
        let time = seconds {
            for index in 0..<count {
                let state = try? trajectory.state(at: start.adding(Double(index) * 10))
                sum += state?.position.x ?? 0
            }
        }
        keep(sum)
        return time / Double(count) * 1e9
    }

    /// One direction with its rates, as a pointing loop asks for it.
    private func nanosecondsPerSight(_ pass: SampledPass) -> Double {
        var sum = 0.0
        let count = 400_000
        let time = seconds {
            for index in 0..<count {
                sum += pass.sight(receivedAt: Double(index) * 1e-3).look.azimuth
            }
        }
        keep(sum)
        return time / Double(count) * 1e9
    }

    /// One light time, as the clock's feed-forward asks for it.
    private func nanosecondsPerLightTime(_ orbit: PassOrbit) -> Double {
        var sum = 0.0
        let count = 400_000
        let time = seconds {
            for index in 0..<count {
                sum += orbit.lightTime(emittedAt: Int64(index) * 1_000_000_000)
            }
        }
        keep(sum)
        return time / Double(count) * 1e9
    }

    /// Keeps the compiler from leaving the work out.
    @inline(never) private func keep(_ value: Double) {
        if value.isNaN { writeError("no number came out") }
    }
}
