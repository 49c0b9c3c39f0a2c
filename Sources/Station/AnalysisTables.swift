import ClockSync
import Foundation
import Gating
import TagFiles

/// `clock.csv`: satellite time against tag time.
struct ClockTable: ~Copyable {
    private static let flushSize = 1 << 16
    private static let second: Int64 = 1_000_000_000_000

    private var file: OutputFile
    private var text: [UInt8] = []
    private let rowsPerSecond: Int64
    private var nextRow: Int64?

    init(path: String, rowsPerSecond: Int64) throws {
        file = try OutputFile(path: path)
        self.rowsPerSecond = rowsPerSecond
        text.append(contentsOf: "tag_time_ps,satellite_time_ps,sigma_ps,valid\n".utf8)
    }

    /// Adds the rows that fall into `segment`.
    ///
    /// - Parameters:
    ///   - offset: Lateness of quantum light, ps: beacon time is this much later.
    ///   - sigma: Standard deviation of beacon time, ps.
    mutating func add(_ segment: ClockSegment, offset: Double, sigma: Double) throws {
        // Where the clock jumped over a gap, so do the rows.
        var row = max(nextRow ?? .min, Self.row(after: segment.tagStart, rowsPerSecond))
        while true {
            let (seconds, rest) = row.quotientAndRemainder(dividingBy: rowsPerSecond)
            let tag = seconds * Self.second + rest * Self.second / rowsPerSecond
            guard tag < segment.tagStart + segment.duration else { break }
            if tag >= segment.tagStart {
                let satellite = segment.satelliteTime(at: tag) + Int64(offset.rounded())
                let rounded = (min(sigma, 1e9) * 10).rounded() / 10
                text.append(
                    contentsOf: "\(tag),\(satellite),\(rounded),\(segment.isValid ? 1 : 0)\n".utf8)
            }
            row += 1
        }
        nextRow = row
        if text.count >= Self.flushSize { try flush() }
    }

    private static func row(after tag: Int64, _ rowsPerSecond: Int64) -> Int64 {
        let seconds = tag / second
        return seconds * rowsPerSecond + (tag - seconds * second) / (second / rowsPerSecond)
    }

    private mutating func flush() throws {
        try file.write(text)
        text.removeAll(keepingCapacity: true)
    }

    /// Writes the rest and gives the file its name.
    mutating func finish() throws {
        try flush()
        try file.commit()
    }
}

/// `clicks.npy`: every detector tag with its slot.
struct ClickTable: ~Copyable {
    private static let fields = [
        ("tag_time_ps", "<i8"), ("channel", "|u1"), ("slot", "<i8"), ("offset_ps", "<i4"),
        ("accepted", "|u1"),
    ]
    private static let rowSize = 22

    /// Rows written.
    private(set) var rows: Int64 = 0
    private var file: OutputFile
    private var bytes: [UInt8] = []
    private var channels: [UInt8] = [0, 0, 0, 0]
    private var skews: [Int64] = [0, 0, 0, 0]

    init(path: String, plan: GatePlan) throws {
        file = try OutputFile(path: path)
        for channel in 0..<GatePlan.channelCount where plan.roles[channel].isDetector {
            let detector = Int(plan.roles[channel].rawValue)
            channels[detector] = UInt8(channel)
            skews[detector] = plan.skews[channel]
        }
        bytes = NumPyHeader.bytes(fields: Self.fields, count: 0)
    }

    /// Adds a row per placement.
    mutating func add(_ placements: UnsafeBufferPointer<Placement>) throws {
        for placement in placements {
            let detector = Int(placement.click.detector & 3)
            put(placement.time + skews[detector])
            bytes.append(channels[detector])
            put(placement.click.slot)
            put(placement.click.offset)
            bytes.append(placement.outcome == .accepted ? 1 : 0)
        }
        rows += Int64(placements.count)
        if bytes.count > 1 << 18 { try flush() }
    }

    private mutating func put<T: FixedWidthInteger>(_ value: T) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private mutating func flush() throws {
        try file.write(bytes)
        bytes.removeAll(keepingCapacity: true)
    }

    /// Writes the rest, fills in the count and gives the file its name.
    mutating func finish() throws {
        try flush()
        try file.patch(NumPyHeader.bytes(fields: Self.fields, count: rows), at: 0)
        try file.commit()
    }
}
