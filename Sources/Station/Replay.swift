import BoardFile
import Crypto
import Foundation
import Recorder
import Simulator
import Wire

/// Runs a recorded pass again, from its directory alone, through the same engine.
public enum Replay {
    /// What a replay came to.
    public struct Outcome {
        /// The summary, made anew.
        public var summary: PassSummary
        /// Damage found in the recording, in words.
        public var damage: [String]
        /// The summary that was recorded, if there is one.
        public var recorded: PassSummary?
    }

    /// Replays the pass in `directory`.
    public static func run(
        _ directory: String, progress: (Double) -> Void = { _ in }
    ) throws -> Outcome {
        try run(directory, onEpoch: { _, _, _ in }, progress: progress)
    }

    /// Replays the pass in `directory` and tells `onEpoch` of every epoch.
    static func run(
        _ directory: String, onEpoch: @escaping SiftKeeper.EpochListener,
        progress: (Double) -> Void = { _ in }
    ) throws -> Outcome {
        let started = ContinuousClock.now
        let manifest = try PassManifest.read(from: directory)
        let board = try Board.parse(
            manifest.boardText, path: directory + "/" + PassManifest.fileName)
        let setup = try PassSetup(
            directory: directory, seed: UInt64(bitPattern: manifest.seed ?? 0))
        let world = try board.worldParameters(seed: setup.seed)
        let topology = try Topology(
            board: board, setup: setup, world: world, onEpoch: onEpoch)
        let (engine, book) = (topology.engine, topology.book)
        var tape = try Tape(directory)
        let now = try play(tape: &tape, entries: PassJournal.read(directory), engine, progress)
        var summary = PassSummary(
            board: board, engine: engine, book: book, keyBasis: topology.keyBasis)
        summary.seed = manifest.seed
        summary.durationS = Double(now) * 1e-12
        summary.finishTiming(since: started)
        return Outcome(summary: summary, damage: tape.damage, recorded: recorded(directory))
    }

    private static func recorded(_ directory: String) -> PassSummary? {
        FileManager.default.contents(atPath: directory + "/" + PassSummary.fileName)
            .flatMap { try? PassSummary(json: $0) }
    }

    /// Tells the engine what it was told then, in the same order.
    private static func play(
        tape: inout Tape, entries: [PassJournal.Entry], _ engine: PassEngine,
        _ progress: (Double) -> Void
    ) throws -> Int64 {
        let message = UnsafeMutableRawBufferPointer.allocate(
            byteCount: MessageHeader.largestMessage, alignment: 16)
        defer { message.deallocate() }
        var now: Int64 = 0
        var hasFinished = false
        for (index, entry) in entries.enumerated() {
            if case .aim(let isGood) = entry.content {
                engine.aim(AimTimeline.Verdict(time: entry.time, isGood: isGood))
                continue
            }
            let isStep = entry.content == .step
            let stepEnd = isStep ? entry.time : entries.stepTime(after: index) ?? entry.time
            if entry.streamOffset > tape.position {
                let bytes = try tape.read(to: entry.streamOffset)
                bytes.withUnsafeBytes { engine.take($0, now: stepEnd) }
            } else if !hasFinished, tape.isAtEnd, isStep || stepEnd > entry.time, stepEnd > now {
                engine.finish(now: now)
                hasFinished = true
            }
            if case .gap(let reason) = entry.content {
                engine.breakStream(reason)
                continue
            }
            if case .message(let bytes) = entry.content {
                bytes.withUnsafeBytes { engine.receive($0, now: entry.time) }
                continue
            }
            now = entry.time
            // The sifter gives one message per call until none is due.
            while engine.poll(now: now, into: message) > 0 {}
            if now % 1_000_000_000_000 == 0 { progress(Double(now) * 1e-12) }
        }
        if !hasFinished { engine.finish(now: now) }
        return now
    }

    /// The raw bytes in order, with damage noted and skipped.
    private struct Tape: ~Copyable {
        private var reader: RawReader
        private var held: [UInt8] = []
        private var heldStart = 0
        private(set) var position: Int64 = 0
        private(set) var isAtEnd = false
        private(set) var damage: [String] = []

        init(_ directory: String) throws {
            reader = try RawReader(directory + "/" + RawRecorder.fileName)
        }

        /// The bytes up to stream offset `end`, less what is damaged.
        mutating func read(to end: Int64) throws -> [UInt8] {
            var result: [UInt8] = []
            // Each turn takes from what is held or reads the next piece.
            while position < end {
                let available = held.count - heldStart
                if available > 0 {
                    let count = min(available, Int(end - position))
                    result.append(contentsOf: held[heldStart..<heldStart + count])
                    heldStart += count
                    position += Int64(count)
                    continue
                }
                guard try load() else { break }
            }
            if heldStart == held.count { _ = try load() }
            return result
        }

        private mutating func load() throws -> Bool {
            guard let piece = try reader.next() else {
                isAtEnd = true
                return false
            }
            switch piece {
            case .bytes:
                held = Array(reader.bytes)
                heldStart = 0
            case .damage(let found):
                damage.append(found.description)
                if let range = found.streamRange { position = max(position, range.upperBound) }
            }
            return true
        }
    }
}

extension [PassJournal.Entry] {
    /// Time of the first step at or after entry `index`.
    fileprivate func stepTime(after index: Int) -> Int64? {
        self[index...].first { $0.content == .step }?.time
    }
}
