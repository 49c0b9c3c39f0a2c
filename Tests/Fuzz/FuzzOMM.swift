// modules: Orbit OrbitFiles
// seeds: Tests/Fuzz/Seeds/orbit-omm.*
import Orbit
import OrbitFiles

/// Fuzzes the reader of mean-elements messages in all three notations.
///
/// Whatever is read gives a state above the ground, or a fault.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOMM(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let text = String(
        decoding: UnsafeBufferPointer(start: start, count: count), as: Unicode.UTF8.self)
    do throws(OrbitFileFault) {
        guard case .elements(let sets) = try OrbitFile.parse(text, path: "fuzz") else { return 0 }
        for set in sets {
            guard let model = try? SGP4(set.elements) else { continue }
            guard let state = try? model.state(minutes: 1440) else { continue }
            precondition(state.position.length >= 6_000_000, "a state inside the Earth")
        }
    } catch {
        precondition(!error.description.isEmpty, "refused without a reason")
    }
    return 0
}
