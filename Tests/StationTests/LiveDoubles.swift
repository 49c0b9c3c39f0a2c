import BoardFile
import Distillation
import LinuxIO
import PayloadDoubles
import PayloadHAL
import Quantities
import RealTime
import Simulator
import Synchronization
import Wire

@testable import Station

/// A clock that runs faster than the host's by a whole factor, shared by all doubles of a pass.
struct FastClock: RateClock {
    let factor: Int64

    var now: Picoseconds { Picoseconds(HostClock.now.count * factor) }

    func sleep(until time: Picoseconds) {
        MonotonicClock().sleep(until: Picoseconds(time.count / factor))
    }
}

/// When the light of a played pass began, on the doubles' clock; set when the tagger is started.
final class Origin: Sendable {
    let time = Atomic<Int64>(.max)

    /// Stream time, ps; `nil` before the light begins.
    func stream(at now: Picoseconds) -> Int64? {
        let zero = time.load(ordering: .acquiring)
        return zero == .max ? nil : now.count - zero
    }
}

/// A fault of a double.
struct PlayedFault: InstrumentError {
    var fault: InstrumentFault
}

/// A tagger in a simulated world that plays in real time; it can be unplugged for a while.
struct WorldTagger: TimeTagger, ~Copyable {
    typealias Failure = PlayedFault

    let identity = TaggerIdentity(
        model: "simulated", serial: "1", firmware: "", format: .reference, channels: 8,
        tick: (1, 1))
    private(set) var gaps: Int64 = 0
    private let clock: FastClock
    private let origin: Origin
    private let unplugged: ClosedRange<Int64>?
    private var world: SimulatedTagger

    init(
        _ parameters: WorldParameters, clock: FastClock, origin: Origin,
        unplugged: ClosedRange<Int64>? = nil
    ) {
        world = SimulatedTagger(parameters)
        self.clock = clock
        self.origin = origin
        self.unplugged = unplugged
    }

    var now: Picoseconds { clock.now }

    /// Stream time; the world ends with the pass.
    private var stream: Int64 {
        let end = (world.world.end + PassSession.step - 1) / PassSession.step * PassSession.step
        return min(origin.stream(at: clock.now) ?? 0, end)
    }

    mutating func configure(_ settings: TaggerSettings) throws(PlayedFault) {}

    mutating func start() throws(PlayedFault) {
        origin.time.store(clock.now.count, ordering: .releasing)
    }

    mutating func read(
        by deadline: Picoseconds, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(PlayedFault) -> Int {
        let stream = stream
        if let unplugged, unplugged.contains(stream) {
            world.advance(to: stream)
            throw PlayedFault(fault: .unreachable)
        }
        world.advance(to: stream)
        let count = world.bytes.count
        if count > 0 {
            world.bytes.withUnsafeBytes { body($0) }
        } else {
            clock.sleep(until: deadline)
        }
        return count
    }

    mutating func stop() throws(PlayedFault) {}

    mutating func recover(by deadline: Picoseconds) throws(PlayedFault) {
        let stream = stream
        world.advance(to: stream)
        if let unplugged, unplugged.contains(stream) { throw PlayedFault(fault: .unreachable) }
        gaps += 1
    }
}

/// The satellite's end of the link, answering at once on the doubles' clock.
struct PeerLink: MessageLink, ~Copyable {
    typealias Failure = PlayedFault

    var counters = LinkCounters()
    private let clock: FastClock
    private let origin: Origin
    private var peer: SatellitePeer
    private var waiting: [[UInt8]] = []

    init(_ peer: consuming SatellitePeer, clock: FastClock, origin: Origin) {
        self.peer = peer
        self.clock = clock
        self.origin = origin
    }

    var now: Picoseconds { clock.now }

    mutating func send(_ message: UnsafeRawBufferPointer) throws(PlayedFault) {
        guard let stream = origin.stream(at: clock.now) else { return }
        peer.send(message, at: stream)
    }

    mutating func receive(
        into buffer: UnsafeMutableRawBufferPointer, by deadline: Picoseconds
    ) throws(PlayedFault) -> Int {
        guard let stream = origin.stream(at: clock.now) else { return 0 }
        peer.exchange(until: stream) { bytes, _ in waiting.append(Array(bytes)) }
        guard !waiting.isEmpty else { return 0 }
        let message = waiting.removeFirst()
        buffer.copyBytes(from: message)
        return message.count
    }

    mutating func reopen(by deadline: Picoseconds) throws(PlayedFault) {}
}
