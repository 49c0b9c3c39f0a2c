import ArgumentParser

/// How a simulated instrument fails, on order.
enum Misbehaviour: String, CaseIterable, ExpressibleByArgument {
    /// Answers nothing any more.
    case silent
    /// Answers bytes that mean nothing.
    case garbage
    /// Answers the first half of each answer.
    case half
    /// Answers without end.
    case endless
    /// Closes the connection.
    case close

    /// What is sent in place of `answer`; `nil` closes the connection.
    func answer(insteadOf answer: [UInt8]) -> [UInt8]? {
        switch self {
        case .silent: []
        case .garbage: [0xFF, 0x00, 0x3F, 0x0A]
        case .half: Array(answer.prefix(answer.count / 2))
        case .endless: [UInt8](repeating: 0x39, count: 4096)
        case .close: nil
        }
    }
}
