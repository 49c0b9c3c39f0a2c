import Amplification
import Secrets
import Testing

@Suite struct ToeplitzHashTests {
    @Test(arguments: storedHashes.indices)
    func theBitsAreThoseOfTheDefinitionComputedElsewhere(_ index: Int) throws {
        let stored = storedHashes[index]
        let given = try HashInput(
            stored.inputBits, stored.outputBits, from: UInt64(2 * index + 1))
        for portably in [false, true] {
            let output = try given.output(portably: portably)
            let digits = output.map { byte in
                (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
            #expect(digits.joined() == stored.output)
        }
    }

    /// Around every multiple of a word, and every way of being short.
    @Test(arguments: [1, 2, 7, 8, 9, 63, 64, 65, 127, 128, 129, 383, 384, 385, 767, 769, 1537])
    func everySmallSizeFollowsTheDefinition(_ inputBits: Int) throws {
        let wanted = [1, 2, 8, 63, 64, 65, 384, 385, inputBits - 1, inputBits]
        for outputBits in Set(wanted).sorted() where (1...inputBits).contains(outputBits) {
            let given = try HashInput(inputBits, outputBits, from: UInt64(inputBits))
            let output = try given.output()
            let portable = try given.output(portably: true)
            #expect(output == portable)
            for row in 0..<outputBits {
                #expect(bit(output, row) == given.definition(row), "row \(row) of \(outputBits)")
            }
            for row in outputBits..<8 * output.count { #expect(bit(output, row) == 0) }
        }
    }

    /// Several levels of halving, several blocks beside and under one another.
    @Test(arguments: [(100_003, 30_011), (70_001, 70_001), (250_000, 777), (40_000, 39_937)])
    func largeHashesAreTheSameByEitherPath(_ inputBits: Int, _ outputBits: Int) throws {
        let given = try HashInput(inputBits, outputBits, from: 77)
        let output = try given.output()
        let portable = try given.output(portably: true)
        #expect(output == portable)
        let rows = [0, 1, 63, 64, outputBits / 2, outputBits - 64, outputBits - 2, outputBits - 1]
        for row in rows {
            #expect(bit(output, row) == given.definition(row), "row \(row)")
        }
    }

    @Test func theHashOfASumIsTheSumOfTheHashes() throws {
        var first = try HashInput(5_000, 1_700, from: 5)
        let firstOutput = try first.output()
        let other = pseudorandomBytes(50, count: first.input.count)
        let sum = zip(first.input, other).map { $0 ^ $1 }
        first.input = other
        let otherOutput = try first.output()
        first.input = sum
        let sumOutput = try first.output()
        #expect(sumOutput == zip(firstOutput, otherOutput).map { $0 ^ $1 })
    }

    @Test func unusedBitsOfTheLastBytesCountForNothing() throws {
        var given = try HashInput(1_001, 131, from: 3)
        given.input[125] = 1
        given.seed[141] &= 7
        let output = try given.output()
        given.input[125] = 0xFF
        given.seed[141] |= 0xF8
        let sameOutput = try given.output()
        #expect(output == sameOutput)
    }

    @Test func lengthsThatCannotBeAreRefusedWithTheirNumbers() throws {
        #expect(throws: AmplificationError.inputBits(given: 0)) {
            _ = try ToeplitzHash(inputBits: 0, outputBits: 1)
        }
        let largest = ToeplitzHash.largestInputBits
        #expect(throws: AmplificationError.inputBits(given: largest + 1)) {
            _ = try ToeplitzHash(inputBits: largest + 1, outputBits: 1)
        }
        #expect(throws: AmplificationError.inputBits(given: Int.min)) {
            _ = try ToeplitzHash(inputBits: Int.min, outputBits: Int.max)
        }
        for outputBits in [Int.min, -1, 0, 11, Int.max] {
            #expect(throws: AmplificationError.outputBits(given: outputBits, inputBits: 10)) {
                _ = try ToeplitzHash(inputBits: 10, outputBits: outputBits)
            }
        }
        let needed = try ToeplitzHash(inputBits: largest, outputBits: largest)
        #expect(needed.seedBits == 1_073_741_823 && needed.seedByteCount == 134_217_728)
    }

    @Test func buffersOfAnotherLengthAreRefused() throws {
        let hash = try ToeplitzHash(inputBits: 100, outputBits: 30)
        #expect(throws: AmplificationError.inputBytes(given: 12, needed: 13)) {
            _ = try hash.apply(to: secret([UInt8](repeating: 1, count: 12)), seed: secret([]))
        }
        for count in [16, 18] {
            #expect(throws: AmplificationError.seedBytes(given: count, needed: 17)) {
                _ = try hash.apply(
                    to: secret([UInt8](repeating: 1, count: 13)),
                    seed: secret([UInt8](repeating: 1, count: count)))
            }
        }
    }

    @Test func theMemoryWorkedInIsLeftZero() throws {
        let given = try HashInput(3_000, 1_000, from: 9)
        var scratch = [UInt64](repeating: .max, count: given.hash.scratchWordCount)
        var output = [UInt8](repeating: 0xFF, count: given.hash.outputByteCount)
        try given.input.withUnsafeBytes { input in
            try given.seed.withUnsafeBytes { seed in
                try output.withUnsafeMutableBytes { output in
                    try scratch.withUnsafeMutableBufferPointer { scratch in
                        try given.hash.apply(to: input, seed: seed, into: output, scratch: scratch)
                    }
                }
            }
        }
        let usual = try given.output()
        #expect(output == usual)
        #expect(scratch.allSatisfy { $0 == 0 })
    }
}
