// modules: TaggerDrivers
// sources: ../Tests/Fuzz/Peers/FuzzPeer.swift PayloadDoubles/ScriptedBulkDevice.swift
import PayloadHAL
import Quantities
import TaggerDrivers

/// Fuzzes the drivers of taggers with devices that answer anything at any time.
///
/// None traps; what a driver says it handed out it handed out, and an identity that it believed
/// has channels and a tick.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTagger(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    switch input.byte() % 3 {
    case 0:
        let script = script(FuzzDevice(input))
        guard var tagger = try? ReferenceTagger(ScriptedBulkDevice(script)) else { return 0 }
        _ = try? tagger.status()
        use(&tagger)
    case 1:
        let script = script(FuzzDevice(input))
        guard var tagger = try? FX2Tagger(ScriptedBulkDevice(script)) else { return 0 }
        _ = try? tagger.lostRecords()
        use(&tagger)
    default:
        let peer = FuzzPeer(input, opening: [[], Array("TDC1\r\n".utf8)])
        guard var tagger = try? TDC1Tagger(FuzzConnection(peer)) else { return 0 }
        use(&tagger)
    }
    return 0
}

/// What a device makes of the input.
private final class FuzzDevice: @unchecked Sendable {
    var input: FuzzInput

    init(_ input: FuzzInput) { self.input = input }

    func answer(_ request: ControlRequest) -> ControlAnswer {
        switch input.byte() {
        case 0: return .stalls
        case 1: return .silence
        case 2: return .unplug
        case 3: return .bytes(Array(input.take(Int(input.byte()))))
        default: break
        }
        // The rightful beginning of an answer, so that the driver looks at the rest.
        let magic: [UInt8] =
            request.request == 1
            ? [0x4C, 0x54, 0x54, 0x49, 1]
            : request.request == 2 ? [0x4C, 0x54, 0x54, 0x53] : []
        let size = request.request == 1 ? 64 : request.request == 2 ? 48 : 64
        let rest = Array(input.take(size - magic.count))
        return .bytes(magic + rest + [UInt8](repeating: 0, count: size - magic.count - rest.count))
    }

    func steps() -> [StreamStep] {
        (0..<Int(input.byte() % 8)).map { _ in
            switch input.byte() {
            case 0: .stall
            case 1: .overflow
            case 2: .failure
            case 3: .unplug
            case 4: .silence(.milliseconds(Int64(input.byte())))
            default: .bytes(Array(input.take(Int(input.byte()))))
            }
        }
    }
}

private func script(_ device: FuzzDevice) -> BulkScript {
    let script = BulkScript { request, _ in device.answer(request) }
    script.stream = device.steps()
    script.written = { [unowned script] _, _ in
        script.replies[0x88] = [Array(device.input.take(Int(device.input.byte() % 8)))]
    }
    return script
}

private func use<Tagger: TimeTagger & ~Copyable>(_ tagger: inout Tagger) {
    precondition(1...32 ~= tagger.identity.channels)
    precondition(tagger.identity.tick.numerator > 0 && tagger.identity.tick.denominator > 0)
    var settings = TaggerSettings()
    if let range = tagger.identity.thresholds {
        settings.thresholds = (0..<tagger.identity.channels).map {
            ChannelThreshold(channel: $0, volts: range.upperBound)
        }
    }
    for _ in 0..<3 {
        try? tagger.configure(settings)
        try? tagger.start()
        for _ in 0..<8 {
            var seen = 0
            let count = try? tagger.read(by: tagger.now.later(by: .milliseconds(300))) {
                seen += $0.count
            }
            precondition(count == nil || count == seen)
        }
        try? tagger.recover(by: tagger.now.later(by: .milliseconds(300)))
    }
    try? tagger.stop()
    precondition(tagger.gaps >= 0)
}
