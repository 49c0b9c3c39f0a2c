import BoardFile
import Testing

@Suite struct ConnectionTests {
    static let written: [(String, Connection)] = [
        ("usb:1209:0001", .usb(vendor: 0x1209, product: 1, serial: nil)),
        ("usb:221a:0100:A:7", .usb(vendor: 0x221A, product: 0x100, serial: "A:7")),
        ("usbip:[::1]:3240/1-1", .usbip(host: "::1", port: 3_240, bus: "1-1")),
        ("serial:/dev/lodestar/mirror@9600", .serial(path: "/dev/lodestar/mirror", baud: 9_600)),
        ("tcp:mirror.local:50000", .tcp(host: "mirror.local", port: 50_000)),
        ("tcp:[fe80::1]:1", .tcp(host: "fe80::1", port: 1)),
        ("udp:10.0.2.2:4510", .udp(host: "10.0.2.2", port: 4_510)),
        ("gpio:lodestar-hil/7", .gpio(chip: "lodestar-hil", line: 7)),
        ("v4l2:/dev/video0", .video(path: "/dev/video0")),
        ("aravis:Aravis-Fake-FAKE1", .aravis(name: "Aravis-Fake-FAKE1")),
        ("rotctld:127.0.0.1:4533", .rotctld(host: "127.0.0.1", port: 4_533)),
        ("alpaca:localhost:11111", .alpaca(host: "localhost", port: 11_111)),
        ("hwmon:apd/temp1_input", .hwmon(name: "apd", attribute: "temp1_input")),
        ("iio:ad5764/in_voltage0_raw", .iio(name: "ad5764", attribute: "in_voltage0_raw")),
    ]

    @Test(arguments: written)
    func aConnectionReadsAsItIsWritten(text: String, meaning: Connection) throws {
        #expect(try Connection(text) == meaning)
        #expect(meaning.description == text)
    }

    @Test func everyKindHasAForm() {
        for kind in Connection.Kind.allCases {
            #expect(kind.form.hasPrefix(kind.rawValue + ":"))
            #expect(Self.written.contains { $0.1.kind == kind })
        }
    }

    @Test func aSerialLineWithoutSpeedHasTheUsualOne() throws {
        #expect(
            try Connection("serial:/dev/ttyS0") == .serial(path: "/dev/ttyS0", baud: 115_200))
    }

    @Test(arguments: [
        ("usb:1209", "the product id is missing"),
        ("usb:12g9:0001", "the vendor id \"12g9\" is not four hexadecimal digits"),
        ("usb:0x1209:1", "the vendor id \"0x1209\" is not four"),
        ("usb:1209:1", "the product id \"1\" is not four"),
        ("usb:1209:0001:", "the serial number after the last colon is missing"),
        ("serial:ttyUSB0", "is not the path of a device"),
        ("serial:/dev/../etc/passwd", "is not the path of a device"),
        ("serial:/dev/ttyS0@fast", "is not 50 to 12000000 baud"),
        ("serial:/dev/ttyS0@99999999999", "is not 50 to 12000000 baud"),
        ("udp:10.0.2.2", "the port is missing"),
        ("udp:10.0.2.2:0", "the port \"0\" is not 1 to 65535"),
        ("udp:10.0.2.2:65536", "the port \"65536\" is not 1 to 65535"),
        ("udp::4510", "is no host"),
        ("tcp:::1:80", "an IPv6 address stands in brackets"),
        ("gpio:7", "the line is missing"),
        ("gpio:chip/x", "the line \"x\" is not 0 to 1023"),
        ("gpio:chip/1024", "the line \"1024\" is not 0 to 1023"),
        ("gpio:chip/-1", "the line \"-1\" is not 0 to 1023"),
        ("hwmon:apd", "is not NAME/FILE"),
        ("hwmon:apd/../name", "is not NAME/FILE"),
        ("aravis:", "the name is missing"),
        ("usbb:1209:0001", "there is no connection \"usbb\"; did you mean \"usb\"?"),
        ("/dev/ttyS0", "no kind of connection; it begins with usb:, usbip:, serial:"),
        ("serial:/dev/tty S0", "has spaces"),
    ])
    func whatIsNoConnectionSaysWhy(text: String, reason: String) {
        do throws(ConnectionProblem) {
            _ = try Connection(text)
            Issue.record("read \(text)")
        } catch {
            #expect(error.problem.contains(reason), "\(error.problem)")
        }
    }

    @Test func damagedConnectionsNeverCrashTheParser() {
        var random = SplitMix(state: 11)
        for (text, _) in Self.written {
            for _ in 0..<300 {
                var bytes = Array(text.utf8)
                for _ in 0...random.below(3) where !bytes.isEmpty {
                    let at = random.below(bytes.count)
                    switch random.below(3) {
                    case 0: bytes[at] = UInt8(random.below(256))
                    case 1: bytes.remove(at: at)
                    default: bytes.insert(Array(":/@[]".utf8)[random.below(5)], at: at)
                    }
                }
                let damaged = String(decoding: bytes, as: UTF8.self)
                if let connection = try? Connection(damaged) {
                    #expect((try? Connection(connection.description)) == connection)
                }
            }
        }
    }
}
