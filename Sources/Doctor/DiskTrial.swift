import CMachine
import Foundation

/// How fast bytes reach the disk under a folder, tried for about a second.
enum DiskTrial {
    /// The most that is written: 64 MiB.
    private static let most = 64 << 20
    /// What is written and awaited at once: 4 MiB, as much as a chunk of a recording.
    private static let chunk = 4 << 20
    /// After this long nothing more is written, s.
    private static let longest = 1.0

    /// Bytes per second that reached the disk; `nil` if nothing could be written.
    ///
    /// The file has no name while it is written, so that nothing is left of it, whatever happens.
    static func rate(in folder: String) -> Double? {
        let number = lodestar_open_nameless(folder)
        guard number >= 0 else { return nil }
        defer { close(number) }
        // No zeroes: a file system may leave those out, or make them small.
        let bytes = (0..<chunk).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 13) }
        let start = now()
        var written = 0
        while written < most, now() - start < longest {
            let count = write(number, bytes, bytes.count)
            guard count > 0, fdatasync(number) == 0 else { break }
            written += count
        }
        let time = now() - start
        return written > 0 && time > 0 ? Double(written) / time : nil
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
