import Secrets
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A mapping of this process, as the kernel lists it.
private struct Mapping {
    var addresses: Range<UInt>
    var flags: [Substring] = []
}

/// The mappings of this process; none where the system does not list them.
private func mappings() -> [Mapping] {
    var maps: [Mapping] = []
    #if canImport(Glibc)
        // In the C library: the file has no size that Foundation could go by.
        guard let file = fopen("/proc/self/smaps", "r") else { return [] }
        defer { fclose(file) }
        var room = [CChar](repeating: 0, count: 8_192)
        while fgets(&room, CInt(room.count), file) != nil {
            let bytes = room.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            let words = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
            let ends = words.first?.split(separator: "-").compactMap { UInt($0, radix: 16) } ?? []
            if ends.count == 2 {
                maps.append(Mapping(addresses: ends[0]..<ends[1]))
            } else if words.first == "VmFlags:" {
                maps[maps.count - 1].flags = Array(words[1...])
            }
        }
    #endif
    return maps
}

/// Whether locking does anything here: under a sanitizer the call says yes and does nothing.
private func locksAreReal() -> Bool {
    #if canImport(Glibc)
        let page = UnsafeMutableRawBufferPointer.allocate(byteCount: 4_096, alignment: 4_096)
        defer { page.deallocate() }
        guard mlock(page.baseAddress, page.count) == 0 else { return false }
        defer { munlock(page.baseAddress, page.count) }
        let start = UInt(bitPattern: page.baseAddress)
        return mappings().first { $0.addresses.contains(start) }?.flags.contains("lo") == true
    #else
        return false
    #endif
}

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

    /// The kernel says of every mapping what holds for it: "lo" locked, "dd" left out of dumps.
    @Test func allocatedMemoryIsPagesOfItsOwnThatAreLockedAndNotDumped() {
        let first = SecretBytes(count: 5)
        let second = SecretBytes(count: 5_000)
        let third = SecretBytes(count: 1)
        let starts = [
            first.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) },
            second.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) },
            third.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) },
        ]
        #expect(starts.allSatisfy { $0.isMultiple(of: 4_096) } && Set(starts).count == 3)
        let maps = mappings()
        guard locksAreReal(), first.isLocked, second.isLocked, third.isLocked else { return }
        for start in starts {
            let mapping = maps.first { $0.addresses.contains(start) }
            #expect(mapping?.flags.contains("lo") == true && mapping?.flags.contains("dd") == true)
        }
    }

    @Test func handedInMemoryIsLeftToTheCallerToLock() {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 16, alignment: 16)
        defer { memory.deallocate() }
        let secret = SecretBytes(in: memory)
        let isLocked = secret.isLocked
        #expect(!isLocked)
    }

    /// One wiped and freed beside it leaves the other locked.
    @Test func aSecretStaysLockedWhenItsNeighbourGoes() {
        let kept = SecretBytes(count: 16)
        for _ in 0..<50 {
            let passing = SecretBytes(count: 16)
            let count = passing.count
            #expect(count == 16)
        }
        let start = kept.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
        let maps = mappings()
        guard locksAreReal(), kept.isLocked else { return }
        #expect(maps.first { $0.addresses.contains(start) }?.flags.contains("lo") == true)
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
