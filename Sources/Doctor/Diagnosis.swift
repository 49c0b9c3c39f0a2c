public import BoardFile

/// Everything that was found about a machine and the instruments of a board.
public struct Diagnosis: Equatable, Sendable {
    /// In the order of the checks: machine, folders, instruments.
    public private(set) var findings: [Finding]

    /// Looks at the facts; nothing else is asked.
    ///
    /// - Parameter board: The station; `nil` looks at the machine alone.
    public init(of machine: Machine, for board: Board?) {
        findings = MachineChecks.findings(board, machine)
        guard let board else { return }
        findings += FolderChecks.findings(board, machine)
        findings += InstrumentChecks(board: board, machine: machine).findings()
    }

    /// The same with every fault of a board that could not be read.
    public init(of machine: Machine, faults: [BoardFault]) {
        findings = MachineChecks.findings(nil, machine)
        findings += faults.map {
            .fail("board", $0.description, mend: "correct the file; lodestar board schema")
        }
    }

    /// How many findings are of `status`.
    public func count(_ status: Finding.Status) -> Int {
        findings.count { $0.status == status }
    }

    /// For rigs: 0 if all is well, 1 with a warning, 2 with a failure.
    public var exitCode: Int32 {
        count(.fail) > 0 ? 2 : count(.warn) > 0 ? 1 : 0
    }

    /// One line per finding, and below it what to type.
    public var text: String {
        let titles = findings.map { $0.check + ($0.designator.map { " (\($0))" } ?? "") }
        let width = titles.map(\.count).max() ?? 0
        var lines: [String] = []
        for (index, finding) in findings.enumerated() {
            let status = finding.status.rawValue.padded(to: 6)
            lines.append(status + titles[index].padded(to: width + 2) + finding.text)
            // Lines of one chip have one remedy: it stands below the last of them.
            let next = index + 1 < findings.count ? findings[index + 1].mend : nil
            if let mend = finding.mend, mend != next {
                lines.append("".padded(to: width + 8) + "-> \(mend)")
            }
        }
        lines.append(
            "\(count(.ok)) ok, \(counted(.warn, "warning")), \(counted(.fail, "failure"))")
        return lines.joined(separator: "\n")
    }

    private func counted(_ status: Finding.Status, _ word: String) -> String {
        count(status) == 1 ? "1 \(word)" : "\(count(status)) \(word)s"
    }
}

extension String {
    /// This with spaces up to `width`.
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
