/// What one check of the machine or of an instrument found.
public struct Finding: Equatable, Sendable {
    /// How good it is. The raw value is the word in the answer.
    public enum Status: String, Sendable, CaseIterable {
        /// As it should be.
        case ok
        /// A pass can be run, but not as well as it might.
        case warn
        /// A pass cannot be run, or would lose something.
        case fail
    }

    /// What was looked at: a part of the machine, or an instrument by its key in the board.
    public var check: String
    /// How good it is.
    public var status: Status
    /// What was found, in one line.
    public var text: String
    /// What to type or to do; `nil` where nothing has to be done.
    public var mend: String?
    /// The instrument's reference designator, as printed on the board; `nil` if it has none.
    public var designator: String?

    /// All is well.
    public static func ok(_ check: String, _ text: String) -> Finding {
        Finding(check: check, status: .ok, text: text)
    }

    /// Works, but not as well as it might.
    public static func warn(_ check: String, _ text: String, mend: String) -> Finding {
        Finding(check: check, status: .warn, text: text, mend: mend)
    }

    /// Does not work.
    public static func fail(_ check: String, _ text: String, mend: String) -> Finding {
        Finding(check: check, status: .fail, text: text, mend: mend)
    }
}
