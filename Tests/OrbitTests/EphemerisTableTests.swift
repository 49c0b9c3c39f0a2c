import Orbit
import Testing

@Suite struct EphemerisTableTests {
    private static let start = UTCInstant(day: 61_119, seconds: 86_000)

    /// A curve of degree 7 in time: both methods give it back exactly.
    private static func curve(_ t: Double) -> OrbitState {
        let u = t / 600
        var value = 0.0
        var rate = 0.0
        var power = 1.0
        var lower = 0.0
        for exponent in 0...7 {
            rate += Double(exponent) * lower / 600
            lower = power
            value += power
            power *= u
        }
        return OrbitState(
            position: 1e5 * Vector(x: value, y: -2 * value, z: 0.5 * value),
            velocity: 1e5 * Vector(x: rate, y: -2 * rate, z: 0.5 * rate))
    }

    private static func rows(_ count: Int, without gap: Range<Int> = 0..<0) -> [EphemerisRow] {
        (0..<count).filter { !gap.contains($0) }.map {
            EphemerisRow(
                time: start.adding(Double($0) * 60), state: curve(Double($0) * 60 - 600))
        }
    }

    @discardableResult
    private static func table<R>(
        _ rows: [EphemerisRow], _ method: EphemerisTable.Method,
        _ body: (EphemerisTable) throws -> R
    ) throws -> R {
        try rows.withUnsafeBufferPointer {
            try body(
                try EphemerisTable(
                    rows: $0, frame: .earthFixed, method: method, largestStep: 90))
        }
    }

    @Test(arguments: [EphemerisTable.Method.lagrange(points: 10), .hermite(points: 4)])
    func aPolynomialComesBackWithItsSlope(method: EphemerisTable.Method) throws {
        try Self.table(Self.rows(21), method) { table in
            for time in stride(from: 0.0, through: 1200, by: 7.3) {
                let found = try table.state(at: Self.start.adding(time))
                let truth = Self.curve(time - 600)
                #expect((found.position - truth.position).length < 1e-6)
                #expect((found.velocity - truth.velocity).length < 1e-6)
            }
        }
    }

    @Test func itNeitherExtrapolatesNorBridgesGaps() throws {
        let rows = Self.rows(40, without: 20..<22)
        let lagrange = EphemerisTable.Method.lagrange(points: 10)
        try Self.table(rows, lagrange) { table in
            let early = Self.start.adding(-0.001)
            #expect(throws: EphemerisFault.beforeStart(asked: early, first: Self.start)) {
                try table.state(at: early)
            }
            let end = Self.start.adding(39 * 60)
            let late = end.adding(0.001)
            #expect(throws: EphemerisFault.afterEnd(asked: late, last: end)) {
                try table.state(at: late)
            }
            #expect(
                throws: EphemerisFault.gap(
                    after: Self.start.adding(19 * 60), until: Self.start.adding(22 * 60))
            ) {
                try table.state(at: Self.start.adding(20 * 60))
            }
            // Beside the gap only rows of the same side are used.
            let beside = try table.state(at: Self.start.adding(22.5 * 60))
            let truth = Self.curve(22.5 * 60 - 600)
            #expect((beside.position - truth.position).length < 1e-3)
        }
    }

    @Test func aTableTooShortOrOutOfOrderIsRefused() {
        let lagrange = EphemerisTable.Method.lagrange(points: 10)
        #expect(throws: EphemerisFault.tooShort(rows: 9, needed: 10)) {
            try Self.table(Self.rows(9), lagrange) { _ in }
        }
        var rows = Self.rows(12)
        rows.swapAt(4, 5)
        #expect(throws: EphemerisFault.notAscending(row: 5)) {
            try Self.table(rows, lagrange) { _ in }
        }
    }

    @Test func aRunTooShortBetweenGapsIsRefused() throws {
        try Self.table(Self.rows(14, without: 9..<11), .lagrange(points: 10)) { table in
            #expect(throws: EphemerisFault.tooShort(rows: 9, needed: 10)) {
                try table.state(at: Self.start.adding(100))
            }
        }
    }
}
