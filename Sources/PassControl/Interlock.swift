/// A value with the time at which it was true.
public struct TimedInput<Value: Sendable>: Sendable {
    /// What was measured or said.
    public var value: Value
    /// When, ps.
    public var time: Int64

    /// A value with its time.
    public init(_ value: Value, at time: Int64) {
        self.value = value
        self.time = time
    }

    /// The value, unless it is older than `age` ps or from the future.
    public func fresh(at now: Int64, age: Int64) -> Value? {
        Elapsed.isWithin(age, from: time, to: now) ? value : nil
    }
}

/// Spans of time whose ends come from outside, so that their difference may not fit.
enum Elapsed {
    /// Whether `end` comes 0 to `span` ps after `start`.
    static func isWithin(_ span: Int64, from start: Int64, to end: Int64) -> Bool {
        let (way, isTooLong) = end.subtractingReportingOverflow(start)
        return !isTooLong && way >= 0 && way <= span
    }

    /// Whether `end` comes more than `span` ps after `start`.
    static func isBeyond(_ span: Int64, from start: Int64, to end: Int64) -> Bool {
        guard end > start else { return false }
        let (way, isTooLong) = end.subtractingReportingOverflow(start)
        return isTooLong || way > span
    }
}

/// Why an interlock forbids.
public struct InterlockReasons: Equatable, Sendable, BitwiseCopyable {
    private var bits: UInt16

    /// Nothing forbids.
    public static let none = InterlockReasons(bits: 0)
    /// Nobody asks for it.
    public static let notWanted = InterlockReasons(bits: 1)
    /// An input is missing or too old.
    public static let staleInput = InterlockReasons(bits: 2)
    /// The telescope looks below the laser's mask.
    public static let belowMask = InterlockReasons(bits: 4)
    /// An aircraft may be near, or its detector says so.
    public static let aircraft = InterlockReasons(bits: 8)
    /// The link to the satellite is lost.
    public static let linkLost = InterlockReasons(bits: 16)
    /// All is well, but not yet for long enough.
    public static let holdOff = InterlockReasons(bits: 32)
    /// The telescope looks too near the Sun.
    public static let sun = InterlockReasons(bits: 64)
    /// The fine loop is open.
    public static let loopOpen = InterlockReasons(bits: 128)
    /// A detector counts more than it stands, now.
    public static let rate = InterlockReasons(bits: 256)
    /// A detector counted more than it stands, and the latch was not taken off.
    public static let latched = InterlockReasons(bits: 512)

    private init(bits: UInt16) { self.bits = bits }

    /// Whether nothing forbids.
    public var isEmpty: Bool { bits == 0 }

    /// Whether all of `other` are among these.
    public func contains(_ other: InterlockReasons) -> Bool { bits & other.bits == other.bits }

    mutating func add(_ reason: InterlockReasons, if isGiven: Bool) {
        if isGiven { bits |= reason.bits }
    }
}

#if !hasFeature(Embedded)
    extension InterlockReasons: CustomStringConvertible {
        /// All reasons in words, with commas; "clear" if there are none.
        public var description: String {
            let names: [(InterlockReasons, String)] = [
                (.notWanted, "not wanted"), (.staleInput, "an input is missing or too old"),
                (.belowMask, "below the mask"), (.aircraft, "aircraft"),
                (.linkLost, "link lost"), (.holdOff, "held off"), (.sun, "too near the Sun"),
                (.loopOpen, "fine loop open"), (.rate, "count rate over the limit"),
                (.latched, "latched by an earlier count rate"),
            ]
            let given = names.filter { contains($0.0) }.map(\.1)
            return given.isEmpty ? "clear" : given.joined(separator: ", ")
        }
    }
#endif

/// Time over which nothing forbade, counted from one evaluation to the next.
public struct HoldOff: Equatable, Sendable, BitwiseCopyable {
    /// Since when nothing forbids, ps; `nil` while something does.
    public private(set) var clearSince: Int64?

    /// Something forbade until now.
    public init() {}

    /// Takes one evaluation; says whether all was well for `span` ps.
    mutating func take(isClear: Bool, at now: Int64, span: Int64) -> Bool {
        guard isClear else {
            clearSince = nil
            return false
        }
        let since = clearSince.map { $0 <= now ? $0 : now } ?? now
        clearSince = since
        return span <= 0 || Elapsed.isBeyond(span - 1, from: since, to: now)
    }
}
