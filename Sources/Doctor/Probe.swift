import AravisCamera
public import BoardFile
import CMachine
import Foundation

/// Reads the facts about a machine: files of the kernel, limits of the process, and a first word
/// with every peer on the network. It opens no instrument.
public struct Probe {
    let tree: FileTree
    /// Called with what is looked at, before it takes time.
    let progress: (String) -> Void

    /// A probe of the machine, or of a folder that stands in for one.
    ///
    /// - Parameters:
    ///   - root: What stands for `/`.
    ///   - progress: Told what is looked at.
    public init(root: String = "/", progress: @escaping (String) -> Void = { _ in }) {
        tree = FileTree(root: root)
        self.progress = progress
    }

    /// The facts that the checks of `board` look at; `nil`: those of the machine alone.
    ///
    /// - Parameter writes: Whether it may write 64 MiB at most into the folder of recordings, to
    ///   see how fast they reach the disk.
    public func machine(for board: Board?, writes: Bool) -> Machine {
        progress("the machine")
        var machine = Machine()
        machine.kernel = kernel()
        machine.processors = processors()
        machine.rights = rights()
        machine.clock = clock()
        machine.availableMemory = availableMemory()
        machine.interfaces = interfaces()
        machine.usb = usb()
        machine.serialPorts = serialPorts()
        machine.chips = chips()
        machine.hasService = Self.unitFolders.contains {
            tree.status("\($0)/lodestard.service") != nil
        }
        machine.runsService =
            tree.text("/sys/fs/cgroup/system.slice/lodestard.service/cgroup.procs")?.isEmpty
            == false
        guard let board else { return machine }
        let connections = board.connections.map(\.connection)
        machine.sensorChips = sensorChips().map(\.name)
        for connection in connections { look(at: connection, &machine) }
        if let port = board.modem?.port, let number = UInt16(exactly: port), number > 0,
            !isFree(port: number)
        {
            machine.takenPorts.append(port)
        }
        let holders = openFiles()
        for (path, node) in machine.nodes {
            machine.nodes[path]?.holders = holders[node.path] ?? []
        }
        for index in (machine.usb ?? []).indices {
            let node = machine.usb?[index].node.path ?? ""
            machine.usb?[index].node.holders = holders[node] ?? []
        }
        for path in Set([board.paths.recordings, board.paths.keys]) {
            machine.folders[path] = folder(path)
        }
        if writes, machine.folders[board.paths.recordings]?.isWritable == true {
            progress("the speed of \(board.paths.recordings)")
            machine.folders[board.paths.recordings]?.writeRate =
                DiskTrial.rate(in: tree.root + board.paths.recordings)
        }
        return machine
    }

    private func look(at connection: Connection, _ machine: inout Machine) {
        switch connection {
        case .serial(let path, _), .video(let path): machine.nodes[path] = node(path)
        case .tcp, .udp, .rotctld, .alpaca, .usbip:
            progress("\(connection)")
            machine.peers[connection] = peer(connection)
        case .hwmon(let name, let file), .iio(let name, let file):
            machine.sensors[connection] = sensor(connection.kind, name, file)
        case .aravis: machine.cameraLibraryFault = AravisLibrary.absence()
        case .usb, .gpio: break
        }
    }

    /// Where systemd finds units, ours among them.
    private static let unitFolders = [
        "/etc/systemd/system", "/lib/systemd/system", "/usr/lib/systemd/system",
    ]

    // MARK: The machine

    private func kernel() -> Machine.Kernel {
        var kernel = Machine.Kernel()
        kernel.release = tree.text("/proc/sys/kernel/osrelease") ?? ""
        kernel.version = tree.text("/proc/sys/kernel/version") ?? ""
        kernel.isRealTime = tree.text("/sys/kernel/realtime") == "1"
        kernel.realTimeShare = tree.text("/proc/sys/kernel/sched_rt_runtime_us").flatMap { Int($0) }
        return kernel
    }

    private func processors() -> Machine.Processors {
        var processors = Machine.Processors()
        let folder = "/sys/devices/system/cpu"
        let online = tree.text(folder + "/online") ?? "0"
        // "0-3,5": the numbers matter to a board, so the last one counts.
        processors.count =
            (online.split { !$0.isNumber }.compactMap { Int($0) }.max() ?? 0) + 1
        processors.isolated = tree.text(folder + "/isolated") ?? ""
        let governors = (0..<processors.count).compactMap {
            tree.text("\(folder)/cpu\($0)/cpufreq/scaling_governor")
        }
        processors.governors = Set(governors).sorted()
        return processors
    }

    private func rights() -> Machine.Rights {
        var rights = Machine.Rights()
        rights.isRoot = geteuid() == 0
        rights.user = getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) } ?? ""
        var numbers = [gid_t](repeating: 0, count: 256)
        let count = getgroups(Int32(numbers.count), &numbers)
        rights.groups = (numbers.prefix(Int(max(0, count))) + [getegid()]).compactMap {
            getgrgid($0).map { String(cString: $0.pointee.gr_name) }
        }
        if let group = getgrnam("lodestar") {
            rights.hasGroup = true
            var member = group.pointee.gr_mem
            while let name = member?.pointee {
                if String(cString: name) == rights.user { rights.isMember = true }
                member = member?.advanced(by: 1)
            }
        }
        let limits = (tree.text("/proc/self/limits") ?? "").split(separator: "\n")
        func limit(_ name: String) -> Substring? {
            limits.first { $0.hasPrefix(name) }?.dropFirst(name.count)
                .split(separator: " ").first
        }
        let priority = limit("Max realtime priority")
        rights.realTimePriority = priority == "unlimited" ? 99 : priority.flatMap { Int($0) } ?? 0
        let locked = limit("Max locked memory")
        rights.lockedMemory = locked == "unlimited" ? nil : locked.flatMap { Int64($0) } ?? 0
        return rights
    }

    private func clock() -> Machine.Clock {
        var clock = Machine.Clock()
        clock.source =
            tree.text("/sys/devices/system/clocksource/clocksource0/current_clocksource") ?? ""
        var state = lodestar_clock()
        if lodestar_clock_state(&state) {
            clock.isSynchronised = state.is_synchronised
            clock.greatestError = Int64(state.greatest_error)
            clock.hasPulse = state.has_pulse
        }
        clock.pulseDevices = tree.names("/sys/class/pps")
        return clock
    }

    private func availableMemory() -> Int64? {
        let lines = (tree.text("/proc/meminfo") ?? "").split(separator: "\n")
        let line = lines.first { $0.hasPrefix("MemAvailable:") }
        return line?.split(separator: " ").dropFirst().first.flatMap { Int64($0) }.map { $0 << 10 }
    }

    private func interfaces() -> [Machine.NetworkInterface] {
        tree.names("/sys/class/net").filter { $0 != "lo" }.map { name in
            let folder = "/sys/class/net/\(name)"
            let speed = tree.text(folder + "/speed").flatMap { Int($0) }
            return Machine.NetworkInterface(
                name: name, isUp: tree.text(folder + "/carrier") == "1",
                megabits: speed.flatMap { $0 > 0 ? $0 : nil })
        }
    }

    private func folder(_ path: String) -> Machine.Folder {
        var folder = Machine.Folder()
        guard let status = tree.status(path) else {
            folder.isHidden = errno == EACCES
            return folder
        }
        folder.exists = status.mode & S_IFMT == S_IFDIR
        folder.owner = "\(status.owner):\(status.group), \(octal(status.mode))"
        folder.isOfService = status.owner == "lodestar"
        folder.isOpenToAll = status.mode & 0o007 != 0
        folder.isWritable = tree.isAccessible(path, W_OK | X_OK)
        var system = statvfs()
        if statvfs(tree.root + path, &system) == 0 {
            folder.isReadOnly = system.f_flag & UInt(ST_RDONLY) != 0
            let free = system.f_bavail.multipliedReportingOverflow(by: system.f_frsize)
            folder.free = free.overflow ? .max : Int64(clamping: free.partialValue)
        }
        return folder
    }
}
