/// The registers of an emulated timetag-fpga tagger, reached by commands on endpoint 0x02.
///
/// A command is AA, 01 to write or 00 to read, the address (2 bytes) and a value (4 bytes), the
/// lowest byte first; the answer on endpoint 0x88 is what the register then holds, 4 bytes.
struct FX2Registers: Sendable {
    /// Bits of the capture register.
    private static let recording: UInt32 = 1
    private static let counting: UInt32 = 2
    private static let reset: UInt32 = 4

    /// The capture register, and the masks of strobe and delta inputs.
    private(set) var capture: UInt32 = 0
    private(set) var strobes: UInt32 = 0
    private var deltas: UInt32 = 0
    /// Records lost since power-up.
    var lost: UInt32 = 0
    /// Whether the counter was set to 0 since this was last looked at.
    var wasReset = false

    private var held: [UInt8] = []

    /// Whether records are made.
    var isRunning: Bool { capture & 3 == Self.recording | Self.counting }

    /// Stops the capture, as a reset of the bus does.
    mutating func stop() { capture = 0 }

    /// Takes bytes of commands; returns the answers, `nil` if they are no commands.
    mutating func receive(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        held += bytes
        var answers: [UInt8] = []
        while held.count >= 8 {
            guard held[0] == 0xAA, held[1] <= 1 else {
                held.removeAll()
                return nil
            }
            let address = UInt16(held[2]) | UInt16(held[3]) << 8
            let value = held[4..<8].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            if held[1] == 1 { write(value, to: address) }
            answers += read(address).littleEndianBytes
            held.removeFirst(8)
        }
        return answers
    }

    private mutating func write(_ value: UInt32, to address: UInt16) {
        switch address {
        case 3:
            capture = value & 7
            if value & Self.reset != 0 { wasReset = true }
        case 4: strobes = value & 0xF
        case 5: deltas = value & 0xF
        default: break
        }
    }

    private func read(_ address: UInt16) -> UInt32 {
        switch address {
        case 1: 0x5
        case 2: 128_000_000
        case 3: capture
        case 4: strobes
        case 5: deltas
        case 7: lost
        default: 0
        }
    }
}
