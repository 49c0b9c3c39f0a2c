import Glibc

/// A serial line with somebody at the other end, raw, 8N1, held by us alone; no call waits.
public struct SerialTerminal: ~Copyable, Sendable {
    private let line: Descriptor

    /// Opens the device at `path`.
    public init(path: String, baud: UInt32) throws(LinuxIOError) {
        line = try SerialConnection.open(path: path, baud: baud)
    }

    /// For waiting on it.
    public var descriptor: Int32 { line.number }

    /// Sends what the line takes of `bytes` now; returns how many it took, 0 if none.
    public func send(_ bytes: RawSpan) throws(LinuxIOError) -> Int {
        guard !bytes.isEmpty else { return 0 }
        switch bytes.withUnsafeBytes({
            Descriptor.outcome(write(line.number, $0.baseAddress, $0.count))
        }) {
        case .bytes(let count): return count
        case .notNow: return 0
        case .failed(EIO), .failed(ENXIO): throw .closed
        case .failed(let error): throw .system(call: "write", number: error)
        }
    }

    /// Receives what is there; 0 if nothing is, `.closed` once the line has hung up or is unplugged.
    public func receive(into bytes: UnsafeMutableRawBufferPointer) throws(LinuxIOError) -> Int {
        precondition(!bytes.isEmpty)
        switch Descriptor.outcome(read(line.number, bytes.baseAddress, bytes.count)) {
        case .bytes(let count): return count
        case .notNow: return 0
        case .failed(EIO), .failed(ENXIO): throw .closed
        case .failed(let error): throw .system(call: "read", number: error)
        }
    }
}
