public import BoardFile
public import Control
import Quantities
public import RealTime

/// `mirror`, `camera` and `mount`: how they stand, and moving them by hand between passes.
public struct AimCommands: Sendable {
    private let board: @Sendable () -> Board
    private let counts: LiveCounts
    private let aim: any AimBench
    private let phases: [String]

    /// Orders about what aims the telescope of `board`.
    ///
    /// - Parameter phases: Names of the phases of aiming, in order.
    public init(
        board: @escaping @Sendable () -> Board, counts: LiveCounts, aim: any AimBench,
        phases: [String] = []
    ) {
        self.board = board
        self.counts = counts
        self.aim = aim
        self.phases = phases
    }

    /// The orders.
    public var commands: [ControlCommand] {
        [
            report("mirror", "how the steering mirror stands", mirror),
            moving(
                "mirror move", "A B", "tilt the mirror about both axes: 100 urad -50 urad", move),
            moving("mirror centre", "", "send the mirror to its centre", centre),
            report("camera", "what the camera behind the mirror sees", camera),
            moving("camera exposure", "TIME", "set its exposure for now: 500 us", expose),
            moving("camera snap", "", "take a picture and keep it", snap),
            report("mount", "where the telescope's mount points", mount),
            moving("mount point", "AZIMUTH ELEVATION", "go there and stay: 180 deg 45 deg", point),
            moving("mount stop", "", "stop both axes", isHarmless: true, halt),
        ]
    }

    private func report(
        _ name: String, _ help: String, _ body: @escaping @Sendable () -> [String]
    ) -> ControlCommand {
        ControlCommand(name, "", help) { call in
            guard call.words.isEmpty else {
                let orders = commands.map(\.name).filter { $0.hasPrefix(name) }
                return .refused(
                    "there is no order \(name) \(call.words[0].prefix(40))\nallowed: "
                        + orders.joined(separator: ", ") + "\ntry: help \(name)")
            }
            let lines = call.listening(body)
            return call.isCancelled
                ? .refused("\(name) was stopped") : .done(lines.joined(separator: "\n"))
        }.with {
            $0.places = [.shell]
            $0.isLong = true
        }
    }

    private func moving(
        _ name: String, _ arguments: String, _ help: String, isHarmless: Bool = false,
        _ body: @escaping @Sendable (CommandCall) throws(AimRefusal) -> ControlAnswer
    ) -> ControlCommand {
        ControlCommand(name, arguments, help) { call in
            let part = name.split(separator: " ")[0]
            guard board().pointing != nil else { return .refused(noPointing) }
            if let obstacle = aim.obstacle(String(part)) { return .refused(obstacle.text) }
            do throws(AimRefusal) {
                return try call.listening { () throws(AimRefusal) in try body(call) }
            } catch {
                return .refused(
                    call.isCancelled ? "\(name) was stopped: \(error.problem)" : error.text)
            }
        }.with {
            $0.places = [.shell]
            $0.role = .technician
            $0.writes = true
            $0.needsArm = !isHarmless
            $0.isLong = true
        }
    }

    private var noPointing: String {
        "board \(board().name) has no [pointing]: somebody else aims the telescope"
    }

    // MARK: Mirror

    @Sendable private func mirror() -> [String] {
        let spot = counts.latestSpots.last
        let inPass =
            spot.map {
                "the loop leaves \(NumberText.fixed(Double($0.x), 1)) "
                    + "\(NumberText.fixed(Double($0.y), 1)) urad"
            } ?? "the fine loop is open"
        return shown("mirror", "pointing.mirror", inPass: inPass) { () throws(AimRefusal) in
            lines(try aim.mirror())
        }
    }

    private func lines(_ state: MirrorState) -> [String] {
        [
            state.identity,
            (state.tilt.map { "stands at \(Self.pair($0))" } ?? "does not say where it stands")
                + ", reaches \(Self.pair(state.reach)) to either side",
        ]
    }

    @Sendable private func move(_ call: CommandCall) throws(AimRefusal) -> ControlAnswer {
        let example = "mirror move 100 urad -50 urad"
        let values = try typed(call.words, .fieldAngle, count: 2, example)
        return .done(
            lines(try aim.steer(to: MirrorTilt(a: values[0] * 1e-6, b: values[1] * 1e-6)))
                .joined(separator: "\n"))
    }

    @Sendable private func centre(_ call: CommandCall) throws(AimRefusal) -> ControlAnswer {
        .done(lines(try aim.steer(to: .centre)).joined(separator: "\n"))
    }

    // MARK: Camera

    @Sendable private func camera() -> [String] {
        let inPass = "\(counts[.spotCount]) spots of the beacon so far; spot draws them"
        return shown("camera", "pointing.camera", inPass: inPass) { () throws(AimRefusal) in
            lines(try aim.camera())
        } + (board().pointing == nil ? [] : keys("pointing.coarse"))
    }

    private func lines(_ state: CameraState) -> [String] {
        [
            "\(state.identity), \(state.width) x \(state.height) px, exposure "
                + NumberText.time(Double(state.exposure.count)),
            "mean level \(NumberText.fixed(state.mean, 1)), highest \(state.highest) of "
                + "\(state.fullScale), \(state.saturated) saturated",
            state.spot.map {
                "spot at \(Self.pair(MirrorTilt(a: $0.x, b: $0.y))) from the middle"
            } ?? "no spot",
        ]
    }

    @Sendable private func expose(_ call: CommandCall) throws(AimRefusal) -> ControlAnswer {
        let example = "camera exposure 500 us"
        let value = try typed(call.words, .time, count: 1, example)[0]
        let range = 1_000_000.0...1_000_000_000
        guard range.contains(value) else {
            throw AimRefusal(
                "an exposure of \(NumberText.time(value))", allowed: "1 us to 1 ms",
                remedy: example)
        }
        return .done(lines(try aim.expose(Picoseconds(Int64(value)))).joined(separator: "\n"))
    }

    @Sendable private func snap(_ call: CommandCall) throws(AimRefusal) -> ControlAnswer {
        let (state, path) = try aim.snap()
        return .done((lines(state) + ["kept as \(path)"]).joined(separator: "\n"))
    }

    // MARK: Mount

    @Sendable private func mount() -> [String] {
        let inPass = counts[.pointingPhase] == 0 ? "nobody has aimed yet" : "aiming: \(phaseName)"
        return shown("mount", "pointing.mount", inPass: inPass) { () throws(AimRefusal) in
            lines(try aim.mount())
        }
    }

    private var phaseName: String {
        let number = Int(clamping: counts[.pointingPhase]) - 1
        return phases.indices.contains(number) ? phases[number] : "phase \(number)"
    }

    private func lines(_ state: MountState) -> [String] {
        [
            state.identity,
            "points at \(Self.text(state.direction))",
            "reaches azimuth \(Self.range(state.azimuth)), elevation "
                + Self.range(state.elevation),
        ]
    }

    @Sendable private func point(_ call: CommandCall) throws(AimRefusal) -> ControlAnswer {
        let example = "mount point 180 deg 45 deg"
        let values = try typed(call.words, .angle, count: 2, example)
        let target = SkyDirection(
            azimuth: values[0] * .pi / 180, elevation: values[1] * .pi / 180)
        let begun = try aim.mount().direction
        try aim.slew(to: target)
        let way = max(Self.distance(begun, target), 1e-9)
        var (last, standing) = (begun, 0)
        // Ends at the target, with a stop, or when the mount stands elsewhere for 5 s.
        while call.pause(milliseconds: 200) {
            let now = try direction(orHalt: "its place is not known any more")
            let left = Self.distance(now, target)
            call.progress(1 - min(left / way, 1), "at \(Self.text(now))")
            // A tenth of a degree: what a coarse mount reaches.
            if left < 1.75e-3 { return .done("points at \(Self.text(now))") }
            standing = Self.distance(now, last) < 1e-5 ? standing + 1 : 0
            last = now
            guard standing < 25 else {
                try aim.halt()
                throw AimRefusal(
                    "the mount stands at \(Self.text(now)) and does not go on; it was stopped",
                    remedy: "mount, and look at its limits and its power")
            }
        }
        try aim.halt()
        return .refused("stopped on the way; the mount was told to stand")
    }

    /// Where the mount points while it moves; one that does not say is told to stop.
    private func direction(orHalt why: String) throws(AimRefusal) -> SkyDirection {
        do throws(AimRefusal) {
            return try aim.mount().direction
        } catch {
            var refusal = error
            do throws(AimRefusal) {
                try aim.halt()
                refusal.problem += "; \(why), so the mount was stopped"
            } catch {
                refusal.problem += "; \(why), and it takes no stop: cut its power"
            }
            throw refusal
        }
    }

    @Sendable private func halt(_ call: CommandCall) throws(AimRefusal) -> ControlAnswer {
        try aim.halt()
        return .done("both axes were stopped")
    }

    private static func distance(_ p: SkyDirection, _ q: SkyDirection) -> Double {
        max(abs(p.azimuth - q.azimuth), abs(p.elevation - q.elevation))
    }

    // MARK: Words

    private func typed(
        _ words: [String], _ dimension: Dimension, count: Int, _ example: String
    ) throws(AimRefusal) -> [Double] {
        do throws(ParameterFault) {
            return try dimension.values(typed: words, count: count)
        } catch {
            throw AimRefusal(error.problem, allowed: error.allowed, remedy: example)
        }
    }

    /// What is said of an instrument: how it stands, or why that cannot be known, then its keys.
    private func shown(
        _ part: String, _ section: String, inPass: String,
        _ ask: () throws(AimRefusal) -> [String]
    ) -> [String] {
        guard board().pointing != nil else { return [noPointing] }
        if let obstacle = aim.obstacle(part) {
            let words =
                board().isSimulated && !isConnected(section)
                ? "simulated, it moves while a pass runs: \(inPass)" : obstacle.problem
            return [words] + keys(section)
        }
        do throws(AimRefusal) {
            return try ask() + keys(section)
        } catch {
            return error.text.split(separator: "\n").map(String.init) + keys(section)
        }
    }

    private func isConnected(_ section: String) -> Bool {
        Parameter.named(section + ".connection")?.typed(in: board()) != nil
    }

    private func keys(_ section: String) -> [String] {
        let board = board()
        return Parameter.all.filter {
            $0.path.hasPrefix(section + ".") && $0.typed(in: board) != nil
        }.map { "  " + ParameterText.line($0, in: board) }
    }

    private static func pair(_ tilt: MirrorTilt) -> String {
        "\(NumberText.fixed(tilt.a * 1e6, 1)) \(NumberText.fixed(tilt.b * 1e6, 1)) urad"
    }

    private static func degrees(_ angle: Double) -> String {
        NumberText.fixed(angle * 180 / .pi, 2)
    }

    private static func text(_ direction: SkyDirection) -> String {
        "azimuth \(degrees(direction.azimuth)) deg, elevation \(degrees(direction.elevation)) deg"
    }

    private static func range(_ range: ClosedRange<Double>) -> String {
        "\(degrees(range.lowerBound)) to \(degrees(range.upperBound)) deg"
    }
}
