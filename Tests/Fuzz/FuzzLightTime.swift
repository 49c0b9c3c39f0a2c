// modules: ClockSync
// sources: Station/LightTimeFile.swift
// seeds: Tests/Fuzz/Seeds/light-time-*.csv
import ClockSync

private let file = MemoryFile()

/// Fuzzes the reader of light-time tables, and what is interpolated from those it takes.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzLightTime(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    // Foundation leaks a byte for each empty file; the leak sanitizer would stop here.
    guard count > 0 else { return 0 }
    file.hold(UnsafeRawBufferPointer(start: start, count: count))
    do {
        let rows = try LightTimeFile.read(file.path)
        rows.withUnsafeBufferPointer(interpolate)
    } catch {
        precondition(error is LightTimeFile.Fault, "not a fault of the table: \(error)")
    }
    return 0
}

private func interpolate(_ rows: UnsafeBufferPointer<LightTimeRow>) {
    guard var table = LightTimeTable(rows: rows) else {
        preconditionFailure("the reader took rows that the table refuses")
    }
    for index in rows.indices {
        let row = rows[index]
        precondition(table.covers(row.time))
        precondition(table.lightTime(at: row.time) == row.lightTime, "not through its own rows")
        let next = index + 1 < rows.count ? rows[index + 1].time : .max
        let far = index % 2 == 0 ? Int64.min : Int64.max
        for time in [row.time &+ (next &- row.time) / 2, far] {
            precondition(table.lightTime(at: time).magnitude <= 1e15, "beyond any whole number")
        }
    }
}
