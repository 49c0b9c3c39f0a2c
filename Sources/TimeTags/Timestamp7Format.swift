/// The layout of S-Fifteen timestamp7 events, as in the public qcrypto and fpfind programs.
public enum Timestamp7Format {
    /// How the 64-bit words are written.
    public enum Encoding: UInt8, Sendable, BitwiseCopyable {
        /// a0: two lines of 8 hexadecimal digits per event.
        case a0 = 0
        /// a1: two little-endian 32-bit words per event.
        case a1 = 1
        /// a2: one line of 16 hexadecimal digits per event.
        case a2 = 2
    }

    /// Which half of the word comes first.
    public enum WordOrder: UInt8, Sendable, BitwiseCopyable {
        /// Found from the first events: the half that changes less is the upper one.
        case automatic = 0
        /// The low half, as the programs write by default in a0 and a1.
        case lowFirst = 1
        /// The high half ("legacy", option X).
        case highFirst = 2
    }

    /// A tick is 1/256 ns.
    public static var scale: TickScale { TickScale(uncheckedNumerator: 125, denominator: 32) }
    /// Bits of time in a word, from bit 10 up.
    public static var timeBits: UInt64 { 54 }
    /// Bit of a roll-over or dummy word, which is no event.
    public static var dummyBit: UInt64 { 0x10 }
}
