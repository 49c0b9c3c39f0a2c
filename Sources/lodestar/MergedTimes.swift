import TagFiles
import TimeTags

/// Detection times of a recording's channels as one ascending list, read as far as needed.
struct MergedTimes: ~Copyable {
    /// How far back a detection may be overtaken and still be put into its place: 1 ms.
    private static let mostDisorder: Int64 = 1_000_000_000

    private var reader: TagFileReader
    private let channels: Set<UInt8>?
    private let batch: UnsafeMutableBufferPointer<TimeTag>
    /// Ascending times, ps.
    private(set) var times: [Int64] = []
    private var isAtEnd = false

    /// Opens a recording for the given channels; `nil` for all of them.
    init(path: String, format: TagFormat?, channels: Set<UInt8>?) throws(TagFileError) {
        reader = try TagFileReader(path: path, format: format)
        self.channels = channels
        batch = .allocate(capacity: 16_384)
    }

    deinit { batch.deallocate() }

    /// Reads on until a detection at `time` ps or later, or to the end; at least one detection.
    mutating func read(to time: Int64) throws(TagFileError) {
        while !isAtEnd, (times.last ?? .min) < time || times.isEmpty {
            let count = try reader.nextBatch(into: batch)
            isAtEnd = count == 0
            for tag in batch[..<count] where tag.kind == .detection {
                if let channels, !channels.contains(tag.channel) { continue }
                if let last = times.last, last > tag.time {
                    place(tag.time, before: last)
                } else {
                    times.append(tag.time)
                }
            }
        }
    }

    /// Puts an overtaken detection into its place; drops one from before a jump back in time.
    private mutating func place(_ time: Int64, before last: Int64) {
        guard last &- time < Self.mostDisorder else { return }
        var at = times.count - 1
        while at > 0, times[at - 1] > time { at -= 1 }
        times.insert(time, at: at)
    }
}
