import Foundation
import LinuxIO
import PayloadHAL
import Quantities
import TaggerDrivers
import TimeTags

/// Bytes of a reference tagger on USB, counted by a bare libusb reader and taken through our driver,
/// decoder and gate to slotted clicks, by turns in one run.
///
/// The clock of the clicks is the tagger's own: they are slotted as if it were the satellite's, which
/// costs as much as any other clock. The tagger should send as fast as it is read.
struct RateReader {
    /// Which tagger.
    let name: USBName
    /// Seconds of each measurement.
    var length = 2.0
    /// Measurements of each kind.
    var repeats = 5
    /// Transfers under way.
    var transfers = 16
    /// Bytes of each.
    var transferBytes = 65_536
    /// Whether to do without the processor's vector instructions, which an emulator may make slow.
    var isPortable = false

    /// Measures, and prints one line.
    func run() throws {
        var bare: [Double] = []
        var ours: [Double] = []
        var counts = ClickCount()
        for _ in 0..<repeats {
            // What was set outlives being let go, so that both find the tagger alike.
            ours.append(try oursRate(&counts))
            bare.append(
                try BareReader.rate(
                    of: name, seconds: length, transfers: transfers, transferBytes: transferBytes))
        }
        let (one, other) = (median(bare), median(ours))
        print(
            "usb bare_mbs=\(fixed(one, 1)) ours_mbs=\(fixed(other, 1))",
            "ratio=\(fixed(other / one, 3))",
            "bare_all=\(bare.map { fixed($0, 1) }.joined(separator: ","))",
            "ours_all=\(ours.map { fixed($0, 1) }.joined(separator: ","))",
            "tags=\(counts.tags) clicks=\(counts.clicks) losses=\(counts.losses)",
            "repeats=\(repeats)")
    }

    /// Measures decoder and gate alone, and prints one line.
    func runPath() throws {
        let rates = try (0..<repeats).map { _ in try pathRate() }
        print("path path_mbs=\(fixed(median(rates), 1)) repeats=\(repeats)")
    }

    /// MB/s of decoder and gate alone, from memory.
    private func pathRate() throws -> Double {
        let frames = try EndlessTagger().frames
        var slotter = try Slotter(isPortable: isPortable)
        let start = HostClock.now
        var bytes = 0
        while HostClock.now.count - start.count < 500_000_000_000 {
            frames.withUnsafeBytes { all in
                for place in stride(from: 0, to: all.count / 16, by: transferBytes) {
                    let end = min(place + transferBytes, all.count)
                    slotter.take(UnsafeRawBufferPointer(rebasing: all[place..<end]))
                    bytes += end - place
                }
            }
        }
        return Double(bytes) / (Double(HostClock.now.count - start.count) * 1e-12) * 1e-6
    }

    /// MB/s through driver, decoder and gate.
    private func oursRate(_ counts: inout ClickCount) throws -> Double {
        var tagger = try ReferenceTagger(
            try USBDevice(name), transferBytes: transferBytes, transfers: transfers)
        var settings = TaggerSettings()
        settings.latency = .milliseconds(5)
        try tagger.configure(settings)
        var slotter = try Slotter(isPortable: isPortable)
        try tagger.start()
        // The first transfers wait for the start.
        let begin = tagger.now.later(by: .milliseconds(200))
        while tagger.now < begin {
            _ = try tagger.read(by: begin) { slotter.take($0) }
        }
        let first = tagger.now
        let end = first.later(by: Picoseconds(Int64(length * 1e12)))
        var bytes = 0
        while tagger.now < end {
            bytes += try tagger.read(by: end) { slotter.take($0) }
        }
        let span = Double(tagger.now.count - first.count) * 1e-12
        try tagger.stop()
        counts.add(slotter)
        return Double(bytes) / span * 1e-6
    }
}

/// What came out of all runs together.
private struct ClickCount {
    var tags: Int64 = 0
    var clicks: Int64 = 0
    var losses: Int64 = 0

    mutating func add(_ slotter: borrowing Slotter) {
        tags += slotter.decoder.counters.detections
        clicks += Int64(slotter.clicks)
        losses += slotter.decoder.counters.losses
    }
}

/// The value in the middle of `values`, which is not empty.
private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

/// `value` with `digits` after the point.
private func fixed(_ value: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)f", value)
}
