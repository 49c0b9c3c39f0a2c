import Foundation
import LinuxIO
import PayloadHAL
import Quantities

/// Drives `mount` along a whole pass, `speed` times as fast as life, and says how well it went.
func drive<Device: Mount & ~Copyable>(
    _ mount: inout Device, along track: Track, speed: Double, hertz: Double
) throws -> [String: Double] {
    let start = track.aim(at: 0)
    try mount.slew(to: start.direction)
    let patience = HostClock.now.later(by: .seconds(90))
    while try distance(mount.direction(), start.direction) > 1e-3, HostClock.now < patience {
        HostClock.sleep(until: HostClock.now.later(by: .milliseconds(200)))
    }
    var (squares, worst, count) = (0.0, 0.0, 0)
    let origin = HostClock.now
    let period = Int64(1e12 / hertz)
    var round: Int64 = 0
    var orders = 0.0
    while true {
        let time = Double(HostClock.now.count - origin.count) * 1e-12 * speed
        guard time < track.seconds else { break }
        let target = track.aim(at: time)
        // Hamlib's dummy only moves when it is asked where it is, from the order before.
        let before = HostClock.now
        let direction = try mount.direction()
        let middle = (before.count + HostClock.now.count) / 2 - origin.count
        let wanted = track.aim(at: Double(middle) * 1e-12 * speed).direction
        orders += Double(HostClock.now.count - before.count) * 1e-12
        // The first seconds take up the rates.
        if time > 3 * speed {
            let error = distance(direction, wanted)
            squares += error * error
            worst = max(worst, error)
            count += 1
        }
        try mount.follow(
            target.direction, azimuthRate: target.azimuthRate * speed,
            elevationRate: target.elevationRate * speed)
        round += 1
        HostClock.sleep(until: Picoseconds(origin.count + round * period))
    }
    try mount.halt()
    return [
        "pass_s": track.seconds, "speed": speed, "samples": Double(count),
        "error_rms_mrad": (squares / Double(max(count, 1))).squareRoot() * 1e3,
        "error_max_mrad": worst * 1e3, "read_ms_mean": orders / Double(max(round, 1)) * 1e3,
    ]
}

/// Angle on the sky between two directions, rad.
func distance(_ a: SkyDirection, _ b: SkyDirection) -> Double {
    let (ea, eb) = (a.elevation, b.elevation)
    let half =
        sin((ea - eb) / 2) * sin((ea - eb) / 2)
        + cos(ea) * cos(eb) * sin((a.azimuth - b.azimuth) / 2) * sin((a.azimuth - b.azimuth) / 2)
    return 2 * asin(min(1, half.squareRoot()))
}
