import AravisCamera
import CAllocationCounter
import Foundation
import LinuxIO
import MirrorDrivers
import MountDrivers
import PayloadDoubles
import PayloadHAL
import Quantities

/// Drives real peers with our drivers, for `scripts/test drivers`; prints one object of JSON.
///
/// `driver-rig rotctld|alpaca HOST:PORT [speed S] [track FILE] [reversed]`,
/// `driver-rig fault rotctld|alpaca|gcs HOST:PORT`, `driver-rig mirror HOST:PORT`,
/// `driver-rig discover HOST:PORT`, `driver-rig gpio list|OUTPUT INPUT FOLDER`,
/// `driver-rig link talk|echo ADDRESS`, `driver-rig camera NAME [size N] [rate F] [frames N]`,
/// `driver-rig loop NAME HOST:PORT [rate F] [seconds S]`.
@main struct DriverRig {
    static func main() {
        var words = Array(CommandLine.arguments.dropFirst())
        guard words.count >= 2 else {
            fail("usage: driver-rig rotctld|alpaca|mirror|fault ... HOST:PORT")
        }
        do {
            let verb = words.removeFirst()
            let results = try run(verb, words)
            let data = try JSONSerialization.data(withJSONObject: results, options: .sortedKeys)
            print(String(decoding: data, as: UTF8.self))
        } catch let error as any InstrumentError {
            fail("\(error.fault): \(error)")
        } catch {
            fail("\(error)")
        }
    }

    static func fail(_ text: String) -> Never {
        FileHandle.standardError.write(Data((text + "\n").utf8))
        exit(1)
    }

    static func run(_ verb: String, _ words: [String]) throws -> [String: Any] {
        switch verb {
        case "rotctld":
            var mount = try RotctldMount(connect(words[0]))
            return try drive(
                &mount, along: track(words), speed: number("speed", words) ?? 1, hertz: 10)
        case "alpaca":
            var settings = AlpacaMount<TCPConnection>.Settings()
            settings.isAzimuthReversed = words.contains("reversed")
            settings.patience = .seconds(3)
            var mount = try AlpacaMount(connect(words[0]), settings: settings)
            return try drive(
                &mount, along: track(words), speed: number("speed", words) ?? 1, hertz: 10)
        case "mirror":
            var mirror = try GCSMirror(connect(words[0]))
            let faults = mirrorFaults(of: &mirror, tolerance: 1e-6) { usleep(50_000) }
            return [
                "identity": mirror.identity, "faults": faults,
                "allocations": try allocations(of: &mirror, steers: 2_000),
            ]
        case "camera": return try watch(words)
        case "loop": return try loop(words)
        case "gpio": return try gpio(words)
        case "link": return try link(words)
        case "discover": return try discover(words[0])
        case "fault": return try faultOf(words[0], words[1])
        default: throw RigError.text("driver-rig does not know \(verb)")
        }
    }

    static func camera(_ words: [String]) throws -> AravisCamera {
        var settings = AravisCamera.Settings()
        settings.width = Int(number("size", words) ?? 128)
        settings.height = settings.width
        settings.framesPerSecond = number("rate", words) ?? 100
        return try AravisCamera(named: words[0], settings: settings)
    }

    /// Takes frames and says what they were like.
    static func watch(_ words: [String]) throws -> [String: Any] {
        var camera = try camera(words)
        let pixels = UnsafeMutableBufferPointer<UInt16>.allocate(
            capacity: camera.format.pixelCount)
        defer { pixels.deallocate() }
        var tally = LoopTally()
        var sigma = 0.0
        try camera.start()
        let start = HostClock.now
        for _ in 0..<Int(number("frames", words) ?? 200) {
            let header = try camera.frame(
                into: pixels, by: HostClock.now.later(by: .seconds(2)))
            let spot = centroid(pixels, camera.format)
            tally.count(header, x: spot.x, y: spot.y)
            sigma = Double(header.timeSigma.count) * 1e-6
        }
        let seconds = Double(HostClock.now.count - start.count) * 1e-12
        try camera.stop()
        var results = tally.results("frames", microradians: 1)
        results["identity"] = camera.identity
        results["frames_per_second"] = Double(tally.frames) / seconds
        results["time_sigma_us"] = sigma
        results["clock_rate_difference"] = camera.clock.rateDifference
        results["faults"] = cameraFaults(of: &camera, frames: 50, patience: .seconds(2))
        return results
    }

    static func loop(_ words: [String]) throws -> [String: Any] {
        var camera = try camera(words)
        var mirror = try GCSMirror(connect(words[1]))
        return try closeLoop(
            &camera, &mirror, seconds: number("seconds", words) ?? 5, pixel: 10)
    }

    /// Calls of the allocator in a second or two of the loop; -1 if they cannot be counted here.
    static func allocations<Mirror: SteeringMirror & ~Copyable>(
        of mirror: inout Mirror, steers: Int
    ) throws -> Int {
        guard lodestar_can_count_allocations() == 1 else { return -1 }
        let before = lodestar_allocations()
        for index in 0..<steers {
            let angle = mirror.stroke.first / 2 * Double(index % 100 - 50) / 50
            lodestar_count_allocations(1)
            defer { lodestar_count_allocations(0) }
            try mirror.steer(to: MirrorTilt(a: angle, b: -angle))
            HostClock.sleep(until: HostClock.now.later(by: .milliseconds(1)))
        }
        return Int(lodestar_allocations() - before)
    }

    /// Asks one address for Alpaca devices, as everyone is asked in the field.
    static func discover(_ address: String) throws -> [String: Any] {
        var socket = try UDPSocket()
        try socket.send(AlpacaDiscovery.question, to: NetworkAddress(parsing: address))
        let deadline = HostClock.now.later(by: .seconds(3))
        while let answer = try socket.receive(by: deadline) {
            guard let port = AlpacaDiscovery.devicePort(in: answer.bytes) else { continue }
            return ["host": answer.host, "port": Int(port)]
        }
        throw RigError.text("no Alpaca device answered")
    }

    static func connect(_ address: String) throws -> TCPConnection {
        try TCPConnection(
            to: NetworkAddress(parsing: address), by: HostClock.now.later(by: .seconds(5)))
    }

    static func track(_ words: [String]) throws -> Track {
        guard let index = words.firstIndex(of: "track"), index + 1 < words.count else {
            return Track(circularPassUpTo: 45 * .pi / 180)
        }
        return try Track(file: words[index + 1])
    }

    static func number(_ name: String, _ words: [String]) -> Double? {
        guard let index = words.firstIndex(of: name), index + 1 < words.count else { return nil }
        return Double(words[index + 1])
    }

    /// Opens an instrument at a peer that misbehaves, and says with what fault and how soon it ends.
    static func faultOf(_ kind: String, _ address: String) throws -> [String: Any] {
        let connection = try connect(address)
        let start = HostClock.now
        func result(_ fault: String) -> [String: Any] {
            ["fault": fault, "seconds": Double(HostClock.now.count - start.count) * 1e-12]
        }
        do {
            switch kind {
            case "rotctld":
                var mount = try RotctldMount(connection)
                while HostClock.now.count - start.count < 10_000_000_000_000 {
                    _ = try mount.direction()
                }
            case "alpaca":
                var mount = try AlpacaMount(connection)
                while HostClock.now.count - start.count < 10_000_000_000_000 {
                    _ = try mount.direction()
                }
            default:
                var mirror = try GCSMirror(connection)
                while HostClock.now.count - start.count < 10_000_000_000_000 {
                    try mirror.steer(to: .centre)
                    usleep(1_000)
                }
            }
            return result("none")
        } catch let error as any InstrumentError {
            return result("\(error.fault)")
        }
    }
}
