/// Why a value was refused, in words.
struct ValueProblem: Error {
    /// What is wrong, and what to do.
    let problem: String
}

extension Parameter {
    /// Reads a value as the file has it, and checks its range.
    func read(_ node: BoardText.Node) throws(ValueProblem) -> Value {
        let value = try parse(node)
        try check(value)
        return value
    }

    /// Reads a default as the table has it.
    func read(default text: String) -> Value? {
        let node: BoardText.Node? =
            switch kind {
            case .whole, .real, .period, .text, .choice, .instant, .connection: .text(text)
            case .integer: Int64(text).map { .integer($0) }
            case .number: Double(text).map { .number($0) }
            case .flag: .flag(text == "true")
            case .words: .array(text.split(separator: " ").map { .text(String($0)) })
            case .numbers:
                .array(
                    text.split { "[], ".contains($0) }.compactMap { Double($0) }.map { .number($0) }
                )
            }
        return node.flatMap { try? read($0) }
    }

    /// What the file may say, for messages and the schema; `nil` if anything goes.
    public var allowed: String? {
        switch kind {
        case .choice(let words), .words(let words): words.joined(separator: ", ")
        case .flag: "true, false"
        case .instant: "2000-01-01T00:00:00Z to 2099-12-31T23:59:59Z"
        case .connection(let kinds): kinds.map(\.form).joined(separator: ", ")
        default: range.map { "\($0.least) to \($0.greatest)" }
        }
    }

    private func parse(_ node: BoardText.Node) throws(ValueProblem) -> Value {
        switch (kind, node) {
        case (.whole(let dimension), .text(let text)):
            try wholeQuantity(text, dimension)
        case (.real(let dimension), .text(let text)):
            try realQuantity(text, dimension)
        case (.period, .text(let text)):
            try periodOfRate(text)
        case (.whole, .integer), (.real, .integer), (.period, .integer), (.whole, .number),
            (.real, .number), (.period, .number):
            throw ValueProblem(problem: "a unit is missing; write for example \(suggestion(node))")
        case (.integer, .integer(let value)): .integer(value)
        case (.number, .integer(let value)): .number(Double(value))
        case (.number, .number(let value)): .number(value)
        case (.numbers(let count), .array(let items)): try numbers(items, count: count)
        case (.words(let words), .array(let items)): try list(items, of: words)
        case (.flag, .flag(let value)): .flag(value)
        case (.text, .text(let value)): .text(value)
        case (.choice(let words), .text(let word)):
            if words.contains(word) {
                .text(word)
            } else {
                throw ValueProblem(problem: "no such choice" + Self.hint(word, among: words))
            }
        case (.instant, .text(let text)), (.instant, .other(let text)): try instant(text)
        case (.connection(let kinds), .text(let text)): try connection(text, kinds)
        default: throw ValueProblem(problem: "\(node.kindName) where \(kindName) is due")
        }
    }

    /// The number and the unit of "800 ps", "-35ps", "1e-3 s".
    private func split(
        _ text: String, _ dimension: Dimension
    ) throws(ValueProblem) -> (number: Substring, unit: Dimension.Unit) {
        let trimmed = text.drop { $0 == " " }
        var end = trimmed.startIndex
        while end < trimmed.endIndex, "+-.0123456789".contains(trimmed[end]) || isExponent(end) {
            end = trimmed.index(after: end)
        }
        func isExponent(_ index: Substring.Index) -> Bool {
            guard trimmed[index] == "e" || trimmed[index] == "E", index > trimmed.startIndex else {
                return false
            }
            let next = trimmed.index(after: index)
            return next < trimmed.endIndex && "+-0123456789".contains(trimmed[next])
        }
        var name = trimmed[end...].drop { $0 == " " }
        while name.last == " " { name.removeLast() }
        guard end > trimmed.startIndex else {
            throw ValueProblem(problem: "no number; write for example \(example)")
        }
        guard !name.isEmpty else {
            throw ValueProblem(
                problem: "a unit is missing; write for example \"\(trimmed[..<end]) "
                    + "\(dimension.units[0].name)\"")
        }
        guard let unit = dimension.unit(named: String(name)) else {
            throw ValueProblem(
                problem: "\"\(name)\" is no unit of \(dimension); use \(dimension.unitNames)")
        }
        return (trimmed[..<end], unit)
    }

    private func decimal(_ number: Substring) throws(ValueProblem) -> Decimal {
        guard let decimal = Decimal(number) else {
            throw ValueProblem(problem: "\"\(number)\" is no number of up to 18 digits")
        }
        return decimal
    }

    private func wholeQuantity(
        _ text: String, _ dimension: Dimension
    ) throws(ValueProblem) -> Value {
        let (number, unit) = try split(text, dimension)
        let decimal = try decimal(number)
        guard let value = decimal.whole(times: unit.multiplier, power: unit.power) else {
            throw ValueProblem(
                problem: "must be a whole number of \(dimension.units[0].name), below 2^63")
        }
        return .integer(value)
    }

    private func realQuantity(
        _ text: String, _ dimension: Dimension
    ) throws(ValueProblem) -> Value {
        let (number, unit) = try split(text, dimension)
        let decimal = try decimal(number)
        // The decimal's own power takes part, so that "0.4 kHz" is exactly 400.
        let shifted = "\(decimal.digits)e\(decimal.power + unit.power)"
        guard let value = Double(shifted), value.isFinite else {
            throw ValueProblem(problem: "out of range")
        }
        return .number(value * Double(unit.multiplier))
    }

    private func periodOfRate(_ text: String) throws(ValueProblem) -> Value {
        let (number, unit) = try split(text, .frequency)
        let decimal = try decimal(number)
        guard decimal.digits > 0 else { throw ValueProblem(problem: "must be more than 0") }
        guard let period = decimal.period(power: unit.power) else {
            throw ValueProblem(problem: "one period must be a whole number of ps (625 MHz: 1600)")
        }
        return .integer(period)
    }

    private func numbers(
        _ items: [BoardText.Node], count: Int?
    ) throws(ValueProblem) -> Value {
        var values: [Double] = []
        for item in items {
            switch item {
            case .integer(let value): values.append(Double(value))
            case .number(let value): values.append(value)
            default: throw ValueProblem(problem: "\(item.kindName) where a bare number is due")
            }
        }
        if let count, values.count != count {
            throw ValueProblem(problem: "\(values.count) numbers where \(count) are due")
        }
        guard !values.isEmpty else { throw ValueProblem(problem: "the list is empty") }
        return .numbers(values)
    }

    /// A list of some of `words`, none twice.
    private func list(
        _ items: [BoardText.Node], of words: [String]
    ) throws(ValueProblem) -> Value {
        var values: [String] = []
        for item in items {
            guard case .text(let word) = item else {
                throw ValueProblem(problem: "\(item.kindName) where a word is due")
            }
            guard words.contains(word) else {
                throw ValueProblem(
                    problem: "\"\(word)\" is no such word" + Self.hint(word, among: words))
            }
            guard !values.contains(word) else {
                throw ValueProblem(problem: "\"\(word)\" is there twice")
            }
            values.append(word)
        }
        return .words(values)
    }

    private func instant(_ text: String) throws(ValueProblem) -> Value {
        guard let seconds = CalendarTime.seconds(text) else {
            throw ValueProblem(problem: "no UTC time; write for example \"2026-03-20T21:00:00Z\"")
        }
        return .integer(seconds)
    }

    private func connection(
        _ text: String, _ kinds: [Connection.Kind]
    ) throws(ValueProblem) -> Value {
        // An empty text takes back what a board inherits.
        guard !text.isEmpty else { return .connection(nil) }
        do throws(ConnectionProblem) {
            return .connection(try Connection(text, among: kinds))
        } catch {
            throw ValueProblem(problem: error.problem)
        }
    }

    private func check(_ value: Value) throws(ValueProblem) {
        guard let range, let least = bound(range.least), let greatest = bound(range.greatest)
        else { return }
        let isInside =
            switch (value, least, greatest) {
            // A greater rate is a shorter period.
            case (.integer(let value), .integer(let least), .integer(let greatest)):
                min(least, greatest) <= value && value <= max(least, greatest)
            case (.number(let value), .number(let least), .number(let greatest)):
                least <= value && value <= greatest
            case (.numbers(let values), .number(let least), .number(let greatest)):
                values.allSatisfy { least <= $0 && $0 <= greatest }
            default: false
            }
        guard isInside else { throw ValueProblem(problem: "out of range") }
    }

    /// One end of the range as a value.
    private func bound(_ text: String) -> Value? {
        switch kind {
        case .whole, .real, .period: try? parse(.text(text))
        case .integer: Int64(text).map(Value.integer)
        case .number, .numbers: Double(text).map(Value.number)
        case .flag, .text, .choice, .words, .instant, .connection: nil
        }
    }

    /// The value with the base unit, as it should have been written.
    private func suggestion(_ node: BoardText.Node) -> String {
        switch kind {
        case .whole(let dimension), .real(let dimension): "\"\(node) \(dimension.units[0].name)\""
        default: example
        }
    }

    /// A value that would be read.
    private var example: String {
        switch (kind, fallback, range) {
        case (_, .text(let text), _): "\"\(text)\""
        case (_, _, .some(let range)): "\"\(range.greatest)\""
        default: "\"\""
        }
    }

    /// What kind of value is due, for messages and the schema.
    public var kindName: String {
        switch kind {
        case .whole(let dimension), .real(let dimension):
            "\("aeiou".contains("\(dimension)".first ?? " ") ? "an" : "a") \(dimension) with its unit"
        case .period: "a frequency with its unit"
        case .integer: "a whole number"
        case .number: "a number"
        case .numbers(let count): count.map { "a list of \($0) numbers" } ?? "a list of numbers"
        case .flag: "true or false"
        case .text: "a text"
        case .choice: "a word"
        case .words: "a list of words"
        case .instant: "a UTC time"
        case .connection: "a connection"
        }
    }

    /// `; did you mean "..."?` if one of `words` is near.
    static func hint(_ word: String, among words: [String]) -> String {
        guard let nearest = Nearest.word(to: word, among: words) else { return "" }
        return "; did you mean \"\(nearest)\"?"
    }
}
