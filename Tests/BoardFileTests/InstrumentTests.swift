import BoardFile
import Testing

@Suite struct InstrumentKeyTests {
    @Test func theReferenceStationSaysWhereEveryInstrumentIs() throws {
        let board = try Board.load(boards + "/portable-280.toml")
        #expect(!board.isSimulated)
        #expect(board.world == nil)
        #expect(board.tagger.connection == .usb(vendor: 0x1209, product: 1, serial: nil))
        #expect(board.tagger.designator == "U7")
        #expect(board.tagger.clockSource == "external")
        #expect(board.tagger.thresholds.beacon == 300)
        let detectors = try #require(board.detectors)
        #expect(detectors.rateLimit == 5_000_000)
        #expect(detectors.rateWindow == 250_000_000)
        #expect(detectors.diagonal.gate?.connection == .gpio(chip: "lodestar-io", line: 2))
        #expect(
            detectors.antidiagonal.bias
                == .hwmon(name: "lodestar_apd", attribute: "in4_input"))
        #expect(board.lines?.interlock?.isActiveLow == true)
        #expect(board.lines?.shutter?.isActiveLow == false)
        #expect(board.lines?.all.map(\.role) == ["shutter", "laser", "interlock", "cover"])
        #expect(board.modem?.connection == .udp(host: "192.168.10.20", port: 4_510))
        #expect(board.modem?.port == 4_510)
        #expect(board.realtime?.tagger.priority == 75)
        #expect(board.realtime?.tagger.cpu == 2)
        #expect(board.realtime?.housekeeping.cpu == nil)
        #expect(board.realtime?.arena == 4 << 20)
        #expect(board.paths.leastFree == 4 << 30)
        #expect(board.pointing?.mount.connection == .rotctld(host: "127.0.0.1", port: 4_533))
        // Every instrument of it has a designator.
        let missing = board.connections.map(\.path).filter { path in
            let owner = path.split(separator: ".").dropLast().joined(separator: ".")
            return !board.values.contains { $0.path == owner + ".designator" }
        }
        #expect(missing.isEmpty)
    }

    @Test func aBoardWithoutInstrumentsHasNone() throws {
        let board = try Board.load(boards + "/sim.toml")
        #expect(board.tagger.connection == nil)
        #expect(board.detectors == nil)
        #expect(board.lines == nil)
        #expect(board.modem == nil)
        #expect(board.realtime == nil)
        #expect(board.pointing?.mirror.connection == nil)
        #expect(board.connections.isEmpty)
    }

    @Test func theEmulatedMachineIsSimulatedAndPointsNowhere() throws {
        let board = try Board.load(boards + "/qemu-hil.toml")
        #expect(board.isSimulated)
        #expect(board.pointing == nil)
        #expect(board.detectors?.horizontal.gate?.chip == "lodestar-hil")
        #expect(board.modem?.connection == .udp(host: "10.0.2.2", port: 4_510))
        let simulated = try Board.load(boards + "/sim.toml")
        #expect(board.world?.optics == simulated.world?.optics)
        #expect(board.world?.detectors == simulated.world?.detectors)
        #expect(board.world?.clocks == simulated.world?.clocks)
        #expect(board.channels == simulated.channels)
    }

    @Test func anEmptySectionTakesItsDefaults() throws {
        let board = try Board.parse(minimal + "\n[realtime]\n", path: "test.toml")
        #expect(board.realtime?.locksMemory == true)
        #expect(board.realtime?.mirror.priority == 80)
    }

    @Test func anEmptyConnectionTakesBackWhatIsInherited() throws {
        let board = try Board.parse(
            "[board]\nname = \"x\"\ninherits = \"portable-280\"\n[lines]\nlaser.connection = \"\"\n"
                + "[tagger]\nconnection = \"\"", path: boards + "/x.toml")
        #expect(board.lines?.laser == nil)
        #expect(board.tagger.connection == nil)
        #expect(board.lines?.shutter?.offset == 4)
    }
}

@Suite struct InstrumentFaultTests {
    @Test(arguments: [
        ("[tagger]\nconnection = \"gpio:a/1\"", "this instrument is not reached by gpio"),
        ("[tagger]\nconnection = 7", "a bare number where a connection is due"),
        ("[tagger]\nconnection = \"usb:221a:0100\"", "is a tagger of format nox"),
        ("[tagger]\nformat = \"nox\"\nconnection = \"usb:1209:0001\"", "format reference"),
        ("[tagger]\nformat = \"nox\"\nconnection = \"usb:1234:0001\"", "no tagger of format nox"),
        ("[tagger]\nformat = \"fx2\"\nconnection = \"usb:04b4:8613\"", "without firmware"),
        ("[tagger]\nformat = \"tdc1\"\nconnection = \"usb:1209:0002\"", "by its serial line"),
        ("[tagger]\nconnection = \"serial:/dev/ttyS0\"", "is reached by usb"),
        ("[tagger]\nformat = \"ptu\"\nconnection = \"usb:1209:0001\"", "from recordings only"),
        ("[modem]\nconnection = \"tcp:a:1\"", "is not reached by tcp"),
        ("[modem]\nconnection = \"udp:::4510\"", "brackets"),
        ("[modem]\nconnection = \"serial:/dev/ttyS0\"\nport = 4510", "without a UDP connection"),
        ("[modem]\nconnection = \"udp:127.0.0.1:4510\"\nport = 4510", "satellite's own port"),
        (
            "[lines.laser]\nactive_low = true",
            "has no line to belong to; add lines.laser.connection"
        ),
        ("[detectors.H]\nactive_low = true", "add detectors.H.gate"),
        ("[detectors.V]\ngate = \"gpio:a/1\"", "this detector has no input"),
        ("[detectors]\nrate_limit = \"10 kHz\"\nrate_window = \"1 ms\"", "chance alone"),
        ("[realtime]\nmirror = { priority = 100 }", "out of range"),
        ("[realtime]\nmiror = { priority = 1 }", "did you mean \"realtime.mirror.priority\"?"),
        ("[tagger]\nthresholds = { H = 500 }", "a unit is missing; write for example \"500 mV\""),
        ("[pointing.mirror]\nconnection = \"usb:1209:0001\"", "is not reached by usb"),
        ("[pointing.mount]\nconnection = \"serial:/dev/ttyS0\"", "is not reached by serial"),
    ])
    func eachFaultSaysWhatToDo(lines: String, problem: String) {
        let found = faults(minimal + "\n" + lines)
        #expect(found.contains { $0.problem.contains(problem) && $0.line != nil }, "\(found)")
    }

    @Test func linesPortsAndDevicesBelongToOneInstrumentEach() {
        let found = faults(
            """
            [board]
            name = "x"
            [tagger]
            connection = "usb:1209:0001"
            [channels]
            H = 3
            V = 4
            [detectors]
            H = { gate = "gpio:gates/0" }
            V = { gate = "gpio:gates/0" }
            [lines]
            shutter = { connection = "gpio:gates/0" }
            laser = { connection = "gpio:gates/1" }
            [modem]
            connection = "serial:/dev/ttyS0@9600"
            [pointing.mirror]
            connection = "serial:/dev/ttyS0@115200"
            [pointing.camera]
            connection = "v4l2:/dev/video0"
            [pointing.coarse]
            connection = "v4l2:/dev/video0"
            """)
        #expect(
            found.map { "\($0.line ?? 0) \($0.path): \($0.problem)" } == [
                "10 detectors.V.gate: is already that of detectors.H.gate",
                "12 lines.shutter.connection: is already that of detectors.H.gate",
                "17 pointing.mirror.connection: is already that of modem.connection",
                "21 pointing.coarse.connection: is already that of pointing.camera.connection",
            ])
    }

    @Test func sensorsMayBeShared() {
        let found = faults(
            """
            [board]
            name = "x"
            [channels]
            H = 3
            V = 4
            [detectors]
            H = { temperature = "hwmon:cooler/temp1_input" }
            V = { temperature = "hwmon:cooler/temp1_input" }
            """)
        #expect(found.isEmpty)
    }

    @Test func twoUSBDevicesOfOneKindNeedTheirSerialNumbers() {
        #expect(
            Connection.usb(vendor: 1, product: 2, serial: nil)
                .isBooked(by: .usb(vendor: 1, product: 2, serial: "A")))
        #expect(
            !Connection.usb(vendor: 1, product: 2, serial: "B")
                .isBooked(by: .usb(vendor: 1, product: 2, serial: "A")))
    }

    @Test func aGateThatIsMissingAmongOthersIsNamed() {
        let found = faults(
            minimal + "\nV = 4\n[detectors]\nH = { gate = \"gpio:a/1\" }")
        #expect(found.map(\.path) == ["detectors.V.gate"])
        #expect(found.first?.problem.contains("over-illumination") == true)
    }
}

@Suite struct BoardDifferenceTests {
    @Test func boardsThatMeanTheSameDoNotDiffer() throws {
        let board = try Board.load(boards + "/portable-280.toml")
        let written = try Board.parse(board.text, path: "written.toml")
        #expect(board.differences(to: written).isEmpty)
    }

    @Test func everyChangedKeyIsListedWithBothValues() throws {
        let first = try Board.parse(minimal, path: "a.toml")
        let second = try Board.parse(
            minimal + "\nV = 4\n[gate]\nwidth = \"700 ps\"\n[modem]\n"
                + "connection = \"udp:10.0.0.1:5\"", path: "b.toml")
        #expect(
            first.differences(to: second).map(\.text) == [
                "channels.V.channel: none -> 4",
                "channels.V.skew: none -> \"0 ps\"",
                "gate.width: \"800 ps\" -> \"700 ps\"",
                "modem.connection: none -> \"udp:10.0.0.1:5\"",
                "modem.port: none -> 0",
            ])
        #expect(second.differences(to: first).count == 5)
    }
}
