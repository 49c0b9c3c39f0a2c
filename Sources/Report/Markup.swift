/// Text and numbers as a page shows them.
enum Markup {
    /// `text` with the characters replaced that HTML and SVG read as their own.
    static func escape(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            // Control characters have no place in a page.
            case _ where character.value < 32 && character != "\n" && character != "\t":
                result += "\u{FFFD}"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }

    /// A whole number in groups of three.
    static func grouped(_ value: Int64) -> String {
        let digits = String(value.magnitude)
        var result = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { result += "\u{202F}" }
            result.append(digit)
        }
        return (value < 0 ? "\u{2212}" : "") + result
    }

    /// `value` with `decimals` digits after the point, 0 to 9.
    static func fixed(_ value: Double, _ decimals: Int) -> String {
        guard value.isFinite else { return "\u{2013}" }
        let scale = (0..<decimals).reduce(1.0) { scale, _ in scale * 10 }
        let rounded = (abs(value) * scale).rounded()
        guard rounded < 1e15 else { return "\(value)" }
        let whole = Int64(rounded)
        let sign = value < 0 && whole != 0 ? "\u{2212}" : ""
        guard decimals > 0 else { return sign + grouped(whole) }
        let divisor = Int64(scale)
        let fraction = String(whole % divisor + divisor).dropFirst()
        return sign + grouped(whole / divisor) + "." + fraction
    }

    /// `value` to about `digits` significant digits.
    static func significant(_ value: Double, _ digits: Int = 3) -> String {
        guard value.isFinite, value != 0 else { return fixed(value, 0) }
        var decimals = digits - 1
        var magnitude = abs(value)
        while magnitude >= 10, decimals > 0 {
            magnitude /= 10
            decimals -= 1
        }
        while magnitude < 1, decimals < 9 {
            magnitude *= 10
            decimals += 1
        }
        return fixed(value, decimals)
    }

    /// `fraction` in per cent.
    static func percent(_ fraction: Double, _ decimals: Int = 1) -> String {
        fixed(fraction * 100, decimals) + "\u{202F}%"
    }

    /// A coordinate in a drawing.
    static func coordinate(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e6 else { return "0" }
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(Double(tenths) / 10)"
    }
}
