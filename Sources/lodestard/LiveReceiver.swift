import BoardFile
import Daemon
import FaultyDrivers
import Foundation
import GateDrivers
import Instruments
import KeyStore
import LinkDrivers
import LinuxIO
import PayloadHAL
import Quantities
import RealTime
import Station

/// One pass on the tagger that it is handed: with the board's link, gates and sensors.
struct LiveReceiver: TaggerUse {
    let board: Board
    let admission: PassAdmission
    let plan: LivePlan
    /// The folder of the recorded passes.
    let recordings: String
    let watch: PassWatch
    let context: PassContext

    /// Sets the tagger and runs the pass; returns one line about what came of it.
    func use<Tagger: TimeTagger & ~Copyable>(_ tagger: consuming Tagger) throws -> String {
        try tagger.configure(TaggerSettings(board, for: tagger.identity))
        guard let faults = watch.faults else { return try linked(tagger) }
        return try linked(FaultyTagger(tagger, orders: faults))
    }

    /// The pass with the board's link.
    private func linked<Tagger: TimeTagger & ~Copyable>(
        _ tagger: consuming Tagger
    ) throws -> String {
        let session = UInt32.random(in: 1 ... .max)
        switch board.modem?.connection {
        case .udp(let host, let port):
            let own = UInt16(clamping: board.modem?.port ?? 0)
            let local = own == 0 ? nil : try NetworkAddress(host: "0.0.0.0", port: own)
            let peer = try NetworkAddress(host: host, port: port)
            return try receive(
                tagger, DatagramLink(UDPConnection(to: peer, from: local), session: session))
        case .serial(let path, let baud):
            return try receive(
                tagger,
                SerialLink(
                    SerialConnection(path: path, baud: baud), session: session,
                    settings: .init(bytesPerSecond: Int(baud) / 10)))
        default: throw PassRefusal.notReady("the board has no modem.connection")
        }
    }

    private func receive<Tagger: TimeTagger & ~Copyable, Link: MessageLink & ~Copyable>(
        _ tagger: consuming Tagger, _ link: consuming Link
    ) throws -> String {
        guard let faults = watch.faults else { return try received(tagger, link) }
        return try received(tagger, FaultyMessageLink(link, orders: faults))
    }

    private func received<Tagger: TimeTagger & ~Copyable, Link: MessageLink & ~Copyable>(
        _ tagger: consuming Tagger, _ link: consuming Link
    ) throws -> String {
        let place = recordings + "/" + PassFolder.stamp()
        try FileManager.default.createDirectory(
            atPath: recordings, withIntermediateDirectories: true)
        let conditions = try StationWatch(board, refused: context.refused)
        defer { conditions.end() }
        let pass = try LivePass(
            plan, store: try KeyStore(opening: board.paths.keys, actor: "lodestard"),
            tagger: tagger, gates: try gates(), link: link, clock: MonotonicClock(),
            settings: settings(place, conditions))
        context.onStop(pass.cancel)
        let (works, patience) = (pass.taggerWorks, context.monitor.patience)
        // While a lost tagger is looked for, with the detectors blank, the kernel may take long to
        // reset a device that does not answer.
        context.monitor.watch(
            "tagger", limit: works() ? patience : max(patience, .seconds(60)),
            beats: pass.taggerBeats)
        defer { context.monitor.forget("tagger") }
        let summary = try pass.run { progress in
            context.report(
                "pass at \(Int(progress.time)) of \(Int(progress.duration)) s, "
                    + "clock \(progress.clock), sifted \(progress.sifted), key \(progress.keyBits)")
        }
        let ending = summary.problem ?? (context.isStopAsked ? "stopped early" : "complete")
        return "\(ending), sifted \(summary.siftedBits)\(Self.whyNone(summary)), "
            + "recorded in \(place)"
    }

    /// Why nothing was sifted, as far as the pass can tell; empty if something was.
    private static func whyNone(_ summary: PassSummary) -> String {
        guard summary.siftedBits == 0 else { return "" }
        var reasons: [String] = []
        if summary.losses.records > 0 {
            reasons.append("the tagger's stream broke \(summary.losses.records) times")
        }
        if summary.detections == 0 { reasons.append("the tagger gave no detection") }
        if summary.sync.acquisitions == 0 {
            reasons.append("the clock never followed the beacon's pulses")
        }
        if summary.link.receivedMessages == 0 { reasons.append("the satellite never answered") }
        return reasons.isEmpty ? "" : " (\(reasons.joined(separator: ", ")))"
    }

    private func settings(_ place: String, _ conditions: StationWatch) -> LivePassSettings {
        var settings = LivePassSettings()
        settings.directory = place
        settings.admission = admission
        settings.refused = context.refused
        settings.watch = watch
        settings.conditions = conditions
        if let wanted = board.realtime?.tagger {
            settings.taggerThread = ThreadSettings("tagger", wanted)
        }
        return settings
    }

    private func gates() throws -> GuardedGates<LineGate<StationLine>, StationLine> {
        let gates = StationGates(board)
        return GuardedGates(
            try gates.bank(faults: watch.faults), rates: try gates.rates(),
            silence: Picoseconds(board.tagger.silence))
    }
}
