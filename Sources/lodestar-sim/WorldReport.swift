import Foundation
import Station
import USBIP

/// What `lodestar-sim world` tells of itself: the answer to `status`, and the last word.
struct WorldReport: Codable {
    /// Tags from the world to the host.
    struct Tags: Codable {
        /// Made by the world, extra ones of floods not among them.
        var made: Int64 = 0
        /// Taken by the tagger while it was started, of enabled inputs.
        var taken: Int64 = 0
        /// Dropped because the tagger's memory was full.
        var dropped: Int64 = 0
        /// Put into frames.
        var sent: Int64 = 0
        /// In frames that were lost on order.
        var lostOnOrder: Int64 = 0
        /// In memory when the host let go or started anew.
        var discarded: Int64 = 0
        /// Frames made.
        var frames: Int64 = 0
    }

    /// What went over the bus.
    struct Bus: Codable {
        var isPlugged = true
        var isImported = false
        var isRunning = false
        var connections: Int64 = 0
        var transfers: Int64 = 0
        var bytes: Int64 = 0
        var stalls: Int64 = 0
        /// Why the last connection was closed, if a host broke the protocol.
        var lastFault: String?
    }

    /// Everything here is simulated.
    var simulated = true
    var board: String
    var seed: UInt64
    var session: UInt32
    var tagger: String
    /// How far the pass has come, and how long it is, s.
    var streamS = 0.0
    var durationS = 0.0
    var elevationDeg = 0.0
    /// Whether the last light has arrived.
    var isOver = false
    var tags = Tags()
    var bus = Bus()
    /// The satellite's end; `nil` without a link.
    var satellite: ServedSatellite.Summary?

    /// One line of JSON.
    var json: String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    /// Some lines for a person.
    var text: String {
        var lines = [
            "\(board), seed \(seed), session \(session): simulated",
            String(format: "stream          %.3f of %.3f s", streamS, durationS),
            "tags            \(tags.made) made, \(tags.taken) taken, \(tags.dropped) dropped, "
                + "\(tags.sent) sent in \(tags.frames) frames",
            "bus             \(bus.connections) connections, \(bus.transfers) transfers, "
                + "\(bus.bytes) bytes, \(bus.stalls) stalls",
        ]
        if let fault = bus.lastFault { lines.append("last fault      \(fault)") }
        if let satellite {
            lines.append(
                "link            \(satellite.messagesReceived) messages received, "
                    + "\(satellite.messagesSent) sent, \(satellite.messagesLost) lost")
            lines.append("closing         \(satellite.closing)")
            if let bits = satellite.keyBasisBits, let digest = satellite.keyBasisSha256 {
                lines.append("key basis       \(bits) bits, SHA-256 \(digest)")
            }
            for key in satellite.keys { lines.append("key             \(key.id) \(key.state)") }
        }
        return lines.joined(separator: "\n")
    }
}
