import PayloadHAL

/// IDENTITY of `docs/formats/reference-tagger.md`.
struct ReferenceIdentity {
    /// Who the tagger is, as all taggers say it.
    let identity: TaggerIdentity
    /// Shortest period of the test pulse, ns.
    let shortestTestPeriod: UInt32

    /// Bytes of an answer.
    static var size: Int { 64 }

    /// Reads an answer of 64 bytes; `nil` if it is none, or of another version of the protocol.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.size, bytes.prefix(4) == [0x4C, 0x54, 0x54, 0x49],
            bytes[4] == 1, 1...32 ~= bytes[5]
        else { return nil }
        let low = Int16(bitPattern: bytes.number(at: 8))
        let high = Int16(bitPattern: bytes.number(at: 10))
        let features: UInt16 = bytes.number(at: 12)
        let tick: UInt32 = bytes.number(at: 16)
        let serial = bytes[32..<56].prefix { $0 != 0 }
        guard low <= high, 1...1_000_000_000 ~= tick, serial.count < 24,
            serial.allSatisfy({ 0x21...0x7E ~= $0 })
        else { return nil }
        var identity = TaggerIdentity(
            model: "Lodestar reference tagger", serial: String(decoding: serial, as: UTF8.self),
            firmware: "\(bytes[7]).\(bytes[6])", format: .reference, channels: Int(bytes[5]),
            tick: (Int64(tick), 1000))
        identity.thresholds = Double(low) / 1000...Double(high) / 1000
        identity.enablesChannels = true
        identity.takesExternalClock = features & 1 != 0
        identity.hasTestPulse = features & 2 != 0
        self.identity = identity
        shortestTestPeriod = bytes.number(at: 28)
    }
}
