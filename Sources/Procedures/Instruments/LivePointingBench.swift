public import BoardFile
import PayloadHAL
public import PointingInstruments
public import Quantities
import Tracking

/// A real mirror and the real camera behind it; a person sees to star, screen and cap, and the
/// bench watches the pictures until they are there.
///
/// Dark and light are told apart by exposure: what does not grow with it is no light.
public final class LivePointingBench: PointingBench {
    /// How long a person may take, s.
    private static let waiting = 300.0
    /// Pictures that may be older than an order: the camera's ring, and some under way.
    private static let stale = 12
    /// The shortest exposure that is used.
    private static let shortest = Picoseconds(20_000_000)

    /// Whether the board says that its instruments stand for a simulation.
    public let isSimulated: Bool
    /// Time between two frames as measured, ps.
    public private(set) var framePeriod: Int64 = 1_000_000_000
    /// Exposure of the board, ps.
    public let exposure: Int64
    /// Pixels across a picture.
    public let pixels: Int
    /// The camera's full scale.
    public let saturation: Int32
    /// Time of the last frame's middle on the host's clock, ps.
    public private(set) var time: Int64 = 0
    /// Frames that were lost before the last one.
    public private(set) var missed = 0

    private let mirror: any MirrorHandle
    private let camera: any CameraHandle
    private let counter: DetectorCounter?
    private var eye: CameraEye
    /// The exposure that takes an even light to half of full scale.
    private var brightest = Picoseconds.zero
    private var isWarm = false

    /// A bench of open instruments.
    ///
    /// - Parameter detectors: Count for the boresight; the others need none.
    public init(
        board: Board, mirror: any MirrorHandle, camera: any CameraHandle,
        detectors: (any DetectorBench)?
    ) throws(ProcedureFailure) {
        guard let pointing = board.pointing else {
            throw .board("board \(board.name) has no [pointing]: nobody aims here")
        }
        isSimulated = board.isSimulated
        self.mirror = mirror
        self.camera = camera
        counter = detectors.map { DetectorCounter($0, now: { camera.now }) }
        eye = CameraEye(pointing.camera, behind: camera)
        exposure = camera.exposure.count
        pixels = camera.format.width
        saturation = Int32(camera.format.fullScale)
    }

    // MARK: Light

    /// Waits until the pictures show `light`.
    public func await(
        _ light: PointingLight, isCancelled: () -> Bool, tell: (String) -> Void
    ) throws(ProcedureFailure) {
        if case .countedStar = light { try counted().open(isCancelled: isCancelled) }
        try warmUp()
        let end = camera.now.later(by: Picoseconds(Int64(Self.waiting * 1e12)))
        // Ends with the light, with a stop, or when nobody comes.
        while let missing = try missing(light) {
            guard !isCancelled() else { throw .cancelled }
            guard camera.now < end else { throw .instrument("nobody came: \(missing)") }
            tell(missing)
            for _ in 0..<20 where !isCancelled() { try skip(5) }
        }
        try expose(Picoseconds(exposure))
    }

    /// What is missing for `light`; `nil` if it is there.
    private func missing(_ light: PointingLight) throws(ProcedureFailure) -> String? {
        switch light {
        case .star, .countedStar:
            try expose(Picoseconds(exposure))
            var seen = 0
            for _ in 0..<5 {
                try look()
                if eye.spot(of: camera) != nil { seen += 1 }
            }
            return seen == 5
                ? nil : "waiting for a star on the camera behind the mirror: none is seen"
        case .dark:
            let (low, high) = (try view(Self.shortest), try view(Picoseconds(exposure)))
            let grown = high.mean - low.mean
            guard grown.magnitude > 1 || high.spot != nil else { return nil }
            return "waiting for the cap: \(Text.number(grown, 3)) levels of light are left"
        case .even: return try missingEvenLight()
        }
    }

    private func missingEvenLight() throws(ProcedureFailure) -> String? {
        let (low, high) = (try view(Self.shortest), try view(Picoseconds(exposure)))
        let grown = high.mean - low.mean
        guard grown > 20, high.saturated == 0 else {
            return "waiting for an even light: it gives \(Text.number(grown, 3)) levels, "
                + "\(high.saturated) pixels are saturated"
        }
        guard high.deviation < 0.3 * grown else {
            return "waiting for an even light: it varies by \(Text.number(high.deviation, 3)) "
                + "levels in \(Text.number(grown, 3)); a white screen is even"
        }
        let perPicosecond = grown / Double(exposure - Self.shortest.count)
        let longest = Double(framePeriod) * 0.9
        brightest = Picoseconds(Int64(min(0.5 * Double(saturation) / perPicosecond, longest)))
        try shorten(from: low.mean)
        return nil
    }

    /// Shortens the brightest exposure until half of it gives half of its light: a sensor may be
    /// full long before its pixels' bits are. Then seven tenths, as EMVA 1288 asks for.
    private func shorten(from dark: Double) throws(ProcedureFailure) {
        for _ in 0..<12 {
            let half = try view(Picoseconds(brightest.count / 2)).mean - dark
            if try view(brightest).mean - dark > 1.97 * half { break }
            brightest = Picoseconds(max(brightest.count * 2 / 3, 2 * Self.shortest.count))
        }
        brightest = Picoseconds(brightest.count * 7 / 10)
    }

    private func view(_ exposure: Picoseconds) throws(ProcedureFailure) -> CameraEye.View {
        try expose(exposure)
        try look()
        return eye.look(at: camera)
    }

    private func expose(_ exposure: Picoseconds) throws(ProcedureFailure) {
        guard exposure != camera.exposure else { return }
        try obeyed { () throws(InstrumentProblem) in try camera.setExposure(exposure) }
        try skip(Self.stale)
    }

    // MARK: Frames

    /// Starts the camera and measures the time between its frames.
    private func warmUp() throws(ProcedureFailure) {
        guard !isWarm else { return }
        try obeyed { () throws(InstrumentProblem) in
            try camera.start()
            try mirror.centre()
        }
        isWarm = true
        try skip(Self.stale)
        var periods: [Int64] = []
        var last = time
        for _ in 0..<100 {
            try look()
            if missed == 0 { periods.append(time - last) }
            last = time
        }
        guard periods.count >= 20 else {
            throw .instrument("the camera loses most of its frames: look at its connection")
        }
        framePeriod = max(periods.reduce(0, +) / Int64(periods.count), 100_000_000)
    }

    private func look() throws(ProcedureFailure) {
        try obeyed { () throws(InstrumentProblem) in
            let header = try camera.picture(within: .milliseconds(1_000))
            time = header.exposureMiddle.count
            missed = Int(clamping: header.lost + header.corrupt)
        }
    }

    private func skip(_ count: Int) throws(ProcedureFailure) {
        for _ in 0..<count { try look() }
    }

    /// Waits for the next frame, and steers once its spot is found.
    public func step(
        _ command: (Int64) -> MirrorTilt
    ) throws(ProcedureFailure) -> FieldAngle? {
        try look()
        let seen = eye.spot(of: camera)
        let tilt = command(camera.now.count)
        try obeyed { () throws(InstrumentProblem) in try mirror.steer(to: tilt) }
        return seen
    }

    private func counted() throws(ProcedureFailure) -> DetectorCounter {
        guard let counter else {
            throw .board("the boresight needs detectors: this board names no tagger.connection")
        }
        return counter
    }

    /// Counts, then looks where the star stood.
    public func dwell(
        at tilt: MirrorTilt, frames: Int
    ) throws(ProcedureFailure) -> (angle: FieldAngle, counts: Double)? {
        let counts = try counted().count(seconds: Double(frames) * Double(framePeriod) * 1e-12)
        var (angle, seen) = (FieldAngle.zero, 0.0)
        for _ in 0..<frames {
            guard let spot = try step({ _ in tilt }) else { continue }
            angle = angle + spot
            seen += 1
        }
        return seen > 0 ? ((1 / seen) * angle, counts) : nil
    }

    /// A picture exposed in proportion to `electrons`; of none, as long as the board says.
    public func picture(electrons: Double) throws(ProcedureFailure) -> [UInt16] {
        let share = Double(brightest.count) * electrons / 2_000
        try expose(
            electrons == 0
                ? Picoseconds(exposure) : max(Picoseconds(Int64(share)), Self.shortest))
        try look()
        return Array(camera.pixels)
    }

    /// Centres the mirror, stops the camera, and gives it its exposure back.
    public func makeSafe() {
        // What cannot be reached any more cannot be told either.
        try? mirror.centre()
        if isWarm { try? camera.setExposure(Picoseconds(exposure)) }
        try? camera.stop()
        isWarm = false
    }

    private func obeyed(
        _ body: () throws(InstrumentProblem) -> Void
    ) throws(ProcedureFailure) {
        do throws(InstrumentProblem) {
            try body()
        } catch {
            throw .instrument(error.description)
        }
    }
}
