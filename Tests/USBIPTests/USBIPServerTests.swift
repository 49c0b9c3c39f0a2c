import Testing
import TimeTags

@testable import USBIP

/// A device that sends what it is given, and remembers what it gets.
struct Pipe: USBFunction {
    var descriptors = USBDescriptors(
        vendor: 0x1234, product: 0x5678, release: 0x0203, manufacturer: "M",
        productName: "Pipe", serial: "S1",
        interfaces: [.init(endpoints: [.init(address: 0x81), .init(address: 0x02)])])
    var queue = BulkQueue(capacity: 1 << 17)
    var received: [UInt8] = []
    var isMute = false

    mutating func control(_ setup: SetupPacket, data: ArraySlice<UInt8>) -> ControlAnswer {
        isMute ? .silence : .stall
    }
    mutating func reset() {}
    mutating func receive(_ bytes: ArraySlice<UInt8>, on endpoint: UInt8) -> Bool {
        received += bytes
        return true
    }
    mutating func transmit(
        _ length: Int, packetSize: Int, from endpoint: UInt8, into output: inout [UInt8]
    ) -> TransmitAnswer { queue.transmit(length, packetSize: packetSize, into: &output) }

    mutating func put(_ bytes: [UInt8], endsEmpty: Bool = false) {
        _ = bytes.withUnsafeBytes {
            queue.append($0, packetSize: 512, endsEmpty: endsEmpty)
        }
    }
}

@Suite struct USBIPServerTests {
    @Test func theDevicesAreListedAsTheKernelDocumentLaysThemOut() {
        var host = BusHost(Pipe(), Pipe())
        host.send([0x01, 0x11, 0x80, 0x05, 0, 0, 0, 0])
        let bytes = host.received
        #expect(bytes.count == 12 + 2 * (312 + 4))
        #expect(Array(bytes[0..<12]) == [0x01, 0x11, 0x00, 0x05, 0, 0, 0, 0, 0, 0, 0, 2])
        let second = Array(bytes[(12 + 316)...])
        #expect(String(decoding: second[256..<259], as: UTF8.self) == "1-2")
        // Bus 1, device 2, high speed, identity, class, no configuration yet, one interface.
        #expect(
            Array(second[288..<312]) == [
                0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0x12, 0x34, 0x56, 0x78, 0x02, 0x03, 0, 0, 0,
                0, 1, 1,
            ])
        #expect(Array(second[312..<316]) == [0xFF, 0, 0, 0])
        #expect(host.server.isOver(host.connection))
    }

    @Test func aDeviceCanBeImportedByOneHostOnly() {
        var host = BusHost(Pipe())
        host.send(BusHost<Pipe>.importRequest("1-1"))
        #expect(Array(host.received[0..<8]) == [0x01, 0x11, 0x00, 0x03, 0, 0, 0, 0])
        #expect(host.received.count == 8 + 312)
        let other = host.server.connect() ?? -1
        host.server.receive(BusHost<Pipe>.importRequest("1-1"), on: other)
        #expect(host.server.takeOutput(of: other) == [0x01, 0x11, 0x00, 0x03, 0, 0, 0, 2])
        #expect(host.server.isOver(other))
        host.server.disconnect(host.connection)
        host.server.disconnect(other)
        let third = host.server.connect() ?? -1
        host.server.receive(BusHost<Pipe>.importRequest("1-1"), on: third)
        #expect(host.server.takeOutput(of: third).count == 320)
    }

    @Test func anUnknownBusIDIsRefused() {
        var host = BusHost(Pipe())
        host.send(BusHost<Pipe>.importRequest("1-7"))
        #expect(host.received == [0x01, 0x11, 0x00, 0x03, 0, 0, 0, 4])
    }

    @Test func theDocumentsOwnTransfersAreAnsweredAsItShows() {
        // "Example of sniffed data" of the document: 0x40 bytes in, then as many out; only device
        // and endpoint are ours.
        var host = BusHost.attached(Pipe())
        host.server.withFunction(0) { $0.put([UInt8](repeating: 0xA5, count: 0x40)) }
        host.send(
            BusHost<Pipe>.words([
                1, 0xd05, 0x0001_0001, 1, 1, 0x200, 0x40, 0xffff_ffff, 0, 4, 0, 0,
            ]))
        // In the document the fields after the length are start frame and packets: 0 and all ones
        // of the submit lie the other way round there, and both are not isochronous.
        #expect(host.received.count == 48 + 0x40)
        #expect(
            Array(host.received[0..<28])
                == BusHost<Pipe>.words([3, 0xd05, 0, 0, 0, 0, 0x40]))
        host.received = []
        host.send(
            BusHost<Pipe>.words([
                1, 0xd06, 0x0001_0001, 0, 2, 0, 0x40, 0, 0xffff_ffff, 4, 0, 0,
            ]) + [UInt8](repeating: 7, count: 0x40))
        #expect(
            host.received
                == BusHost<Pipe>.words([3, 0xd06, 0, 0, 0, 0, 0x40, 0, 0xffff_ffff, 0, 0, 0]))
        #expect(host.server.withFunction(0) { $0.received } == [UInt8](repeating: 7, count: 0x40))
    }

    @Test func theStandardDescriptorsAreThoseOfUSB2() {
        var host = BusHost.attached(Pipe())
        #expect(
            host.control([0x80, 6, 0, 1, 0, 0, 18, 0]) == [
                18, 1, 0, 2, 0, 0, 0, 64, 0x34, 0x12, 0x78, 0x56, 3, 2, 1, 2, 3, 1,
            ])
        #expect(
            host.control([0x80, 6, 0, 2, 0, 0, 255, 0]) == [
                9, 2, 32, 0, 1, 1, 0, 0xC0, 0, 9, 4, 0, 0, 2, 0xFF, 0, 0, 0,
                7, 5, 0x81, 2, 0, 2, 0, 7, 5, 0x02, 2, 0, 2, 0,
            ])
        #expect(host.control([0x80, 6, 0, 2, 0, 0, 9, 0])?.count == 9)
        #expect(host.control([0x80, 6, 0, 3, 0, 0, 255, 0]) == [4, 3, 9, 4])
        #expect(host.control([0x80, 6, 3, 3, 9, 4, 255, 0]) == [6, 3, 0x53, 0, 0x31, 0])
        #expect(host.control([0x80, 6, 9, 3, 9, 4, 255, 0]) == nil)
        #expect(host.control([0x80, 8, 0, 0, 0, 0, 1, 0]) == [1])
        #expect(host.control([0x01, 11, 0, 0, 0, 0, 0, 0]) == [])
        #expect(host.control([0x01, 11, 1, 0, 0, 0, 0, 0]) == nil)
        #expect(host.control([0x00, 9, 2, 0, 0, 0, 0, 0]) == nil)
    }

    @Test func aTransferWaitsUntilThereIsSomethingToEndIt() {
        var host = BusHost.attached(Pipe())
        #expect(host.read(2048) == nil)
        host.server.withFunction(0) { $0.put([UInt8](repeating: 1, count: 1024)) }
        host.fetch()
        #expect(host.answer() == nil)
        host.server.withFunction(0) { $0.put([2, 3]) }
        host.fetch()
        let answer = host.answer()
        #expect(answer?.data.count == 1026)
        #expect(answer?.status == 0)
    }

    @Test func anEmptyPacketEndsATransferThatWasOtherwiseFull() {
        var host = BusHost.attached(Pipe())
        host.server.withFunction(0) {
            $0.put([UInt8](repeating: 1, count: 1024), endsEmpty: true)
        }
        #expect(host.read(1024)?.data.count == 1024)
        #expect(host.read(1024)?.data == [])
        host.server.withFunction(0) {
            $0.put([UInt8](repeating: 1, count: 1024), endsEmpty: true)
        }
        #expect(host.read(4096)?.data.count == 1024)
        #expect(host.read(4096) == nil)
    }

    @Test func aPacketThatDoesNotFitIsAnOverflow() {
        var host = BusHost.attached(Pipe())
        host.server.withFunction(0) { $0.put([UInt8](repeating: 1, count: 600)) }
        let answer = host.read(100)
        #expect(answer?.status == -75)
        // The rest of the packet is gone; the next one comes whole.
        #expect(host.read(512)?.data.count == 88)
    }

    @Test func queuedTransfersAreAnsweredInOrder() {
        var host = BusHost.attached(Pipe())
        for _ in 0..<8 { host.submit(endpoint: 1, isIn: true, length: 512) }
        host.server.withFunction(0) { pipe in
            for index in 0..<8 { pipe.put([UInt8(index)]) }
        }
        host.fetch()
        for index in 0..<8 { #expect(host.answer()?.data == [UInt8(index)]) }
    }

    @Test func aTransferCanBeTakenBackOnce() {
        var host = BusHost.attached(Pipe())
        let number = host.submit(endpoint: 1, isIn: true, length: 512)
        host.unlink(number)
        #expect(host.answer()?.status == -104)
        host.unlink(number)
        #expect(host.answer()?.status == 0)
        host.server.withFunction(0) { $0.put([9]) }
        host.fetch()
        #expect(host.answer() == nil)
        #expect(host.read(512)?.data == [9])
    }

    @Test func aHaltedEndpointStallsUntilItIsCleared() {
        var host = BusHost.attached(Pipe())
        host.submit(endpoint: 1, isIn: true, length: 512)
        host.server.halt(0, endpoint: 0x81)
        host.fetch()
        #expect(host.answer()?.status == -32)
        host.server.withFunction(0) { $0.put([5]) }
        #expect(host.read(512)?.status == -32)
        #expect(host.control([0x82, 0, 0, 0, 0x81, 0, 2, 0]) == [1, 0])
        #expect(host.control([0x02, 1, 0, 0, 0x81, 0, 0, 0]) == [])
        #expect(host.read(512)?.data == [5])
    }

    @Test func anEndpointThatIsNotThereAndADeviceWithoutConfigurationStall() {
        var host = BusHost.attached(Pipe())
        host.submit(endpoint: 5, isIn: true, length: 64)
        #expect(host.answer()?.status == -32)
        #expect(host.control([0x00, 9, 0, 0, 0, 0, 0, 0]) == [])
        #expect(host.read(512)?.status == -32)
    }

    @Test func unpluggingEndsTheConnectionAndPluggingAllowsANewOne() {
        var host = BusHost.attached(Pipe())
        host.submit(endpoint: 1, isIn: true, length: 512)
        host.server.unplug(0)
        #expect(host.server.isOver(host.connection))
        #expect(host.server.takeOutput(of: host.connection) == [])
        host.server.disconnect(host.connection)
        let second = host.server.connect() ?? -1
        host.server.receive(BusHost<Pipe>.importRequest("1-1"), on: second)
        #expect(host.server.takeOutput(of: second).last == 4)
        host.server.disconnect(second)
        host.server.plug(0)
        let third = host.server.connect() ?? -1
        host.server.receive(BusHost<Pipe>.importRequest("1-1"), on: third)
        #expect(host.server.takeOutput(of: third).count == 320)
    }

    @Test func requestsByteByByteGetTheSameAnswers() {
        func talk(_ size: Int) -> [UInt8] {
            var host = BusHost(Pipe())
            host.server.withFunction(0) { $0.put([1, 2, 3]) }
            let words = BusHost<Pipe>.words
            let all: [UInt8] =
                BusHost<Pipe>.importRequest("1-1")
                + words([1, 1, 0x10001, 0, 0, 0, 0, 0, 0, 0]) + [0, 9, 1, 0, 0, 0, 0, 0]
                + words([1, 2, 0x10001, 0, 2, 0, 3, 0, 0, 0, 0, 0]) + [7, 8, 9]
                + words([1, 3, 0x10001, 1, 1, 0, 512, 0, 0, 0, 0, 0])
                + words([1, 4, 0x10001, 1, 1, 0, 512, 0, 0, 0, 0, 0])
                + words([2, 5, 0x10001, 0, 0, 4]) + [UInt8](repeating: 0, count: 24)
            var at = 0
            while at < all.count {
                host.send(Array(all[at..<min(at + size, all.count)]))
                at += size
            }
            return host.received
        }
        let whole = talk(10_000)
        #expect(whole.count == 320 + 48 * 4 + 3)
        #expect(talk(1) == whole)
        #expect(talk(7) == whole)
    }

    @Test(arguments: [
        ([UInt8](repeating: 0xFF, count: 8), USBIPFault.version(found: 0xFFFF)),
        ([1, 0x11, 0x80, 0x09, 0, 0, 0, 0], .request(found: 0x8009)),
    ])
    func aFirstMessageOfAnotherKindClosesTheConnection(bytes: [UInt8], fault: USBIPFault) {
        var host = BusHost(Pipe())
        host.send(bytes)
        #expect(host.server.fault(of: host.connection) == fault)
        #expect(host.server.isOver(host.connection))
    }

    @Test(
        arguments: [
            ([7, 1, 0x10001, 0, 0, 0, 0, 0, 0], USBIPFault.command(found: 7)),
            ([1, 1, 0x20001, 0, 0, 0, 0, 0, 0], .device(found: 0x20001, imported: 0x10001)),
            ([1, 1, 0x10001, 2, 0, 0, 0, 0, 0], .direction(found: 2)),
            ([1, 1, 0x10001, 1, 99, 0, 0, 0, 0], .endpoint(found: 99)),
            ([1, 1, 0x10001, 1, 1, 0, 0, 0, 5], .isochronous(packets: 5)),
            (
                [1, 1, 0x10001, 0, 2, 0, 0x7FFF_FFFF, 0, 0],
                .length(found: 0x7FFF_FFFF, allowed: 65_536)
            ),
        ] as [([UInt32], USBIPFault)])
    func aBadMessageIsNamedAndClosesTheConnection(words: [UInt32], fault: USBIPFault) {
        var host = BusHost.attached(Pipe())
        host.send(BusHost<Pipe>.words(words + [UInt32](repeating: 0, count: 12 - words.count)))
        #expect(host.server.fault(of: host.connection) == fault)
        #expect(host.server.isOver(host.connection))
        #expect(!fault.description.isEmpty)
    }

    @Test func transfersThatWaitAreLimited() {
        var host = BusHost.attached(Pipe())
        for _ in 0...EmulatedDevice<Pipe>.pendingLimit {
            host.submit(endpoint: 1, isIn: true, length: 512)
        }
        #expect(host.server.fault(of: host.connection) == .tooMany(allowed: 1024))
    }

    @Test func aHostThatNeverReadsIsLetGo() {
        var host = BusHost.attached(Pipe())
        var flood: [UInt8] = []
        for number in 0..<100 {
            flood += BusHost<Pipe>.words([1, UInt32(number) + 9, 0x10001, 1, 0, 0, 18, 0, 0, 0])
            flood += [0x80, 6, 0, 1, 0, 0, 18, 0]
        }
        for _ in 0..<2_000 { host.server.receive(flood, on: host.connection) }
        #expect(
            host.server.fault(of: host.connection)
                == .unread(allowed: USBIPServer<Pipe>.unreadLimit))
        #expect(host.server.takeOutput(of: host.connection).count < 5 << 20)
    }

    @Test func aHangingDeviceAnswersNothingUntilTheRequestIsTakenBack() {
        var pipe = Pipe()
        pipe.isMute = true
        var host = BusHost.attached(pipe)
        let number = host.submit(
            endpoint: 0, isIn: true, length: 64, setup: [0xC0, 1, 0, 0, 0, 0, 64, 0])
        #expect(host.answer() == nil)
        host.unlink(number)
        #expect(host.answer()?.status == -104)
    }

    @Test func connectionsAreLimited() {
        var server = USBIPServer([Pipe()])
        for _ in 0..<USBIPServer<Pipe>.connectionLimit { #expect(server.connect() != nil) }
        #expect(server.connect() == nil)
    }
}
