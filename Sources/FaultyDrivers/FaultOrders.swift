import Synchronization

/// What an instrument can be made to do wrong.
public enum FaultKind: String, CaseIterable, Sendable {
    /// It does and says nothing.
    case off
    /// It stays at what it did or said last.
    case stuck
    /// It says what makes no sense.
    case garbage
    /// It says what makes sense and is not so.
    case wrong
    /// It takes its time over everything.
    case slow
    /// It is as it should be, but late.
    case delayed
    /// It is off for half of each second.
    case intermittent
}

/// What can be made faulty.
public enum FaultyInstrument: String, CaseIterable, Sendable {
    /// The time tagger.
    case tagger
    /// The gates of the detectors, all four.
    case gate
    /// The shutter before the detectors.
    case shutter
    /// The classical link.
    case link
    /// The fine camera.
    case camera
    /// The steering mirror.
    case mirror
    /// The telescope's mount.
    case mount
}

/// Which instrument is to do what wrong, now: written by people, read by threads that must not wait.
public final class FaultOrders: Sendable {
    private let tagger = Atomic<UInt8>(0)
    private let gate = Atomic<UInt8>(0)
    private let shutter = Atomic<UInt8>(0)
    private let link = Atomic<UInt8>(0)
    private let camera = Atomic<UInt8>(0)
    private let mirror = Atomic<UInt8>(0)
    private let mount = Atomic<UInt8>(0)

    /// Everything is well.
    public init() {}

    /// What `instrument` does wrong; `nil`: nothing.
    public subscript(instrument: FaultyInstrument) -> FaultKind? {
        get {
            switch instrument {
            case .tagger: Self.kind(tagger.load(ordering: .relaxed))
            case .gate: Self.kind(gate.load(ordering: .relaxed))
            case .shutter: Self.kind(shutter.load(ordering: .relaxed))
            case .link: Self.kind(link.load(ordering: .relaxed))
            case .camera: Self.kind(camera.load(ordering: .relaxed))
            case .mirror: Self.kind(mirror.load(ordering: .relaxed))
            case .mount: Self.kind(mount.load(ordering: .relaxed))
            }
        }
        set {
            let code = Self.code(newValue)
            switch instrument {
            case .tagger: tagger.store(code, ordering: .relaxed)
            case .gate: gate.store(code, ordering: .relaxed)
            case .shutter: shutter.store(code, ordering: .relaxed)
            case .link: link.store(code, ordering: .relaxed)
            case .camera: camera.store(code, ordering: .relaxed)
            case .mirror: mirror.store(code, ordering: .relaxed)
            case .mount: mount.store(code, ordering: .relaxed)
            }
        }
    }

    /// All that is wrong on order.
    public var all: [(instrument: FaultyInstrument, kind: FaultKind)] {
        FaultyInstrument.allCases.compactMap { instrument in
            self[instrument].map { (instrument, $0) }
        }
    }

    /// Everything is well again.
    public func clear() {
        for instrument in FaultyInstrument.allCases { self[instrument] = nil }
    }

    private static func code(_ kind: FaultKind?) -> UInt8 {
        switch kind {
        case nil: 0
        case .off: 1
        case .stuck: 2
        case .garbage: 3
        case .wrong: 4
        case .slow: 5
        case .delayed: 6
        case .intermittent: 7
        }
    }

    private static func kind(_ code: UInt8) -> FaultKind? {
        switch code {
        case 1: .off
        case 2: .stuck
        case 3: .garbage
        case 4: .wrong
        case 5: .slow
        case 6: .delayed
        case 7: .intermittent
        default: nil
        }
    }
}
