import Distillation
import Secrets
import Sifting
import Simulator
import Wire

/// The simulated satellite's end of the classical link: real protocol, simulated states.
struct SatellitePeer: StationLink, ~Copyable {
    private(set) var sifter: SatelliteSifter<TranscriptSHA256, StateSequence>
    private(set) var distiller: SatelliteDistiller<StoreVault>?
    private var letters: LetterReader?
    private let time: ComputingTime
    private(set) var link: FaultyLink
    private let storage: UnsafeMutableRawBufferPointer
    private let answer: UnsafeMutableRawBufferPointer
    private let capacity: SatelliteCapacity
    private var message: [UInt8] = []

    /// - Parameters:
    ///   - distillation: What both ends hold about making keys, if the satellite has a vault.
    ///   - vault: The satellite's keys.
    ///   - time: Counts the time that making keys takes.
    ///   - capacity: How much of the pass it may hold.
    init(
        parameters: SiftParameters, world: WorldParameters,
        distillation: DistillationParameters, vault: StoreVault?, time: ComputingTime,
        capacity: SatelliteCapacity = SatelliteCapacity()
    ) throws {
        self.time = time
        self.capacity = capacity
        var witness: PartWitness?
        if let vault {
            distiller = try SatelliteDistiller(parameters: distillation, vault: vault)
            witness = try vault.witness()
            letters = LetterReader(store: vault.store, session: parameters.session)
        }
        storage = .allocate(byteCount: capacity.byteCount, alignment: 16)
        answer = .allocate(byteCount: MessageHeader.largestMessage, alignment: 16)
        sifter = SatelliteSifter(
            parameters: parameters,
            source: StateSequence(world), capacity: capacity, witness: witness,
            storage: storage)
        link = FaultyLink(world.link, seed: world.seed)
    }

    deinit {
        wipe(storage)
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
            let count = message.withUnsafeBytes { receive($0) }
            if count > 0 {
                let bytes = UnsafeRawBufferPointer(rebasing: answer[..<count])
                _ = link.send(bytes, from: .satellite, at: arrival)
            }
        }
        while let arrival = link.receive(at: .station, until: now, into: &message) {
            try message.withUnsafeBytes { try deliver($0, arrival) }
        }
    }

    private mutating func receive(_ bytes: UnsafeRawBufferPointer) -> Int {
        switch MessageHeader.kind(bytes) {
        case .distillationRequest:
            return time.measure {
                distiller?.receive(bytes, sifter: sifter, answer: answer) ?? 0
            }
        case .letter: return letters?.receive(bytes, answer: answer) ?? 0
        default: return sifter.receive(bytes, answer: answer)
        }
    }

    /// The satellite's key-basis bits, once both ends agree.
    mutating func keyBits() -> [UInt8]? {
        let room = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: capacity.keyBits)
        defer {
            room.initialize(repeating: 0)
            room.deallocate()
        }
        guard let count = sifter.key(into: room) else { return nil }
        return Array(room[..<count])
    }
}
