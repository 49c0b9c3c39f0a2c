/// One key of a board file: the row that parsing, checks, defaults, `show` and the schema share.
public struct Parameter: Sendable {
    /// How a value is written, and what its range means.
    enum Kind: Sendable, Equatable {
        /// A quantity "800 ps" that becomes whole base units.
        case whole(Dimension)
        /// A quantity "34.5 dB" that becomes a number of base units.
        case real(Dimension)
        /// A rate "625 MHz" whose period in ps must be whole; the period is kept.
        case period
        /// A whole number.
        case integer
        /// A number without a unit.
        case number
        /// A list of numbers without units, or with the unit in the key's name.
        case numbers(count: Int?)
        /// true or false.
        case flag
        /// Free text.
        case text
        /// One of these words.
        case choice([String])
        /// A list of some of these words; it may be empty.
        case words([String])
        /// A moment "2026-03-20T21:00:00Z", kept as seconds since 1970.
        case instant
        /// How an instrument is reached, in one of these ways; empty: not at all.
        case connection([Connection.Kind])
    }

    /// What happens when the key is absent.
    enum Fallback: Sendable, Equatable {
        /// The board is refused.
        case required
        /// The field stays empty.
        case absent
        /// This text is read in its place.
        case text(String)
    }

    /// Section and key, with dots: `gate.width`.
    public let path: String
    /// What the value is.
    let kind: Kind
    /// The least and the greatest value as text; `nil` if anything goes.
    let range: Range?
    /// What happens when the key is absent.
    let fallback: Fallback
    /// One line of help.
    public let help: String
    /// Writes a checked value into a board.
    let set: @Sendable (inout Board, Value) -> Void
    /// Reads the value of a board; `nil` where it is not given.
    let get: @Sendable (Board) -> Value?

    /// A checked value in base units.
    enum Value: Equatable, Sendable {
        case integer(Int64)
        case number(Double)
        case numbers([Double])
        case words([String])
        case flag(Bool)
        case text(String)
        case connection(Connection?)
    }

    /// A closed range, in the words of the table.
    struct Range: Sendable, Equatable {
        let least: String
        let greatest: String
        init(_ least: String, _ greatest: String) {
            self.least = least
            self.greatest = greatest
        }
    }

    /// Sections that a board may leave out as a whole, what lies inside others first.
    static let optionalSections = [
        "world.pointing", "world", "pointing", "detectors", "lines", "modem", "realtime",
    ]

    /// The section that a board may leave out and that this key lies in; `nil` if there is none.
    var optionalSection: String? {
        Self.optionalSections.first { path.hasPrefix($0 + ".") }
    }

    /// Whether `board` has the section of this key.
    func isGiven(in board: Board) -> Bool {
        switch optionalSection {
        case "world.pointing": board.world?.pointing != nil
        case "world": board.world != nil
        case "pointing": board.pointing != nil
        case "detectors": board.detectors != nil
        case "lines": board.lines != nil
        case "modem": board.modem != nil
        case "realtime": board.realtime != nil
        default: true
        }
    }
}

/// A field of a board that a row reads and writes.
typealias Field<Value> = any WritableKeyPath<Board, Value> & Sendable

// Rows as the table writes them: path, field, range, default, help.
extension Parameter {
    static func whole(
        _ path: String, _ dimension: Dimension, _ field: Field<Int64>, _ range: Range,
        _ fallback: Fallback, _ help: String
    ) -> Parameter {
        integer(path, as: .whole(dimension), field, range, fallback, help)
    }

    static func period(
        _ path: String, _ field: Field<Int64>, _ range: Range, _ fallback: Fallback, _ help: String
    ) -> Parameter {
        integer(path, as: .period, field, range, fallback, help)
    }

    static func integer(
        _ path: String, as kind: Kind = .integer, _ field: Field<Int64>, _ range: Range?,
        _ fallback: Fallback, _ help: String
    ) -> Parameter {
        Parameter(
            path: path, kind: kind, range: range, fallback: fallback, help: help,
            set: { if case .integer(let value) = $1 { $0[keyPath: field] = value } },
            get: { .integer($0[keyPath: field]) })
    }

    static func optionalWhole(
        _ path: String, _ dimension: Dimension, _ field: Field<Int64?>, _ range: Range,
        _ help: String
    ) -> Parameter {
        Parameter(
            path: path, kind: .whole(dimension), range: range, fallback: .absent, help: help,
            set: { if case .integer(let value) = $1 { $0[keyPath: field] = value } },
            get: { $0[keyPath: field].map(Value.integer) })
    }

    static func optionalReal(
        _ path: String, _ dimension: Dimension, _ field: Field<Double?>, _ range: Range,
        _ help: String
    ) -> Parameter {
        Parameter(
            path: path, kind: .real(dimension), range: range, fallback: .absent, help: help,
            set: { if case .number(let value) = $1 { $0[keyPath: field] = value } },
            get: { $0[keyPath: field].map(Value.number) })
    }

    static func real(
        _ path: String, _ dimension: Dimension, _ field: Field<Double>, _ range: Range,
        _ fallback: Fallback, _ help: String
    ) -> Parameter {
        number(path, as: .real(dimension), field, range, fallback, help)
    }

    static func number(
        _ path: String, as kind: Kind = .number, _ field: Field<Double>, _ range: Range,
        _ fallback: Fallback, _ help: String
    ) -> Parameter {
        Parameter(
            path: path, kind: kind, range: range, fallback: fallback, help: help,
            set: { if case .number(let value) = $1 { $0[keyPath: field] = value } },
            get: { .number($0[keyPath: field]) })
    }

    static func numbers(
        _ path: String, count: Int? = nil, _ field: Field<[Double]>, _ range: Range,
        _ fallback: Fallback, _ help: String
    ) -> Parameter {
        Parameter(
            path: path, kind: .numbers(count: count), range: range, fallback: fallback, help: help,
            set: { if case .numbers(let value) = $1 { $0[keyPath: field] = value } },
            get: { $0[keyPath: field].isEmpty ? nil : .numbers($0[keyPath: field]) })
    }

    /// A text that may be absent; an empty one takes back what a board inherits.
    static func optionalText(
        _ path: String, _ field: Field<String?>, _ help: String
    ) -> Parameter {
        Parameter(
            path: path, kind: .text, range: nil, fallback: .absent, help: help,
            set: {
                guard case .text(let value) = $1 else { return }
                $0[keyPath: field] = value.isEmpty ? nil : value
            },
            get: { $0[keyPath: field].map(Value.text) })
    }

    static func text(
        _ path: String, as kind: Kind = .text, _ field: Field<String>, _ fallback: Fallback,
        _ help: String
    ) -> Parameter {
        Parameter(
            path: path, kind: kind, range: nil, fallback: fallback, help: help,
            set: { if case .text(let value) = $1 { $0[keyPath: field] = value } },
            get: { .text($0[keyPath: field]) })
    }

    static func flag(
        _ path: String, _ field: Field<Bool>, _ fallback: Fallback, _ help: String
    ) -> Parameter {
        Parameter(
            path: path, kind: .flag, range: nil, fallback: fallback, help: help,
            set: { if case .flag(let value) = $1 { $0[keyPath: field] = value } },
            get: { .flag($0[keyPath: field]) })
    }

    /// The two rows of one tagger input.
    static func input(_ role: String, _ field: Field<Board.Input?>, _ help: String) -> [Parameter] {
        [
            Parameter(
                path: "channels.\(role).channel", kind: .integer, range: Range("0", "255"),
                fallback: .absent, help: "Tagger input of \(help)",
                set: {
                    guard case .integer(let value) = $1 else { return }
                    $0[keyPath: field] = Board.Input(channel: UInt8(clamping: value), skew: 0)
                },
                get: { $0[keyPath: field].map { .integer(Int64($0.channel)) } }),
            Parameter(
                path: "channels.\(role).skew", kind: .whole(.time), range: Range("-10 us", "10 us"),
                fallback: .text("0 ps"), help: "Lateness of \(help); it is subtracted",
                set: { if case .integer(let value) = $1 { $0[keyPath: field]?.skew = value } },
                get: { $0[keyPath: field].map { .integer($0.skew) } }),
        ]
    }
}
