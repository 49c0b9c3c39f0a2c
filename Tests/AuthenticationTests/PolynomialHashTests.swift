import Authentication
import Secrets
import Testing

@Suite struct PolynomialHashTests {
    @Test(arguments: storedValues.indices)
    func theValuesAreThoseOfTheDefinitionComputedElsewhere(_ index: Int) throws {
        let stored = storedValues[index]
        let key = try hashKey(seed: UInt64(2 * index + 1))
        let message = pseudorandomBytes(UInt64(2 * index + 2), count: stored.byteCount)
        for portably in [false, true] {
            let value = key.hash(message, portably: portably)
            #expect(Halves(value) == Halves(stored), "portably: \(portably)")
        }
    }

    /// Around each multiple of a block and of the four that are taken at once.
    @Test func bothPathsGiveTheSameBitsAtEveryLength() throws {
        let key = try hashKey(seed: 71)
        let message = pseudorandomBytes(72, count: 700)
        for count in 0...700 {
            let part = Array(message[..<count])
            let (usual, portable) = (key.hash(part), key.hash(part, portably: true))
            #expect(Halves(usual) == Halves(portable), "\(count) bytes")
        }
    }

    @Test(arguments: [UInt64](1...40))
    func howAStringIsCutMakesNoDifference(_ seed: UInt64) throws {
        let key = try hashKey(seed: 5)
        let message = pseudorandomBytes(6, count: 2_000)
        var cuts = pseudorandomBytes(seed, count: 4_000)[...]
        var hash = PolynomialHash(portably: seed.isMultiple(of: 2))
        var start = 0
        while start < message.count {
            // Mostly a few bytes, sometimes many, sometimes none.
            let step = cuts.removeFirst() % (seed < 10 ? 3 : 255)
            let end = min(message.count, start + Int(step))
            message[start..<end].withUnsafeBytes { hash.append($0, key: key) }
            start = end
        }
        let (bytes, blocks) = (hash.byteCount, hash.blockCount)
        #expect(bytes == 2_000 && blocks == 125)
        let value = hash.close(key: key)
        let whole = key.hash(message)
        #expect(Halves(value) == Halves(whole))
    }

    @Test func aValueInBetweenDoesNotDisturbAndClosingBeginsAnew() throws {
        let key = try hashKey(seed: 9)
        let message = pseudorandomBytes(10, count: 100)
        var hash = PolynomialHash()
        for end in 1...100 {
            message[(end - 1)..<end].withUnsafeBytes { hash.append($0, key: key) }
            let value = hash.value(key: key)
            let whole = key.hash(Array(message[..<end]))
            #expect(Halves(value) == Halves(whole))
        }
        let first = hash.close(key: key)
        let empty = hash.close(key: key)
        let (whole, nothing) = (key.hash(message), key.hash([]))
        #expect(Halves(first) == Halves(whole))
        #expect(Halves(empty) == Halves(nothing))
    }

    @Test func zerosAtTheEndCount() throws {
        let key = try hashKey(seed: 3)
        var values: [Halves] = []
        for count in 0..<70 {
            let value = key.hash([UInt8](repeating: 0, count: count))
            #expect(!values.contains(Halves(value)), "\(count) zeros")
            values.append(Halves(value))
        }
    }

    @Test func eachSingleBitCounts() throws {
        let key = try hashKey(seed: 4)
        let message = pseudorandomBytes(5, count: 100)
        let whole = key.hash(message)
        for index in 0..<800 {
            var other = message
            other[index / 8] ^= 1 << UInt8(index % 8)
            let value = key.hash(other)
            #expect(!value.isEqual(to: whole), "bit \(index)")
        }
    }

    /// Two strings collide under exactly the roots of the difference of their polynomials: for
    /// m = b and m' = b + d, c in place of c + e, the difference d k^3 + e k^2 has the roots 0 and
    /// e / d.
    @Test func stringsCollideUnderTheRootOfTheirDifferenceAndNoOtherKey() throws {
        let first = pseudorandomBytes(31, count: 32)
        // d = 1, so that the root is e.
        let root = pseudorandomBytes(32, count: 16)
        var second = first
        second[0] ^= 1
        for index in 0..<16 { second[16 + index] ^= root[index] }
        for portably in [false, true] {
            let key = try hashKey(root)
            let isCollision = key.hash(first, portably: portably)
                .isEqual(to: key.hash(second, portably: portably))
            #expect(isCollision)
            for index in 0..<128 {
                var bytes = root
                bytes[index / 8] ^= 1 << UInt8(index % 8)
                let other = try hashKey(bytes)
                let isEqual = other.hash(first, portably: portably)
                    .isEqual(to: other.hash(second, portably: portably))
                #expect(!isEqual)
            }
        }
    }

    @Test(arguments: [0, 1, 15, 17, 32]) func aKeyOfAnotherLengthIsRefused(_ count: Int) {
        #expect(throws: AuthenticationError.keyBytes(given: count)) {
            _ = try hashKey([UInt8](repeating: 1, count: count))
        }
        #expect(throws: AuthenticationError.keyBytes(given: count)) {
            _ = try HashKey(SecretBytes(count: count))
        }
        let text = String(describing: AuthenticationError.keyBytes(given: count))
        #expect(text.contains("\(count)") && text.contains("16"))
    }

    @Test func theMemoryOfAKeyIsZeroWhenTheKeyIsGone() throws {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 16, alignment: 1)
        defer { memory.deallocate() }
        memory.copyBytes(from: pseudorandomBytes(1, count: 16))
        do {
            let key = try HashKey(SecretBytes(in: memory))
            let value = key.hash([1, 2, 3])
            let same = try hashKey(seed: 1).hash([1, 2, 3])
            #expect(Halves(value) == Halves(same))
        }
        #expect(memory.allSatisfy { $0 == 0 })
    }
}
