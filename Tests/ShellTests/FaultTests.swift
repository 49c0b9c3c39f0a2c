import FaultyDrivers
import Testing

@Suite struct FaultTests {
    /// What is said of pieces that come 100 ms apart, under one fault.
    func said(_ pieces: [[UInt8]], _ kind: FaultKind?) -> [[UInt8]] {
        var bytes = FaultyBytes()
        var said: [[UInt8]] = []
        for (index, piece) in pieces.enumerated() {
            let time = Int64(index) * 100_000_000_000
            piece.withUnsafeBytes { bytes.pass($0, kind, at: time) { said.append(Array($0)) } }
        }
        return said
    }

    let pieces: [[UInt8]] = (0..<12).map { [UInt8($0), 0xAA] }

    @Test func withoutAFaultEverythingIsSaidAsItCame() {
        #expect(said(pieces, nil) == pieces)
        #expect(said(pieces, .slow) == pieces)
    }

    @Test func offSaysNothingAndStuckTheSameAgain() {
        #expect(said(pieces, .off).isEmpty)
        #expect(said(pieces, .stuck) == Array(repeating: pieces[0], count: 12))
    }

    @Test func garbageIsAsLongAndSomethingElse() {
        let garbage = said(pieces, .garbage)
        #expect(garbage.map(\.count) == pieces.map(\.count))
        #expect(garbage != pieces)
    }

    @Test func intermittentIsOffForHalfOfEachSecond() {
        #expect(said(pieces, .intermittent) == Array(pieces[0..<5] + pieces[10..<12]))
    }

    @Test func delayedBytesComeLateTogetherAndInOrder() {
        let late = said(pieces, .delayed)
        #expect(late.first == Array(pieces[0..<5].joined()))
        let all = Array(late.joined())
        #expect(all == Array(pieces.joined().prefix(all.count)))
    }

    @Test func whatWasLateIsSaidOnceTheFaultIsTakenBack() {
        var bytes = FaultyBytes()
        var said: [UInt8] = []
        [1, 2].withUnsafeBytes { bytes.pass($0, .delayed, at: 0) { said += $0 } }
        let before = said
        [UInt8](arrayLiteral: 3).withUnsafeBytes { bytes.pass($0, nil, at: 1) { said += $0 } }
        #expect(before.isEmpty)
        #expect(said.last == 3)
        #expect(said.count > 1)
    }

    @Test func ordersAreKeptByInstrumentUntilTheyAreCleared() {
        let orders = FaultOrders()
        for instrument in FaultyInstrument.allCases {
            for kind in FaultKind.allCases {
                orders[instrument] = kind
                #expect(orders[instrument] == kind)
            }
        }
        #expect(orders.all.count == FaultyInstrument.allCases.count)
        orders.clear()
        #expect(orders.all.isEmpty)
    }
}
