import Foundation
import Testing

@testable import BoardFile

@Suite struct ParameterTableTests {
    @Test(arguments: Parameter.all.map(\.path))
    func everyDefaultIsWithinItsOwnRange(path: String) throws {
        let row = try #require(Parameter.byPath[path])
        if case .text(let text) = row.fallback {
            #expect(row.read(default: text) != nil, "\(path): default \(text)")
        }
        #expect(!row.help.isEmpty)
    }

    @Test func calendarTimesAgreeWithFoundation() {
        let formatter = ISO8601DateFormatter()
        for seconds in stride(from: Int64(946_684_800), to: 4_102_444_799, by: 8_640_007) {
            let text = formatter.string(from: Date(timeIntervalSince1970: Double(seconds)))
            #expect(CalendarTime.seconds(text) == seconds)
            #expect(CalendarTime.text(seconds) == text)
        }
        #expect(CalendarTime.seconds("2026-02-29T00:00:00Z") == nil)
        #expect(CalendarTime.seconds("2026-03-20T24:00:00Z") == nil)
    }
}

@Suite struct DecimalTests {
    @Test(arguments: ["e", "E"], ["-9223372036854775808", "9223372036854775807", "-100", "100"])
    func anExponentBeyondAllUnitsIsNoNumber(mark: String, exponent: String) {
        #expect(Decimal("1\(mark)\(exponent)") == nil)
        #expect(faults(minimal + "\n[gate]\nwidth = \"1\(mark)\(exponent) ps\"").count == 1)
    }

    @Test func anExponentOfTwoDigitsIsExact() {
        #expect(Decimal("25e-99")?.power == -99)
        #expect(Decimal("-2.5E+99") == Decimal("-25e98"))
    }
}
