/// How two axes of a controller with the General Command Set make a steering mirror.
public struct GCSAxes: Equatable, Sendable {
    /// The axes' names, as `SAI?` lists them; up to 8 characters without spaces.
    public var first: String, second: String
    /// Units of position for 1 rad of mechanical tilt; 10^6 for one that counts microradians.
    public var unitsPerRadian: Double

    /// Two axes of one unit.
    public init(first: String = "1", second: String = "2", unitsPerRadian: Double = 1e6) {
        precondition(unitsPerRadian > 0)
        for name in [first, second] {
            precondition(1...8 ~= name.utf8.count && !name.utf8.contains { $0 <= 0x20 })
        }
        self.first = first
        self.second = second
        self.unitsPerRadian = unitsPerRadian
    }
}
