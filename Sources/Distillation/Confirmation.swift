import Authentication
import Quantities
import Secrets
import Wire

/// A tag with the name of its pad, as it goes over the link: segment (16 bytes), lane (1),
/// offset (8), tag (12).
struct Confirmation {
    /// Bytes on the wire.
    static let size = 37

    var pad: PadReference
    var tag: AuthenticationTag

    init(pad: PadReference, tag: AuthenticationTag) {
        self.pad = pad
        self.tag = tag
    }

    init(_ reader: inout PayloadReader) throws(WireError) {
        let segment = KeyIdentifier(low: try reader.integer(), high: try reader.integer())
        pad = PadReference(
            segment: segment, lane: try reader.integer(), offset: try reader.integer())
        let bytes = try reader.take(AuthenticationTag.size)
        do throws(AuthenticationError) { tag = try AuthenticationTag(bytes) } catch {
            throw .payloadEnds(count: bytes.count)
        }
    }

    func put(in writer: inout PayloadWriter) throws(WireError) {
        try writer.put(pad.segment.low)
        try writer.put(pad.segment.high)
        try writer.put(pad.lane)
        try writer.put(pad.offset)
        let room = try writer.reserve(AuthenticationTag.size)
        do throws(AuthenticationError) { try tag.put(in: room) } catch {
            throw .room(needed: AuthenticationTag.size, given: room.count)
        }
    }
}

extension KeyVault {
    /// Signs `value` with the next pad of this end, which is burnt.
    mutating func confirm(_ value: HashValue) throws(VaultFault) -> Confirmation {
        var room: (UInt64, UInt32) = (0, 0)
        defer { withUnsafeMutableBytes(of: &room) { Secrets.wipe($0) } }
        return try withUnsafeMutableBytes(of: &room) { room throws(VaultFault) in
            let pad = UnsafeMutableRawBufferPointer(rebasing: room[..<AuthenticationTag.size])
            let reference = try takePad(into: pad)
            do throws(AuthenticationError) {
                let tag = try AuthenticationTag(of: value, pad: UnsafeRawBufferPointer(pad))
                return Confirmation(pad: reference, tag: tag)
            } catch { throw .storage }
        }
    }

    /// Whether the other end signed `value`; if so its pad is burnt, else nothing is.
    ///
    /// - Throws: ``VaultFault/padUnknown`` too if the pad is not of the other end's lane.
    mutating func accepts(
        _ confirmation: Confirmation, of value: HashValue, lane: UInt8
    ) throws(VaultFault) -> Bool {
        guard confirmation.pad.lane == lane else { throw .padUnknown }
        return try acceptPad(confirmation.pad, count: AuthenticationTag.size) { pad in
            do throws(AuthenticationError) {
                return confirmation.tag.isEqual(to: try AuthenticationTag(of: value, pad: pad))
            } catch { return false }
        }
    }
}
