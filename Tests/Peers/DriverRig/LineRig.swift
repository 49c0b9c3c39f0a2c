import Foundation
import GateDrivers
import LinuxIO
import PayloadDoubles
import PayloadHAL
import Quantities

/// Digital lines of the kernel, tried by our drivers; for machines that simulate the other side.
extension DriverRig {
    /// `gpio` alone lists the chips; `gpio OUTPUT INPUT FOLDER` tries the two lines, `CHIP/LINE`,
    /// of a simulated chip whose attributes `sim_gpioN/value` and `sim_gpioN/pull` lie in FOLDER.
    static func gpio(_ words: [String]) throws -> [String: Any] {
        let list = GPIOChipList.present()
        let chips: [[String: Any]] = list.chips.map {
            ["path": $0.path, "name": $0.name, "label": $0.label, "lines": $0.lines]
        }
        var results: [String: Any] = [
            "library": GPIOChipList.libraryVersion, "chips": chips, "closed": list.closed,
        ]
        guard words.count >= 3 else { return results }
        guard let output = GPIOLineAddress(parsing: words[0]),
            let input = GPIOLineAddress(parsing: words[1])
        else { throw RigError.text("lines are CHIP/LINE") }
        var faults = try outputFaults(output, in: words[2])
        faults += try gateFaults(output, in: words[2])
        faults += try inputFaults(input, in: words[2])
        faults += refusalFaults(output)
        results["faults"] = faults
        return results
    }

    /// The output as it is, turned round, and let go.
    private static func outputFaults(
        _ address: GPIOLineAddress, in folder: String
    ) throws -> [String] {
        var faults: [String] = []
        for isActiveLow in [false, true] {
            do {
                var line = try GPIOOutput(address, isActiveLow: isActiveLow)
                faults += PayloadDoubles.outputFaults(of: &line) {
                    pin(address, in: folder).map { $0 != isActiveLow }
                }.map { "output\(isActiveLow ? ", active low" : ""): \($0)" }
                try line.set(true)
            }
            // A chip that keeps the level shows the safe one; this simulated one falls back to its
            // pull, which is down.
            if !isActiveLow, pin(address, in: folder) == true {
                faults.append("an output that was let go is active")
            }
        }
        return faults
    }

    /// The same line as a detector's gate.
    private static func gateFaults(
        _ address: GPIOLineAddress, in folder: String
    ) throws -> [String] {
        var gate = try LineGate(GPIOOutput(address))
        return PayloadDoubles.gateFaults(of: &gate) { pin(address, in: folder) }
            .map { "gate: \($0)" }
    }

    /// The input as it is and turned round, with its edges.
    private static func inputFaults(
        _ address: GPIOLineAddress, in folder: String
    ) throws -> [String] {
        var faults: [String] = []
        for isActiveLow in [false, true] {
            pull(address, up: isActiveLow, in: folder)
            var line = try GPIOInput(address, isActiveLow: isActiveLow)
            faults += PayloadDoubles.inputFaults(of: &line, patience: .seconds(2)) {
                pull(address, up: $0 != isActiveLow, in: folder)
                // The kernel reads the level in a thread of its own.
                usleep(30_000)
            }.map { "input\(isActiveLow ? ", active low" : ""): \($0)" }
            // More edges than the kernel holds: the later ones are lost, and that is told.
            for index in 0..<200 {
                pull(address, up: (index % 2 == 0) != isActiveLow, in: folder)
            }
            var (told, lost): (Int64, Int64) = (0, 0)
            while let edge = try line.nextEdge(by: line.now.later(by: .milliseconds(50))) {
                told += 1
                lost += edge.lost
            }
            if told == 0 || told > 200 { faults.append("input: \(told) of 200 edges are told") }
            pull(address, up: isActiveLow, in: folder)
        }
        return faults
    }

    /// A line that is held, one that is not there, and a chip that is not there.
    private static func refusalFaults(_ address: GPIOLineAddress) -> [String] {
        var faults: [String] = []
        func attempt(_ address: GPIOLineAddress, _ isRight: (GPIOError) -> Bool) {
            do throws(GPIOError) {
                _ = try GPIOOutput(address)
                faults.append("took \(address)")
            } catch {
                if !isRight(error) { faults.append("\(address): \(error)") }
            }
        }
        do throws(GPIOError) {
            let held = try GPIOOutput(address)
            attempt(address) { $0 == .busy(address, consumer: "lodestar") }
            _ = held
            for line in ["4096", "no such line", "-1"] {
                attempt(GPIOLineAddress(chip: address.chip, line: line)) {
                    if case .noLine = $0 { true } else { false }
                }
            }
            attempt(GPIOLineAddress(chip: "no such chip", line: "0")) {
                if case .noChip = $0 { true } else { false }
            }
        } catch { faults.append("\(address): \(error)") }
        return faults
    }

    /// The level of a simulated pin, high or not.
    private static func pin(_ address: GPIOLineAddress, in folder: String) -> Bool? {
        let path = "\(folder)/sim_gpio\(address.line)/value"
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        return text.hasPrefix("1")
    }

    /// What pulls at a simulated pin from outside.
    private static func pull(_ address: GPIOLineAddress, up: Bool, in folder: String) {
        let path = "\(folder)/sim_gpio\(address.line)/pull"
        guard let file = FileHandle(forWritingAtPath: path) else {
            fail("\(path) cannot be written")
        }
        file.write(Data((up ? "pull-up" : "pull-down").utf8))
    }
}
