// modules: Orbit OrbitFiles
// seeds: Tests/Fuzz/Seeds/orbit-tle.*
import Orbit
import OrbitFiles

/// Fuzzes the reader of two-line element sets and the model behind it.
///
/// Whatever is read gives a state above the ground, or a fault.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTLE(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let text = String(
        decoding: UnsafeBufferPointer(start: start, count: count), as: Unicode.UTF8.self)
    do throws(OrbitFileFault) {
        for set in try TwoLineElements.parse(text, path: "fuzz", checksChecksums: false) {
            guard let model = try? SGP4(set.elements) else { continue }
            for minutes in [0.0, 1440, -100_000, 525_600] {
                guard let state = try? model.state(minutes: minutes) else { continue }
                precondition(state.position.length >= 6_000_000, "a state inside the Earth")
            }
            precondition(set.ageWarning(at: UTCInstant(day: 61_119, seconds: 0)) != "")
        }
    } catch {
        precondition(!error.description.isEmpty, "refused without a reason")
    }
    return 0
}
