/// The layout of Lodestar's reference tagger format; `docs/formats/reference-tagger.md` explains it.
public enum ReferenceFormat {
    /// First four bytes of a frame, "LTTF" read as a little-endian word.
    @inlinable public static var magic: UInt32 { 0x4654_544C }
    /// The only version so far.
    @inlinable public static var version: UInt8 { 1 }
    /// Bytes before the words.
    @inlinable public static var headerSize: Int { 32 }
    /// Bytes after the words: a reserved word of zeros, then the CRC-32C.
    @inlinable public static var trailerSize: Int { 8 }
    /// Largest frame: four USB high-speed bulk packets, two of super speed.
    @inlinable public static var largestFrame: Int { 2048 }
    /// Most words in a frame.
    @inlinable public static var mostWords: Int { (largestFrame - headerSize - trailerSize) / 8 }
    /// Flag bit: the tagger lost tags before this frame.
    @inlinable public static var lossFlag: UInt8 { 1 }
    /// Bits of a word that hold time.
    @inlinable public static var timeBits: UInt64 { 48 }
    /// Kind byte of a word that carries detail and count for the word before it.
    @inlinable public static var annotation: UInt8 { 0xFF }
    /// Furthest that a tag may lie from its frame's base time, ps: about 140 s.
    @inlinable public static var reach: Int64 { (1 &<< 47) - 1 }
    /// How far the base time of a frame may lie before the last tag of the frame before, ps.
    @inlinable public static var disorder: Int64 { 1_000_000_000 }
}
