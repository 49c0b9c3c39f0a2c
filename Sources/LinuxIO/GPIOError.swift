import Glibc
public import PayloadHAL

/// Why a digital line was not had, or did not obey.
public enum GPIOError: InstrumentError, Equatable {
    /// No chip of this name or label; `present` are those that there are.
    case noChip(String, present: [String])
    /// Several chips have this label.
    case severalChips(String, names: [String])
    /// The chip has no line of this name, or fewer lines than this number; it has `lines`.
    case noLine(GPIOLineAddress, lines: Int)
    /// Somebody holds the line; `consumer` is what they call themselves, empty if nothing.
    case busy(GPIOLineAddress, consumer: String)
    /// The device file may not be opened by this user.
    case noPermission(path: String)
    /// The chip makes no interrupts for this line, or has no such bias.
    case notSupported(GPIOLineAddress)
    /// The chip is gone, as one on USB that was unplugged.
    case gone(GPIOLineAddress)
    /// The system's call failed with this `errno`.
    case system(what: String, number: Int32)

    /// The coarse meaning of this error.
    public var fault: InstrumentFault {
        switch self {
        case .busy, .noPermission: .refused
        case .noChip, .severalChips, .noLine, .notSupported: .outOfRange
        case .gone, .system: .unreachable
        }
    }

    /// Sorts the error number of an order to a line that is held.
    static func of(_ number: Int32, line: GPIOLineAddress) -> GPIOError {
        number == ENODEV ? .gone(line) : .system(what: "line \(line)", number: number)
    }
}

extension GPIOError: CustomStringConvertible {
    /// What is wrong and what to do about it.
    public var description: String {
        switch self {
        case .noChip(let name, let present):
            let there = present.isEmpty ? "there is none" : present.joined(separator: ", ")
            return "There is no GPIO chip \(name) here (present: \(there)). Check that it is"
                + " connected, and its name or label in the board file; gpiodetect lists them."
        case .severalChips(let label, let names):
            return "Several GPIO chips are labelled \(label): \(names.joined(separator: ", "))."
                + " Write one's name in the board file instead."
        case .noLine(let line, let lines):
            return "GPIO chip \(line.chip) has no line \(line.line); it has \(lines), numbered"
                + " from 0. Correct the line in the board file; gpioinfo lists them."
        case .busy(let line, let consumer):
            let holder = consumer.isEmpty ? "a program without a name" : consumer
            return "GPIO line \(line) is held by \(holder). End what holds it, or give the"
                + " instrument another line in the board file."
        case .noPermission(let path):
            return "\(path) may not be opened by this user. Run scripts/install and log in again,"
                + " so that you are in the group lodestar."
        case .notSupported(let line):
            return "GPIO line \(line) cannot make edge events or the bias asked for. Use a line"
                + " of another chip, or take the bias out of the board file."
        case .gone(let line):
            return "The GPIO chip of line \(line) is gone. Plug it in again; a detector whose gate"
                + " hangs on it is to be treated as open."
        case .system(let what, let number):
            return "GPIO \(what): \(String(cString: strerror(number)))."
        }
    }
}
