import ClockSync
import Quantities

/// Memory of the clock exercise; too large for a call stack that others share.
private struct ClockMemory {
    var rows = InlineArray<16, LightTimeRow>(repeating: LightTimeRow(time: 0, lightTime: 0))
    var storage = InlineArray<65_536, UInt64>(repeating: 0)
}

/// Blocks of 10 ms that the exercise's clock looks ahead.
private let lagBlocks = 20
/// Period of the beacon, ps.
private let beaconPeriod: Int64 = 100_000_000
/// Tag time of satellite time zero without the light time, ps.
private let clockZero: Int64 = 700_000_000

/// Two seconds of a 10 kHz beacon through the clock filter: every segment of its model.
///
/// Times are taken in steps of 16 ps, for the logarithm of the likelihood and the arc tangent come
/// from another library there.
func clockExercise() -> UInt64 {
    var memory = ClockMemory()
    for index in 0..<16 {
        let time = Int64(widening: index)
        memory.rows[index] = LightTimeRow(
            time: (time - 4) &* 1_000_000_000_000, lightTime: lightTime(Double(index) - 4))
    }
    var digest = Digest()
    let rows = memory.rows.span
    rows.withUnsafeBufferPointer { rows in
        guard let table = LightTimeTable(rows: rows) else {
            preconditionFailure("a good table was refused")
        }
        var storage = memory.storage.mutableSpan
        storage.withUnsafeMutableBytes { bytes in
            // The clock wants memory aligned to 16.
            let skipped = Int(UInt(bitPattern: bytes.baseAddress) & 8)
            follow(
                table, UnsafeMutableRawBufferPointer(rebasing: bytes[skipped...]), into: &digest)
        }
    }
    return digest.value
}

/// Light time `seconds` into the exercise, ps: nearest at 5 s.
private func lightTime(_ seconds: Double) -> Double {
    let past = seconds - 5
    return 2.0e9 + 5.5e4 * past * past
}

/// Runs the clock over the beacon's pulses, every 13th lost, with jitter and a clock 2e-9 too fast.
private func follow(
    _ table: LightTimeTable, _ storage: UnsafeMutableRawBufferPointer, into digest: inout Digest
) {
    var configuration = BeaconClockConfiguration()
    configuration.hasPulsePerSecond = false
    configuration.usesDetections = false
    configuration.coarseZero = clockZero
    precondition(storage.count >= BeaconClock.storageBytes(lagBlocks: lagBlocks))
    var clock = BeaconClock(
        configuration: configuration, prediction: table, lagBlocks: lagBlocks, storage: storage)
    var numbers = NumberStream(seed: 7)
    var segments = 0
    for pulse in Int64(0)..<20_000 {
        let satellite = pulse &* beaconPeriod
        let seconds = Double(satellite) * 1e-12
        let late = (lightTime(seconds) + 2_000 * seconds).rounded()
        let jitter = numbers.next(below: 1_000) + numbers.next(below: 1_000) - 1_000
        let tag = clockZero + satellite + Int64(late) + jitter
        clock.advance(to: tag)
        if pulse % 13 != 0 { clock.addBeacon(tag) }
        segments += drain(&clock, into: &digest)
    }
    clock.finish()
    segments += drain(&clock, into: &digest)
    precondition(segments > 0)
    digest.add(segments)
    digest.add(clock.statistics.accepted)
    digest.add(clock.statistics.rejected)
    digest.add(clock.statistics.acquisitions)
}

/// Adds the segments that have settled; returns how many of them are valid.
private func drain(_ clock: inout BeaconClock, into digest: inout Digest) -> Int {
    var valid = 0
    while let segment = clock.nextSegment() {
        digest.add(segment.tagStart)
        digest.add(Double(segment.satelliteStart), inStepsOf: 16)
        digest.add(segment.isValid)
        valid += segment.isValid ? 1 : 0
    }
    return valid
}
