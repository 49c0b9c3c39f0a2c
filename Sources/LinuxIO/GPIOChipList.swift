import CLinuxIO
import Glibc

/// The GPIO chips that the machine has now; none is an answer too.
public struct GPIOChipList: Equatable, Sendable {
    /// Those that could be looked at, by number.
    public var chips: [GPIOChip]
    /// Device files that this user may not open.
    public var closed: [String]

    /// The version of the library below, such as `1.6.3`.
    public static var libraryVersion: String { String(cString: lodestar_gpio_version()) }

    /// Looks at every `/dev/gpiochip*`.
    public static func present() -> GPIOChipList {
        var list = GPIOChipList(chips: [], closed: [])
        var found = glob_t()
        guard glob("/dev/gpiochip*", 0, nil, &found) == 0 else { return list }
        defer { globfree(&found) }
        var paths: [String] = []
        for index in 0..<Int(found.gl_pathc) {
            if let path = found.gl_pathv?[index] { paths.append(String(cString: path)) }
        }
        // By number: the system sorts gpiochip10 before gpiochip2.
        paths.sort { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
        for path in paths {
            let (chip, error) = GPIOChip.look(at: path)
            if let chip {
                list.chips.append(chip)
            } else if error == EACCES || error == EPERM {
                list.closed.append(path)
            }
        }
        return list
    }

    /// Name and label of each, for messages.
    var names: [String] { chips.map { "\($0.name) [\($0.label)]" } }
}
