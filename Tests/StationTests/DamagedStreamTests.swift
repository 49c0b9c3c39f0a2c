import BoardFile
import ClockSync
import Foundation
import Gating
import Simulator
import Testing
import TimeTags

@testable import Station

/// Tagger bytes that are damaged, missing or nonsense on their way into the engine.
@Suite struct DamagedStreamTests {
    /// The engine after a short pass whose bytes `damage` altered, 10 ms at a time.
    private func engine(
        seed: UInt64 = 2, piece: Int? = nil, damage: (Int, inout [UInt8]) -> Void
    ) throws -> PassEngine {
        let board = try shortBoard(lowestElevation: 80)
        let world = try #require(try board.worldParameters(seed: seed))
        let setup = PassSetup(board: board, world: world)
        let engine = try PassEngine(
            board: board, prediction: try setup.prediction(), session: setup.session,
            squashSeed: setup.squashSeed)
        let feed = WorldFeed(world)
        feed.start()
        var number = 0
        var now: Int64 = 0
        while true {
            let packet = feed.next()
            var bytes = packet.bytes
            now = packet.end
            let isLast = packet.isLast
            feed.release()
            damage(number, &bytes)
            bytes.withUnsafeBytes { bytes in
                guard let piece else { return engine.take(bytes, now: now) }
                var rest = bytes[...]
                while !rest.isEmpty {
                    engine.take(UnsafeRawBufferPointer(rebasing: rest.prefix(piece)), now: now)
                    // A read may bring nothing.
                    engine.take(UnsafeRawBufferPointer(start: nil, count: 0), now: now)
                    rest = rest.dropFirst(piece)
                }
            }
            number += 1
            if isLast { break }
        }
        engine.finish(now: now)
        return engine
    }

    private func accepted(_ engine: PassEngine) -> UInt64 {
        engine.path.gate.tally.count(.accepted)
    }

    @Test(arguments: [7, 1_000, 2_047, 5_000])
    func readsOfAnySizeAndOfNothingGiveTheSameClicks(piece: Int) throws {
        let whole = try engine { _, _ in }
        let pieces = try engine(piece: piece) { _, _ in }
        #expect(pieces.path.counters == whole.path.counters)
        #expect(accepted(pieces) == accepted(whole))
        #expect(accepted(whole) > 1_000)
    }

    @Test func bytesReachTheSameClicksHoweverTheyAreCut() throws {
        let whole = try engine { _, _ in }
        #expect(whole.path.counters.losses == 0)
        var held: [UInt8] = []
        let cut = try engine { number, bytes in
            // A third of each packet comes with the next; none is left over for long.
            held += bytes
            let count = number % 2 == 0 ? held.count * 2 / 3 : held.count
            bytes = Array(held[..<count])
            held.removeFirst(count)
        }
        #expect(cut.path.counters.losses == 0)
        #expect(accepted(cut) > accepted(whole) * 9 / 10)
    }

    @Test func droppedPacketsAreCountedAndThePassGoesOn() throws {
        let whole = try engine { _, _ in }
        let cut = try engine { number, bytes in if number % 100 == 50 { bytes = [] } }
        #expect(cut.path.counters.losses > 0)
        #expect(accepted(cut) > accepted(whole) * 8 / 10)
        #expect(accepted(cut) < accepted(whole))
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func flippedBitsAreCountedAndThePassGoesOn(seed: UInt64) throws {
        var generator = Noise(state: seed)
        let damaged = try engine { number, bytes in
            guard number % 20 == 10, !bytes.isEmpty else { return }
            let place = Int(generator.next() % UInt64(bytes.count))
            bytes[place] ^= UInt8(1) << UInt8(generator.next() % 8)
        }
        #expect(damaged.path.counters.losses > 0, "seed \(seed)")
        #expect(damaged.path.clock.statistics.accepted > 10_000, "seed \(seed)")
        #expect(accepted(damaged) > 500, "seed \(seed)")
    }

    @Test func nothingButNonsenseYieldsNothing() throws {
        var generator = Noise(state: 9)
        let lost = try engine { _, bytes in
            for index in bytes.indices {
                bytes[index] = UInt8(truncatingIfNeeded: generator.next())
            }
        }
        #expect(accepted(lost) == 0)
    }
}

/// A sink that counts.
private struct CountingSink: ClickSink, ~Copyable {
    var clicks = 0
    var segments = 0
    mutating func accept(_ clicks: UnsafeMutableBufferPointer<Click>) {
        self.clicks += clicks.count
    }
    mutating func complete(before slot: Int64) {}
    mutating func accept(_ segment: ClockSegment, offset: Double, beaconSigma: Double) {
        segments += 1
    }
}

/// The tag path by itself, on tags made by hand.
@Suite struct TagPathTests {
    private func path(waitingCapacity: Int = 1 << 16) throws -> TagPath {
        let board = try shortBoard()
        let rows = (-5...200).map { LightTimeRow(time: $0 * 1_000_000_000_000, lightTime: 2e9) }
        return TagPath(
            plan: try board.gatePlan(), clock: board.clockConfiguration,
            prediction: try LightTimeTable.lasting(rows), lagBlocks: 50,
            waitingCapacity: waitingCapacity)
    }

    private func detections(_ times: [Int64], channel: UInt8 = 3) -> [TimeTag] {
        times.map { TimeTag(time: $0, channel: channel) }
    }

    @Test func whatDoesNotFitWhileWaitingIsCounted() throws {
        var path = try path(waitingCapacity: 100)
        var sink = CountingSink()
        let tags = detections((0..<1_000).map { Int64($0) * 1_000_000 })
        tags.withUnsafeBufferPointer { path.take($0, into: &sink) }
        path.finish(into: &sink)
        let overflow = path.counters.waitingOverflow
        let invalid = Int64(path.gate.tally.count(.invalidClock))
        let perChannel = path.detections(on: 3)
        #expect(overflow == 900)
        #expect(invalid == 100)
        #expect(perChannel == 1_000)
    }

    @Test func aTimeFarAheadIsDroppedUnlessOthersAgree() throws {
        var path = try path()
        var sink = CountingSink()
        var times = (0..<1_000).map { Int64($0) * 1_000_000 }
        times[300] += 3_600_000_000_000_000
        times[600] += 1 << 60
        detections(times).withUnsafeBufferPointer { path.take($0, into: &sink) }
        #expect(path.counters.strayTime == 2)
        path.finish(into: &sink)
        let invalid = path.gate.tally.count(.invalidClock)
        #expect(invalid == 998)
    }

    @Test(arguments: [Int64.max, .min, .max - 5_000_000_000, .min + 5_000_000_000, 1 << 62])
    func theLargestTimesNeitherTrapNorPoisonThePath(time: Int64) throws {
        var path = try path()
        var sink = CountingSink()
        let times =
            [time] + (0..<500).map { Int64($0) * 1_000_000 } + [time, time, time, time, time, time]
        for channel in [1, 2, 3] as [UInt8] {
            detections(times, channel: channel).withUnsafeBufferPointer {
                path.take($0, into: &sink)
            }
        }
        path.finish(into: &sink)
        #expect(path.counters.strayTime == 21)
        let invalid = path.gate.tally.count(.invalidClock)
        #expect(invalid == 500)
    }
}

/// Light-time tables that others wrote, with what can be wrong in them.
@Suite struct LightTimeFileTests {
    private func message(_ text: String) throws -> String {
        let folder = try Folder()
        let path = folder.path + "/table.csv"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        do {
            _ = try LightTimeFile.read(path)
            return ""
        } catch { return "\(error)" }
    }

    private func table(_ count: Int, replacing line: Int? = nil, by other: String = "") -> String {
        var lines = ["t_s,light_time_ps"] + (0..<count).map { "\($0),\(2_000_000_000 + $0)" }
        if let line { lines[line - 1] = other }
        return lines.joined(separator: "\n") + "\n"
    }

    @Test func aGoodTableIsReadExactly() throws {
        let folder = try Folder()
        let path = folder.path + "/table.csv"
        try
            "# by hand\nname,light_time_ps,t_s\n\(((0..<8).map { "x,\(2_000_000_000 + $0).25,\($0).5" }).joined(separator: "\r\n"))\n"
            .write(toFile: path, atomically: true, encoding: .utf8)
        let rows = try LightTimeFile.read(path)
        #expect(rows.count == 8)
        #expect(rows[7] == LightTimeRow(time: 7_500_000_000_000, lightTime: 2_000_000_007.25))
        #expect(rows[3].time == 3_500_000_000_000)
    }

    @Test(
        arguments: [
            ("-0.5", -500_000_000_000), ("12.000000000001", 12_000_000_000_001),
            ("3", 3_000_000_000_000),
            ("1e1", 10_000_000_000_000), ("-7.25", -7_250_000_000_000), (".5", 500_000_000_000),
        ] as [(String, Int64)])
    func secondsBecomeWholePicoseconds(text: String, picoseconds: Int64) {
        #expect(LightTimeFile.picoseconds(text) == picoseconds)
    }

    @Test func everyFaultNamesItsLineAndWhatIsAllowed() throws {
        #expect(
            try message(table(10, replacing: 1, by: "t,light")).contains("t_s and light_time_ps"))
        let short = try message(table(10, replacing: 5, by: "3"))
        #expect(short.contains("line 5") && short.contains("column"))
        let word = try message(table(10, replacing: 5, by: "x,2e9"))
        #expect(word.contains("line 5") && word.contains("t_s is x") && word.contains("4 000 000"))
        let late = try message(table(10, replacing: 5, by: "9999999,2e9"))
        #expect(late.contains("line 5") && late.contains("4 000 000"))
        for value in ["-1", "nan", "inf", "1e20", ""] {
            let light = try message(table(10, replacing: 5, by: "3,\(value)"))
            #expect(light.contains("line 5") && light.contains("1.5e13"), "\(light)")
        }
        let gap = try message(table(10, replacing: 5, by: "#"))
        #expect(gap.contains("line 6") && gap.contains("at least one row a second"))
        let back = try message(table(10, replacing: 5, by: "2,2e9"))
        #expect(back.contains("line 5") && back.contains("ascend"))
        let few = try message(table(5))
        #expect(few.contains("5 rows") && few.contains("6"))
        #expect(try message("").contains("0 rows"))
        let absent = #expect(throws: LightTimeFile.Fault.self) {
            _ = try LightTimeFile.read("/no/such/table.csv")
        }
        #expect(absent?.description.contains("/no/such/table.csv") == true)
    }
}
