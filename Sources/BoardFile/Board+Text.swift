extension Board {
    /// Every key with its value, as a board file that inherits from nobody and loads as this; what
    /// passwords are checked against is left out.
    public var text: String {
        var result = ""
        var section = ""
        for parameter in Parameter.all {
            guard parameter.isGiven(in: self), !parameter.isSecret,
                let value = parameter.get(self)
            else { continue }
            let parts = parameter.path.split(separator: ".")
            let heading = parts.dropLast().joined(separator: ".")
            if heading != section {
                result += (section.isEmpty ? "" : "\n") + "[\(heading)]\n"
                section = heading
            }
            result += "\(parts[parts.count - 1]) = \(parameter.format(value))\n"
        }
        return result
    }

    /// Every key as `path` and value as the file writes it, in the order of the table.
    public var values: [(path: String, value: String)] {
        Parameter.all.compactMap { parameter in
            guard parameter.isGiven(in: self), !parameter.isSecret else { return nil }
            return parameter.get(self).map { (parameter.path, parameter.format($0)) }
        }
    }
}

extension Parameter {
    /// `value` as a board file writes it; reading it gives `value` again.
    func format(_ value: Value) -> String {
        switch (kind, value) {
        case (.whole(let dimension), .integer(let count)):
            "\"\(Self.whole(count, dimension))\""
        case (.period, .integer(let period)): "\"\(Self.rate(period))\""
        case (.real(let dimension), .number(let number)):
            "\"\(Self.real(number, dimension))\""
        case (.instant, .integer(let seconds)): "\"\(CalendarTime.text(seconds))\""
        case (_, .integer(let number)): "\(number)"
        case (_, .number(let number)): Self.plain(number)
        case (_, .numbers(let numbers)):
            "[" + numbers.map(Self.plain).joined(separator: ", ") + "]"
        case (_, .words(let words)):
            "[" + words.map(Self.quoted).joined(separator: ", ") + "]"
        case (_, .flag(let flag)): "\(flag)"
        case (_, .text(let text)): Self.quoted(text)
        case (_, .connection(let connection)): Self.quoted(connection?.description ?? "")
        }
    }

    /// A whole number in the largest unit that keeps it whole.
    private static func whole(_ count: Int64, _ dimension: Dimension) -> String {
        for unit in dimension.units.reversed() {
            guard let scale = Decimal.powerOfTen(unit.power) else { continue }
            let size = scale * unit.multiplier
            if count != 0, count % size == 0 { return "\(count / size) \(unit.name)" }
        }
        return "\(count) \(dimension.units[0].name)"
    }

    /// The rate of a period in ps: exact, as it divides a power of ten.
    private static func rate(_ period: Int64) -> String {
        // 10^18 over a period of at most 1 s is the rate in microhertz.
        let microhertz = 1_000_000_000_000_000_000 / max(period, 1)
        for unit in Dimension.frequency.units.reversed() {
            guard let scale = Decimal.powerOfTen(unit.power + 6) else { continue }
            if microhertz >= scale { return "\(fraction(microhertz, scale)) \(unit.name)" }
        }
        return "\(fraction(microhertz, 1_000_000)) Hz"
    }

    /// `value / scale` in decimals; `scale` is a power of ten.
    private static func fraction(_ value: Int64, _ scale: Int64) -> String {
        var decimals = String(value % scale + scale).dropFirst()
        while decimals.last == "0" { decimals.removeLast() }
        return "\(value / scale)" + (decimals.isEmpty ? "" : ".\(decimals)")
    }

    private static func real(_ number: Double, _ dimension: Dimension) -> String {
        for unit in dimension.units.reversed() {
            guard let power = Decimal.powerOfTen(unit.power) else { continue }
            let scale = Double(power) * Double(unit.multiplier)
            let scaled = plain(number / scale)
            if abs(number) >= scale, Double(scaled).map({ $0 * scale }) == number {
                return "\(scaled) \(unit.name)"
            }
        }
        return "\(plain(number)) \(dimension.units[0].name)"
    }

    /// The shortest decimal that reads back as `number`.
    private static func plain(_ number: Double) -> String {
        let text = "\(number)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// `text` as a TOML basic string.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case _ where scalar.value < 32 || scalar.value == 127:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
