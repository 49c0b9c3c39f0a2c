import LinuxIO
import PayloadHAL
import Quantities
import Testing

/// What can be said of USB on a machine that may have none: this host has no `/sys/bus/usb`.
@Suite struct USBTests {
    @Test func everyDeviceThatIsThereSaysWhereItIs() throws {
        for entry in try USBDeviceList.all() {
            #expect(entry.node.hasPrefix("/dev/bus/usb/"))
            #expect(entry.port.contains("-"))
            #expect(USBName(entry.name.description) == entry.name)
        }
    }

    @Test func aDeviceThatIsNotThereIsNamedWithWhatToType() throws {
        // FFFF is no vendor's number.
        let name = try #require(USBName("ffff:fffe:LT-7"))
        #expect(try USBDeviceList.devices(named: name) == [])
        do throws(USBError) {
            _ = try USBDevice(name)
            Issue.record("opened a device that cannot be")
        } catch {
            #expect(error == .notFound(name))
            #expect(error.fault == .unreachable)
            #expect(
                error.description == """
                    USB device ffff:fffe:LT-7 is not there; plug it in, or see what is: \
                    lsusb -d ffff:fffe
                    """)
        }
    }

    @Test(arguments: ["1209:0001", "221a:0100:N3", "04b4:1004:A:B"])
    func namesAreWrittenAsTheyAreRead(text: String) {
        #expect(USBName(text)?.description == text)
    }

    @Test(arguments: [
        "", "1209", "1209:", "1209:1", "1209:0001:", "12090:001", "wxyz:0001", "+209:0001",
    ])
    func whatIsNoNameIsNotRead(text: String) {
        #expect(USBName(text) == nil)
    }

    @Test func everyErrorSaysTheDeviceAndItsKind() throws {
        let name = USBName(vendor: 0x1209, product: 1)
        let node = "/dev/bus/usb/001/004"
        let errors: [(USBError, InstrumentFault)] = [
            (.notPermitted(name, node: node), .unreachable),
            (.busy(name, node: node, holder: "timetag (process 12)"), .unreachable),
            (.wrongFirmware(name, node: node, reason: "has no bulk endpoint 0x81"), .garbled),
            (.gone(name), .unreachable), (.stalled(name, request: 0x10), .refused),
            (.failing(name, endpoint: 0x81, attempts: 64), .unreachable),
            (.timedOut(name, call: "request 0x2"), .timedOut),
        ]
        for (error, fault) in errors {
            #expect(error.fault == fault)
            #expect(error.description.contains("1209:0001"))
            #expect(!error.description.contains("\n"))
        }
    }
}
