import BoardFile
import PayloadHAL
import PointingInstruments
import Quantities
import Simulator
import Testing
import TimeTags

@testable import Procedures

/// Mirror, camera and detectors of an `OpticsScene` in virtual time: 1,000 frames per second.
private final class SceneRig: @unchecked Sendable {
    static let period: Int64 = 1_000_000_000
    var scene: OpticsScene
    /// The end of the last frame, ps.
    var time: Int64 = 0
    /// What a person does: the light to come with the next frames, after so many of them.
    var hands: [(frames: Int, light: OpticsScene.Light)] = []
    var isMirrorStuck = false
    var isCameraSilent = false

    init(
        seed: UInt64, resonance: Double = 800, damping: Double = 0.5, evenElectrons: Double = 2
    ) {
        var setting = OpticsScene.Setting()
        (setting.resonance, setting.damping) = (resonance, damping)
        setting.evenElectrons = evenElectrons
        scene = OpticsScene(setting, at: 0, seed: seed)
    }

    func work() {
        guard !hands.isEmpty else { return }
        hands[0].frames -= 1
        if hands[0].frames <= 0 { scene.light = hands.removeFirst().light }
    }
}

private final class SceneMirror: MirrorHandle, @unchecked Sendable {
    let rig: SceneRig
    let identity = "scene"
    let stroke = MirrorStroke(first: 1e-3, second: 1e-3)
    private(set) var last = MirrorTilt.centre

    init(_ rig: SceneRig) { self.rig = rig }

    func steer(to tilt: MirrorTilt) throws(InstrumentProblem) {
        last = tilt
        if !rig.isMirrorStuck { rig.scene.steer(to: tilt, at: rig.time) }
    }
    func position() throws(InstrumentProblem) -> MirrorTilt? { last }
    func halt() throws(InstrumentProblem) {}
    func centre() throws(InstrumentProblem) { try steer(to: .centre) }
}

private final class SceneCamera: CameraHandle, @unchecked Sendable {
    let rig: SceneRig
    let identity = "scene"
    var fullScale: UInt16 = 4_095
    var format: FrameFormat { FrameFormat(width: 64, height: 64, fullScale: fullScale) }
    private(set) var exposure = Picoseconds(500_000_000)
    private let memory = UnsafeMutableBufferPointer<UInt16>.allocate(capacity: 4_096)
    private(set) var isStarted = false

    init(_ rig: SceneRig) {
        self.rig = rig
        memory.initialize(repeating: 0)
    }
    deinit { memory.deallocate() }

    var now: Picoseconds { Picoseconds(rig.time) }
    var pixels: UnsafeBufferPointer<UInt16> { UnsafeBufferPointer(memory) }
    func setExposure(_ exposure: Picoseconds) throws(InstrumentProblem) { self.exposure = exposure }
    func start() throws(InstrumentProblem) { isStarted = true }
    func stop() throws(InstrumentProblem) { isStarted = false }
    func picture(within patience: Picoseconds) throws(InstrumentProblem) -> FrameHeader {
        guard !rig.isCameraSilent else {
            throw InstrumentProblem(
                key: "pointing.camera.connection", connection: .aravis(name: "SCENE"),
                fault: .timedOut, problem: "no answer in time")
        }
        rig.work()
        rig.time += SceneRig.period
        rig.scene.draw(
            from: rig.time - exposure.count, to: rig.time, exposure: exposure.count, into: memory)
        return FrameHeader(
            number: rig.time / SceneRig.period,
            exposureMiddle: Picoseconds(rig.time - exposure.count / 2), timeSigma: .zero,
            arrival: Picoseconds(rig.time), lost: 0, corrupt: 0)
    }
}

/// Detectors behind the field stop that count as the scene says, on the camera's time.
private final class SceneDetectors: DetectorBench {
    let rig: SceneRig
    let isSimulated = false
    let summary = "scene"
    let channels = SIMD4<UInt8>(3, 4, 5, 6)
    let syncChannel: UInt8 = 2
    var time: Int64 { rig.time }

    init(_ rig: SceneRig) { self.rig = rig }

    func set(_ setting: BenchSetting, isCancelled: () -> Bool) throws(ProcedureFailure) {}
    func take(
        seconds: Double, _ body: (UnsafeBufferPointer<TimeTag>) -> Bool
    ) throws(ProcedureFailure) {
        let count = Int((rig.scene.clickRate(at: rig.time) * seconds).rounded())
        rig.time += Int64(seconds * 1e12)
        let tags = (0..<count).map { TimeTag(time: rig.time, channel: UInt8(3 + $0 % 4)) }
        _ = tags.withUnsafeBufferPointer { body($0) }
    }
    var marksLightEnd: Bool { false }
    func overExpose(
        detector: Int, cycles: Int, _ body: (UnsafeBufferPointer<TimeTag>) -> Bool
    ) throws(ProcedureFailure) {}
    func temperatures() -> [String: Double] { [:] }
    func makeSafe() {}
}

/// Goal: on instruments that are reached through their drivers the calibrations of aiming find what
/// the bench hides, wait for a person, and leave mirror and camera at rest.
@Suite struct LivePointingTests {
    private func catalogue(
        _ rig: SceneRig, fullScale: UInt16 = 4_095
    ) throws -> (catalogue: CalibrationCatalogue, mirror: SceneMirror, camera: SceneCamera) {
        let board = try Rig.board()
        let (mirror, camera) = (SceneMirror(rig), SceneCamera(rig))
        camera.fullScale = fullScale
        let detectors = SceneDetectors(rig)
        let bench = try LivePointingBench(
            board: board, mirror: mirror, camera: camera, detectors: detectors)
        return (
            CalibrationCatalogue(board: board, bench: detectors, pointing: bench), mirror, camera
        )
    }

    private func check(
        _ outcome: CalibrationOutcome, _ name: String, _ truth: Double, within: Double = 0
    ) throws {
        let found = try #require(outcome.value(name)).estimate
        #expect(
            abs(found.value - truth) <= within + 4.5 * found.sigma,
            "\(name) \(found.value) +- \(found.sigma), hidden \(truth)")
    }

    @Test(arguments: [UInt64(1), 2]) func theMirrorIsFound(seed: UInt64) throws {
        let rig = SceneRig(seed: seed)
        var (catalogue, mirror, camera) = try catalogue(rig)
        let outcome = try catalogue.measure("mirror", arguments: ["rounds=10"])
        let truth = rig.scene.truth
        try check(outcome, "mirror_scale_a", truth.matrix.scaleA)
        try check(outcome, "mirror_scale_b", truth.matrix.scaleB)
        try check(outcome, "mirror_rotation", truth.matrix.rotation * 1e3)
        try check(outcome, "mirror_delay", truth.delay * 1e-6)
        #expect(mirror.last == .centre && !camera.isStarted)
    }

    @Test func aMirrorThatRingsIsHeard() throws {
        let rig = SceneRig(seed: 5, resonance: 180, damping: 0.1)
        var (catalogue, _, _) = try catalogue(rig)
        let outcome = try catalogue.measure("mirror", arguments: ["rounds=4"])
        try check(outcome, "mirror_resonance", 180, within: 3)
    }

    @Test func theCameraIsFoundWhenAPersonHasPutOnTheCapAndThenTheScreen() throws {
        let rig = SceneRig(seed: 3)
        // Late both times, and the cap once more taken for the screen.
        rig.hands = [(400, .dark), (700, .even)]
        var (catalogue, _, camera) = try catalogue(rig)
        var said: [String] = []
        let outcome = try catalogue.measure("camera", progress: { said.append($1) })
        let truth = rig.scene.truth.camera
        try check(outcome, "camera_gain", truth.electronsPerLevel)
        try check(outcome, "camera_read_noise", truth.readNoise, within: 0.02)
        try check(outcome, "camera_offset", truth.offset, within: 0.1)
        #expect(outcome.value("hot_pixels")?.estimate.value == 4)
        #expect(said.contains { $0.hasPrefix("waiting for the cap") })
        #expect(said.contains { $0.hasPrefix("waiting for an even light") })
        #expect(camera.exposure == Picoseconds(500_000_000))
    }

    @Test func aSensorThatIsFullBeforeItsPixelsBitsAreIsNotOverExposed() throws {
        // Twelve bits of light in a format of sixteen, and an even light that fills them in a frame.
        let rig = SceneRig(seed: 3, evenElectrons: 8)
        rig.scene.light = .dark
        rig.hands = [(200, .even)]
        var (catalogue, _, _) = try catalogue(rig, fullScale: 65_535)
        let outcome = try catalogue.measure("camera")
        try check(outcome, "camera_gain", rig.scene.truth.camera.electronsPerLevel)
    }

    @Test func theBoresightIsFoundWithTheDetectorsBehindTheStop() throws {
        let rig = SceneRig(seed: 4)
        var (catalogue, _, _) = try catalogue(rig)
        let outcome = try catalogue.measure("boresight")
        let truth = rig.scene.truth.boresight
        try check(outcome, "boresight_x", truth.x * 1e6)
        try check(outcome, "boresight_y", truth.y * 1e6)
    }

    @Test func aMirrorThatStandsStillIsNamed() throws {
        let rig = SceneRig(seed: 6)
        rig.isMirrorStuck = true
        var (catalogue, _, _) = try catalogue(rig)
        let failure = #expect(throws: ProcedureFailure.self) {
            _ = try catalogue.measure("mirror", arguments: ["rounds=4"])
        }
        #expect(failure?.description.contains("mirror") == true)
    }

    @Test func aSilentCameraIsNamedByItsKey() throws {
        let rig = SceneRig(seed: 6)
        var (catalogue, _, _) = try catalogue(rig)
        rig.isCameraSilent = true
        let failure = #expect(throws: ProcedureFailure.self) {
            _ = try catalogue.measure("camera")
        }
        #expect(failure?.description.contains("pointing.camera.connection") == true)
    }

    @Test func aStopWhileNobodyComesIsHeard() throws {
        let rig = SceneRig(seed: 6)
        var (catalogue, _, camera) = try catalogue(rig)
        var asked = 0
        let failure = #expect(throws: ProcedureFailure.self) {
            _ = try catalogue.measure(
                "camera",
                isCancelled: {
                    asked += 1
                    return asked > 3
                })
        }
        #expect(failure == .cancelled)
        #expect(!camera.isStarted)
    }
}
