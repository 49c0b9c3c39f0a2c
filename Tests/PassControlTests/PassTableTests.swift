import Foundation
import Testing

@testable import PassControl

/// The table in docs/acquisition.md is the machine's own.
@Suite struct PassTableTests {
    private static let second: Int64 = 1_000_000_000_000

    /// One line of the table.
    private struct Row: Hashable, CustomStringConvertible {
        var from: String
        var reason: String
        var to: String
        var description: String { "| \(from) | \(reason) | \(to) |" }
    }

    /// Every transition that some state and some event lead to.
    private static func machineRows() -> Set<Row> {
        let kinds: [PassEvent.Kind] = [
            .start(until: 900 * second), .tick, .mountReady, .coarseAcquired, .coarseLost,
            .fineAcquired, .fineLost, .linkUp, .linkDown, .mountFailed, .mountRecovered,
            .cameraFailed, .cameraRecovered, .mirrorFailed, .mirrorRecovered, .sunTooNear,
            .sunClear, .ratesTooHigh, .ratesCleared, .stop, .emergencyStop, .reset, .mountParked,
        ]
        var rows: Set<Row> = []
        for phase in 0..<UInt8(PassPhase.count) {
            for bits in 0..<256 {
                for (since, end) in [(0, 500), (99, 500), (99, 100)] as [(Int64, Int64)] {
                    var state = PassState()
                    state.phase = PassPhase(rawValue: phase) ?? .idle
                    state.since = since * second
                    state.end = end * second
                    state.isLinkUp = bits & 1 != 0
                    state.isMountFailing = bits & 2 != 0
                    state.isCameraFailing = bits & 4 != 0
                    state.isMirrorFailing = bits & 8 != 0
                    state.isSunNear = bits & 16 != 0
                    state.areRatesHigh = bits & 32 != 0
                    state.isFineSeen = bits & 64 != 0
                    state.isStopped = bits & 128 != 0
                    for kind in kinds {
                        let time = since == 0 ? 400 * second : 100 * second
                        let step = PassMachine.step(state, PassEvent(kind, at: time))
                        guard let change = step.transition else { continue }
                        rows.insert(
                            Row(
                                from: "\(change.from)", reason: "\(change.reason)",
                                to: "\(change.to)"))
                    }
                }
            }
        }
        return rows
    }

    @Test func theDocumentedTableIsThatOfTheMachine() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let page = folder.appendingPathComponent("../../docs/acquisition.md").standardized
        let text = try String(contentsOf: page, encoding: .utf8)
        var documented: Set<Row> = []
        var isTable = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let cells = line.split(separator: "|").map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            if cells.first == "from" { isTable = true } else if cells.isEmpty { isTable = false }
            guard isTable, cells.count >= 3, cells[0] != "from", !cells[0].hasPrefix("-")
            else { continue }
            for from in cells[0].split(separator: ",") {
                documented.insert(
                    Row(
                        from: from.trimmingCharacters(in: .whitespaces), reason: cells[1],
                        to: cells[2]))
            }
        }
        let machine = Self.machineRows()
        #expect(machine.subtracting(documented) == [])
        #expect(documented.subtracting(machine) == [])
    }
}
