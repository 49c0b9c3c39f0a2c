import Testing

@testable import Reconciliation

/// The arithmetic of one row of checks.
@Suite struct CheckRowTests {
    /// The arrays of a random row with `columns` columns.
    private struct Arrays {
        let size, padded, edges, stride: Int
        var columns: [UInt32]
        var rotations: [UInt16]
        var parities, least, others, weakest, signs, tables: [UInt8]
        var scratch, posterior: [Int8]

        init(size: Int, edges: Int, source: inout TestSource) {
            self.size = size
            self.edges = edges
            padded = (size + 31) / 32 * 32
            stride = (size + 63) / 32 * 32
            columns = (0..<edges).map { [stride] in UInt32($0 * stride) }
            rotations = columns.map { _ in UInt16(source.below(size)) }
            parities = (0..<padded).map { _ in source.next() & 1 == 0 ? 0 : 128 }
            least = (0..<padded).map { _ in UInt8(source.below(25)) }
            others = (0..<padded).map { _ in UInt8(source.below(25)) }
            weakest = (0..<padded).map { _ in UInt8(source.below(edges)) }
            signs = source.bytes((edges + 7) / 8 * padded)
            tables = [UInt8](repeating: 0, count: CheckTables.bytes)
            scratch = [Int8](repeating: 0, count: edges * padded)
            posterior = [Int8](repeating: 0, count: edges * stride)
            for edge in 0..<edges {
                for lane in 0..<size {
                    let value = Int8(truncatingIfNeeded: Int(source.next() % 255) - 127)
                    posterior[edge * stride + lane] = value
                }
                for lane in size..<size + 32 {
                    posterior[edge * stride + lane] = posterior[edge * stride + lane - size]
                }
            }
            tables.withUnsafeMutableBufferPointer { $0.baseAddress.map(CheckTables.fill) }
        }

        /// Updates the posteriors once; how many checks did not hold.
        mutating func update(portably: Bool, turn: Int) -> Int {
            let row = CheckRow(
                size: size, padded: padded, edges: edges, columns: start(columns),
                rotations: start(rotations), parities: start(parities), least: start(&least),
                others: start(&others), weakest: start(&weakest), signs: start(&signs),
                scratch: start(&scratch), tables: start(tables), turn: turn)
            let target = start(&posterior)
            return portably ? row.updatePortably(target) : row.update(target)
        }

        /// What is defined: the values of lanes below `size`.
        var known: [[Int]] {
            let lanes = 0..<size
            return [
                posterior.map { Int($0) }, lanes.map { Int(least[$0]) },
                lanes.map { Int(others[$0]) }, lanes.map { Int(weakest[$0]) },
                signs.indices.filter { $0 % padded < size }.map { Int(signs[$0]) },
            ]
        }

        private func start<T>(_ values: [T]) -> UnsafePointer<T> {
            values.withUnsafeBufferPointer { $0.baseAddress! }
        }
        private func start<T>(_ values: inout [T]) -> UnsafeMutablePointer<T> {
            values.withUnsafeMutableBufferPointer { $0.baseAddress! }
        }
    }

    @Test(arguments: [1, 5, 31, 32, 33, 64, 100, 128])
    func vectorsGiveTheSameAsThePortableCode(size: Int) {
        var source = TestSource(seed: UInt64(size))
        for edges in [2, 7, 8, 9, 40, size == 33 ? 254 : 71] {
            var fast = Arrays(size: size, edges: edges, source: &source)
            // Lanes past the size differ between the two; only those below it mean anything.
            var slow = fast
            for turn in 0..<3 {
                let broken = (
                    fast.update(portably: false, turn: turn),
                    slow.update(portably: true, turn: turn)
                )
                #expect(broken.0 == broken.1)
            }
            #expect(meaningful(fast) == meaningful(slow))
        }
    }

    /// The known values, posteriors without the room past each column's repeated lanes.
    private func meaningful(_ arrays: Arrays) -> [[Int]] {
        var known = arrays.known
        known[0] = known[0].enumerated()
            .filter { $0.offset % arrays.stride < arrays.size + 32 }.map(\.element)
        return known
    }

    @Test func aCheckOfTwoEdgesTellsEachWhatTheOtherSays() {
        var source = TestSource(seed: 1)
        var arrays = Arrays(size: 32, edges: 2, source: &source)
        arrays.least = arrays.least.map { _ in 0 }
        arrays.others = arrays.least
        arrays.parities = arrays.parities.map { _ in 128 }
        arrays.rotations = [0, 0]
        for lane in 0..<64 {
            arrays.posterior[lane] = 8
            arrays.posterior[64 + lane] = 20
        }
        #expect(arrays.update(portably: true, turn: 0) == 32)
        // Odd parity: the sure bit is told that one of the two is wrong, at most as sure as the
        // other was; the unsure bit is turned over.
        for lane in 0..<32 {
            #expect((8...14).contains(arrays.posterior[64 + lane]))
            #expect((-13...(-10)).contains(arrays.posterior[lane]))
        }
    }

    @Test func doubtsAndMagnitudesAreInverseToEachOther() {
        var tables = [UInt8](repeating: 0, count: CheckTables.bytes)
        tables.withUnsafeMutableBufferPointer { $0.baseAddress.map(CheckTables.fill) }
        for magnitude in 1...16 {
            let back = (0..<8).map { version in
                let doubt = CheckTables.doubt(
                    tables, turn: version, magnitude: UInt8(magnitude))
                return Double(CheckTables.magnitude(tables, doubt, dither: 2))
            }
            #expect(abs(back.reduce(0, +) / 8 - Double(magnitude)) < 0.8)
        }
    }
}
