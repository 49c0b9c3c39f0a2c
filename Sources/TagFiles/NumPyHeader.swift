/// The header of a NumPy array file, format 1.0, for the records of a tag.
enum NumPyHeader {
    /// Bytes of the header: a multiple of 64, with room for any count.
    static let size = 192

    /// The header of an array of `count` tags.
    static func bytes(count: Int64) -> [UInt8] {
        let description =
            "{'descr': [('time_ps', '<i8'), ('channel', '|u1'), ('kind', '|u1'), "
            + "('detail', '<u2'), ('count', '<u4')], 'fortran_order': False, "
            + "'shape': (\(count),), }"
        let length = size - 10
        let padding = String(repeating: " ", count: length - 1 - description.utf8.count)
        return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)]
            + Array((description + padding + "\n").utf8)
    }
}
