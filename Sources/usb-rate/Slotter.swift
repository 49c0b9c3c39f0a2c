import ClockSync
import Gating
import TimeTags

/// Decoder and gate with the tagger's own clock, fed with pieces of any length.
struct Slotter: ~Copyable {
    /// Clicks so far.
    private(set) var clicks = 0
    /// The decoder and what it has seen.
    private(set) var decoder: ReferenceDecoder
    private var stage: GateStage
    private let tags = UnsafeMutableBufferPointer<TimeTag>.allocate(capacity: 8_192)
    private let out = UnsafeMutableBufferPointer<Click>.allocate(
        capacity: 8_192 + GateStage.heldCapacity)
    private let storage = UnsafeMutableRawBufferPointer.allocate(
        byteCount: GateStage.storageByteCount, alignment: 64)
    /// What is left of the pieces before, less than a frame, and room for one more piece.
    private let held = UnsafeMutableRawBufferPointer.allocate(
        byteCount: ReferenceFormat.largestFrame * 2, alignment: 64)
    private var heldCount = 0
    /// Segments of the clock, a hundred of 10 ms each about the last tag.
    private let segments = UnsafeMutableBufferPointer<ClockSegment>.allocate(capacity: 100)

    /// Six channels: 1PPS, beacon, and four detectors, as the simulated station has them.
    ///
    /// - Parameter isPortable: Whether to do without the processor's vector instructions.
    init(isPortable: Bool) throws {
        decoder = ReferenceDecoder(isPortable: isPortable)
        var plan = try GatePlan(slotPeriod: 1_600, gateWidth: 800, deadTime: 50_000)
        let roles: [ChannelRole] = [
            .pps, .beacon, .horizontal, .vertical, .diagonal, .antidiagonal,
        ]
        for (channel, role) in roles.enumerated() {
            try plan.connect(channel: UInt8(channel), to: role, skew: 0)
        }
        out.initialize(repeating: Click(slot: 0, offset: 0, detector: 0))
        stage = GateStage(plan: plan, storage: storage, isPortable: isPortable)
        _ = segments.initialize(from: (0..<100).map { Self.segment(at: Int64($0 - 50)) })
    }

    deinit {
        tags.deallocate()
        out.deallocate()
        storage.deallocate()
        held.deallocate()
        segments.deallocate()
    }

    /// The tagger's own time as the satellite's.
    private static func segment(at number: Int64) -> ClockSegment {
        let length = ClockSegment.longestDuration
        return ClockSegment(
            tagStart: number * length, duration: length, satelliteStart: number * length, rate: 0,
            sigma: 10, isValid: true)
    }

    /// Takes what a transfer brought.
    mutating func take(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes
        // A frame that began before is completed with as little copying as there can be.
        while heldCount > 0, !rest.isEmpty {
            let count = min(rest.count, ReferenceFormat.largestFrame)
            let room = UnsafeMutableRawBufferPointer(rebasing: held[heldCount...])
            room.copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<count]))
            let all = UnsafeRawBufferPointer(rebasing: held[..<(heldCount + count)])
            let used = decode(all, atMost: 1)
            guard used > heldCount else {
                let kept = heldCount + count - used
                let target = UnsafeMutableRawBufferPointer(rebasing: held[..<kept])
                // Both lie in the same memory; the copy allows that.
                target.copyMemory(from: UnsafeRawBufferPointer(rebasing: all[used...]))
                heldCount = min(kept, ReferenceFormat.largestFrame)
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                continue
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[(used - heldCount)...])
            heldCount = 0
        }
        let used = decode(rest, atMost: .max)
        let left = UnsafeRawBufferPointer(rebasing: rest[used...])
        guard !left.isEmpty, left.count <= ReferenceFormat.largestFrame else { return }
        held.copyMemory(from: left)
        heldCount = left.count
    }

    /// Decodes and gates; how many bytes were used.
    private mutating func decode(_ bytes: UnsafeRawBufferPointer, atMost calls: Int) -> Int {
        var used = 0
        var call = 0
        while call < calls, used < bytes.count {
            let progress = decoder.decode(
                UnsafeRawBufferPointer(rebasing: bytes[used...]), into: tags)
            if progress.bytesConsumed == 0 { break }
            used += progress.bytesConsumed
            gate(progress.tagsWritten)
            call += 1
        }
        return used
    }

    private mutating func gate(_ count: Int) {
        guard count > 0 else { return }
        let last = tags[count - 1].time
        if last > segments[90].tagStart || last < segments[10].tagStart {
            let middle = last / ClockSegment.longestDuration
            for index in segments.indices {
                segments[index] = Self.segment(at: middle + Int64(index - 50))
            }
        }
        var room = MutableSpan(_unsafeElements: out)
        clicks += stage.process(
            Span(_unsafeElements: UnsafeBufferPointer(rebasing: tags[..<count])),
            clock: Span(_unsafeElements: UnsafeBufferPointer(segments)), into: &room)
    }
}
