import Foundation
import LinuxIO
import PayloadDoubles
import PayloadHAL
import Quantities
import TaggerDrivers
import TimeTags

/// Reads a reference tagger through whatever happens to it, and says what did.
struct Watch {
    /// Which tagger.
    let name: USBName
    /// How long, s.
    let length: Double

    /// Reads, recovers after every fault, and prints a line for each and one at the end.
    func run() throws {
        var tagger = try ReferenceTagger(try USBDevice(name))
        try tagger.configure(TaggerSettings())
        try tagger.start()
        print("reading \(tagger.identity.model) \(tagger.identity.serial)")
        var slotter = try Slotter(isPortable: false)
        let end = tagger.now.later(by: Picoseconds(Int64(length * 1e12)))
        var recoveries = 0
        while tagger.now < end {
            do {
                let deadline = min(end, tagger.now.later(by: .milliseconds(100)))
                _ = try tagger.read(by: deadline) { slotter.take($0) }
            } catch {
                print("fault: \(error)")
                recoveries += recover(&tagger, until: end)
            }
        }
        try? tagger.stop()
        let (events, counters) = (tagger.events, slotter.decoder.counters)
        print(
            "watch bytes=\(events.bytes) transfers=\(events.transfers)",
            "short=\(events.shortTransfers) stalls=\(events.stalls) overflows=\(events.overflows)",
            "failures=\(events.failures) resets=\(events.resets) unplugs=\(events.unplugs)",
            "recoveries=\(recoveries) tags=\(counters.detections) losses=\(counters.losses)",
            "skipped=\(counters.skippedBytes)")
    }

    /// Tries to recover until it works or time is up; 1 if it worked.
    private func recover(
        _ tagger: inout ReferenceTagger<USBDevice>, until end: Picoseconds
    ) -> Int {
        var last = ""
        while tagger.now < end {
            do {
                try tagger.recover(by: min(end, tagger.now.later(by: .seconds(2))))
                print("recovered: \(tagger.identity.serial)")
                return 1
            } catch {
                // The same words again would hide the others.
                if "\(error)" != last { print("not yet: \(error)") }
                last = "\(error)"
            }
        }
        return 0
    }
}

/// Holds a reference tagger against what every USB device and every tagger must do.
struct Check {
    /// Which tagger.
    let name: USBName

    /// Prints what is wrong, line by line; throws if anything is.
    func run() throws {
        var faults = try ofDevice()
        var tagger = try ReferenceTagger(try USBDevice(name))
        var settings = TaggerSettings()
        settings.thresholds = [ChannelThreshold(channel: 0, volts: -0.1)]
        faults += taggerFaults(of: &tagger, settings: settings, patience: .seconds(5))
        for fault in faults { print("fault: \(fault)") }
        print("check faults=\(faults.count) tagger=\(tagger.identity.serial)")
        guard faults.isEmpty else { throw RateError(description: "\(faults.count) faults") }
    }

    private func ofDevice() throws -> [String] {
        var device = try USBDevice(name)
        let none: [UInt8] = []
        var faults = bulkDeviceFaults(
            of: &device, question: ControlRequest(0x01), nonsense: ControlRequest(0x7F),
            endpoint: 0x81, patience: .seconds(5)
        ) { device in
            try? device.send(
                ControlRequest(0x20), none.span.bytes, by: device.now.later(by: .seconds(1)))
        }
        do {
            try device.startStream(endpoint: 0x83, transferBytes: 4096, transfers: 4)
            faults.append("an endpoint that is not there was read")
        } catch {
            print("absent endpoint: \(error)")
            if error.fault != .garbled { faults.append("an absent endpoint: \(error)") }
        }
        do {
            _ = try USBDevice(name)
            faults.append("a device in use was opened")
        } catch { print("in use: \(error)") }
        return faults
    }
}
