// modules: MirrorDrivers
// sources: ../Tests/Fuzz/Peers/FuzzPeer.swift
import MirrorDrivers
import PayloadHAL
import Quantities

/// Fuzzes both ends of the General Command Set: a client told anything, a server asked anything.
///
/// Neither traps; the client believes finite positions only, the server keeps its axes' targets
/// within their travel and every answer ends with a line end.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzMirror(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    if input.byte() & 1 == 0 {
        ask(&input)
    } else {
        let opening = ["0\n", "E-727\n", "1=0 \n2=0\n", "1=2000 \n2=2000\n", "0\n", "0\n"]
        let peer = FuzzPeer(input, opening: opening.map { Array($0.utf8) })
        guard var mirror = try? GCSMirror(FuzzConnection(peer)) else {
            preconditionFailure("the rightful beginning was refused")
        }
        for _ in 0..<16 {
            peer.now = peer.now.later(by: .milliseconds(60))
            try? mirror.steer(to: .centre)
            if let tilt = (try? mirror.position()) ?? nil {
                precondition(tilt.a.isFinite && tilt.b.isFinite)
            }
            try? mirror.halt()
        }
        try? mirror.recover()
        precondition(mirror.stroke.first > 0 && mirror.stroke.second > 0)
    }
    return 0
}

private func ask(_ input: inout FuzzInput) {
    var server = GCSServer.mirror
    _ = server.receive(Array("SVO 1 1 2 1\n".utf8))
    while !input.isEmpty {
        let answer = server.receive(Array(input.take(Int(input.byte()) + 1)))
        precondition(answer.isEmpty || answer.last == 0x0A)
        server.advance(by: .milliseconds(1))
        for axis in server.axes {
            precondition(axis.travel.contains(axis.target) && axis.position.isFinite)
        }
    }
}
