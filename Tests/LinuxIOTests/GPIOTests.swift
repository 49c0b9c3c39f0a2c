import Foundation
import PayloadDoubles
import PayloadHAL
import Quantities
import Testing

@testable import LinuxIO

/// Machines without GPIO have no chips, which is an answer; lines are tried in the emulated one.
@Suite struct GPIOTests {
    @Test func whatThereIsCanBeListedAlsoIfItIsNothing() {
        let list = GPIOChipList.present()
        for chip in list.chips {
            #expect(chip.path.hasPrefix("/dev/gpiochip"))
            #expect(chip.lines > 0)
        }
        #expect(!GPIOChipList.libraryVersion.isEmpty)
    }

    @Test func anAbsentChipIsNamedWithWhatThereIsAndWhatToDo() {
        for name in ["no such chip", "/dev/gpiochip999", "gpiochip999"] {
            do throws(GPIOError) {
                _ = try GPIOOutput(GPIOLineAddress(chip: name, line: "0"))
                Issue.record("found \(name)")
            } catch {
                #expect(error.fault == .outOfRange)
                #expect(error.description.contains("no GPIO chip \(name)"))
                #expect(error.description.contains("gpiodetect"))
            }
        }
    }

    @Test func whatIsNoChipIsRefused() {
        for path in ["/dev/null", "/etc/passwd", "/"] {
            #expect(throws: GPIOError.self) { _ = try GPIOChip(path: path) }
        }
    }

    @Test func addressesAreReadAsBoardFilesWriteThem() {
        #expect(
            GPIOLineAddress(parsing: "gates/3") == GPIOLineAddress(chip: "gates", line: "3"))
        #expect(
            GPIOLineAddress(parsing: "/dev/lodestar/gates/shutter")
                == GPIOLineAddress(chip: "/dev/lodestar/gates", line: "shutter"))
        for text in ["", "gates", "gates/", "/3"] { #expect(GPIOLineAddress(parsing: text) == nil) }
    }

    @Test func everyErrorSaysWhatToDo() {
        let line = GPIOLineAddress(chip: "gates", line: "3")
        let errors: [(GPIOError, InstrumentFault, String)] = [
            (
                .noChip("gates", present: ["gpiochip0 [pinctrl]"]), .outOfRange,
                "gpiochip0 [pinctrl]"
            ),
            (.severalChips("gates", names: ["gpiochip1", "gpiochip2"]), .outOfRange, "gpiochip2"),
            (.noLine(line, lines: 2), .outOfRange, "it has 2"),
            (.busy(line, consumer: "gpiomon"), .refused, "held by gpiomon"),
            (.busy(line, consumer: ""), .refused, "without a name"),
            (.noPermission(path: "/dev/gpiochip0"), .refused, "scripts/install"),
            (.notSupported(line), .outOfRange, "gates/3"),
            (.gone(line), .unreachable, "Plug it in"),
            (.system(what: "poll", number: EIO), .unreachable, "Input/output error"),
        ]
        for (error, fault, words) in errors {
            #expect(error.fault == fault)
            #expect(error.description.contains(words), "\(error)")
        }
    }
}

@Suite struct SysfsNameTests {
    @Test func aDeviceIsFoundByTheNameItGivesItself() throws {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "lodestar-sysfs-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        for (device, name) in [
            ("hwmon0", "coretemp"), ("hwmon1", "tmp102"), ("hwmon2", "twice"),
            ("hwmon3", "twice"),
        ] {
            let path = folder.appending(path: device)
            try FileManager.default.createDirectory(at: path, withIntermediateDirectories: true)
            try Data("\(name)\n".utf8).write(to: path.appending(path: "name"))
            try Data("-20125\n".utf8).write(to: path.appending(path: "temp1_input"))
        }
        let tree = try SysfsTree(named: "tmp102", among: folder.path)
        #expect(try tree.read("temp1_input") == "-20125")
        for name in ["absent", "twice"] {
            #expect(throws: LinuxIOError.self) {
                _ = try SysfsTree(named: name, among: folder.path)
            }
        }
        #expect(throws: LinuxIOError.self) {
            _ = try SysfsTree(named: "tmp102", among: "/nowhere")
        }
    }
}
