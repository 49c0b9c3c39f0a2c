public import Orbit

/// One satellite's mean elements as a file gives them.
public struct ElementSet: Equatable, Sendable {
    /// Name of the satellite; empty if the file has none.
    public var name: String
    /// Catalogue number as it is written: five digits, or a letter and four (Alpha-5), or more.
    public var catalogNumber: String
    /// International designator, as it is written; empty if the file has none.
    public var designator: String
    /// What SGP4 takes.
    public var elements: MeanElements
    /// Line of the file on which the set begins, from 1.
    public var line: Int

    /// A set with every field given.
    public init(
        name: String, catalogNumber: String, designator: String, elements: MeanElements,
        line: Int
    ) {
        self.name = name
        self.catalogNumber = catalogNumber
        self.designator = designator
        self.elements = elements
        self.line = line
    }

    /// What to call the satellite.
    public var title: String { name.isEmpty ? catalogNumber : name }

    /// Days from the epoch to `instant`, negative before it.
    public func age(at instant: UTCInstant) -> Double {
        instant.since(elements.epoch) / UTCInstant.secondsPerDay
    }

    /// What a set of low orbit's elements is off along its track at least, m, one sigma.
    ///
    /// A rule of thumb: 1 km at the epoch and 2 km for every day from it (1 to 3 km a day are
    /// seen; with strong drag more). Across the track it is a tenth.
    public func expectedError(at instant: UTCInstant) -> Double {
        1000 + 2000 * age(at: instant).magnitude
    }

    /// A sentence if the elements are too old to be trusted at `instant`: two weeks and more.
    public func ageWarning(at instant: UTCInstant) -> String? {
        let days = age(at: instant)
        guard days.magnitude > 14 else { return nil }
        let error = expectedError(at: instant)
        let side = days > 0 ? "old" : "in the future"
        return "\(title): the elements are \(decimals(days.magnitude, 1)) days \(side); "
            + "expect at least \(decimals(error / 1000, 0)) km or "
            + "\(decimals(error / 7500, 1)) s of error along the track"
    }
}
