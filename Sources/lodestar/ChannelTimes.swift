import ArgumentParser
import Foundation
import TagFiles
import TimeTags

/// Detection times of some channels of a recording, each channel by itself.
struct ChannelTimes: ~Copyable {
    /// Detections that are sorted when they lie before the latest, beyond which a recording is too
    /// much out of order: 1 ms.
    private static let mostDisorder: Int64 = 1_000_000_000

    private var reader: TagFileReader
    private let wanted: Set<UInt8>
    private let batch: UnsafeMutableBufferPointer<TimeTag>
    /// Ascending times of each wanted channel, ps.
    private(set) var times: [UInt8: [Int64]] = [:]
    /// Detections per channel seen so far, wanted or not.
    private(set) var seen = [Int64](repeating: 0, count: 256)

    /// Opens a recording for the given channels.
    init(path: String, format: TagFormat?, channels: Set<UInt8>) throws(TagFileError) {
        reader = try TagFileReader(path: path, format: format)
        wanted = channels
        batch = .allocate(capacity: 16_384)
    }

    deinit { batch.deallocate() }

    /// The first damage of the recording so far.
    var damage: TagFileError? { reader.damage }

    /// Reads the recording to its end.
    mutating func read() throws(TagFileError) {
        var columns = [[Int64]](repeating: [], count: 256)
        var isWanted = [Bool](repeating: false, count: 256)
        for channel in wanted { isWanted[Int(channel)] = true }
        while true {
            let count = try reader.nextBatch(into: batch)
            if count == 0 { break }
            take(batch[..<count], isWanted, &columns)
        }
        for channel in wanted { times[channel] = columns[Int(channel)] }
    }

    private mutating func take(
        _ tags: Slice<UnsafeMutableBufferPointer<TimeTag>>, _ isWanted: [Bool],
        _ columns: inout [[Int64]]
    ) {
        for tag in tags where tag.kind == .detection {
            seen[Int(tag.channel)] += 1
            let place = Int(tag.channel)
            guard isWanted[place] else { continue }
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
