import BoardFile
import Testing

@testable import Doctor

@Suite struct USBCheckTests {
    /// What is said about the tagger of a sound machine after `change`.
    private func found(
        tagger: String = "usb:1209:0001", _ change: (inout Machine.USBPlug) -> Void
    ) throws -> [Finding] {
        var machine = soundMachine()
        change(&machine.usb![0])
        return findings("tagger", machine, try station(tagger: tagger))
    }

    @Test func aSoundTaggerIsDescribed() throws {
        let found = try found { _ in }
        #expect(
            found == [
                .ok(
                    "tagger",
                    "Lodestar reference tagger, serial number T0017, at port 1-2, 480 Mbit/s")
            ])
    }

    @Test func anUnpluggedTaggerIsSaidToBeUnplugged() throws {
        let found = try found { $0.product = 2 }
        #expect(found.map(\.status) == [.fail])
        #expect(found.first?.text.hasPrefix("unplugged: no usb:1209:0001") == true)
    }

    @Test func anotherSerialNumberIsNamed() throws {
        let found = try found(tagger: "usb:1209:0001:T9") { _ in }
        #expect(found.first?.text == "there is one with serial number T0017, and not T9")
    }

    @Test func aMachineWithoutUSBIsNamed() throws {
        var machine = soundMachine()
        machine.usb = nil
        let found = findings("tagger", machine, try station())
        #expect(found.first?.text.contains("no USB") == true)
    }

    @Test func withoutPermissionTheWayOutIsSaid() throws {
        let found = try found {
            $0.node.isAccessible = false
            $0.node.group = "root"
            $0.node.owner = "root:root, 664"
        }
        #expect(found.map(\.status) == [.fail])
        #expect(
            found.first?.text == "no permission: /dev/bus/usb/001/004 is root:root, 664")
        #expect(found.first?.mend?.contains("udevadm trigger") == true)
    }

    @Test func anotherProgramThatHasItIsNamed() throws {
        let found = try found { $0.node.holders = [.init(name: "python3", process: 77)] }
        #expect(
            found.first?.text == "busy: python3 (process 77) has /dev/bus/usb/001/004 open")
        #expect(found.first?.mend == "end it: kill 77")
    }

    @Test func ourOwnServiceMayHaveIt() throws {
        let found = try found {
            $0.node.holders = [.init(name: "lodestard", process: 9)]
            $0.drivers = ["usbfs"]
        }
        #expect(found.map(\.status) == [.ok])
        #expect(found.first?.text.hasSuffix("held by lodestard") == true)
    }

    @Test func aClaimByAnotherUserIsSeen() throws {
        let found = try found { $0.drivers = ["usbfs"] }
        #expect(found.first?.text.hasPrefix("busy: a program of another user") == true)
    }

    @Test func theServiceMayHaveItWithoutBeingSeen() throws {
        var machine = soundMachine()
        machine.usb![0].drivers = ["usbfs"]
        machine.runsService = true
        #expect(findings("tagger", machine, try station()).map(\.status) == [.ok])
    }

    @Test func anotherControlProtocolIsWrongFirmware() throws {
        let found = try found { $0.release = 0x0210 }
        #expect(found.map(\.status) == [.fail])
        #expect(
            found.first?.text
                == "wrong firmware: it speaks control protocol 2.10, and this program 1.00")
    }

    @Test func anFX2WithoutFirmwareIsWrongFirmware() throws {
        var machine = soundMachine()
        machine.usb![0].vendor = 0x04B4
        machine.usb![0].product = 0x8613
        let board = try Board.parse(
            """
            [board]
            name = "x"
            [tagger]
            format = "fx2"
            connection = "usb:04b4:1004"
            [channels]
            H = 3
            """, path: "x.toml")
        #expect(
            findings("tagger", machine, board).first?.text.hasPrefix("wrong firmware") == true)
    }

    @Test func aSlowLinkAndSuspensionAreTwoWarnings() throws {
        let found = try found {
            $0.megabits = 12
            $0.suspends = true
        }
        #expect(found.map(\.status) == [.warn, .warn])
        #expect(found.first?.text.hasPrefix("slow link: 12 Mbit/s") == true)
    }

    @Test func twoOfAKindAreToldApartBySerialNumber() throws {
        var machine = soundMachine()
        machine.usb!.append(soundTagger())
        let found = findings("tagger", machine, try station())
        #expect(found.first?.mend?.hasSuffix("usb:1209:0001:T0017") == true)
    }
}

@Suite struct LineCheckTests {
    private func found(_ change: (inout Machine) -> Void) throws -> [Finding] {
        var machine = soundMachine()
        change(&machine)
        return findings("detectors.H.gate", machine, try station())
    }

    @Test func aFreeLineIsDescribed() throws {
        #expect(try found { _ in } == [.ok("detectors.H.gate", "line 0 of gpiochip0 [gates]")])
    }

    @Test func anAbsentChipIsNamedWithThoseThatAreThere() throws {
        let found = try found { $0.chips[0].label = "other" }
        #expect(
            found.first?.text == "there is no GPIO chip gates; there are gpiochip0 [other]")
        #expect(
            try self.found { $0.chips = [] }.first?.text.hasSuffix("there is none at all") == true)
    }

    @Test func aLineThatAnotherHoldsIsBusy() throws {
        let found = try found { $0.chips[0].holders[0] = "gpioset" }
        #expect(found.first?.text == "busy: line 0 of gates is held by gpioset")
        #expect(
            try self.found { $0.chips[0].holders[0] = "lodestard" }.map(\.status) == [.ok])
    }

    @Test func aChipThatMayNotBeOpenedIsAMatterOfPermission() throws {
        let found = try found {
            $0.chips[0].label = nil
            $0.chips[0].lines = 0
            $0.chips[0].node.isAccessible = false
            $0.chips[0].node.owner = "root:root, 600"
            $0.chips[0].node.group = "root"
        }
        #expect(found.first?.text == "no permission: /dev/gpiochip0 is root:root, 600")
    }

    @Test func aLineBeyondTheLastIsRefused() throws {
        let found = try found {
            $0.chips[0].lines = 0
        }
        #expect(found.map(\.status) == [.fail])
    }
}

@Suite struct OtherInstrumentTests {
    private static let modem = Connection.udp(host: "10.0.0.2", port: 4_510)

    @Test(arguments: [
        (Machine.Peer.refused, "nobody listens there"), (.silent, "no answer within a second"),
        (.unreachable, "there is no way to that host"), (.unknownHost, "nobody knows that host"),
        (.failed("odd"), "odd"),
    ])
    func whatTheNetworkSaysIsAFailure(peer: Machine.Peer, text: String) throws {
        var machine = soundMachine()
        machine.peers[Self.modem] = peer
        let found = findings("modem", machine, try station())
        #expect(found.map(\.status) == [.fail])
        #expect(found.first?.text.hasSuffix(text) == true)
    }

    @Test func aSlowOrUnpluggedCableIsSeen() throws {
        var machine = soundMachine()
        machine.peers[Self.modem] = .reached(interface: "eth0")
        machine.interfaces = [.init(name: "eth0", isUp: true, megabits: 10)]
        #expect(findings("modem", machine, try station()).map(\.status) == [.warn])
        machine.interfaces = [.init(name: "eth0", isUp: false, megabits: nil)]
        #expect(findings("modem", machine, try station()).map(\.status) == [.fail])
    }

    @Test func aPortThatIsTakenIsBusy() throws {
        var machine = soundMachine()
        machine.takenPorts = [4_511]
        let board = try Board.parse(
            "[board]\nname = \"x\"\n[channels]\nH = 3\n[modem]\n"
                + "connection = \"udp:10.0.0.2:4510\"\nport = 4511", path: "x.toml")
        #expect(findings("modem", machine, board).contains { $0.text.hasPrefix("busy: UDP port") })
    }

    @Test func aSerialPortWithoutItsNameIsFoundByWhatIsThere() throws {
        var machine = soundMachine()
        machine.serialPorts = [.init(path: "/dev/ttyUSB0", ids: "0403:6001", serial: "A5")]
        let board = try Board.parse(
            "[board]\nname = \"x\"\n[channels]\nH = 3\n[modem]\n"
                + "connection = \"serial:/dev/lodestar/modem\"", path: "x.toml")
        let found = findings("modem", machine, board)
        #expect(
            found.first?.text
                == "there is no /dev/lodestar/modem; serial ports without that name: "
                + "/dev/ttyUSB0 (0403:6001, serial number A5)")
        #expect(found.first?.mend?.contains("60-lodestar-modem.rules") == true)
    }

    @Test func aCameraThatIsNotThereIsNotSoughtAmongSerialPorts() throws {
        var machine = soundMachine()
        machine.serialPorts = [.init(path: "/dev/ttyUSB0", ids: "", serial: "")]
        let board = try Board.load(boards + "/portable-280.toml")
        let found = findings("pointing.coarse", machine, board)
        #expect(found.first?.text == "unplugged: there is no /dev/lodestar/coarse")
        #expect(found.first?.mend?.contains("60-lodestar-camera.rules") == true)
        #expect(findings("serial", machine, nil).first?.text == "/dev/ttyUSB0")
    }

    @Test func aCameraWhoseLibraryIsMissingIsAFailureWithItsPackage() throws {
        let board = try Board.parse(
            """
            [board]
            name = "x"
            [channels]
            H = 3
            [pointing]
            [pointing.camera]
            connection = "aravis:CAM-1"
            """, path: "x.toml")
        var machine = soundMachine()
        #expect(findings("pointing.camera", machine, board).map(\.status) == [.ok])
        machine.cameraLibraryFault = "the Aravis library cannot be loaded (no such file)"
        let found = findings("pointing.camera", machine, board)
        #expect(found.map(\.status) == [.fail])
        #expect(found.first?.text == machine.cameraLibraryFault)
        #expect(found.first?.mend?.hasSuffix("apt-get install libaravis-0.8-0") == true)
    }

    @Test func anAdapterThatKeepsBytesIsASlowLink() throws {
        var machine = soundMachine()
        var node = Machine.Node()
        node.path = "/dev/ttyUSB0"
        node.exists = true
        node.isAccessible = true
        node.latency = 16
        machine.nodes["/dev/lodestar/modem"] = node
        let board = try Board.parse(
            "[board]\nname = \"x\"\n[channels]\nH = 3\n[modem]\n"
                + "connection = \"serial:/dev/lodestar/modem\"", path: "x.toml")
        #expect(
            findings("modem", machine, board).first?.text
                == "slow link: the adapter keeps bytes for 16 ms")
    }

    @Test(arguments: [
        (Machine.Sensor.noChip, "there is no such chip; there: coretemp"),
        (.noAttribute, "the chip has no such value"), (.text(""), "\"\" is no number"),
        (.text("nan"), "\"nan\" is no number"),
        (.text("55000"), "55.0 degC, and -60.0 to 40.0 is allowed"),
    ])
    func aSensorThatIsAbsentOrOutOfItsLimitsIsAFailure(
        sensor: Machine.Sensor, text: String
    ) throws {
        var machine = soundMachine()
        machine.sensorChips = ["coretemp"]
        let connection = Connection.hwmon(name: "apd", attribute: "temp1_input")
        machine.sensors[connection] = sensor
        let board = try Board.parse(
            "[board]\nname = \"x\"\n[channels]\nH = 3\n[detectors.H]\n"
                + "temperature = \"\(connection)\"", path: "x.toml")
        let found = findings("detectors.H.temperature", machine, board)
        #expect(found.map(\.status) == [.fail])
        #expect(found.first?.text.hasSuffix(text) == true, "\(found)")
    }

    @Test func findingsBearTheDesignatorOnTheBoard() throws {
        let board = try Board.load(boards + "/portable-280.toml")
        let diagnosis = Diagnosis(of: soundMachine(), for: board)
        func designator(_ check: String) -> String? {
            diagnosis.findings.first { $0.check == check }?.designator
        }
        #expect(designator("tagger") == "U7")
        #expect(designator("detectors.V.gate") == "D2")
        #expect(designator("detectors.V.temperature") == "D2")
        #expect(designator("pointing.mirror") == "U9")
        #expect(designator("kernel") == nil)
        #expect(diagnosis.text.contains("fail  pointing.mirror (U9)"))
    }

    @Test func whatIsSimulatedIsSaidOnce() throws {
        let board = try Board.load(boards + "/sim.toml")
        let found = findings("simulated", soundMachine(), board)
        #expect(found.map(\.status) == [.ok])
        #expect(found.first?.text.contains("tagger, modem, pointing.mirror") == true)
    }
}
