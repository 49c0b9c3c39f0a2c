/// The header of a NumPy array file, format 1.0, for an array of structures.
public enum NumPyHeader {
    /// Bytes of the header: a multiple of 64, with room for any count.
    public static let size = 192

    /// The fields of a tag, packed.
    static let tag = [
        ("time_ps", "<i8"), ("channel", "|u1"), ("kind", "|u1"), ("detail", "<u2"),
        ("count", "<u4"),
    ]

    /// The header of an array of `count` structures with these fields, packed.
    ///
    /// - Parameter fields: Names and NumPy type codes; at most ten short ones fit.
    public static func bytes(fields: [(String, String)], count: Int64) -> [UInt8] {
        let types = fields.map { "('\($0.0)', '\($0.1)')" }.joined(separator: ", ")
        let description =
            "{'descr': [\(types)], 'fortran_order': False, 'shape': (\(count),), }"
        let length = size - 10
        precondition(description.utf8.count < length)
        let padding = String(repeating: " ", count: length - 1 - description.utf8.count)
        return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)]
            + Array((description + padding + "\n").utf8)
    }
}
