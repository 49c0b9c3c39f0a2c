public import PayloadHAL
public import Quantities

/// What a mirror's driver does against its protocol; empty if nothing.
///
/// The mirror moves, to a tenth of its stroke. Real mirrors, simulated ones and doubles pass alike.
///
/// - Parameters:
///   - settling: Waits until the mirror stands.
///   - tolerance: How well it reaches a tilt, rad; not looked at if it has no sensor.
public func mirrorFaults<Mirror: SteeringMirror & ~Copyable>(
    of mirror: inout Mirror, tolerance: Double, settling: () -> Void
) -> [String] {
    var faults: [String] = []
    func check(_ holds: Bool, _ what: String) { if !holds { faults.append(what) } }
    let stroke = mirror.stroke
    check(stroke.first > 0 && stroke.second > 0, "the stroke is not more than 0")
    let tilts = [
        MirrorTilt(a: stroke.first / 10, b: -stroke.second / 10),
        MirrorTilt(a: -stroke.first / 10, b: stroke.second / 10), .centre,
    ]
    do throws(Mirror.Failure) {
        for tilt in tilts {
            try mirror.steer(to: tilt)
            settling()
            guard let reached = try mirror.position() else { continue }
            check(
                abs(reached.a - tilt.a) <= tolerance
                    && abs(reached.b - tilt.b) <= tolerance,
                "ordered \(tilt), reached \(reached)")
        }
        for _ in 0..<2 { try mirror.halt() }
        for _ in 0..<2 { try mirror.centre() }
        settling()
        if let reached = try mirror.position() {
            check(
                abs(reached.a) <= tolerance && abs(reached.b) <= tolerance,
                "the centre is \(reached)")
        }
    } catch { faults.append("a rightful order failed: \(error)") }

    let outside = [
        MirrorTilt(a: stroke.first * 1.01, b: 0),
        MirrorTilt(a: 0, b: -stroke.second * 1.01),
        MirrorTilt(a: .nan, b: 0), MirrorTilt(a: 0, b: .infinity),
    ]
    for tilt in outside {
        do throws(Mirror.Failure) {
            try mirror.steer(to: tilt)
            faults.append("took \(tilt), outside of \(stroke)")
        } catch {
            check(error.fault == .outOfRange, "\(tilt): \(error) is no fault of range")
        }
    }
    return faults
}

/// What a mount's driver does against its protocol; empty if nothing.
///
/// The mount slews, follows for a moment and stops. Call it where it may move freely.
///
/// - Parameters:
///   - target: Somewhere within its limits.
///   - tolerance: How well it reaches a direction, rad.
///   - settling: Waits until the mount stands at the target.
public func mountFaults<Device: Mount & ~Copyable>(
    of mount: inout Device, target: SkyDirection, tolerance: Double, settling: () -> Void
) -> [String] {
    var faults: [String] = []
    func check(_ holds: Bool, _ what: String) { if !holds { faults.append(what) } }
    do throws(Device.Failure) {
        try mount.slew(to: target)
        settling()
        let reached = try mount.direction()
        check(
            abs(reached.azimuth - target.azimuth) <= tolerance
                && abs(reached.elevation - target.elevation) <= tolerance,
            "slewed to \(target), reached \(reached)")
        try mount.follow(target, azimuthRate: 1e-3, elevationRate: 1e-3)
        for _ in 0..<2 { try mount.halt() }
    } catch { faults.append("a rightful order failed: \(error)") }

    let limits = mount.limits
    let outside = [
        SkyDirection(azimuth: limits.azimuth.upperBound + 0.1, elevation: target.elevation),
        SkyDirection(azimuth: target.azimuth, elevation: limits.elevation.lowerBound - 0.1),
        SkyDirection(azimuth: .nan, elevation: target.elevation),
        SkyDirection(azimuth: target.azimuth, elevation: .infinity),
    ]
    for direction in outside {
        do throws(Device.Failure) {
            try mount.slew(to: direction)
            faults.append("took \(direction), outside of \(limits)")
        } catch { check(error.fault == .outOfRange, "\(direction): \(error) is no fault of range") }
        do throws(Device.Failure) {
            try mount.follow(direction, azimuthRate: 0, elevationRate: 0)
            faults.append("followed \(direction), outside of \(limits)")
        } catch { check(error.fault == .outOfRange, "\(direction): \(error) is no fault of range") }
    }
    return faults
}

/// What a camera's driver does against its protocol; empty if nothing.
///
/// - Parameters:
///   - frames: How many frames to take, 2 or more.
///   - patience: How long each may take.
public func cameraFaults<Camera: BeaconCamera & ~Copyable>(
    of camera: inout Camera, frames: Int, patience: Picoseconds
) -> [String] {
    var faults: [String] = []
    func check(_ holds: Bool, _ what: String) { if !holds { faults.append(what) } }
    let format = camera.format
    check(format.width > 0 && format.height > 0, "the format is \(format)")
    let pixels = UnsafeMutableBufferPointer<UInt16>.allocate(capacity: format.pixelCount)
    defer { pixels.deallocate() }
    var last: FrameHeader?
    do throws(Camera.Failure) {
        for _ in 0..<2 { try camera.start() }
        for _ in 0..<frames {
            let frame = try camera.frame(into: pixels, by: camera.now.later(by: patience))
            check(pixels.allSatisfy { $0 <= format.fullScale }, "a pixel is over full scale")
            check(
                frame.exposureMiddle <= frame.arrival, "frame \(frame.number) came before its time")
            if let last {
                check(
                    frame.number == last.number + 1 + frame.lost + frame.corrupt,
                    "frame \(frame.number) follows \(last.number) with \(frame.lost) lost")
                check(frame.exposureMiddle > last.exposureMiddle, "the frames' time steps back")
            }
            last = frame
        }
        for _ in 0..<2 { try camera.stop() }
    } catch { faults.append("a rightful order failed: \(error)") }
    do throws(Camera.Failure) {
        _ = try camera.frame(into: pixels, by: camera.now.later(by: .milliseconds(20)))
        faults.append("a stopped camera gave a frame")
    } catch { check(error.fault == .timedOut, "a stopped camera: \(error) is no time-out") }
    return faults
}

/// What a connection to something that echoes does against its protocol; empty if nothing.
public func connectionFaults<Connection: ByteConnection & ~Copyable>(
    of connection: inout Connection, patience: Picoseconds
) -> [String] {
    var faults: [String] = []
    func check(_ holds: Bool, _ what: String) { if !holds { faults.append(what) } }
    var memory = InlineArray<64, UInt8>(repeating: 0)
    do throws(Connection.Failure) {
        for round in 1...3 {
            let sent: [UInt8] = [0, 0x0A, 0x0D, 0x11, 0x13, 0xFF, UInt8(round)]
            try connection.send(sent.span.bytes, by: connection.now.later(by: patience))
            var came: [UInt8] = []
            let deadline = connection.now.later(by: patience)
            while came.count < sent.count {
                var span = memory.mutableSpan
                var bytes = span.mutableBytes
                let count = try connection.receive(into: &bytes, by: deadline)
                guard count > 0 else { break }
                for index in 0..<count { came.append(memory[index]) }
            }
            check(came == sent, "sent \(sent), \(came) came back")
        }
        let before = connection.now
        var span = memory.mutableSpan
        var bytes = span.mutableBytes
        let count = try connection.receive(
            into: &bytes, by: before.later(by: .milliseconds(20)))
        check(count == 0, "\(count) bytes came unasked")
        check(connection.now >= before.later(by: .milliseconds(20)), "it did not wait")
        try connection.reopen(by: connection.now.later(by: patience))
    } catch { faults.append("a rightful call failed: \(error)") }
    return faults
}
