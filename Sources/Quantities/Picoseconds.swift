/// A span of time in whole picoseconds.
public struct Picoseconds: Hashable, Sendable, BitwiseCopyable {
    /// How many picoseconds; any sign.
    public var count: Int64

    /// A span of `count` picoseconds.
    @inlinable public init(_ count: Int64) { self.count = count }

    /// No time at all.
    public static let zero = Picoseconds(0)

    /// `count` whole seconds.
    @inlinable public static func seconds(_ count: Int64) -> Picoseconds {
        Picoseconds(count * 1_000_000_000_000)
    }
}

// All four operators by hand: `@_noAllocation` code may not use the defaults of another module.
extension Picoseconds: Comparable {
    /// Shorter.
    @inlinable public static func < (a: Picoseconds, b: Picoseconds) -> Bool { a.count < b.count }
    /// Shorter or equal.
    @inlinable public static func <= (a: Picoseconds, b: Picoseconds) -> Bool { a.count <= b.count }
    /// Longer.
    @inlinable public static func > (a: Picoseconds, b: Picoseconds) -> Bool { a.count > b.count }
    /// Longer or equal.
    @inlinable public static func >= (a: Picoseconds, b: Picoseconds) -> Bool { a.count >= b.count }
}
