import Foundation
import TimeTags

/// Decodes a whole PTU file that lies in memory, as its peer does.
struct PTUBenchmark {
    private let path: String
    private let repeats: Int

    init(_ options: Options) throws {
        guard let path = options["file"] else {
            throw BenchmarkError(description: "ptu needs --file FILE")
        }
        self.path = path
        repeats = options.count("repeats", 9)
    }

    func run() throws {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw BenchmarkError(description: "\(path) cannot be read")
        }
        let tags = UnsafeMutableBufferPointer<TimeTag>.allocate(capacity: data.count / 4 + 64)
        tags.initialize(repeating: TimeTag(time: 0, channel: 0))
        defer { tags.deallocate() }
        var times: [Double] = []
        var counters = DecodeCounters()
        var sum: Int64 = 0
        for _ in 0..<repeats {
            try data.withUnsafeBytes { bytes in
                var decoder = PTUDecoder()
                var written = 0
                times.append(
                    seconds {
                        written = decoder.decode(bytes, into: tags).tagsWritten
                    })
                counters = decoder.counters
                guard counters.fatalFault == nil else {
                    throw BenchmarkError(description: "\(path): \(counters)")
                }
                sum = tags[..<written].reduce(0) { $0 &+ ($1.kind == .detection ? $1.time : 0) }
            }
        }
        let time = median(times)
        print(
            "ptu records=\(counters.records) detections=\(counters.detections) time_sum=\(sum)",
            "seconds=\(fixed(time, 6)) mrecords=\(fixed(Double(counters.records) / time * 1e-6, 1))"
        )
    }
}
