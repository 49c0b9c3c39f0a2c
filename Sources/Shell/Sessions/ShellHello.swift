/// Reads what a client says of itself before anything else: `ESC _ lodestar WORDS ESC \`, the form
/// that ECMA-48 has for programs. A terminal's first key is passed on unharmed.
struct ShellHello {
    /// What a client may say.
    struct Settings: Equatable {
        /// A program, not somebody at a terminal.
        var isScript = false
        var isDumb: Bool?
        var columns: Int?
        var rows: Int?
    }

    /// What became of a byte.
    enum Step: Equatable {
        /// Kept until more is known.
        case hold
        /// These bytes are not of a hello.
        case pass([UInt8])
        case settings(Settings)
    }

    private static let head = Array("\u{1B}_lodestar ".utf8)
    private static let longest = 128
    private var held: [UInt8] = []

    mutating func take(_ byte: UInt8) -> Step {
        if held.isEmpty, byte != 0x1B { return .pass([byte]) }
        held.append(byte)
        let isHead = held.count <= Self.head.count
        guard !isHead || Self.head.starts(with: held), held.count < Self.longest else {
            defer { held = [] }
            return .pass(held)
        }
        guard byte == UInt8(ascii: "\\"), held.dropLast().last == 0x1B, !isHead else {
            return .hold
        }
        defer { held = [] }
        return .settings(Self.settings(held.dropFirst(Self.head.count).dropLast(2)))
    }

    private static func settings(_ bytes: ArraySlice<UInt8>) -> Settings {
        var settings = Settings()
        for word in String(decoding: bytes, as: UTF8.self).split(separator: " ") {
            let size = word.split(separator: "x")
            switch word {
            case "script": settings.isScript = true
            case "dumb": settings.isDumb = true
            case "vt100": settings.isDumb = false
            default:
                guard size.count == 2, let columns = Int(size[0]), let rows = Int(size[1]) else {
                    continue
                }
                settings.columns = columns
                settings.rows = rows
            }
        }
        return settings
    }

    /// What a client sends first.
    static func text(isScript: Bool, isDumb: Bool, columns: Int, rows: Int) -> String {
        let words = [isScript ? "script" : "", isDumb ? "dumb" : "vt100", "\(columns)x\(rows)"]
        return "\u{1B}_lodestar " + words.filter { !$0.isEmpty }.joined(separator: " ") + "\u{1B}\\"
    }
}
