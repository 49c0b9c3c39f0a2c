/// A decimal number as written, `digits * 10^power`, so that no rounding comes in between.
struct Decimal: Equatable, Sendable {
    /// Significant digits with their sign; no trailing zeroes.
    var digits: Int64
    /// Power of ten.
    var power: Int

    /// Reads "12", "-0.3", "1e-11"; `nil` if it is no number or has more than 18 digits.
    init?(_ text: some StringProtocol) {
        var rest = Substring(text)
        let isNegative = rest.first == "-"
        if let sign = rest.first, sign == "-" || sign == "+" { rest.removeFirst() }
        var power = 0
        if let mark = rest.firstIndex(where: { $0 == "e" || $0 == "E" }) {
            guard let exponent = Int(rest[rest.index(after: mark)...]),
                (-99...99).contains(exponent)
            else { return nil }
            power = exponent
            rest = rest[..<mark]
        }
        let parts = rest.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty }), let whole = parts.first else {
            return nil
        }
        let fraction = parts.count == 2 ? parts[1] : ""
        var all = Substring(whole + fraction)
        power -= fraction.count
        while all.count > 1, all.last == "0" {
            all.removeLast()
            power += 1
        }
        all = all.drop { $0 == "0" }
        guard all.utf8.allSatisfy({ (48...57).contains($0) }), all.utf8.count <= 18 else {
            return nil
        }
        digits = (Int64(all) ?? 0) * (isNegative ? -1 : 1)
        self.power = digits == 0 ? 0 : power
    }

    /// This times `multiplier * 10^power` as a whole number; `nil` if it is none or too large.
    func whole(times multiplier: Int64, power shift: Int) -> Int64? {
        let (product, overflow) = digits.multipliedReportingOverflow(by: multiplier)
        let total = power + shift
        guard !overflow, let scale = Self.powerOfTen(abs(total)) else {
            return digits == 0 ? 0 : nil
        }
        if total < 0 {
            return product % scale == 0 ? product / scale : nil
        }
        let (value, tooLarge) = product.multipliedReportingOverflow(by: scale)
        return tooLarge ? nil : value
    }

    /// `10^12 * 10^-shift` divided by this, as a whole number: the period in ps of this rate
    /// in units of `10^shift` hertz; `nil` if it is none.
    func period(power shift: Int) -> Int64? {
        guard digits > 0, let trillion = Self.powerOfTen(12 - shift - power) else { return nil }
        return trillion % digits == 0 ? trillion / digits : nil
    }

    /// 10 to the power of `n`, 0 to 18.
    static func powerOfTen(_ n: Int) -> Int64? {
        guard (0...18).contains(n) else { return nil }
        return (0..<n).reduce(1) { value, _ in value * 10 }
    }
}
