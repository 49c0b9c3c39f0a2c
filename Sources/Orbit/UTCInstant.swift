import Quantities

/// An instant of UTC, kept as whole day and second of the day.
///
/// One `Double` would resolve a Julian date to 40 us, which is 0.3 m of a low orbit; the split
/// resolves 15 ps. Every day counts 86,400 s: a leap second shares its number with the next.
public struct UTCInstant: Equatable, Sendable, BitwiseCopyable {
    /// Modified Julian date: whole days since 1858-11-17.
    public private(set) var day: Int64
    /// Seconds since 0 h of that day, 0 up to 86,400.
    public private(set) var seconds: Double

    /// Seconds of a day.
    public static let secondsPerDay = 86_400.0
    /// Modified Julian date of 1970-01-01.
    public static let unixDay: Int64 = 40_587

    /// `seconds` after 0 h of `day`; any number of seconds up to 100,000 years.
    ///
    /// What is no number, or beyond, counts as 0 h.
    public init(day: Int64, seconds: Double) {
        let whole = (seconds / Self.secondsPerDay).rounded(.down)
        guard whole.magnitude < 4e7 else {
            self.day = day
            self.seconds = 0
            return
        }
        let rest = seconds - whole * Self.secondsPerDay
        // A tiny negative number of seconds rounds to a whole day.
        let isWhole = rest >= Self.secondsPerDay
        self.day = day &+ Int64(whole) &+ (isWhole ? 1 : 0)
        self.seconds = isWhole ? 0 : max(rest, 0)
    }

    /// An instant `seconds` after 1970-01-01 0 h and `fraction` of a second, 0 up to 1.
    public init(unixSeconds seconds: Int64, fraction: Double = 0) {
        let (whole, rest) = floorDivision(seconds, by: 86_400)
        self.init(day: Self.unixDay &+ whole, seconds: Double(rest) + fraction)
    }

    /// Whole seconds since 1970-01-01 0 h, rounded down.
    public var unixSeconds: Int64 {
        (day &- Self.unixDay) &* 86_400 &+ Int64(seconds.rounded(.down))
    }

    /// The instant `span` seconds later.
    public func adding(_ span: Double) -> UTCInstant {
        UTCInstant(day: day, seconds: seconds + span)
    }

    /// Seconds from `other` to this one, negative if it is earlier.
    public func since(_ other: UTCInstant) -> Double {
        Double(day &- other.day) * Self.secondsPerDay + (seconds - other.seconds)
    }

    /// Days since 2000-01-01 12 h.
    public var daysSinceJ2000: Double {
        Double(day &- 51_544) + (seconds / Self.secondsPerDay - 0.5)
    }
}

extension UTCInstant: Comparable {
    /// Earlier.
    public static func < (a: UTCInstant, b: UTCInstant) -> Bool {
        a.day == b.day ? a.seconds < b.seconds : a.day < b.day
    }
    /// Earlier or the same.
    public static func <= (a: UTCInstant, b: UTCInstant) -> Bool { !(b < a) }
    /// Later.
    public static func > (a: UTCInstant, b: UTCInstant) -> Bool { b < a }
    /// Later or the same.
    public static func >= (a: UTCInstant, b: UTCInstant) -> Bool { !(a < b) }
}
