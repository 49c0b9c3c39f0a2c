public import BoardFile

/// Whether a station's records let it begin a pass.
public struct Admission: Equatable, Sendable {
    /// What the records say.
    public enum State: String, Codable, Sendable {
        /// The board asks for no records.
        case notRequired = "not required"
        /// All records that the board asks for are good.
        case complete
        /// They are not, but an engineer let passes run.
        case overridden
        /// They are not.
        case refused
    }

    /// What the records say.
    public var state = State.notRequired
    /// What is wrong, a line for each.
    public var problems: [String] = []
    /// Who let passes run in spite of it, and why.
    public var override: StoredRecord?
    /// The newest good record of each item.
    public var records: [Board.Calibration.Item: StoredRecord] = [:]

    /// Looks at the records of `board` at `now`, seconds since 1970, UTC.
    ///
    /// - Parameters:
    ///   - directory: Of the records.
    ///   - key: Public part of the station's key; `nil`: the one beside the records.
    public init(board: Board, directory: String, key: String?, now: Int64) {
        let rules = board.calibration
        guard !rules.required.isEmpty || rules.usesRecords else { return }
        let store = RecordStore(directory: directory)
        var findings: [RecordStore.Finding] = []
        var stored: [StoredRecord] = []
        do throws(RecordFault) {
            findings = try store.verify(by: key)
            stored = try store.readable()
        } catch {
            problems.append(error.description)
        }
        let trusted = key ?? store.publicKey
        let broken = Set(findings.map(\.file))
        problems += findings.map { "\($0.file): \($0.problem)" }
        let good = stored.filter { $0.isSigned && $0.key == trusted && !broken.contains($0.file) }
        for item in Board.Calibration.Item.allCases {
            let newest = stored.last { $0.record.item == item.rawValue }
            if rules.required.contains(item) {
                problems += Self.problems(item, newest, good, board: board, now: now)
            }
            if let newest, good.contains(newest), newest.record.verdict != "missed",
                !newest.record.simulated || board.isSimulated
            {
                records[item] = newest
            }
        }
        if rules.required.isEmpty {
            state = .notRequired
        } else if problems.isEmpty {
            state = .complete
        } else {
            override = good.last {
                $0.record.item == CalibrationRecord.overrideItem
                    && ($0.record.validUntilUTC ?? 0) >= now && $0.record.timeUTC <= now + 60
                    && (!$0.record.simulated || board.isSimulated)
            }
            state = override == nil ? .refused : .overridden
        }
    }

    /// What is wrong with the newest record of a required item.
    private static func problems(
        _ item: Board.Calibration.Item, _ newest: StoredRecord?, _ good: [StoredRecord],
        board: Board, now: Int64
    ) -> [String] {
        guard let newest else { return ["\(item.rawValue): there is no record"] }
        var problems: [String] = []
        let record = newest.record
        if !good.contains(newest) {
            problems.append("the newest record, \(newest.file), cannot be trusted")
        }
        if record.simulated, !board.isSimulated {
            problems.append("the newest record, \(newest.file), is of a simulated bench")
        }
        if record.board != board.name {
            problems.append("the newest record is of board \(record.board)")
        }
        let hours = Double(now - record.timeUTC) / 3_600
        if let most = board.calibration.maximumAge[item], hours > most {
            let age = Int(hours / 24)
            problems.append("the newest record is \(age) days old; \(Int(most / 24)) are allowed")
        }
        if hours < -1 { problems.append("the newest record is of a time to come: see the clock") }
        if record.verdict == "missed" {
            let values = record.values.filter { $0.verdict == "missed" }.map(\.label)
            problems.append("out of limit: " + values.joined(separator: ", "))
        }
        return problems.map { "\(item.rawValue): \($0)" }
    }

    /// The refusal in lines, and what to do.
    public var refusal: String {
        "no pass: the calibration records do not allow it.\n"
            + problems.map { "  \($0)\n" }.joined()
            + "Calibrate with: lodestar calibrate NAME; or let an engineer take the risk with: "
            + "lodestar calibrate override --reason TEXT --operator NAME"
    }
}
