import Quantities

/// UTC times as text and as seconds since 1970-01-01T00:00:00Z, leap seconds not counted.
public enum CalendarTime {
    /// Seconds of "2026-03-20T21:00:00Z", of the years 2000 to 2099; `nil` if it is no such time.
    public static func seconds(_ text: String) -> Int64? {
        let pattern = Array("dddd-dd-ddTdd:dd:ddZ".utf8)
        var bytes = Array(text.utf8)
        if bytes.last == UInt8(ascii: "z") { bytes[bytes.count - 1] = UInt8(ascii: "Z") }
        guard bytes.count == pattern.count else { return nil }
        for (byte, form) in zip(bytes, pattern) {
            let isDigit = (48...57).contains(byte)
            let isSeparator = byte == form || (form == UInt8(ascii: "T") && byte == 32)
            guard form == UInt8(ascii: "d") ? isDigit : isSeparator else { return nil }
        }
        func number(_ range: Range<Int>) -> Int64 {
            bytes[range].reduce(0) { $0 * 10 + Int64($1 - 48) }
        }
        let (year, month, day) = (number(0..<4), number(5..<7), number(8..<10))
        let (hour, minute, second) = (number(11..<13), number(14..<16), number(17..<19))
        guard (2000...2099).contains(year), (1...12).contains(month), hour < 24, minute < 60,
            second < 60, day >= 1, day <= days(inMonth: month, of: year)
        else { return nil }
        return dayNumber(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second
    }

    /// `seconds` since 1970 as "2026-03-20T21:00:00Z".
    public static func text(_ seconds: Int64) -> String {
        let (day, rest) = floorDivision(seconds, by: 86_400)
        var year = 1970 + day / 366
        while dayNumber(year + 1, 1, 1) <= day { year += 1 }
        var month: Int64 = 1
        while month < 12, dayNumber(year, month + 1, 1) <= day { month += 1 }
        let dayOfMonth = day - dayNumber(year, month, 1) + 1
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(year)-\(two(month))-\(two(dayOfMonth))T\(two(rest / 3_600)):"
            + "\(two(rest / 60 % 60)):\(two(rest % 60))Z"
    }

    private static func days(inMonth month: Int64, of year: Int64) -> Int64 {
        let next = month == 12 ? dayNumber(year + 1, 1, 1) : dayNumber(year, month + 1, 1)
        return next - dayNumber(year, month, 1)
    }

    /// Days from 1970-01-01 to a date of the Gregorian calendar, counted from March so that
    /// the leap day comes last.
    private static func dayNumber(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let monthFromMarch = (month + 9) % 12
        let leapDays = shifted / 4 - shifted / 100 + shifted / 400
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        return 365 * shifted + leapDays + dayOfYear - 719_468
    }
}
