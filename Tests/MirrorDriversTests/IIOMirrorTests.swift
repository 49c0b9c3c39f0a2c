import Foundation
import LinuxIO
import MirrorDrivers
import PayloadDoubles
import PayloadHAL
import Quantities
import Testing

/// A folder that looks like a converter with two channels; gone with the value.
final class FakeConverter {
    let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("iio-\(UUID().uuidString)")

    /// The AD5764's attributes: 16 bits over +-10 V.
    init(_ attributes: [String: String] = FakeConverter.attributes) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, text) in attributes {
            try (text + "\n").write(
                to: folder.appendingPathComponent(name), atomically: false, encoding: .utf8)
        }
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    static let attributes = [
        "out_voltage0_raw": "0", "out_voltage1_raw": "0", "out_voltage_scale": "0.305175781",
        "out_voltage_offset": "-32768",
    ]

    /// The number that was last written; sysfs takes each write anew, a file keeps an older tail.
    func raw(_ channel: Int) throws -> Int? {
        let text = try String(
            contentsOf: folder.appendingPathComponent("out_voltage\(channel)_raw"), encoding: .utf8)
        return text.split(separator: "\n").first.flatMap { Int($0) }
    }
}

/// A tree whose every attribute is gone, as after unplugging.
struct UnpluggedTree: AttributeTree, ~Copyable {
    enum Failure: InstrumentError {
        case gone
        var fault: InstrumentFault { .unreachable }
    }
    let working: Bool
    func has(_ name: String) -> Bool { name.hasSuffix("scale") }
    func read(_ name: String) throws(Failure) -> String {
        guard working else { throw .gone }
        return "1"
    }
    mutating func open(_ name: String) throws(Failure) -> Int { 0 }
    func write(_ bytes: RawSpan, to attribute: Int) throws(Failure) { throw .gone }
}

@Suite struct IIOMirrorTests {
    private let wiring = IIOMirror<SysfsTree>.Wiring(voltsPerRadian: 400, voltsMost: 8)

    @Test func anglesBecomeTheCountsOfTheConverter() throws {
        let converter = try FakeConverter()
        do {
            var mirror = try IIOMirror(
                SysfsTree(folder: converter.folder.path), wiring: wiring)
            // 8 V at 400 V/rad; the converter alone would reach 25 mrad.
            #expect(abs(mirror.stroke.first - 0.02) < 1e-12)
            #expect(try converter.raw(0) == 32_768)
            try mirror.steer(to: MirrorTilt(a: 0.01, b: -0.02))
            // 4 V and -8 V at 0.305175781 mV a count.
            #expect(try converter.raw(0) == 32_768 + 13_107)
            #expect(try converter.raw(1) == 32_768 - 26_214 || converter.raw(1) == 32_768 - 26_215)
            #expect(mirrorFaults(of: &mirror, tolerance: 0) {} == [])
            try mirror.steer(to: MirrorTilt(a: 0.01, b: -0.02))
        }
        #expect(try converter.raw(0) == 32_768, "not left at its centre")
    }

    @Test func wrongAttributesAreRefusedByName() throws {
        let cases: [(String, String?)] = [
            ("out_voltage_scale", "abc"), ("out_voltage_scale", "0"), ("out_voltage_scale", nil),
            ("out_voltage_scale", "nan"), ("out_voltage_offset", "0"), ("out_voltage1_raw", nil),
        ]
        for (name, text) in cases {
            var attributes = FakeConverter.attributes
            attributes[name] = text
            let converter = try FakeConverter(attributes)
            #expect(throws: IIOError<LinuxIOError>.self, "\(name)") {
                _ = try IIOMirror(SysfsTree(folder: converter.folder.path), wiring: wiring)
            }
        }
        #expect(throws: LinuxIOError.self) { _ = try SysfsTree(folder: "/nowhere/iio") }
    }

    @Test func anUnpluggedConverterIsUnreachable() {
        for working in [false, true] {
            do throws(IIOError<UnpluggedTree.Failure>) {
                _ = try IIOMirror(
                    UnpluggedTree(working: working),
                    wiring: IIOMirror<UnpluggedTree>.Wiring(
                        voltsPerRadian: 1, rawRange: -100...100))
                Issue.record("opened a converter that is not there")
            } catch {
                #expect(error.fault == .unreachable)
            }
        }
    }
}
