import Coincidence
import Distillation
import Gating
import Simulator
import Wire

/// The second station under a simulated source, at its end of the simulated link: real protocol.
struct EntangledPeer: ~Copyable {
    private(set) var responder: CoincidenceResponder
    private var distiller: SatelliteDistiller<StoreVault>
    private(set) var link: FaultyLink
    private let answer: UnsafeMutableRawBufferPointer
    private var message: [UInt8] = []

    /// - Parameters:
    ///   - distillation: What both stations hold about making keys.
    ///   - epochCapacity: Clicks that an epoch may have at each station.
    ///   - vault: This station's keys.
    ///   - seed: Fixes what the link does.
    init(
        parameters: CoincidenceParameters, distillation: DistillationParameters,
        epochCapacity: Int, vault: StoreVault, seed: UInt64
    ) throws {
        let witness = try vault.witness()
        distiller = try SatelliteDistiller(parameters: distillation, vault: vault)
        responder = CoincidenceResponder(
            parameters, session: distillation.session, epochCapacity: epochCapacity,
            witness: witness)
        link = FaultyLink(WorldParameters.Link(), seed: seed)
        answer = .allocate(byteCount: MessageHeader.largestMessage, alignment: 16)
    }

    deinit { answer.deallocate() }

    mutating func take(_ clicks: [Click], epoch: UInt32) {
        responder.take(clicks, epoch: epoch)
    }

    /// Sends a message of the first station at stream time `now`.
    mutating func send(_ bytes: UnsafeRawBufferPointer, at now: Int64) {
        // A full link is a lost message: the first station asks again.
        _ = link.send(bytes, from: .station, at: now)
    }

    /// Lets this station answer what has reached it, and hands the first what has reached that.
    mutating func exchange(until now: Int64, deliver: (UnsafeRawBufferPointer, Int64) -> Void) {
        while let arrival = link.receive(at: .satellite, until: now, into: &message) {
            let count = message.withUnsafeBytes { receive($0) }
            if count > 0 {
                let bytes = UnsafeRawBufferPointer(rebasing: answer[..<count])
                _ = link.send(bytes, from: .satellite, at: arrival)
            }
        }
        while let arrival = link.receive(at: .station, until: now, into: &message) {
            message.withUnsafeBytes { deliver($0, arrival) }
        }
    }

    private mutating func receive(_ bytes: UnsafeRawBufferPointer) -> Int {
        MessageHeader.kind(bytes) == .distillationRequest
            ? distiller.receive(bytes, sifter: responder, answer: answer)
            : responder.receive(bytes, answer: answer)
    }
}
