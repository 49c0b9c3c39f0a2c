import PayloadHAL
import Quantities

/// The other end of a connection: a rightful beginning, one answer an order, then the fuzzer's.
final class FuzzPeer {
    var now = Picoseconds.zero
    fileprivate var input: FuzzInput
    fileprivate var opening: ArraySlice<[UInt8]>
    fileprivate var waiting: [UInt8] = []

    init(_ input: FuzzInput, opening: [[UInt8]]) {
        self.input = input
        self.opening = opening[...]
    }
}

/// A connection to a ``FuzzPeer``; silence passes at once.
struct FuzzConnection: ByteConnection, ~Copyable {
    enum Failure: InstrumentError {
        case broken
        var fault: InstrumentFault { .unreachable }
    }
    let peer: FuzzPeer
    init(_ peer: FuzzPeer) { self.peer = peer }

    var now: Picoseconds { peer.now }

    func send(_ bytes: RawSpan, by deadline: Picoseconds) throws(Failure) {}

    mutating func receive(
        into buffer: inout MutableRawSpan, by deadline: Picoseconds
    ) throws(Failure) -> Int {
        if peer.waiting.isEmpty {
            if let answer = peer.opening.popFirst() {
                peer.waiting = answer
            } else {
                // 0 breaks, small ones are silence, the others lengths.
                let kind = peer.input.byte()
                if kind == 0 && !peer.input.isEmpty { throw .broken }
                peer.waiting = kind < 8 ? [] : Array(peer.input.take(Int(kind)))
            }
        }
        let count = min(peer.waiting.count, buffer.byteCount)
        for index in 0..<count {
            buffer.storeBytes(of: peer.waiting[index], toByteOffset: index, as: UInt8.self)
        }
        peer.waiting.removeFirst(count)
        // A byte takes a microsecond, so that deadlines come.
        peer.now = count == 0 ? max(peer.now, deadline) : peer.now.later(by: Picoseconds(1_000_000))
        return count
    }

    mutating func reopen(by deadline: Picoseconds) throws(Failure) { peer.waiting = [] }
}
