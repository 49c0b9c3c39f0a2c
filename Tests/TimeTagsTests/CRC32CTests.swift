import Testing
import TimeTags

@Suite struct CRC32CTests {
    /// RFC 3720, appendix B.4, and the check value of the CRC catalogue.
    static let vectors: [([UInt8], UInt32)] = [
        (Array("123456789".utf8), 0xE306_9283),
        ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
        ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
        (Array(0..<32), 0x46DD_794E),
    ]

    @Test(arguments: vectors)
    func thePublishedVectorsComeOut(bytes: [UInt8], expected: UInt32) {
        #expect(bytes.withUnsafeBytes { CRC32C.of($0) } == expected)
        var portable = CRC32C()
        bytes.withUnsafeBytes { portable.updatePortably($0) }
        #expect(portable.value == expected)
    }

    @Test func theInstructionAndTheTablesAgreeOnEveryLengthAndSplit() {
        let bytes = (0..<3000).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ $0 >> 3) }
        // The instruction runs three streams of 512 or of 128 bytes: their edges are here.
        for count in [0, 1, 7, 8, 9, 63, 383, 384, 385, 1535, 1536, 1920, 2044, 3000] {
            var portable = CRC32C()
            var split = CRC32C()
            bytes.withUnsafeBytes { all in
                portable.updatePortably(UnsafeRawBufferPointer(rebasing: all[..<count]))
                split.update(UnsafeRawBufferPointer(rebasing: all[..<(count / 3)]))
                split.update(UnsafeRawBufferPointer(rebasing: all[(count / 3)..<count]))
                #expect(
                    CRC32C.of(UnsafeRawBufferPointer(rebasing: all[..<count])) == portable.value)
            }
            #expect(split.value == portable.value)
        }
    }
}
