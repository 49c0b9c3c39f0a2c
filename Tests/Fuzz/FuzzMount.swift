// modules: MountDrivers
// sources: ../Tests/Fuzz/Peers/FuzzPeer.swift
import MountDrivers
import PayloadHAL
import Quantities

/// Fuzzes what a mount's daemon may answer: after a rightful beginning, anything.
///
/// No driver traps or goes on for ever; what it believes is finite and within bounds.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzMount(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    if input.byte() & 1 == 0 {
        let opening =
            "dump_state:\nMinimum Azimuth: -180\nMaximum Azimuth: 450\nMinimum Elevation: 0\n"
            + "Maximum Elevation: 90\nRPRT 0\n"
        let peer = FuzzPeer(input, opening: [Array(opening.utf8)])
        guard var mount = try? RotctldMount(FuzzConnection(peer)) else {
            preconditionFailure("the rightful beginning was refused")
        }
        drive(&mount)
    } else {
        let values = [
            "true", "\"fuzz\"", "0", "true", "[{\"Maximum\":5,\"Minimum\":0}]", "true",
            "[{\"Maximum\":5,\"Minimum\":0}]", "false", "false",
        ]
        let opening = values.map { value in
            let body = "{\"ErrorNumber\":0,\"ErrorMessage\":\"\",\"Value\":\(value)}"
            return Array(
                "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8)
        }
        guard var mount = try? AlpacaMount(FuzzConnection(FuzzPeer(input, opening: opening))) else {
            preconditionFailure("the rightful beginning was refused")
        }
        drive(&mount)
    }
    return 0
}

private func drive<Device: Mount & ~Copyable>(_ mount: inout Device) {
    for _ in 0..<8 {
        if let direction = try? mount.direction() {
            precondition(direction.azimuth.isFinite && abs(direction.elevation) <= 1_000)
        }
        let target = SkyDirection(azimuth: 1, elevation: 1)
        try? mount.follow(target, azimuthRate: 0.01, elevationRate: 0.01)
        try? mount.slew(to: target)
        try? mount.halt()
    }
}
