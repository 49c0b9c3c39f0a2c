public import Quantities

/// The host's clock as an affine function of a camera's, learnt from when frames arrive.
///
/// A frame never arrives early: its delay is a constant plus something positive that the network
/// and the scheduler add. Of every 32 frames only the least delayed counts, and a straight line by
/// least squares goes through the last 16 of those, as clock filters of NTP do (RFC 5905, 10). The
/// constant part of the delay cannot be seen this way and has to be given.
/// A value without clock or memory of its own.
public struct CameraClock: Equatable, Sendable {
    /// Frames of which the least delayed is kept.
    public static let framesPerWindow = 32
    /// Kept frames: at 100 frames a second a line over 5 s, which 50 parts in 10^6 bend by less
    /// than 1 us.
    public static let windows = 16

    /// Smallest time from the camera's time stamp to the arrival of the frame.
    public let latency: Picoseconds
    /// How often the camera's time was found to have jumped, and learning began anew.
    public private(set) var restarts: Int64 = 0

    /// A frame's camera time and what the host's clock is ahead of it, s after the first.
    private struct Point: Equatable {
        var time = 0.0
        var offset = 0.0
    }

    private var origin: (camera: Int64, host: Int64)?
    private var points = InlineArray<16, Point>(repeating: Point())
    private var kept = 0
    private var best: Point?
    private var framesInWindow = 0
    /// The line, offset = level + slope x time, and how far the points lie from it, s.
    private var level = 0.0, slope = 0.0
    private var spread = 1e-3
    private var lastTime = 0.0

    /// A clock that has seen no frame.
    ///
    /// - Parameter latency: From the instant that the camera stamps to the last byte at the host,
    ///   when nothing is in the way: exposure (if it stamps its start), readout and transfer.
    public init(latency: Picoseconds) { self.latency = latency }

    /// Equal in what is known, not in where it began.
    public static func == (a: CameraClock, b: CameraClock) -> Bool {
        a.latency == b.latency && a.level == b.level && a.slope == b.slope && a.kept == b.kept
            && a.origin?.camera == b.origin?.camera && a.origin?.host == b.origin?.host
    }

    /// Learns from one frame.
    ///
    /// - Parameters:
    ///   - camera: The frame's time stamp on the camera's clock.
    ///   - arrival: When it had arrived, on the host's clock.
    public mutating func learn(camera: Picoseconds, arrival: Picoseconds) {
        guard let origin else { return restart(camera: camera, arrival: arrival) }
        let (elapsed, overflow) = camera.count.subtractingReportingOverflow(origin.camera)
        let (waited, overflowed) = arrival.count.subtractingReportingOverflow(origin.host)
        guard !overflow, !overflowed else { return restart(camera: camera, arrival: arrival) }
        let time = Double(elapsed) * 1e-12
        let point = Point(time: time, offset: Double(waited) * 1e-12 - time)
        // A second is far beyond any delay or drift between two frames.
        guard time >= lastTime, abs(point.offset - offset(at: time)) < 1 else {
            restarts &+= 1
            return restart(camera: camera, arrival: arrival)
        }
        lastTime = time
        take(point)
    }

    /// The instant of a camera's time stamp on the host's clock, and its standard deviation;
    /// `nil` before the first frame.
    public func host(atCamera camera: Picoseconds) -> (time: Picoseconds, sigma: Picoseconds)? {
        guard let origin else { return nil }
        let (elapsed, overflow) = camera.count.subtractingReportingOverflow(origin.camera)
        guard !overflow else { return nil }
        let ahead = offset(at: Double(elapsed) * 1e-12)
        guard abs(ahead) < 1e6 else { return nil }
        let time = origin.host &+ elapsed &+ Int64((ahead * 1e12).rounded()) &- latency.count
        return (Picoseconds(time), Picoseconds(Int64((spread * 1e12).rounded())))
    }

    /// How much faster the host's clock runs than the camera's: 10^-6 is 1 us in a second.
    public var rateDifference: Double { slope }
}

extension CameraClock {
    private func offset(at time: Double) -> Double { level + slope * time }

    private mutating func restart(camera: Picoseconds, arrival: Picoseconds) {
        let restarts = restarts
        self = CameraClock(latency: latency)
        self.restarts = restarts
        origin = (camera.count, arrival.count)
        best = Point()
        framesInWindow = 1
    }

    private mutating func take(_ point: Point) {
        framesInWindow += 1
        let isBetter =
            if let best { point.offset - slope * point.time < best.offset - slope * best.time } else
            {
                true
            }
        if isBetter {
            best = point
            // Until there is a line, the least delay so far is the best there is.
            if kept < 2 { level = min(level, point.offset) }
        }
        guard framesInWindow >= Self.framesPerWindow, let kept = best else { return }
        keep(kept)
        best = nil
        framesInWindow = 0
    }

    private mutating func keep(_ point: Point) {
        if kept == Self.windows {
            for index in 1..<Self.windows { points[index - 1] = points[index] }
            kept -= 1
        }
        points[kept] = point
        kept += 1
        if kept >= 2 { fit() }
    }

    private mutating func fit() {
        var (time, offset) = (0.0, 0.0)
        for index in 0..<kept {
            time += points[index].time / Double(kept)
            offset += points[index].offset / Double(kept)
        }
        var (spreadOfTime, together) = (0.0, 0.0)
        for index in 0..<kept {
            let away = points[index].time - time
            spreadOfTime += away * away
            together += away * (points[index].offset - offset)
        }
        guard spreadOfTime > 0 else { return }
        // Quartz differs by less than 500 parts in 10^6; beyond it the delays are what was fitted.
        slope = min(max(together / spreadOfTime, -5e-4), 5e-4)
        level = offset - slope * time
        var squares = 0.0
        for index in 0..<kept {
            let away = points[index].offset - self.offset(at: points[index].time)
            squares += away * away
        }
        // Two points lie on any line.
        spread = kept > 2 ? (squares / Double(kept - 2)).squareRoot() : 1e-3
    }
}
