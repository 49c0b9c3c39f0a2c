/// Bytes with a fault on order: what a tagger or a link would have said, spoilt.
///
/// Memory is taken when it is made.
public struct FaultyBytes: ~Copyable {
    /// Bytes that are kept, late or to be said again: a tenth of a second at 1 Mtag/s.
    public static let capacity = 1 << 20
    /// How late bytes are when they are delayed, ps.
    public static let lateness: Int64 = 500_000_000_000
    /// When a fault is intermittent, it is off for the second half of this time, ps.
    private static let rhythm: Int64 = 1_000_000_000_000

    private let kept: UnsafeMutableRawBufferPointer
    private var count = 0
    private var isStuck = false
    private var delayedSince: Int64?
    private var noise: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// Nothing is kept.
    public init() { kept = .allocate(byteCount: Self.capacity, alignment: 16) }

    deinit { kept.deallocate() }

    /// Whether something intermittent is off at `time`, ps.
    public static func isOff(at time: Int64) -> Bool {
        let phase = time % rhythm
        return (phase < 0 ? phase + rhythm : phase) >= rhythm / 2
    }

    /// Hands `bytes` on as `kind` has it; what it means for single instruments is left out.
    ///
    /// - Parameter time: Of the instrument's clock, ps.
    public mutating func pass(
        _ bytes: UnsafeRawBufferPointer, _ kind: FaultKind?, at time: Int64,
        _ body: (UnsafeRawBufferPointer) -> Void
    ) {
        if kind != .stuck { isStuck = false }
        if kind != .delayed { letGo(body) }
        switch kind {
        case nil, .wrong, .slow: body(bytes)
        case .off: break
        case .intermittent: if !Self.isOff(at: time) { body(bytes) }
        case .garbage: spoil(bytes, body)
        case .stuck:
            if !isStuck {
                isStuck = true
                keep(bytes)
            }
            body(UnsafeRawBufferPointer(rebasing: kept[..<min(count, bytes.count)]))
        case .delayed: delay(bytes, at: time, body)
        }
    }

    private mutating func keep(_ bytes: UnsafeRawBufferPointer) {
        count = min(bytes.count, kept.count)
        if count > 0 { kept.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<count])) }
    }

    /// Other bytes in their place, as many.
    private mutating func spoil(
        _ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void
    ) {
        keep(bytes)
        for index in 0..<count {
            // xorshift64 of Marsaglia, J. Stat. Softw. 8(14), 2003.
            noise ^= noise &<< 13
            noise ^= noise &>> 7
            noise ^= noise &<< 17
            kept[index] ^= UInt8(truncatingIfNeeded: noise)
        }
        body(UnsafeRawBufferPointer(rebasing: kept[..<count]))
        count = 0
    }

    /// Gathers bytes and hands them on together, late; what has no room is said at once.
    private mutating func delay(
        _ bytes: UnsafeRawBufferPointer, at time: Int64, _ body: (UnsafeRawBufferPointer) -> Void
    ) {
        let since = delayedSince ?? time
        if time - since >= Self.lateness || count + bytes.count > kept.count { letGo(body) }
        guard bytes.count <= kept.count else { return body(bytes) }
        if delayedSince == nil { delayedSince = time }
        guard !bytes.isEmpty else { return }
        UnsafeMutableRawBufferPointer(rebasing: kept[count..<(count + bytes.count)])
            .copyMemory(from: bytes)
        count += bytes.count
    }

    /// Hands on what was late.
    private mutating func letGo(_ body: (UnsafeRawBufferPointer) -> Void) {
        guard delayedSince != nil else { return }
        delayedSince = nil
        if count > 0 { body(UnsafeRawBufferPointer(rebasing: kept[..<count])) }
        count = 0
    }
}
