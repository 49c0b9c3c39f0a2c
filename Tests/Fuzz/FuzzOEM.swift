// modules: Orbit OrbitFiles
// seeds: Tests/Fuzz/Seeds/orbit-oem.*
import Orbit
import OrbitFiles

/// Fuzzes the reader of ephemeris messages.
///
/// Whatever is read is interpolated within its span only.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOEM(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let text = String(
        decoding: UnsafeBufferPointer(start: start, count: count), as: Unicode.UTF8.self)
    do throws(OrbitFileFault) {
        let file = try OrbitEphemerisMessage.parse(text, path: "fuzz")
        for segment in file.segments {
            precondition(segment.start < segment.end, "a span without length")
            let middle = segment.start.adding(0.37 * segment.end.since(segment.start))
            try? segment.withTable { table in
                _ = try? table.state(at: middle)
                precondition((try? table.state(at: segment.end.adding(1))) == nil, "extrapolated")
                precondition(
                    (try? table.state(at: segment.start.adding(-1))) == nil, "extrapolated")
            }
        }
    } catch {
        precondition(!error.description.isEmpty, "refused without a reason")
    }
    return 0
}
