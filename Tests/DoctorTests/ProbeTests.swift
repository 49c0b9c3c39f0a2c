import BoardFile
import Foundation
import Testing

@testable import Doctor

/// The folder of the boards that are shipped.
let boards = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("boards").path

/// A folder that stands in for a machine, and is gone after the test.
final class FakeMachine {
    let root = NSTemporaryDirectory() + "machine-" + UUID().uuidString

    init() throws {
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    /// Writes a file, with the folders above it.
    func write(_ path: String, _ text: String) throws {
        let whole = root + path
        let folder = whole[..<(whole.lastIndex(of: "/") ?? whole.startIndex)]
        try FileManager.default.createDirectory(
            atPath: String(folder), withIntermediateDirectories: true)
        try (text + "\n").write(toFile: whole, atomically: false, encoding: .utf8)
    }

    /// Makes a link, with the folders above it; `target` is as written.
    func link(_ path: String, to target: String) throws {
        let whole = root + path
        let folder = whole[..<(whole.lastIndex(of: "/") ?? whole.startIndex)]
        try FileManager.default.createDirectory(
            atPath: String(folder), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: whole, withDestinationPath: target)
    }
}

@Suite struct ProbeTests {
    @Test func usbDevicesAreReadFromTheKernelsList() throws {
        let fake = try FakeMachine()
        let device = "/sys/bus/usb/devices/1-2"
        for (file, text) in [
            ("idVendor", "1209"), ("idProduct", "0001"), ("bcdDevice", "0100"),
            ("bDeviceClass", "00"), ("serial", "T0017"), ("manufacturer", "Lodestar"),
            ("product", "tagger"), ("speed", "480"), ("busnum", "1"), ("devnum", "4"),
            ("power/control", "auto"),
        ] { try fake.write("\(device)/\(file)", text) }
        try fake.link(device + ":1.0/driver", to: "../../../../bus/usb/drivers/usbfs")
        // A hub, which is no instrument.
        try fake.write("/sys/bus/usb/devices/usb1/idVendor", "1d6b")
        try fake.write("/sys/bus/usb/devices/usb1/idProduct", "0002")
        try fake.write("/sys/bus/usb/devices/usb1/bDeviceClass", "09")
        try fake.write("/dev/bus/usb/001/004", "")
        let plugs = try #require(Probe(root: fake.root).usb())
        #expect(plugs.count == 1)
        let plug = try #require(plugs.first)
        #expect(plug.vendor == 0x1209)
        #expect(plug.serial == "T0017")
        #expect(plug.title == "Lodestar tagger")
        #expect(plug.release == 0x0100)
        #expect(plug.megabits == 480)
        #expect(plug.suspends)
        #expect(plug.drivers == ["usbfs"])
        #expect(plug.node.path == "/dev/bus/usb/001/004")
        #expect(plug.node.exists)
    }

    @Test func aMachineWithoutUSBHasNoList() throws {
        #expect(Probe(root: try FakeMachine().root).usb() == nil)
    }

    @Test func halfWrittenUSBDevicesAreLeftOut() throws {
        let fake = try FakeMachine()
        try fake.write("/sys/bus/usb/devices/1-1/idVendor", "zz")
        try fake.write("/sys/bus/usb/devices/1-1/idProduct", "1")
        try fake.write("/sys/bus/usb/devices/1-3/idVendor", "1209")
        #expect(Probe(root: fake.root).usb() == [])
    }

    @Test func serialPortsAreToldApartByTheirAdapters() throws {
        let fake = try FakeMachine()
        let device = "/sys/devices/usb1/1-4"
        try fake.write(device + "/idVendor", "0403")
        try fake.write(device + "/idProduct", "6001")
        try fake.write(device + "/serial", "A50285BI")
        try fake.write(device + "/1-4:1.0/ttyUSB0/latency_timer", "16")
        try fake.link(
            "/sys/class/tty/ttyUSB0/device", to: "../../../devices/usb1/1-4/1-4:1.0/ttyUSB0")
        try fake.write("/sys/class/tty/ttyS0/type", "0")
        try fake.write("/dev/ttyUSB0", "")
        try fake.link("/dev/lodestar/mirror", to: "../ttyUSB0")
        let probe = Probe(root: fake.root)
        #expect(
            probe.serialPorts()
                == [.init(path: "/dev/ttyUSB0", ids: "0403:6001", serial: "A50285BI")])
        let node = probe.node("/dev/lodestar/mirror")
        #expect(node.exists)
        #expect(node.path == "/dev/ttyUSB0")
        #expect(node.latency == 16)
        #expect(!probe.node("/dev/lodestar/modem").exists)
    }

    @Test func programsThatHaveADeviceOpenAreFound() throws {
        let fake = try FakeMachine()
        try fake.write("/proc/77/comm", "python3")
        try fake.link("/proc/77/fd/5", to: "/dev/ttyUSB0")
        try fake.link("/proc/77/fd/6", to: "/dev/ttyUSB0")
        try fake.link("/proc/77/fd/7", to: "/tmp/x")
        #expect(
            Probe(root: fake.root).openFiles()
                == ["/dev/ttyUSB0": [.init(name: "python3", process: 77)]])
    }

    @Test func sensorsAreReadByTheNameOfTheirChip() throws {
        let fake = try FakeMachine()
        try fake.write("/sys/class/hwmon/hwmon3/name", "lodestar_apd")
        try fake.write("/sys/class/hwmon/hwmon3/temp1_input", "-19800")
        try fake.write("/sys/bus/iio/devices/iio:device0/name", "ad5764")
        let probe = Probe(root: fake.root)
        #expect(probe.sensorChips().map(\.name) == ["lodestar_apd", "ad5764"])
        #expect(probe.sensor(.hwmon, "lodestar_apd", "temp1_input") == .text("-19800"))
        #expect(probe.sensor(.hwmon, "lodestar_apd", "temp9_input") == .noAttribute)
        #expect(probe.sensor(.iio, "lodestar_apd", "temp1_input") == .noChip)
    }

    @Test func aFileThatIsNoChipHasNoLabel() throws {
        let fake = try FakeMachine()
        try fake.write("/dev/gpiochip0", "")
        let chips = Probe(root: fake.root).chips()
        #expect(chips.map(\.name) == ["gpiochip0"])
        #expect(chips.first?.label == nil)
    }

    @Test func theFactsOfTheMachineAreRead() throws {
        let fake = try FakeMachine()
        try fake.write("/proc/sys/kernel/osrelease", "6.1.0-56-amd64")
        try fake.write("/proc/sys/kernel/version", "#1 SMP PREEMPT_DYNAMIC")
        try fake.write("/proc/sys/kernel/sched_rt_runtime_us", "950000")
        try fake.write("/sys/devices/system/cpu/online", "0-3")
        try fake.write("/sys/devices/system/cpu/cpu2/cpufreq/scaling_governor", "powersave")
        try fake.write("/proc/meminfo", "MemTotal: 8 kB\nMemAvailable:   4096 kB")
        try fake.write(
            "/proc/self/limits",
            "Max locked memory         8388608              8388608              bytes\n"
                + "Max realtime priority     90                   90")
        try fake.write("/sys/class/net/eth0/carrier", "1")
        try fake.write("/sys/class/net/eth0/speed", "1000")
        try fake.write("/sys/class/net/lo/carrier", "1")
        let machine = Probe(root: fake.root).machine(for: nil, writes: false)
        #expect(machine.kernel.release == "6.1.0-56-amd64")
        #expect(machine.kernel.realTimeShare == 950_000)
        #expect(machine.processors.count == 4)
        #expect(machine.processors.governors == ["powersave"])
        #expect(machine.availableMemory == 4 << 20)
        #expect(machine.rights.lockedMemory == 8 << 20)
        #expect(machine.rights.realTimePriority == 90)
        #expect(machine.interfaces == [.init(name: "eth0", isUp: true, megabits: 1_000)])
    }

    @Test func aWholeStationIsLookedAtWithoutAnyHardware() throws {
        let fake = try FakeMachine()
        try fake.write("/var/lib/lodestar/passes/x", "")
        let board = try Board.load(boards + "/qemu-hil.toml")
        let machine = Probe(root: fake.root).machine(for: board, writes: true)
        #expect(machine.folders["/var/lib/lodestar/passes"]?.isWritable == true)
        #expect(machine.folders["/var/lib/lodestar/keys"]?.exists == false)
        let diagnosis = Diagnosis(of: machine, for: board)
        #expect(diagnosis.exitCode == 2)
        let instruments = Set(diagnosis.findings.map(\.check))
        for path in board.connections.map(\.path) {
            #expect(instruments.contains(InstrumentChecks.instrument(path)))
        }
        // Nothing is left of the trial of the disk.
        #expect(
            try FileManager.default.contentsOfDirectory(
                atPath: fake.root + "/var/lib/lodestar/passes") == ["x"])
    }

    @Test func aServerThatListensIsReachedAndOneThatDoesNotIsRefused() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        try withUnsafeMutablePointer(to: &address) {
            try $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                try #require(bind(listener, $0, length) == 0)
                try #require(getsockname(listener, $0, &length) == 0)
            }
        }
        let port = UInt16(bigEndian: address.sin_port)
        let probe = Probe()
        #expect(probe.peer(.tcp(host: "127.0.0.1", port: port)) == .refused)
        try #require(listen(listener, 1) == 0)
        #expect(
            probe.peer(.rotctld(host: "127.0.0.1", port: port)) == .reached(interface: "lo"))
        #expect(
            probe.peer(.udp(host: "127.0.0.1", port: port)) == .reached(interface: "lo"))
    }
}
