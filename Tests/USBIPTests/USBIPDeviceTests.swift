import PayloadHAL
import Quantities
import Testing
import USBIP

/// Goal: the client's end of USB/IP lasts as long as a session does, and counts what happened.
@Suite struct USBIPDeviceTests {
    private typealias Wire = ServedWire<ReferenceTaggerDevice>

    @Test func aStreamIsStoppedAndStartedAsOftenAsOneLikes() throws {
        let bus = Wire.Bus(ReferenceTaggerDevice())
        var device = try USBIPDevice(Wire(bus: bus))
        // 3200 transfers are taken back, three times as many as may be open.
        for _ in 0..<100 {
            try device.startStream(endpoint: 0x81, transferBytes: 8_192, transfers: 32)
            _ = try device.read(by: device.now.later(by: .milliseconds(20))) { _ in }
            device.stopStream()
        }
        let status = try ask(&device)
        #expect(status == [0x4C, 0x54, 0x54, 0x53])
        #expect(device.events.gaps == 0)
    }

    @Test func aConnectionThatIsGoneIsAnUnplugAndGarbageIsAFailure() throws {
        let bus = Wire.Bus(ReferenceTaggerDevice())
        var device = try USBIPDevice(Wire(bus: bus))
        try device.startStream(endpoint: 0x81, transferBytes: 8_192, transfers: 4)
        bus.received = [UInt8](repeating: 0xFF, count: 48)
        #expect(throws: USBIPError<Wire.Failure>.self) {
            _ = try device.read(by: device.now.later(by: .milliseconds(20))) { _ in }
        }
        #expect(device.events.unplugs == 0 && device.events.failures == 1)
        try device.reopen(by: device.now.later(by: .milliseconds(100)))
        try device.startStream(endpoint: 0x81, transferBytes: 8_192, transfers: 4)
        bus.isGone = true
        #expect(throws: USBIPError<Wire.Failure>.self) {
            _ = try device.read(by: device.now.later(by: .milliseconds(20))) { _ in }
        }
        #expect(device.events.unplugs == 1 && device.events.failures == 1)
    }

    /// The first bytes of the tagger's STATUS.
    private func ask(_ device: inout USBIPDevice<Wire>) throws -> [UInt8] {
        var answer = [UInt8](repeating: 0, count: 48)
        var span = answer.mutableSpan
        var bytes = span.mutableBytes
        let request = ControlRequest(0x02)
        _ = try device.ask(request, into: &bytes, by: device.now.later(by: .milliseconds(100)))
        return Array(answer.prefix(4))
    }
}
