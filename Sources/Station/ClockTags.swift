import ClockSync
import Gating
import TimeTags

/// The tags that the clock needs, kept in memory so that it can run over them more than once.
struct ClockTags {
    /// Tags kept at most: 512 MiB; beyond it the clock runs once, with the board's noise.
    private static let capacity = 64 << 20
    /// Detections kept in each 10 ms: more would not make the clock better.
    private static let detectionsPerBlock = 2_000

    /// Tag times with the role in the lowest bits, skew removed.
    private var packed: [Int64] = []
    private var block = Int64.min
    private var inBlock = 0

    init(expecting count: Int64) { packed.reserveCapacity(Int(min(count, Int64(Self.capacity)))) }

    /// Keeps `tag` if the clock wants it.
    mutating func add(_ tag: TimeTag, plan: GatePlan) {
        guard tag.kind == .detection, Int(tag.channel) < GatePlan.channelCount,
            packed.count < Self.capacity
        else { return }
        let role = plan.roles[Int(tag.channel)]
        guard role == .beacon || role.isDetector else { return }
        let time = tag.time - plan.skews[Int(tag.channel)]
        if role.isDetector {
            let own = time / BeaconClock.block
            if own != block {
                block = own
                inBlock = 0
            }
            guard inBlock < Self.detectionsPerBlock else { return }
            inBlock += 1
        }
        packed.append(time << 1 | (role == .beacon ? 0 : 1))
    }

    /// Puts neighbours that came swapped into order.
    mutating func sort() {
        for index in packed.indices.dropFirst() where packed[index] < packed[index - 1] {
            packed.sort()
            return
        }
    }

    /// Number of tags kept.
    var count: Int { packed.count }

    /// Runs `clock` over all tags and hands out its segments.
    func run(
        _ clock: inout BeaconClock, _ body: (ClockSegment, Double, Double) -> Void
    ) {
        for entry in packed {
            let time = entry >> 1
            while !clock.accepts(time) {
                let before = clock.openBlock
                clock.advance(to: time)
                while let segment = clock.nextSegment() {
                    body(segment, clock.lastOffset, clock.lastBeaconSigma)
                }
                if clock.openBlock == before { break }
            }
            guard clock.accepts(time) else {
                clock.countLate()
                continue
            }
            if entry & 1 == 0 { clock.addBeacon(time) } else { clock.addDetection(time) }
        }
        clock.finish()
        while let segment = clock.nextSegment() {
            body(segment, clock.lastOffset, clock.lastBeaconSigma)
        }
    }
}
