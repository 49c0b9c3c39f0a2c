import BoardFile

/// The checks of the machine itself; pure functions of the facts.
enum MachineChecks {
    /// Every finding about the machine, in the order of the page.
    static func findings(_ board: Board?, _ machine: Machine) -> [Finding] {
        [
            kernel(machine.kernel), preemption(board, machine.kernel),
            realTimeShare(machine.kernel), processors(board, machine.processors),
            governor(board, machine.processors), rights(machine.rights),
            realTime(board, machine.rights), lockedMemory(board, machine.rights),
            memory(board, machine.availableMemory), clockSource(machine.clock),
            time(board, machine.clock), pulse(machine.clock), service(machine),
            usb(machine.usb), gpio(machine.chips), serial(machine.serialPorts),
            network(machine.interfaces),
        ].compactMap(\.self)
    }

    /// How Lodestar is put in place.
    static let install = "sudo scripts/install, or sudo apt install ./lodestar_*.deb"

    /// The oldest kernel whose GPIO interface the drivers use (version 2, 5.10).
    private static let oldestKernel = (5, 10)

    static func kernel(_ kernel: Machine.Kernel) -> Finding {
        let numbers = kernel.release.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
        guard numbers.count == 2, (numbers[0], numbers[1]) < oldestKernel else {
            return .ok("kernel", kernel.release)
        }
        return .fail(
            "kernel", "\(kernel.release) is older than 5.10, whose GPIO interface is needed",
            mend: "sudo apt full-upgrade, then restart")
    }

    static func preemption(_ board: Board?, _ kernel: Machine.Kernel) -> Finding {
        let model =
            kernel.isRealTime || kernel.version.contains("PREEMPT_RT")
            ? "PREEMPT_RT"
            : kernel.version.split(separator: " ").first { $0.hasPrefix("PREEMPT") }
                .map(String.init) ?? "not preemptible"
        guard model != "PREEMPT_RT", board?.realtime != nil, board?.isSimulated == false else {
            return .ok("preemption", model)
        }
        return .warn(
            "preemption", "\(model): a thread may wake up some milliseconds late",
            mend: "sudo apt install linux-image-rt-amd64, then restart")
    }

    static func realTimeShare(_ kernel: Machine.Kernel) -> Finding? {
        guard kernel.realTimeShare == 0 else { return nil }
        return .fail(
            "real-time share", "the kernel gives real-time threads no time at all",
            mend: "sudo sysctl kernel.sched_rt_runtime_us=950000")
    }

    static func processors(_ board: Board?, _ processors: Machine.Processors) -> Finding {
        let wanted = board.map(threads)?.compactMap { $0.cpu } ?? []
        let count = processors.count
        if let absent = wanted.first(where: { $0 >= Int64(count) }) {
            return .fail(
                "processors", "the board wants processor \(absent); there are 0 to \(count - 1)",
                mend: "set realtime.*.cpu in the board to processors that are there")
        }
        let isolated = processors.isolated.isEmpty ? "" : ", isolated: \(processors.isolated)"
        return .ok("processors", "\(count)\(isolated)")
    }

    static func governor(_ board: Board?, _ processors: Machine.Processors) -> Finding? {
        let slow = processors.governors.filter { $0 != "performance" }
        guard board?.realtime != nil, !slow.isEmpty else { return nil }
        return .warn(
            "frequency", "governed by \(slow.joined(separator: ", ")): the processors slow down",
            mend:
                "echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor"
        )
    }

    static func rights(_ rights: Machine.Rights) -> Finding {
        let check = "group"
        guard rights.hasGroup else {
            return .warn(
                check, "there is no group lodestar: the devices belong to nobody but root",
                mend: install)
        }
        if rights.isRoot { return .ok(check, "root, who needs none") }
        if rights.groups.contains("lodestar") { return .ok(check, "\(rights.user) is in lodestar") }
        if rights.isMember {
            return .warn(
                check, "\(rights.user) was put into lodestar after logging in",
                mend: "log in again, or: newgrp lodestar")
        }
        return .warn(
            check, "\(rights.user) is not in lodestar and may not open the instruments",
            mend: "sudo usermod -aG lodestar \(rights.user), then log in again")
    }

    static func realTime(_ board: Board?, _ rights: Machine.Rights) -> Finding {
        let allowed = rights.isRoot ? 99 : rights.realTimePriority
        let wanted = board.map(threads)?.map(\.priority).max() ?? 0
        guard wanted > Int64(allowed) else {
            return .ok("real time", allowed == 0 ? "not asked for" : "SCHED_FIFO up to \(allowed)")
        }
        return .warn(
            "real time",
            "the board wants SCHED_FIFO \(wanted), and "
                + (allowed == 0 ? "none" : "\(allowed) at most")
                + " is allowed: the threads would be ordinary ones",
            mend: "\(install); log in again. The service has the right by its unit")
    }

    static func lockedMemory(_ board: Board?, _ rights: Machine.Rights) -> Finding? {
        guard let realtime = board?.realtime, realtime.locksMemory else { return nil }
        // The arena, and as much again for the program itself.
        let wanted = 2 * realtime.arena
        guard !rights.isRoot, let allowed = rights.lockedMemory, allowed < wanted else {
            return .ok("locked memory", "enough for the \(size(realtime.arena)) arena")
        }
        return .warn(
            "locked memory", "\(size(allowed)) may be locked, \(size(wanted)) are needed",
            mend: "\(install); log in again. The service has the right by its unit")
    }

    static func memory(_ board: Board?, _ available: Int64?) -> Finding? {
        guard let available else { return nil }
        let wanted = 2 * (board?.realtime?.arena ?? 64 << 20)
        guard available < wanted else { return .ok("memory", "\(size(available)) available") }
        return .fail(
            "memory", "\(size(available)) available, \(size(wanted)) are needed",
            mend: "end other programs; `ps -e --sort=-rss -o rss,comm | head` shows the largest")
    }

    static func clockSource(_ clock: Machine.Clock) -> Finding {
        let quick = ["tsc", "kvm-clock", "arch_sys_counter", "hyperv_clocksource_tsc_page"]
        guard !clock.source.isEmpty, !quick.contains(clock.source) else {
            return .ok("clock source", clock.source.isEmpty ? "not known" : clock.source)
        }
        return .warn(
            "clock source", "\(clock.source): slow to read, and coarse",
            mend: "cat /sys/devices/system/clocksource/clocksource0/available_clocksource; "
                + "if tsc is listed: add tsc=reliable to the kernel's command line")
    }

    /// 10 ms of clock error are 150 urad at culmination, half of what the fine camera sees.
    private static let greatestTimeError: Int64 = 10_000

    static func time(_ board: Board?, _ clock: Machine.Clock) -> Finding {
        if board?.world != nil {
            return .ok("time", "a simulated world needs no right time")
        }
        guard clock.isSynchronised else {
            return .warn(
                "time",
                "nothing keeps the clock right: the satellite would be sought too early or late",
                mend:
                    "sudo apt install chrony; then chronyc waitsync; or set it by hand: sudo date --set"
            )
        }
        guard clock.greatestError > greatestTimeError else {
            return .ok("time", "right to \(clock.greatestError) us")
        }
        return .warn(
            "time", "synchronised, but it may be off by \(clock.greatestError / 1_000) ms",
            mend: "chronyc waitsync 30 0.01; chronyc sources shows the servers")
    }

    static func pulse(_ clock: Machine.Clock) -> Finding {
        if clock.hasPulse { return .ok("pulse per second", "disciplines the host's clock") }
        guard clock.pulseDevices.isEmpty else {
            return .ok(
                "pulse per second",
                clock.pulseDevices.joined(separator: ", ") + ", not used by the host's clock")
        }
        return .ok("pulse per second", "none at the host; the tagger has its own")
    }

    static func service(_ machine: Machine) -> Finding {
        if machine.runsService { return .ok("service", "lodestard runs") }
        return .ok(
            "service",
            machine.hasService
                ? "lodestard does not run; sudo systemctl start lodestard starts it"
                : "not installed")
    }

    // What is plugged in; whether that is enough, the instruments say.

    static func usb(_ plugs: [Machine.USBPlug]?) -> Finding {
        guard let plugs else { return .ok("usb", "none") }
        let names = plugs.map { plug in
            let ids = Connection.usb(vendor: plug.vendor, product: plug.product, serial: nil)
            return plug.title.isEmpty ? "\(ids)" : "\(ids) \(plug.title)"
        }
        return .ok("usb", names.isEmpty ? "nothing is plugged in" : names.joined(separator: "; "))
    }

    static func gpio(_ chips: [Machine.GPIOChipFacts]) -> Finding {
        let names = chips.map { "\($0.name) [\($0.label ?? "closed to this user")]" }
        return .ok("gpio", names.isEmpty ? "no chip" : names.joined(separator: ", "))
    }

    static func serial(_ ports: [Machine.SerialPort]) -> Finding {
        let names = ports.map(\.description)
        return .ok(
            "serial", names.isEmpty ? "no port on USB" : names.joined(separator: ", "))
    }

    static func network(_ interfaces: [Machine.NetworkInterface]) -> Finding {
        let names = interfaces.map { interface in
            guard interface.isUp else { return "\(interface.name) without link" }
            return interface.megabits.map { "\(interface.name) \($0) Mbit/s" } ?? interface.name
        }
        return .ok("network", names.isEmpty ? "none" : names.joined(separator: ", "))
    }

    /// The threads that a board describes.
    static func threads(_ board: Board) -> [Board.RealTime.Thread] {
        guard let realtime = board.realtime else { return [] }
        return [realtime.tagger, realtime.engine, realtime.mirror, realtime.housekeeping]
    }

    /// `bytes` for people.
    static func size(_ bytes: Int64) -> String {
        for (unit, power) in [("GiB", 30), ("MiB", 20), ("KiB", 10)] where bytes >> power > 0 {
            let tenths = bytes / (1 << power / 10)
            return tenths < 100 && tenths % 10 != 0
                ? "\(tenths / 10).\(tenths % 10) \(unit)" : "\(bytes >> power) \(unit)"
        }
        return "\(bytes) B"
    }
}
