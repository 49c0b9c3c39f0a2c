import BoardFile
import Foundation
import Testing

@testable import Doctor

/// A machine on which nothing is wrong with what these tests look at.
func soundMachine() -> Machine {
    var machine = Machine()
    machine.kernel.release = "6.1.0-56-rt-amd64"
    machine.kernel.version = "#1 SMP PREEMPT_RT Debian 6.1.0"
    machine.processors.count = 4
    machine.rights.user = "ada"
    machine.rights.hasGroup = true
    machine.rights.isMember = true
    machine.rights.groups = ["ada", "lodestar"]
    machine.rights.realTimePriority = 90
    machine.rights.lockedMemory = nil
    machine.clock.source = "tsc"
    machine.clock.isSynchronised = true
    machine.clock.greatestError = 800
    machine.availableMemory = 4 << 30
    var folder = Machine.Folder()
    folder.exists = true
    folder.isWritable = true
    folder.owner = "lodestar:lodestar, 750"
    folder.free = 100 << 30
    folder.writeRate = 200e6
    machine.folders = ["/var/lib/lodestar/passes": folder, "/var/lib/lodestar/keys": folder]
    machine.usb = [soundTagger()]
    machine.chips = [soundChip()]
    return machine
}

/// The reference tagger as it should be.
func soundTagger() -> Machine.USBPlug {
    var plug = Machine.USBPlug()
    plug.vendor = 0x1209
    plug.product = 0x0001
    plug.serial = "T0017"
    plug.title = "Lodestar reference tagger"
    plug.port = "1-2"
    plug.release = 0x0100
    plug.megabits = 480
    plug.node.path = "/dev/bus/usb/001/004"
    plug.node.exists = true
    plug.node.isAccessible = true
    plug.node.group = "lodestar"
    plug.node.owner = "root:lodestar, 660"
    return plug
}

/// A chip with eight free lines.
func soundChip() -> Machine.GPIOChipFacts {
    var chip = Machine.GPIOChipFacts()
    chip.name = "gpiochip0"
    chip.label = "gates"
    chip.lines = 8
    chip.node.path = "/dev/gpiochip0"
    chip.node.exists = true
    chip.node.isAccessible = true
    chip.node.group = "lodestar"
    chip.node.owner = "root:lodestar, 660"
    return chip
}

/// A station with a tagger and one gate, and `lines` besides.
func station(_ lines: String = "", tagger: String = "usb:1209:0001") throws -> Board {
    try Board.parse(
        """
        [board]
        name = "x"
        [tagger]
        connection = "\(tagger)"
        [channels]
        H = 3
        [detectors]
        H = { gate = "gpio:gates/0" }
        [modem]
        connection = "udp:10.0.0.2:4510"
        [realtime]
        """ + "\n" + lines, path: "x.toml")
}

/// What is said about `check`.
func findings(_ check: String, _ machine: Machine, _ board: Board?) -> [Finding] {
    Diagnosis(of: machine, for: board).findings.filter { $0.check == check }
}

@Suite struct DiagnosisTests {
    @Test func onASoundMachineNothingIsWrong() throws {
        var machine = soundMachine()
        machine.peers[.udp(host: "10.0.0.2", port: 4_510)] = .reached(interface: "eth0")
        let diagnosis = Diagnosis(of: machine, for: try station())
        #expect(diagnosis.findings.filter { $0.status != .ok }.isEmpty)
        #expect(diagnosis.exitCode == 0)
        #expect(diagnosis.text.hasSuffix("0 warnings, 0 failures"))
    }

    @Test func theExitCodeIsThatOfTheWorstFinding() throws {
        var machine = soundMachine()
        machine.peers[.udp(host: "10.0.0.2", port: 4_510)] = .reached(interface: "eth0")
        machine.clock.isSynchronised = false
        #expect(Diagnosis(of: machine, for: try station()).exitCode == 1)
        machine.usb = []
        #expect(Diagnosis(of: machine, for: try station()).exitCode == 2)
    }

    @Test func everythingThatIsNotWellSaysWhatToType() throws {
        let diagnosis = Diagnosis(of: Machine(), for: try station())
        let bad = diagnosis.findings.filter { $0.status != .ok }
        #expect(bad.count > 4)
        #expect(bad.allSatisfy { $0.mend?.isEmpty == false })
        #expect(diagnosis.findings.allSatisfy { !$0.text.contains("\n") })
    }

    @Test func aBoardWithFaultsIsAFailureForEachOfThem() {
        do throws(BoardError) {
            _ = try Board.parse("[board]\n[gate]\nwidth = 3", path: "y.toml")
            Issue.record("read a board with faults")
        } catch {
            let diagnosis = Diagnosis(of: soundMachine(), faults: error.faults)
            #expect(diagnosis.count(.fail) == error.faults.count)
            #expect(diagnosis.text.contains("y.toml:3: gate.width"))
        }
    }
}

@Suite struct MachineCheckTests {
    @Test(arguments: [
        ("5.9.0", Finding.Status.fail), ("5.10.0-30-amd64", .ok), ("6.1.0", .ok), ("", .ok),
    ])
    func theKernelMustKnowTheGPIOInterface(release: String, status: Finding.Status) {
        var machine = soundMachine()
        machine.kernel.release = release
        #expect(findings("kernel", machine, nil).map(\.status) == [status])
    }

    @Test func aKernelWithoutTheRealTimePatchIsNamed() throws {
        var machine = soundMachine()
        machine.kernel.version = "#1 SMP PREEMPT_DYNAMIC Debian 6.1.0"
        let found = findings("preemption", machine, try station())
        #expect(found.map(\.status) == [.warn])
        #expect(found.first?.text.hasPrefix("PREEMPT_DYNAMIC") == true)
    }

    @Test func withoutThePermissionTheThreadsAreOrdinary() throws {
        var machine = soundMachine()
        machine.rights.realTimePriority = 0
        machine.rights.lockedMemory = 8 << 20
        let board = try station()
        #expect(findings("real time", machine, board).map(\.status) == [.warn])
        #expect(
            findings("locked memory", machine, board).first?.text
                == "8 MiB may be locked, 128 MiB are needed")
        machine.rights.isRoot = true
        #expect(findings("real time", machine, board).map(\.status) == [.ok])
        #expect(findings("locked memory", machine, board).map(\.status) == [.ok])
    }

    @Test func aProcessorThatIsNotThereIsNamed() throws {
        let board = try station("mirror = { cpu = 7 }")
        #expect(
            findings("processors", soundMachine(), board).first?.text
                == "the board wants processor 7; there are 0 to 3")
    }

    @Test func whoWasPutIntoTheGroupMustLogInAgain() {
        var machine = soundMachine()
        machine.rights.groups = ["ada"]
        #expect(findings("group", machine, nil).first?.mend == "log in again, or: newgrp lodestar")
        machine.rights.isMember = false
        #expect(
            findings("group", machine, nil).first?.mend
                == "sudo usermod -aG lodestar ada, then log in again")
        machine.rights.hasGroup = false
        #expect(findings("group", machine, nil).first?.mend == MachineChecks.install)
    }

    @Test func aClockThatMayBeFarOffIsNamed() throws {
        var machine = soundMachine()
        machine.clock.greatestError = 16_000
        let found = findings("time", machine, try station())
        #expect(found.first?.text == "synchronised, but it may be off by 16 ms")
    }

    @Test func sizesAreWrittenForPeople() {
        #expect(MachineChecks.size(100) == "100 B")
        #expect(MachineChecks.size(64 << 20) == "64 MiB")
        #expect(MachineChecks.size(3 << 29) == "1.5 GiB")
        #expect(MachineChecks.size(.max) == "8589934591 GiB")
    }
}

@Suite struct FolderCheckTests {
    private func found(_ change: (inout Machine.Folder) -> Void) throws -> [Finding] {
        var machine = soundMachine()
        change(&machine.folders["/var/lib/lodestar/passes"]!)
        return Diagnosis(of: machine, for: try station()).findings.filter {
            $0.check.hasPrefix("record")
        }
    }

    @Test func aFullDiskIsAFailure() throws {
        let found = try found { $0.free = 3 << 29 }
        #expect(found.first?.status == .fail)
        #expect(found.first?.text.contains("1.5 GiB free, 4 GiB are needed") == true)
    }

    @Test func aReadOnlyDiskIsAFailure() throws {
        let found = try found {
            $0.isReadOnly = true
            $0.isWritable = false
        }
        #expect(found.map(\.status) == [.fail])
        #expect(found.first?.text.contains("read-only") == true)
    }

    @Test(arguments: [(4e6, Finding.Status.fail), (20e6, .warn), (90e6, .ok)])
    func aSlowDiskIsNamed(rate: Double, status: Finding.Status) throws {
        let found = try found { $0.writeRate = rate }
        #expect(found.last?.check == "recording speed")
        #expect(found.last?.status == status)
    }

    @Test func whatTheServiceAloneWritesIsFine() throws {
        let found = try found {
            $0.isWritable = false
            $0.isOfService = true
            $0.writeRate = nil
        }
        #expect(found.map(\.status) == [.ok])
    }

    @Test func aFolderThatIsNotThereIsMadeByTheInstaller() throws {
        let found = try found { $0 = Machine.Folder() }
        #expect(found.first?.mend == MachineChecks.install)
    }
}

@Suite struct InventoryTests {
    @Test func whatIsPluggedInIsListed() {
        var machine = soundMachine()
        machine.interfaces = [
            .init(name: "eth0", isUp: true, megabits: 1_000),
            .init(name: "eth1", isUp: false, megabits: nil),
        ]
        func text(_ check: String) -> String? { findings(check, machine, nil).first?.text }
        #expect(text("usb") == "usb:1209:0001 Lodestar reference tagger")
        #expect(text("gpio") == "gpiochip0 [gates]")
        #expect(text("serial") == "no port on USB")
        #expect(text("network") == "eth0 1000 Mbit/s, eth1 without link")
        #expect(text("service") == "not installed")
    }

    @Test func aRemedyOfSeveralLinesIsSaidOnce() throws {
        var machine = soundMachine()
        machine.chips = []
        let board = try Board.parse(
            """
            [board]
            name = "x"
            [channels]
            H = 3
            [lines]
            shutter = { connection = "gpio:gates/1" }
            laser = { connection = "gpio:gates/2" }
            """, path: "x.toml")
        let text = Diagnosis(of: machine, for: board).text
        #expect(text.components(separatedBy: "gpiodetect lists").count == 2)
    }
}
