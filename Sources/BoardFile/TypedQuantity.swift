extension Dimension {
    /// Reads quantities that somebody typed one behind the other: `100 urad -50urad` are two.
    ///
    /// - Parameters:
    ///   - words: As typed, split at spaces; a unit may stand behind its number or by itself.
    ///   - count: How many are due.
    /// - Returns: `count` values in the base unit of the dimension.
    public func values(
        typed words: [String], count: Int
    ) throws(ParameterFault) -> [Double] {
        var values: [Double] = []
        var rest = words[...]
        while values.count < count, let word = rest.popFirst() {
            let number = word.prefix { "+-.0123456789".contains($0) }
            var name = word.dropFirst(number.count)
            if name.isEmpty, let next = rest.first, next.first?.isLetter == true {
                name = rest.removeFirst()[...]
            }
            guard let decimal = Decimal(number) else {
                throw fault("\"\(word.prefix(40))\" is no number", count)
            }
            guard !name.isEmpty else { throw fault("\(number): a unit is missing", count) }
            guard let unit = unit(named: String(name)) else {
                throw fault("\"\(name.prefix(20))\" is no unit of \(rawValue)", count)
            }
            let shifted = Double("\(decimal.digits)e\(decimal.power + unit.power)") ?? .infinity
            guard shifted.isFinite else { throw fault("\(number) is out of range", count) }
            values.append(shifted * Double(unit.multiplier))
        }
        guard values.count == count, rest.isEmpty else {
            throw fault(
                count == 1
                    ? "one value with its unit is due" : "\(count) values with units are due", count
            )
        }
        return values
    }

    private func fault(_ problem: String, _ count: Int) -> ParameterFault {
        ParameterFault(problem: problem, allowed: "a number and \(unitNames)", example: nil)
    }
}
