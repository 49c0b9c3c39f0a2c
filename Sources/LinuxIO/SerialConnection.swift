import CLinuxIO
import Glibc
public import PayloadHAL
public import Quantities

/// A serial line, raw, 8N1, held by us alone.
public struct SerialConnection: ByteConnection, ~Copyable {
    private var line: Descriptor?
    private let path: String
    private let baud: UInt32

    /// Opens the device at `path`.
    ///
    /// - Parameter baud: Any speed that the device makes; one on USB may ignore it.
    public init(path: String, baud: UInt32) throws(LinuxIOError) {
        self.path = path
        self.baud = baud
        line = try Self.open(path: path, baud: baud)
    }

    /// The host clock's time.
    public var now: Picoseconds { HostClock.now }

    /// Sends all of `bytes`, or fails by `deadline`.
    public func send(_ bytes: RawSpan, by deadline: Picoseconds) throws(LinuxIOError) {
        guard line != nil else { throw .closed }
        try line!.sendAll(bytes, by: deadline, name: "write") {
            write($0, $1.baseAddress, $1.count)
        }
    }

    /// Waits for bytes until `deadline`; returns how many came, 0 if none did.
    public mutating func receive(
        into buffer: inout MutableRawSpan, by deadline: Picoseconds
    ) throws(LinuxIOError) -> Int {
        guard line != nil else { throw .closed }
        return try line!.receive(
            into: &buffer, by: deadline, name: "read", endsAtZero: false
        ) { read($0, $1.baseAddress, $1.count) }
    }

    /// Opens the device anew and empties it.
    public mutating func reopen(by deadline: Picoseconds) throws(LinuxIOError) {
        line = nil
        line = try Self.open(path: path, baud: baud)
    }

    static func open(path: String, baud: UInt32) throws(LinuxIOError) -> Descriptor {
        let number = Glibc.open(path, O_RDWR | O_NOCTTY | O_NONBLOCK)
        guard number >= 0 else { throw .system(call: "open \(path)", number: errno) }
        let line = Descriptor(number)
        guard isatty(number) == 1 else { throw .device(path, wanted: "a serial line") }
        guard ioctl(number, UInt(TIOCEXCL), 0) == 0 else {
            throw .system(call: "ioctl TIOCEXCL", number: errno)
        }
        let error = lodestar_serial_raw(number, baud)
        guard error == 0 else { throw .system(call: "ioctl TCSETS2", number: error) }
        tcflush(number, TCIOFLUSH)
        return line
    }
}
