import CLinuxIO
import Glibc

/// One GPIO chip of the kernel, by what it says of itself; nothing is held open.
public struct GPIOChip: Equatable, Sendable {
    /// The device file.
    public let path: String
    /// The kernel's name, such as `gpiochip0`; changes with the order of plugging in.
    public let name: String
    /// What the chip's driver calls it.
    public let label: String
    /// Lines, numbered from 0.
    public let lines: Int

    /// The chip whose device file is at `path`.
    public init(path: String) throws(GPIOError) {
        let (chip, error) = Self.look(at: path)
        if let chip {
            self = chip
            return
        }
        switch error {
        case EACCES, EPERM: throw .noPermission(path: path)
        case ENOENT, ENODEV, ENOTTY, ENOTDIR, EINVAL:
            throw .noChip(path, present: GPIOChipList.present().names)
        default: throw .system(what: path, number: error)
        }
    }

    /// What is at `path`, or why it is no chip that we can look at, as `errno` says it.
    static func look(at path: String) -> (chip: GPIOChip?, error: Int32) {
        var found = lodestar_gpio_chip()
        let error = lodestar_gpio_chip_at(path, &found)
        guard error == 0 else { return (nil, error) }
        return (GPIOChip(path: path, found), 0)
    }

    private init(path: String, _ found: lodestar_gpio_chip) {
        self.path = path
        name = Self.text(found.name)
        label = Self.text(found.label)
        lines = Int(found.lines)
    }

    /// The chip called `name`: its path, the kernel's name or its label.
    public init(named name: String) throws(GPIOError) {
        if name.hasPrefix("/") {
            try self.init(path: name)
            return
        }
        let list = GPIOChipList.present()
        if let chip = list.chips.first(where: { $0.name == name }) {
            self = chip
            return
        }
        let labelled = list.chips.filter { $0.label == name }
        guard labelled.count < 2 else {
            throw .severalChips(name, names: labelled.map(\.name))
        }
        if let chip = labelled.first {
            self = chip
            return
        }
        // It may be among those that could not be looked at.
        if let closed = list.closed.first(where: { $0 == "/dev/\(name)" }) ?? list.closed.first {
            throw .noPermission(path: closed)
        }
        throw .noChip(name, present: list.names)
    }

    /// What the kernel knows of one line.
    public struct Line: Equatable, Sendable {
        /// From 0.
        public var number: Int
        /// Empty if it has none.
        public var name: String
        /// Whether somebody holds it.
        public var isUsed: Bool
        /// What the holder calls itself.
        public var consumer: String
        /// Whether it drives.
        public var isOutput: Bool
        /// Whether low means active to its holder.
        public var isActiveLow: Bool
    }

    /// What the kernel knows of line `number`, below ``lines``.
    public func line(_ number: Int) throws(GPIOError) -> Line {
        let address = GPIOLineAddress(chip: name, line: String(number))
        guard 0..<lines ~= number else { throw .noLine(address, lines: lines) }
        var info = lodestar_gpio_info()
        let error = lodestar_gpio_line_at(path, UInt32(number), &info)
        guard error == 0 else { throw .of(error, line: address) }
        return Line(
            number: number, name: Self.text(info.name), isUsed: info.is_used != 0,
            consumer: Self.text(info.consumer), isOutput: info.is_output != 0,
            isActiveLow: info.is_active_low != 0)
    }

    /// The number of the line that `address` means.
    func number(of address: GPIOLineAddress) throws(GPIOError) -> Int {
        if let number = Int(address.line) {
            guard 0..<lines ~= number else { throw .noLine(address, lines: lines) }
            return number
        }
        for number in 0..<lines where try line(number).name == address.line { return number }
        throw .noLine(address, lines: lines)
    }

    /// The characters of a name up to its zero.
    private static func text<Name>(_ name: Name) -> String {
        withUnsafeBytes(of: name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
