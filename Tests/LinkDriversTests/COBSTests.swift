import LinkDrivers
import PayloadDoubles
import Testing

/// Encodes an array.
private func encoded(_ bytes: [UInt8]) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: COBS.largestEncoding(of: bytes.count))
    let count = output.withUnsafeMutableBytes { output in
        bytes.withUnsafeBytes { COBS.encode($0, to: output) }
    }
    return Array(output[..<count])
}

/// Decodes an array.
private func decoded(_ bytes: [UInt8]) -> [UInt8]? {
    var bytes = bytes
    guard let count = bytes.withUnsafeMutableBytes({ COBS.decode($0) }) else { return nil }
    return Array(bytes[..<count])
}

@Suite struct COBSTests {
    /// Values of the Python package `cobs` 1.2.2, and of the paper's figure 3.
    @Test func itWritesWhatOthersWrite() {
        let cases: [([UInt8], [UInt8])] = [
            ([], [1]), ([0], [1, 1]), ([0, 0], [1, 1, 1]),
            ([0x11, 0x22, 0, 0x33], [3, 0x11, 0x22, 2, 0x33]),
            (
                [0x45, 0, 0, 0x2C, 0x4C, 0x79, 0, 0, 0x40, 6, 0x4F, 0x37],
                [2, 0x45, 1, 4, 0x2C, 0x4C, 0x79, 1, 5, 0x40, 6, 0x4F, 0x37]
            ),
            ([UInt8](1...254), [255] + [UInt8](1...254)),
            ([0] + [UInt8](1...254), [1, 255] + [UInt8](1...254)),
            ([UInt8](1...255), [255] + [UInt8](1...254) + [2, 255]),
            ([UInt8](1...254) + [0], [255] + [UInt8](1...254) + [1, 1]),
            ([UInt8](2...255) + [0], [255] + [UInt8](2...255) + [1, 1]),
            ([UInt8](3...255) + [0, 1], [254] + [UInt8](3...255) + [2, 1]),
        ]
        for (plain, stuffed) in cases {
            #expect(encoded(plain) == stuffed)
            #expect(decoded(stuffed) == plain)
        }
    }

    @Test func whatIsEncodedHasNoZeroAndComesBack() {
        var chance = SeededChance(seed: 4)
        for _ in 0..<300 {
            var bytes = chance.bytes(chance.below(800))
            // From no zeros at all to many.
            let zeros = Double(chance.below(4)) / 8
            for index in bytes.indices {
                if chance.happens(zeros) {
                    bytes[index] = 0
                } else if bytes[index] == 0 {
                    bytes[index] = 1
                }
            }
            let stuffed = encoded(bytes)
            #expect(!stuffed.contains(0))
            #expect(stuffed.count <= COBS.largestEncoding(of: bytes.count))
            #expect(decoded(stuffed) == bytes)
        }
    }

    @Test func whatIsNoEncodingIsRefused() {
        for bytes in [[], [0], [2], [2, 0], [1, 0], [3, 1], [255, 1], [2, 1, 0]] as [[UInt8]] {
            #expect(decoded(bytes) == nil, "\(bytes)")
        }
    }
}
