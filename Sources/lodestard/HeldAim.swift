import BoardFile
import Daemon
import Foundation
import LinuxIO
import PayloadHAL
import PointingInstruments
import Procedures
import Quantities
import Shell
import Synchronization

/// Mirror, camera and mount of the board between passes: each opened when somebody first asks for
/// it, moved by hand at an armed shell or lent to a calibration, and let go when a pass begins.
final class HeldAim: Instrument, AimBench {
    let name = "aim"
    let board: @Sendable () -> Board
    let pictures: String
    private let mirrors = HeldInstrument<any MirrorHandle>()
    private let cameras = HeldInstrument<any CameraHandle>()
    private let mounts = HeldInstrument<any MountHandle>()
    private let use = Mutex<InstrumentUser?>(nil)
    private let hasMovedMirror = Atomic<Bool>(false)
    let hasMovedMount = Atomic<Bool>(false)

    /// The instruments of the board in use; pictures are kept in the folder `pictures`.
    init(_ board: @escaping @Sendable () -> Board, pictures: String) {
        self.board = board
        self.pictures = pictures
    }

    /// Whether the board names an instrument at all.
    var isConnected: Bool {
        ["mirror", "camera", "mount"].contains { connection($0) != nil }
    }

    private func connection(_ part: String) -> Connection? {
        guard let pointing = board().pointing else { return nil }
        return switch part {
        case "mirror": pointing.mirror.connection
        case "camera": pointing.camera.connection
        default: pointing.mount.connection
        }
    }

    // MARK: As the daemon knows it

    var status: String {
        if let user { return "given to \(user)" }
        let open = [
            mirrors.isOpen ? "mirror" : nil, cameras.isOpen ? "camera" : nil,
            mounts.isOpen ? "mount" : nil,
        ].compactMap { $0 }
        return open.isEmpty ? "nothing open" : "open: " + open.joined(separator: ", ")
    }

    /// Each is opened when somebody first asks for it.
    func open() {}

    /// One that was let go after a fault is opened again for it: what moves must stand, whoever
    /// pressed Ctrl-C.
    func makeSafe() -> [SafeStateFault] { DeviceWait.whole { stopAndCentre() } }

    private func stopAndCentre() -> [SafeStateFault] {
        let instruments = PointingInstruments(board())
        var faults: [SafeStateFault] = []
        if hasMovedMount.exchange(false, ordering: .acquiringAndReleasing) {
            do throws(InstrumentProblem) {
                _ = try mounts.use(
                    open: { () throws(InstrumentProblem) in try instruments.mount() }
                ) { (mount) throws(InstrumentProblem) in try mount.halt() }
            } catch {
                hasMovedMount.store(true, ordering: .releasing)
                faults.append(SafeStateFault(name: "mount", problem: error.line))
            }
        }
        if hasMovedMirror.exchange(false, ordering: .acquiringAndReleasing) {
            do throws(InstrumentProblem) {
                _ = try mirrors.use(
                    open: { () throws(InstrumentProblem) in try instruments.mirror() }
                ) { (mirror) throws(InstrumentProblem) in try mirror.centre() }
            } catch {
                hasMovedMirror.store(true, ordering: .releasing)
                faults.append(SafeStateFault(name: "mirror", problem: error.line))
            }
        }
        return faults
    }

    func makeSafe() -> [String] {
        let moved = [
            hasMovedMount.load(ordering: .acquiring) ? "mount stopped" : nil,
            hasMovedMirror.load(ordering: .acquiring) ? "mirror centred" : nil,
        ].compactMap { $0 }
        let faults: [SafeStateFault] = makeSafe()
        return faults.map { "NOT SAFE: \($0)" }
            + moved.filter { line in !faults.contains { line.hasPrefix($0.name) } }
    }

    /// Lets all of them go: a mount stops, a mirror goes to its centre.
    func close() {
        let _: [SafeStateFault] = makeSafe()
        mirrors.letGo()
        cameras.letGo()
        mounts.letGo()
    }

    /// Who has them: a pass or a calibration; `nil` if they may be moved by hand.
    var user: InstrumentUser? { use.withLock { $0 } }

    /// Nobody else moves anything until ``giveBack()``.
    ///
    /// - Returns: who has them already; `nil` if they were given.
    func give(to user: InstrumentUser) -> InstrumentUser? {
        let taken = use.withLock { holder -> InstrumentUser? in
            defer { holder = holder ?? user }
            return holder
        }
        if taken == nil { close() }
        return taken
    }

    /// They may be moved by hand again.
    func giveBack() { use.withLock { $0 = nil } }

    // MARK: By hand

    func obstacle(_ part: String) -> AimRefusal? {
        guard let connection = connection(part) else {
            let board = board()
            return board.isSimulated
                ? AimRefusal(
                    "board \(board.name) has no \(part) to move by hand: it is simulated, and moves "
                        + "while a pass runs", remedy: "pass start, then \(part)")
                : AimRefusal(
                    "board \(board.name) names no pointing.\(part).connection",
                    remedy: "set pointing.\(part).connection, then save, and start the daemon again"
                )
        }
        guard let user else { return nil }
        return AimRefusal(
            "\(user) has the \(part) at \(connection)",
            remedy: user.remedy)
    }

    /// Opens what is asked for, and turns its problems into refusals.
    private func using<Handle, Result>(
        _ held: HeldInstrument<Handle>, _ part: String,
        open: (PointingInstruments) throws(InstrumentProblem) -> Handle?,
        _ body: (Handle) throws(InstrumentProblem) -> Result
    ) throws(AimRefusal) -> Result {
        if let obstacle = obstacle(part) { throw obstacle }
        let instruments = PointingInstruments(board())
        let result: Result?
        do throws(InstrumentProblem) {
            result = try held.use(
                open: { () throws(InstrumentProblem) in try open(instruments) }, body)
        } catch {
            throw AimRefusal(error.line, remedy: error.remedy)
        }
        guard let result else { throw AimRefusal("there is no \(part)") }
        return result
    }

    private func usingMirror<Result>(
        _ body: (any MirrorHandle) throws(InstrumentProblem) -> Result
    ) throws(AimRefusal) -> Result {
        try using(
            mirrors, "mirror",
            open: { (all) throws(InstrumentProblem) in try all.mirror() }, body)
    }

    func usingCamera<Result>(
        _ body: (any CameraHandle) throws(InstrumentProblem) -> Result
    ) throws(AimRefusal) -> Result {
        try using(
            cameras, "camera",
            open: { (all) throws(InstrumentProblem) in try all.camera() }, body)
    }

    func usingMount<Result>(
        _ body: (any MountHandle) throws(InstrumentProblem) -> Result
    ) throws(AimRefusal) -> Result {
        try using(
            mounts, "mount", open: { (all) throws(InstrumentProblem) in try all.mount() }, body)
    }
}

// MARK: Mirror

extension HeldAim {
    func mirror() throws(AimRefusal) -> MirrorState {
        let stroke = (board().pointing?.mirror.stroke ?? 0) * 1e-6
        return try usingMirror { (mirror) throws(InstrumentProblem) in
            MirrorState(
                identity: mirror.identity, tilt: try mirror.position(),
                reach: MirrorTilt(
                    a: min(stroke, mirror.stroke.first), b: min(stroke, mirror.stroke.second)))
        }
    }

    func steer(to tilt: MirrorTilt) throws(AimRefusal) -> MirrorState {
        let reach = try mirror().reach
        guard abs(tilt.a) <= reach.a, abs(tilt.b) <= reach.b else {
            func text(_ value: Double) -> String { "\((value * 1e6).rounded())" }
            throw AimRefusal(
                "\(text(tilt.a)) \(text(tilt.b)) urad is beyond the mirror's reach",
                allowed: "\(text(reach.a)) urad and \(text(reach.b)) urad to either side "
                    + "(pointing.mirror.stroke, and the mirror's own travel)",
                remedy: "mirror move \(text(reach.a / 2)) urad 0 urad")
        }
        hasMovedMirror.store(true, ordering: .releasing)
        try usingMirror { (mirror) throws(InstrumentProblem) in try mirror.steer(to: tilt) }
        // A mirror settles within some milliseconds.
        HostClock.sleep(until: HostClock.now.later(by: .milliseconds(30)))
        return try mirror()
    }
}

// MARK: Lending

extension HeldAim: OpticsLender {
    func lend(
        _ body: (any MirrorHandle, any CameraHandle) throws -> [String]
    ) throws -> [String] {
        if let taken = give(to: .calibration) {
            throw LendingRefusal(description: "\(taken) has the instruments")
        }
        defer { giveBack() }
        let instruments = PointingInstruments(board())
        guard let mirror = try instruments.mirror(), let camera = try instruments.camera() else {
            throw LendingRefusal(
                description: "board \(board().name) names no mirror or no camera: "
                    + "pointing.mirror.connection, pointing.camera.connection")
        }
        return try body(mirror, camera)
    }

    /// Why they cannot be had.
    private struct LendingRefusal: Error, CustomStringConvertible {
        let description: String
    }
}
