import BoardFile
import Foundation
import Procedures
import Testing
import TimeTags

/// Goal: a bench that is served gives the detectors that calibrations look for, as ordered.
@Suite struct ServedBenchTests {
    private static let second: Int64 = 1_000_000_000_000

    /// Clicks of each detector in `seconds` of steps of half a millisecond.
    private func count(_ bench: inout ServedBench, seconds: Double) throws -> [Int] {
        let channels = bench.truth.detectors.map(\.channel)
        var counts = [0, 0, 0, 0]
        var last = Int64.min
        var isOrdered = true
        for _ in 0..<Int(seconds * 2_000) {
            for tag in bench.advance(by: Self.second / 2_000, isCounting: true) {
                if tag.time < last || tag.time >= bench.taggerTime { isOrdered = false }
                last = tag.time
                if let place = channels.firstIndex(of: tag.channel) { counts[place] += 1 }
            }
        }
        #expect(isOrdered)
        return counts
    }

    @Test func lightGatesAndThresholdsDoAsOrdered() throws {
        var bench = try ServedBench(board: Rig.board(), seed: 5)
        _ = bench.obey(.light(.lamp(rate: 100_000)))
        let lit = try count(&bench, seconds: 0.2)
        #expect(lit.allSatisfy { (15_000...25_000).contains($0) }, "\(lit)")
        _ = bench.obey(.gate(1, isOpen: false))
        _ = bench.obey(.only(1))
        let blanked = try count(&bench, seconds: 0.2)
        #expect(blanked[1] == 0 && blanked[0] < 40, "\(blanked)")
        _ = bench.obey(.gate(1, isOpen: true))
        // The pulses are 960 mV high with a spread of 70.
        bench.see(thresholds: [Int16](repeating: 1_300, count: 8), usesExternalClock: false)
        #expect(try count(&bench, seconds: 0.2)[1] < 40)
        bench.see(thresholds: [Int16](repeating: 500, count: 8), usesExternalClock: true)
        #expect(try count(&bench, seconds: 0.2)[1] > 15_000)
        _ = bench.obey(.shutter(isOpen: false))
        #expect(try count(&bench, seconds: 0.2)[1] < 40)
    }

    @Test func tooMuchLightIsLoggedWithTheBlankingAndLeavesTheDetectorDeaf() throws {
        var bench = try ServedBench(board: Rig.board(), seed: 5)
        _ = bench.obey(.only(2))
        let on = bench.obey(.light(.lamp(rate: 1e7)))
        _ = try count(&bench, seconds: 0.002)
        let blanked = bench.obey(.gate(2, isOpen: false))
        _ = try count(&bench, seconds: 0.002)
        let off = bench.obey(.light(.lamp(rate: 1e6)))
        _ = bench.obey(.gate(2, isOpen: true))
        let log = try #require(bench.exposures.first)
        #expect(bench.exposures.count == 1 && log.detector == "D")
        #expect(log.onPs == on && log.blankedPs == blanked && log.offPs == off)
        // 2 ms on a clock that is slow by 5e-7, as the board has it.
        #expect(blanked - on == 1_999_999_000)
        // Some 5 ms of deafness: nothing in the first three, and light after ten.
        #expect(try count(&bench, seconds: 0.003)[2] == 0)
        _ = try count(&bench, seconds: 0.007)
        #expect(try count(&bench, seconds: 0.01)[2] > 5_000)
    }

    @Test(arguments: [
        BenchOrder.light(.dark), .light(.lamp(rate: 180_000)),
        .light(.laser(rate: 110_000, period: 100_000, sync: 1_000_000)),
        .light(.satellite(rate: 50_000)), .filters(0.02), .plate(22.5), .plate(nil), .only(2),
        .only(nil), .window(.init(delay: -3_000, width: 2_000)), .window(nil),
        .shutter(isOpen: false), .gate(3, isOpen: true),
    ])
    func anOrderIsReadAsItIsWritten(order: BenchOrder) throws {
        #expect(try BenchOrder(order.line) == order)
    }

    @Test(arguments: [
        ("set lamp 180", "a rate from 0Hz to 20MHz"), ("set filters 0", "transmittance"),
        ("set plate 22.5", "22.5deg"), ("gate X open", "H, V, D and A"),
        ("set laser 1kHz 100ns 150ns", "no multiple"), ("lamp on", "possible are set dark"),
        ("set lamp nanHz", "a rate"),
    ])
    func aLineThatIsNoOrderIsRefusedWithWhatIsAllowed(line: String, words: String) {
        do throws(BenchOrder.Refusal) {
            _ = try BenchOrder(line)
            Issue.record("\(line) was taken")
        } catch {
            #expect(error.description.contains(words), "\(error)")
        }
    }
}
