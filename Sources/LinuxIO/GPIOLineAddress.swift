/// Where a digital line is: a chip and a line of it.
public struct GPIOLineAddress: Equatable, Sendable, CustomStringConvertible {
    /// Name (`gpiochip0`), label, or path of the device (`/dev/lodestar/gates`).
    public var chip: String
    /// Number from 0, or the name that the chip's driver gave the line.
    public var line: String

    /// A line of a chip.
    public init(chip: String, line: String) {
        self.chip = chip
        self.line = line
    }

    /// As in a board file: `CHIP/LINE`.
    public var description: String { "\(chip)/\(line)" }

    /// Reads `CHIP/LINE`; `nil` if one of them is missing. The last slash is the one that counts.
    public init?(parsing text: String) {
        guard let slash = text.lastIndex(of: "/") else { return nil }
        chip = String(text[..<slash])
        line = String(text[text.index(after: slash)...])
        if chip.isEmpty || line.isEmpty { return nil }
    }
}

/// The resistor of the chip at a line.
public enum GPIOBias: Equatable, Sendable {
    /// Whatever it is.
    case asIs
    /// None.
    case disabled
    /// To the supply.
    case pullUp
    /// To ground.
    case pullDown
}
