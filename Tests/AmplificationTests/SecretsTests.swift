import Secrets
import Testing

@Suite struct SecretsTests {
    @Test func memoryHandedToASecretIsZeroWhenTheSecretIsGone() {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 100, alignment: 16)
        defer { memory.deallocate() }
        memory.copyBytes(from: [UInt8](repeating: 7, count: 100))
        do {
            let secret = SecretBytes(in: memory)
            let sum = secret.withUnsafeBytes { $0.reduce(0) { $0 + Int($1) } }
            #expect(sum == 700)
        }
        #expect(memory.allSatisfy { $0 == 0 })
    }

    @Test(arguments: [0, 1, 7, 8, 33]) func bothWaysOfWipingLeaveZerosAndNothingBeyond(
        _ count: Int
    ) {
        for isPortable in [false, true] {
            var bytes = [UInt8](repeating: 0xA5, count: 40)
            bytes.withUnsafeMutableBytes { all in
                let part = UnsafeMutableRawBufferPointer(rebasing: all[..<count])
                if isPortable { wipePortably(part) } else { wipe(part) }
            }
            #expect(bytes[..<count].allSatisfy { $0 == 0 })
            #expect(bytes[count...].allSatisfy { $0 == 0xA5 })
        }
    }

    @Test func anAllocatedSecretBeginsAsZeros() {
        let secret = SecretBytes(count: 65)
        let isZero = secret.withUnsafeBytes { $0.count == 65 && $0.allSatisfy { $0 == 0 } }
        #expect(isZero)
        let empty = SecretBytes(count: 0)
        #expect(empty.count == 0)
    }

    @Test func aSingleDifferentBitMakesSecretsUnequal() {
        let bytes = pseudorandomBytes(1, count: 50)
        let isSame = secret(bytes).isEqual(to: secret(bytes))
        #expect(isSame)
        for index in 0..<400 {
            var other = bytes
            other[index / 8] ^= 1 << UInt8(index % 8)
            let isEqual = secret(bytes).isEqual(to: secret(other))
            #expect(!isEqual)
        }
        let isShorterEqual = secret(bytes).isEqual(to: secret(Array(bytes[..<49])))
        #expect(!isShorterEqual)
    }

    @Test func theCarrylessProductIsThatOfSchool() {
        var numbers = [UInt64](arrayLiteral: 0, 1, 1 << 63, .max, 0x1111_1111_1111_1111)
        let bytes = pseudorandomBytes(2, count: 200)
        for start in stride(from: 0, to: 200, by: 8) {
            numbers.append(bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) })
        }
        for a in numbers {
            for b in numbers {
                var (low, high): (UInt64, UInt64) = (0, 0)
                for shift in UInt64(0)..<64 where b >> shift & 1 == 1 {
                    low ^= a << shift
                    high ^= shift == 0 ? 0 : a >> (64 - shift)
                }
                let product = carrylessProduct(a, b)
                #expect(product.low == low && product.high == high)
            }
        }
    }
}
