import PayloadHAL
import Quantities

extension BulkDevice where Self: ~Copyable {
    /// Throws away what comes from a bulk endpoint until it has been quiet for `quiet`.
    ///
    /// - Returns: `false` if bytes still came after a second.
    func drain(_ endpoint: UInt8, quiet: Picoseconds) throws(Failure) -> Bool {
        var bytes = [UInt8](repeating: 0, count: 16_384)
        let end = now.later(by: .milliseconds(1000))
        while now < end {
            var span = bytes.mutableSpan
            var room = span.mutableBytes
            let count = try read(from: endpoint, into: &room, by: now.later(by: quiet))
            if count == 0 { return true }
        }
        return false
    }
}

extension ByteConnection where Self: ~Copyable {
    /// Throws away what comes until it has been quiet for `quiet`, and returns the first 256 bytes.
    ///
    /// - Returns: `nil` if bytes still came after two seconds.
    mutating func drain(quiet: Picoseconds) throws(Failure) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 4096)
        var first: [UInt8] = []
        let end = now.later(by: .milliseconds(2000))
        while now < end {
            var span = bytes.mutableSpan
            var room = span.mutableBytes
            let count = try receive(into: &room, by: now.later(by: quiet))
            if count == 0 { return first }
            first += bytes.prefix(min(count, 256 - first.count))
        }
        return nil
    }
}
