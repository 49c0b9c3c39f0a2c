/// Pixels of a camera that are not to be trusted.
public struct HotPixels: Sendable {
    /// More than this many, and the camera wants replacing.
    public static let capacity = 64

    /// Pixels in the list, 0 to ``capacity``.
    public private(set) var count = 0
    private var places: InlineArray<64, UInt32> = InlineArray(repeating: 0)

    /// An empty list.
    public init() {}

    /// Adds the pixel at column `x` of row `y`; false if the list is full or the place no place.
    public mutating func add(x: Int, y: Int) -> Bool {
        guard count < Self.capacity, x >= 0, x < 32_768, y >= 0, y < 32_768 else { return false }
        if contains(x: x, y: y) { return true }
        places[count] = Self.key(x, y)
        count += 1
        return true
    }

    /// Whether the pixel at column `x` of row `y` is in the list.
    public func contains(x: Int, y: Int) -> Bool {
        let wanted = Self.key(x, y)
        for i in 0..<count where places[i] == wanted { return true }
        return false
    }

    /// Column and row of pixel number `index`, which is below ``count``.
    @inline(__always) func place(_ index: Int) -> (x: Int, y: Int) {
        let key = places[index]
        return (Int(truncatingIfNeeded: key & 0xFFFF), Int(truncatingIfNeeded: key &>> 16))
    }

    @inline(__always) private static func key(_ x: Int, _ y: Int) -> UInt32 {
        UInt32(truncatingIfNeeded: y) &<< 16 | UInt32(truncatingIfNeeded: x)
    }
}
