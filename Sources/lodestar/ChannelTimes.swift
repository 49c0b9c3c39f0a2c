import ArgumentParser
import Foundation
import TagFiles
import TimeTags

/// Detection times of some channels of a recording, read as far as they are needed.
struct ChannelTimes: ~Copyable {
    /// Detections that are sorted when they lie before the latest, beyond which a recording is too
    /// much out of order: 1 ms.
    private static let mostDisorder: Int64 = 1_000_000_000

    private var reader: TagFileReader
    private let wanted: Set<UInt8>?
    private let batch: UnsafeMutableBufferPointer<TimeTag>
    /// Ascending times, ps: of each wanted channel, or of all channels together under 0.
    private(set) var times: [UInt8: [Int64]] = [:]
    /// Detections per channel seen so far, wanted or not.
    private(set) var seen = [Int64](repeating: 0, count: 256)
    /// Whether the whole recording has been read.
    private(set) var isAtEnd = false
    private var latest = Int64.min

    /// Opens a recording for the given channels; `nil` for all of them as one.
    init(path: String, format: TagFormat?, channels: [UInt8]?) throws(TagFileError) {
        reader = try TagFileReader(path: path, format: format)
        wanted = channels.map(Set.init)
        batch = .allocate(capacity: 16_384)
        for channel in channels ?? [0] { times[channel] = [] }
    }

    deinit { batch.deallocate() }

    /// The first damage of the recording so far.
    var damage: TagFileError? { reader.damage }

    /// Time of the first detection, ps, if there is one.
    var first: Int64? { times.values.compactMap(\.first).min() }

    /// Reads on until a detection at `time` ps or later, or to the end.
    mutating func read(to time: Int64 = .max) throws(TagFileError) {
        if isAtEnd || latest >= time { return }
        var columns = [[Int64]](repeating: [], count: 256)
        for (channel, column) in times { columns[Int(channel)] = column }
        times = [:]
        defer {
            for channel in wanted ?? [0] { times[channel] = columns[Int(channel)] }
        }
        var places = [Int](repeating: wanted == nil ? 0 : -1, count: 256)
        for channel in wanted ?? [] { places[Int(channel)] = Int(channel) }
        while latest < time {
            let count = try reader.nextBatch(into: batch)
            if count == 0 {
                isAtEnd = true
                return
            }
            take(batch[..<count], places, &columns)
        }
    }

    private mutating func take(
        _ tags: Slice<UnsafeMutableBufferPointer<TimeTag>>, _ places: [Int],
        _ columns: inout [[Int64]]
    ) {
        for tag in tags where tag.kind == .detection {
            seen[Int(tag.channel)] += 1
            latest = max(latest, tag.time)
            let place = places[Int(tag.channel)]
            guard place >= 0 else { continue }
            var at = columns[place].count
            // A detection overtaken on its way is put back into its place.
            while at > 0, columns[place][at - 1] > tag.time,
                columns[place][at - 1] &- tag.time < Self.mostDisorder
            {
                at -= 1
            }
            if at == columns[place].count {
                columns[place].append(tag.time)
            } else {
                columns[place].insert(tag.time, at: at)
            }
        }
    }

    /// The channels seen, with their detections, for an error message.
    var channelList: String {
        let found = seen.enumerated().filter { $0.element > 0 }
        if found.isEmpty { return "the recording has no detections" }
        return "the recording has "
            + found.map { "channel \($0.offset) (\($0.element) detections)" }
            .joined(separator: ", ")
    }
}

/// A clear refusal of a job on a recording: one line, exit code 1.
struct TagJobError: Error, CustomStringConvertible {
    var description: String
}

/// Runs `body`; a refusal or a tag file's error becomes one line and the exit code 1.
func tellingJobErrors(_ body: () throws -> Void) throws {
    try tellingTagErrors {
        do {
            try body()
        } catch let error as TagJobError {
            writeToStandardError("error: \(error.description)\n")
            throw ExitCode.failure
        }
    }
}
