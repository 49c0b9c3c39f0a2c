import Foundation
public import Orbit

/// Instants of UTC as text, to the microsecond.
public enum UTCText {
    /// `instant` as "2026-03-20T21:00:00.123Z", with `digits` after the point, 0 to 6.
    public static func text(_ instant: UTCInstant, digits: Int = 3) -> String {
        let scale = (0..<min(max(digits, 0), 6)).reduce(1.0) { scale, _ in scale * 10 }
        // Rounded as a whole, so that 59.9996 s becomes the next minute.
        let rounded = UTCInstant(
            day: instant.day, seconds: (instant.seconds * scale).rounded() / scale)
        let (year, month, day) = civil(rounded.day)
        let ticks = Int64((rounded.seconds * scale).rounded())
        let whole = ticks / Int64(scale)
        var result = String(
            format: "%04lld-%02lld-%02lldT%02lld:%02lld:%02lld", year, month, day, whole / 3600,
            whole / 60 % 60, whole % 60)
        if digits > 0 {
            let fraction = String(ticks % Int64(scale) + Int64(scale)).dropFirst()
            result += "." + fraction
        }
        return result + "Z"
    }

    /// The instant of "2026-03-20T21:00:00.5Z" or, by day of year, "2026-079T21:00:00.5".
    ///
    /// The Z may be left out and the seconds may have any number of decimals; a date alone is
    /// its 0 h. Years 1957 to 2200; no leap seconds.
    ///
    /// - Returns: `nil` if `text` is no such time.
    public static func instant(_ text: String) -> UTCInstant? {
        var bytes = Array(text.utf8)
        if bytes.last == UInt8(ascii: "Z") || bytes.last == UInt8(ascii: "z") { bytes.removeLast() }
        let halves = bytes.split(
            maxSplits: 1, omittingEmptySubsequences: false,
            whereSeparator: { $0 == UInt8(ascii: "T") || $0 == UInt8(ascii: " ") })
        guard let date = halves.first, let day = modifiedJulianDay(date) else { return nil }
        guard halves.count == 2 else { return UTCInstant(day: day, seconds: 0) }
        let parts = halves[1].split(
            separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].count == 2, parts[1].count == 2,
            let hour = whole(parts[0]), hour < 24, let minute = whole(parts[1]), minute < 60,
            parts[2].count >= 2, parts[2].count < 20,
            parts[2].allSatisfy({ (48...57).contains($0) || $0 == 46 }),
            let second = Double(String(decoding: parts[2], as: UTF8.self)), second < 60
        else { return nil }
        return UTCInstant(day: day, seconds: Double(hour * 3600 + minute * 60) + second)
    }

    /// Modified Julian date of a date of the Gregorian calendar; `nil` if there is none.
    public static func modifiedJulianDay(year: Int64, month: Int64, day: Int64) -> Int64? {
        guard (1957...2200).contains(year), (1...12).contains(month), day >= 1 else { return nil }
        let first = dayNumber(year, month, 1)
        let next = month == 12 ? dayNumber(year + 1, 1, 1) : dayNumber(year, month + 1, 1)
        return day <= next - first ? first + day - 1 : nil
    }

    /// Modified Julian date of day `day` of a year, from 1; `nil` if there is none.
    static func modifiedJulianDay(year: Int64, dayOfYear day: Int64) -> Int64? {
        guard (1957...2200).contains(year), day >= 1 else { return nil }
        let first = dayNumber(year, 1, 1)
        return day <= dayNumber(year + 1, 1, 1) - first ? first + day - 1 : nil
    }

    private static func modifiedJulianDay(_ date: ArraySlice<UInt8>) -> Int64? {
        let parts = date.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard let year = parts.first, year.count == 4, let year = whole(year) else { return nil }
        switch parts.count {
        case 3:
            guard parts[1].count == 2, parts[2].count == 2, let month = whole(parts[1]),
                let day = whole(parts[2])
            else { return nil }
            return modifiedJulianDay(year: year, month: month, day: day)
        case 2:
            guard parts[1].count == 3, let day = whole(parts[1]) else { return nil }
            return modifiedJulianDay(year: year, dayOfYear: day)
        default: return nil
        }
    }

    private static func whole(_ digits: ArraySlice<UInt8>) -> Int64? {
        guard !digits.isEmpty, digits.count < 10 else { return nil }
        var value: Int64 = 0
        for digit in digits {
            guard (48...57).contains(digit) else { return nil }
            value = value * 10 + Int64(digit - 48)
        }
        return value
    }

    /// Counted from March, so that the leap day comes last.
    private static func dayNumber(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let leapDays = shifted / 4 - shifted / 100 + shifted / 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return 365 * shifted + leapDays + dayOfYear - 678_881
    }

    private static func civil(_ modifiedJulianDay: Int64) -> (Int64, Int64, Int64) {
        // Within the calendar's use; days beyond print as its ends.
        let number = min(max(modifiedJulianDay, -600_000), 2_000_000)
        var year = 1858 + (number - 45) / 366
        while dayNumber(year, 1, 1) > number { year -= 1 }
        while dayNumber(year + 1, 1, 1) <= number { year += 1 }
        var month: Int64 = 1
        while month < 12, dayNumber(year, month + 1, 1) <= number { month += 1 }
        return (year, month, number - dayNumber(year, month, 1) + 1)
    }
}

/// `value` with `digits` after the point.
func decimals(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
