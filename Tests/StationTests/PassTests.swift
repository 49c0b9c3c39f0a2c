import BoardFile
import Foundation
import Sifting
import Testing

@testable import Station

/// A whole simulated pass of seconds, from tagger bytes to sifted bits, and again from its recording.
@Suite(.serialized) struct PassTests {
    private func run(_ board: Board, seed: UInt64, into directory: String? = nil) throws
        -> PassSummary
    {
        try SimulatedPass(board: board, seed: seed, directory: directory).run()
    }

    @Test func aPassYieldsKeyThatBothEndsShareAndEveryClickIsAccountedFor() throws {
        let seed: UInt64 = 5
        let summary = try run(try shortBoard(), seed: seed)
        #expect(summary.detections == summary.explained, "seed \(seed): \(summary)")
        #expect(summary.dropped.values.allSatisfy { $0 >= 0 }, "\(summary.dropped)")
        #expect(summary.siftedBits > 1_000, "\(summary)")
        #expect(summary.siftedBits == summary.keyBasisBits + summary.testBasisBits)
        #expect(summary.closing == "agreed", "\(summary.closing)")
        #expect(summary.keyBitsCompared == summary.keyBasisBits)
        #expect(summary.sync.slotSlips == 0)
        // Misalignment 0.6 % and some background.
        let qber = try #require(summary.qberTrue)
        #expect((0.003...0.02).contains(qber), "QBER \(qber)")
        let total = summary.counts.rectilinear.n + summary.counts.diagonal.n
        #expect(total.reduce(0, +) == summary.siftedBits)
    }

    @Test func misalignmentShowsAsErrors() throws {
        let summary = try run(try shortBoard(misalignment: 0.05), seed: 5)
        let qber = try #require(summary.qberTrue)
        #expect(abs(qber - 0.054) < 0.012, "QBER \(qber)")
    }

    @Test func theSeedAloneDecides() throws {
        let board = try shortBoard(lowestElevation: 80.2)
        let first = try run(board, seed: 8)
        let again = try run(board, seed: 8)
        let other = try run(board, seed: 9)
        #expect(first.siftedBits > 0)
        #expect(first.siftedSha256 == again.siftedSha256)
        #expect(first.dropped == again.dropped)
        #expect(first.siftedSha256 != other.siftedSha256)
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func aLinkThatLosesAThirdStillAgrees(seed: UInt64) throws {
        let link = """
            loss = 0.3
            corruption = 0.05
            duplication = 0.05
            fade_fraction = 0.3
            fade_longest = "3 s"
            """
        let summary = try run(try shortBoard(lowestElevation: 80, link: link), seed: seed)
        #expect(summary.closing == "agreed", "seed \(seed): \(summary.closing)")
        #expect(summary.detections == summary.explained, "seed \(seed): \(summary)")
        #expect(summary.link.repeatedMessages > 0, "seed \(seed)")
        #expect(summary.siftedBits > 0, "seed \(seed)")
    }

    @Test func aCancelledPassEndsInOrder() throws {
        let pass = try SimulatedPass(board: try shortBoard(), seed: 3, directory: nil)
        let cancel = pass.cancel
        let summary = try pass.run { if $0.time >= 5 { cancel() } }
        #expect(summary.durationS < 70)
        #expect(summary.detections == summary.explained)
        #expect(summary.closing == "agreed")
    }

    // MARK: Replay

    /// What identifies a sifted click.
    private struct Bit: Hashable {
        var slot: Int64
        var basis: UInt8
        var bit: UInt8
        var intensity: UInt8
    }

    private final class Bits {
        var all: Set<Bit> = []
    }

    private func replay(_ directory: String) throws -> (Replay.Outcome, Set<Bit>) {
        let bits = Bits()
        let outcome = try Replay.run(
            directory,
            onEpoch: { result, clicks, _ in
                guard result.outcome == .sifted else { return }
                for click in clicks {
                    bits.all.insert(
                        Bit(
                            slot: click.slot, basis: click.basis, bit: click.bit,
                            intensity: click.intensity))
                }
            })
        return (outcome, bits.all)
    }

    @Test func aReplayGivesTheSameBits() throws {
        let folder = try Folder()
        let directory = folder.path + "/pass"
        let summary = try run(try shortBoard(), seed: 6, into: directory)
        let (outcome, bits) = try replay(directory)
        #expect(outcome.damage.isEmpty)
        #expect(outcome.summary.siftedSha256 == summary.siftedSha256)
        #expect(outcome.recorded?.siftedSha256 == summary.siftedSha256)
        #expect(outcome.summary.dropped == summary.dropped)
        #expect(Int64(bits.count) == summary.siftedBits)
    }

    @Test(arguments: ["raw.lts", "journal.bin"])
    func aTruncatedRecordingReplaysToNothingNew(name: String) throws {
        let folder = try Folder()
        let directory = folder.path + "/pass"
        _ = try run(try shortBoard(lowestElevation: 80), seed: 7, into: directory)
        let (_, whole) = try replay(directory)
        #expect(whole.count > 500)
        let path = directory + "/" + name
        let bytes = try #require(FileManager.default.contents(atPath: path))
        var cuts = [0, 1, 7, 8, 20, 21, bytes.count - 1, bytes.count - 17]
        cuts += (1...7).map { bytes.count * $0 / 8 + $0 }
        for cut in cuts {
            try bytes.prefix(cut).write(to: URL(fileURLWithPath: path))
            let (outcome, bits) = try replay(directory)
            #expect(bits.isSubset(of: whole), "\(name) cut at \(cut) of \(bytes.count)")
            #expect(
                outcome.summary.detections == outcome.summary.explained,
                "\(name) cut at \(cut): \(outcome.summary)")
        }
    }

    @Test func damageInTheRawFileIsReportedAndTheRestIsReplayed() throws {
        let folder = try Folder()
        let directory = folder.path + "/pass"
        _ = try run(try shortBoard(lowestElevation: 80), seed: 7, into: directory)
        let (_, whole) = try replay(directory)
        let path = directory + "/raw.lts"
        var bytes = try #require(FileManager.default.contents(atPath: path))
        for index in bytes.count / 2..<bytes.count / 2 + 40 { bytes[index] ^= 0x5A }
        try bytes.write(to: URL(fileURLWithPath: path))
        let (outcome, bits) = try replay(directory)
        #expect(!outcome.damage.isEmpty)
        #expect(bits.isSubset(of: whole))
        #expect(bits.count > whole.count / 4, "\(bits.count) of \(whole.count)")
    }

    // MARK: Recording

    @Test func aDirectoryThatHoldsAPassIsRefused() throws {
        let folder = try Folder()
        let directory = folder.path + "/pass"
        let board = try shortBoard(lowestElevation: 80.5)
        _ = try run(board, seed: 1, into: directory)
        #expect(throws: PassError.self) {
            _ = try SimulatedPass(board: board, seed: 2, directory: directory)
        }
    }

    @Test func theJournalReadsBackWhatWasWrittenAndIgnoresACutRecord() throws {
        let folder = try Folder()
        var journal = try PassJournal(directory: folder.path)
        var expected: [PassJournal.Entry] = []
        for index in 0..<300 {
            let message = [UInt8](repeating: UInt8(index % 251), count: index)
            let content: PassJournal.Content =
                switch index % 4 {
                case 0: .message(message)
                case 1: .step
                case 2: .gap(.disconnected)
                default: .aim(isGood: index % 2 == 0)
                }
            let entry = PassJournal.Entry(
                time: Int64(index) << 40 - 5, streamOffset: Int64(index * 1_000), content: content)
            expected.append(entry)
            switch content {
            case .message(let message):
                try message.withUnsafeBytes {
                    try journal.append(
                        time: entry.time, streamOffset: entry.streamOffset, message: $0)
                }
            case .step:
                try journal.append(
                    time: entry.time, streamOffset: entry.streamOffset, message: nil)
            case .aim(let isGood):
                try journal.append(
                    AimTimeline.Verdict(time: entry.time, isGood: isGood),
                    streamOffset: entry.streamOffset)
            case .gap(let reason):
                try journal.append(
                    gap: reason, time: entry.time, streamOffset: entry.streamOffset)
            }
        }
        try journal.finish()
        #expect(try PassJournal.read(folder.path) == expected)
        let path = folder.path + "/" + PassJournal.fileName
        let bytes = try #require(FileManager.default.contents(atPath: path))
        for cut in stride(from: 0, to: bytes.count, by: 97) {
            try bytes.prefix(cut).write(to: URL(fileURLWithPath: path))
            let read = try PassJournal.read(folder.path)
            #expect(read == Array(expected.prefix(read.count)), "cut at \(cut)")
        }
    }

    @Test func theSummaryReadsBack() throws {
        let summary = try run(try shortBoard(lowestElevation: 80.5), seed: 4)
        #expect(try PassSummary(json: summary.json()) == summary)
    }
}
