import Quantities
import TimeTags

/// What goes wrong between the tagger and the station; nothing unless asked for.
public struct TaggerFaults: Equatable, Sendable {
    /// Chance that a frame never arrives.
    public var frameLossProbability = 0.0
    /// Chance that a frame arrives with one to four of its bytes changed.
    public var frameDamageProbability = 0.0
    /// Chance that the tagger's own memory runs over within one flush interval: it drops the
    /// interval's tags and says so in its next frame.
    public var overflowProbability = 0.0

    /// No faults.
    public init() {}
}

/// What a simulated tagger has sent, and what became of it.
public struct TaggerCounts: Equatable, Sendable {
    /// Frames made, heartbeats included.
    public var frames: Int64 = 0
    /// Bytes in them.
    public var bytes: Int64 = 0
    /// Frames that never arrived.
    public var framesLost: Int64 = 0
    /// Tags in frames that never arrived.
    public var tagsInLostFrames: Int64 = 0
    /// Frames that arrived changed.
    public var framesDamaged: Int64 = 0
    /// Tags in frames that arrived changed.
    public var tagsInDamagedFrames: Int64 = 0
    /// Tags that the tagger had no memory for.
    public var tagsOverflowed: Int64 = 0
}

/// The simulated world behind its time tagger: bytes in Lodestar's reference format.
///
/// The tagger closes a frame when it is full and at every flush interval, like a device with a
/// time-out; an interval without tags gives a heartbeat. The bytes do not depend on how the pass
/// is cut into calls of ``advance(to:)``.
public struct SimulatedTagger: Sendable {
    /// How often the tagger closes a frame that is not full, ps.
    public static let flushInterval: Int64 = 10_000_000_000

    /// The world that is tagged; its ``SimulatedWorld/truth`` scores the clock.
    public private(set) var world: SimulatedWorld
    /// What arrived in the last ``advance(to:)``.
    public private(set) var bytes: [UInt8] = []
    /// What has been sent so far.
    public private(set) var counts = TaggerCounts()

    private let faults: TaggerFaults
    private var encoder = ReferenceEncoder()
    private var generator: SeededGenerator
    private var frame = [UInt8](repeating: 0, count: ReferenceFormat.largestFrame)

    /// A tagger in the world of `parameters`, which have no faults of their own.
    public init(_ parameters: WorldParameters, faults: TaggerFaults = TaggerFaults()) {
        world = SimulatedWorld(parameters)
        self.faults = faults
        generator = SeededGenerator(
            seed: parameters.seed, stream: RandomStream.tagger.rawValue)
        bytes.reserveCapacity(64 * 1024)
    }

    /// Lets the pass run on and leaves in ``bytes`` what the tagger has sent by `utc`.
    ///
    /// - Parameter utc: ps since the start of the pass; rounded down to a flush interval.
    public mutating func advance(to utc: Int64) {
        bytes.removeAll(keepingCapacity: true)
        while world.time + Self.flushInterval <= utc {
            world.advance(to: world.time + Self.flushInterval)
            sendInterval()
        }
    }

    private mutating func sendInterval() {
        let overflows = generator.uniform() < faults.overflowProbability
        if overflows, let first = world.tags.first {
            encoder.reportLoss(from: first.time, count: UInt32(world.tags.count))
            counts.tagsOverflowed += Int64(world.tags.count)
            return
        }
        guard !world.tags.isEmpty else {
            let now = world.time + world.parameters.clocks.stationOffsetPicoseconds
            let size = frame.withUnsafeMutableBytes { encoder.heartbeat(at: now, into: $0) }
            return send(frameSize: size, tags: 0)
        }
        var taken = 0
        while taken < world.tags.count {
            let progress = encodeFrame(from: taken)
            // The world makes only records that the format holds, so there is always progress.
            guard progress.tagsConsumed > 0 else { return }
            taken += progress.tagsConsumed
            send(frameSize: progress.bytesWritten, tags: Int64(progress.tagsConsumed))
        }
    }

    /// Writes the tags from `start` on into ``frame``, as many as fit.
    private mutating func encodeFrame(from start: Int) -> EncodeProgress {
        var progress = EncodeProgress(tagsConsumed: 0, bytesWritten: 0)
        world.tags.withUnsafeBufferPointer { tags in
            frame.withUnsafeMutableBytes { output in
                let rest = UnsafeBufferPointer(rebasing: tags[start...])
                do throws(EncodeError) {
                    progress = try encoder.finish(rest, into: output)
                } catch {
                    preconditionFailure("a simulated tag that the format cannot hold: \(error)")
                }
            }
        }
        return progress
    }

    private mutating func send(frameSize: Int, tags: Int64) {
        counts.frames += 1
        counts.bytes += Int64(frameSize)
        // Drawn for every frame, so that one fault does not shift the others.
        let isLost = generator.uniform() < faults.frameLossProbability
        let isDamaged = generator.uniform() < faults.frameDamageProbability
        var damage = SeededGenerator(seed: generator.next(), stream: 0)
        guard !isLost else {
            counts.framesLost += 1
            counts.tagsInLostFrames += tags
            return
        }
        if isDamaged {
            counts.framesDamaged += 1
            counts.tagsInDamagedFrames += tags
            for _ in 0...damage.below(4) {
                let place = Int(damage.below(UInt64(frameSize)))
                frame[place] ^= UInt8(1 + damage.below(255))
            }
        }
        bytes.append(contentsOf: frame[..<frameSize])
    }
}
