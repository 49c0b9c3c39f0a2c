import Sifting
import Simulator
import Wire

/// The simulated satellite's end of the classical link: real protocol, simulated states.
struct SatellitePeer: ~Copyable {
    private(set) var sifter: SatelliteSifter<TranscriptSHA256, StateSequence>
    private(set) var link: FaultyLink
    private let storage: UnsafeMutableRawBufferPointer
    private let answer: UnsafeMutableRawBufferPointer
    private var message: [UInt8] = []

    init(parameters: SiftParameters, world: WorldParameters) {
        let capacity = SatelliteCapacity()
        storage = .allocate(byteCount: capacity.byteCount, alignment: 16)
        answer = .allocate(byteCount: MessageHeader.largestMessage, alignment: 16)
        sifter = SatelliteSifter(
            parameters: parameters,
            source: StateSequence(world), capacity: capacity,
            storage: storage)
        link = FaultyLink(world.link, seed: world.seed)
    }

    deinit {
        storage.deallocate()
        answer.deallocate()
    }

    /// Sends a message of the station at stream time `now`.
    mutating func send(_ bytes: UnsafeRawBufferPointer, at now: Int64) {
        // A full link is a lost message: the sifter asks again.
        _ = link.send(bytes, from: .station, at: now)
    }

    /// Lets the satellite answer what has reached it, and hands the station what has reached it.
    mutating func exchange(
        until now: Int64, deliver: (UnsafeRawBufferPointer, Int64) throws -> Void
    ) rethrows {
        while let arrival = link.receive(at: .satellite, until: now, into: &message) {
            let count = message.withUnsafeBytes { sifter.receive($0, answer: answer) }
            if count > 0 {
                let bytes = UnsafeRawBufferPointer(rebasing: answer[..<count])
                _ = link.send(bytes, from: .satellite, at: arrival)
            }
        }
        while let arrival = link.receive(at: .station, until: now, into: &message) {
            try message.withUnsafeBytes { try deliver($0, arrival) }
        }
    }

    /// The satellite's key-basis bits, once both ends agree.
    mutating func keyBits() -> [UInt8]? {
        let room = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: SatelliteCapacity().keyBits)
        defer {
            room.initialize(repeating: 0)
            room.deallocate()
        }
        guard let count = sifter.key(into: room) else { return nil }
        return Array(room[..<count])
    }
}
