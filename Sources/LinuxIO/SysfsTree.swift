import Glibc
public import PayloadHAL

/// The attributes of one device in a folder of sysfs, such as `/sys/bus/iio/devices/iio:device0`.
public struct SysfsTree: AttributeTree, ~Copyable {
    private let folder: String
    private var opened: [Int32] = []

    /// The attributes in `folder`, which must be there.
    public init(folder: String) throws(LinuxIOError) {
        guard access(folder, R_OK | X_OK) == 0 else {
            throw .device(folder, wanted: "a folder of sysfs")
        }
        self.folder = folder
    }

    /// What kinds of devices have a name in sysfs.
    public enum Kind: Sendable {
        /// Sensors of temperature, voltage and current: hwmon.
        case monitor
        /// Converters: Industrial I/O.
        case converter

        var folder: String {
            self == .monitor ? "/sys/class/hwmon" : "/sys/bus/iio/devices"
        }
    }

    /// The attributes of the one device that calls itself `name`.
    public init(named name: String, kind: Kind) throws(LinuxIOError) {
        try self.init(named: name, among: kind.folder)
    }

    /// The attributes of the one device below `folder` whose attribute `name` is `name`.
    init(named name: String, among folder: String) throws(LinuxIOError) {
        var found: [String] = []
        if let directory = opendir(folder) {
            defer { closedir(directory) }
            while let entry = readdir(directory) {
                let device = withUnsafeBytes(of: entry.pointee.d_name) {
                    String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                }
                if device.utf8.first == UInt8(ascii: ".") { continue }
                let tree = try? SysfsTree(folder: "\(folder)/\(device)")
                if (try? tree?.read("name")) == name { found.append("\(folder)/\(device)") }
            }
        }
        guard found.count < 2 else {
            throw .device(name, wanted: "one device, not \(found.count) of that name in \(folder)")
        }
        guard let only = found.first else {
            throw .device(name, wanted: "a device of that name in \(folder)")
        }
        try self.init(folder: only)
    }

    deinit { for number in opened { close(number) } }

    /// Whether the file is there and may be read.
    public func has(_ name: String) -> Bool { access("\(folder)/\(name)", R_OK) == 0 }

    /// The text of a file without its line end, up to 4096 bytes.
    public func read(_ name: String) throws(LinuxIOError) -> String {
        let number = Glibc.open("\(folder)/\(name)", O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { throw .system(call: "open \(folder)/\(name)", number: errno) }
        defer { close(number) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(number, &bytes, bytes.count)
        guard count >= 0 else { throw .system(call: "read \(folder)/\(name)", number: errno) }
        var text = String(decoding: bytes.prefix(count), as: UTF8.self)[...]
        while text.last == "\n" || text.last == " " { text.removeLast() }
        return String(text)
    }

    /// Opens a file for writing; it stays open.
    public mutating func open(_ name: String) throws(LinuxIOError) -> Int {
        let number = Glibc.open("\(folder)/\(name)", O_WRONLY | O_CLOEXEC)
        guard number >= 0 else { throw .system(call: "open \(folder)/\(name)", number: errno) }
        opened.append(number)
        return opened.count - 1
    }

    /// Writes at the start of an opened file, as sysfs wants it.
    public func write(_ bytes: RawSpan, to attribute: Int) throws(LinuxIOError) {
        precondition(opened.indices.contains(attribute), "an attribute that was not opened")
        let number = opened[attribute]
        let count = bytes.withUnsafeBytes { pwrite(number, $0.baseAddress, $0.count, 0) }
        guard count == bytes.byteCount else {
            throw .system(call: "write to \(folder)", number: errno)
        }
    }
}
