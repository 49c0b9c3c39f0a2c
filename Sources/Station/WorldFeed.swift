import Dispatch
import FaultyDrivers
import Foundation
import Simulator
import TimeTags

/// The simulated tagger at work: a thread that runs the world ahead and hands over its bytes.
///
/// One producer, one consumer, a fixed number of packets between them. What comes out depends on
/// the seed alone, not on how the threads run.
final class WorldFeed: @unchecked Sendable {
    /// Stream time in one packet, ps.
    static let step = PassSession.step
    /// Packets under way: a third of a second of world.
    static let packetCount = 32
    /// Tag time between two truths, ps.
    static let truthStep: Int64 = 1_000_000_000

    /// What the tagger sent in one step, and what the world knows of that step.
    final class Packet {
        /// The tagger's bytes.
        var bytes: [UInt8] = []
        /// UTC at the step's end, ps since the start of the pass.
        var end: Int64 = 0
        /// True satellite times at ``truthStep`` of tag time, the first at `truthStart`.
        var truth: [Int64] = []
        /// Tag time of the first truth, ps.
        var truthStart: Int64 = 0
        /// Elevation and azimuth, degrees, and range, m, at the step's end.
        var elevation = 0.0
        var azimuth = 0.0
        var range = 0.0
        /// What aiming came to in this step, what was noted, and the verdicts on the aim.
        var pointing: PointingRecord?
        var notes: [PointingNote] = []
        var verdicts: [AimTimeline.Verdict] = []
        /// Whether no packet follows.
        var isLast = false
    }

    private var packets: [Packet] = []
    /// Begins at 0 and is raised: one that ends below its first value is an error to Dispatch, and
    /// a pass that is stopped ends with packets under way.
    private let free = DispatchSemaphore(value: 0)
    private let filled = DispatchSemaphore(value: 0)
    private var consumed = 0
    private var world: SimulatedWorld
    private var encoder = ReferenceEncoder()
    private var nextTruth: Int64?
    private let frame: UnsafeMutableRawBufferPointer
    private let isStopped = StopFlag()
    /// When the last light arrives, UTC ps since the start of the pass.
    let end: Int64

    /// Who aims the telescope, if anybody does.
    private let pointing: PointingRun?

    /// What the tagger does wrong on order, if anybody may order it.
    private let faults: FaultOrders?
    private var spoiled = FaultyBytes()

    init(
        _ parameters: WorldParameters, pointing: PointingRun? = nil, faults: FaultOrders? = nil
    ) {
        self.pointing = pointing
        self.faults = faults
        world = SimulatedWorld(parameters)
        if let pointing { world.pointing = { pointing.step($0) } }
        end = world.end
        frame = .allocate(byteCount: 32 * ReferenceEncoder.smallestOutput, alignment: 16)
        for _ in 0..<Self.packetCount {
            let packet = Packet()
            packet.bytes.reserveCapacity(32_768)
            packet.truth.reserveCapacity(64)
            packets.append(packet)
            free.signal()
        }
    }

    deinit { frame.deallocate() }

    /// Starts the thread.
    func start() {
        let thread = Thread { [self] in run() }
        thread.name = "world"
        thread.stackSize = 4 << 20
        thread.start()
    }

    /// The next packet; call ``release()`` when done with it.
    func next() -> Packet {
        filled.wait()
        return packets[consumed % Self.packetCount]
    }

    /// Gives the packet from ``next()`` back.
    func release() {
        consumed += 1
        free.signal()
    }

    /// Ends the thread early.
    func stop() {
        isStopped.set()
        free.signal()
    }

    private func run() {
        var produced = 0
        var time: Int64 = 0
        // Ends with the pass, or when told to.
        while true {
            free.wait()
            if isStopped.isSet { return }
            let packet = packets[produced % Self.packetCount]
            time += Self.step
            fill(packet, to: time)
            packet.isLast = time >= world.end
            produced += 1
            let isLast = packet.isLast
            filled.signal()
            if isLast { return }
        }
    }

    private func fill(_ packet: Packet, to time: Int64) {
        world.advance(to: time)
        if time >= world.end { pointing?.park(after: time) }
        packet.end = time
        packet.pointing = pointing?.takeRecord()
        packet.notes = pointing?.takeNotes() ?? []
        packet.verdicts = pointing?.takeVerdicts() ?? []
        packet.bytes.removeAll(keepingCapacity: true)
        world.tags.withUnsafeBufferPointer { encode($0, into: packet) }
        if let faults { spoil(packet, faults[.tagger], at: time) }
        packet.truth.removeAll(keepingCapacity: true)
        let range = world.truth.tagRange
        var tag = nextTruth ?? (range.lowerBound / Self.truthStep + 1) * Self.truthStep
        packet.truthStart = tag
        while tag < range.upperBound, let satellite = world.truth.satelliteTime(atTag: tag) {
            packet.truth.append(satellite)
            tag += Self.truthStep
        }
        nextTruth = tag
        let look = world.orbit.look(at: Double(time) * 1e-12)
        packet.elevation = look.elevation * 180 / .pi
        packet.azimuth = look.azimuth * 180 / .pi
        packet.range = look.range
    }

    /// The packet's bytes as a faulty tagger says them.
    private func spoil(_ packet: Packet, _ kind: FaultKind?, at time: Int64) {
        var said: [UInt8] = []
        packet.bytes.withUnsafeBytes { bytes in
            spoiled.pass(bytes, kind, at: time) { said.append(contentsOf: $0) }
        }
        packet.bytes = said
    }

    private func encode(_ tags: UnsafeBufferPointer<TimeTag>, into packet: Packet) {
        var next = 0
        // The reference format holds every tag of the simulated inputs.
        while next < tags.count {
            let rest = UnsafeBufferPointer(rebasing: tags[next...])
            guard let progress = try? encoder.finish(rest, into: frame),
                progress.tagsConsumed > 0
            else { preconditionFailure("the reference format cannot hold a simulated tag") }
            packet.bytes.append(contentsOf: frame[..<progress.bytesWritten])
            next += progress.tagsConsumed
        }
    }
}

/// A flag that one thread sets and another sees.
final class StopFlag: @unchecked Sendable {
    private let lock = NSLock()
    private var value = false

    /// Whether it was set.
    var isSet: Bool { lock.withLock { value } }

    /// Sets it for good.
    func set() { lock.withLock { value = true } }
}
