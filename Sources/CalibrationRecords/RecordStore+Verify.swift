import Foundation

extension RecordStore {
    /// What is wrong with one file of the folder.
    public struct Finding: Equatable, Sendable {
        /// The file, or the folder.
        public var file: String
        /// What is wrong.
        public var problem: String
    }

    /// Reads every record and checks layout, signature, number, chain, histograms and the note of
    /// the last one.
    ///
    /// - Parameter key: Public part of the station's key; `nil`: the one beside the records, which
    ///   does not show that all of them were replaced together with it.
    /// - Returns: What is wrong; nothing if all is well.
    public func verify(by key: String?) throws(RecordFault) -> [Finding] {
        var findings: [Finding] = []
        let files = try files()
        guard !files.isEmpty else {
            if FileManager.default.fileExists(atPath: directory + "/" + Self.headName) {
                return [Finding(file: directory, problem: "all records are missing")]
            }
            return []
        }
        let key = key ?? publicKey
        var previous: (number: Int, digest: String)?
        for file in files {
            let number = Self.number(of: file) ?? 0
            do throws(RecordFault) {
                let bytes = try RecordFile.read(directory + "/" + file, most: 1 << 20)
                let digest = Hex.sha256(bytes)
                defer { previous = (number, digest) }
                let stored = try StoredRecord(file: file, bytes: bytes)
                findings += problems(stored, number, previous, key)
            } catch {
                findings.append(Finding(file: file, problem: Self.problem(error)))
                previous = previous.map { ($0.number, "") } ?? (number, "")
                previous?.number = number
            }
        }
        return findings + headProblems(previous, key)
    }

    private func problems(
        _ stored: StoredRecord, _ number: Int, _ previous: (number: Int, digest: String)?,
        _ key: String?
    ) -> [Finding] {
        var problems: [String] = []
        let record = stored.record
        if !stored.isSigned {
            problems.append("the signature is not that of the record: it was changed")
        } else if let key, stored.key != key {
            problems.append("was signed by another key, \(stored.key.prefix(16))...")
        }
        if record.sequence != number {
            problems.append("is record \(record.sequence), but its name says \(number)")
        }
        let due = (previous?.number ?? 0) + 1
        if number != due {
            let what =
                due == number - 1 ? "record \(due) is" : "records \(due) to \(number - 1) are"
            problems.append("\(what) missing before it")
        } else if let previous, !previous.digest.isEmpty,
            record.previousSha256 != previous.digest
        {
            problems.append("does not follow record \(previous.number) as that is now")
        }
        if !record.histogramSha256.isEmpty {
            problems += histogramProblem(stored).map { [$0] } ?? []
        }
        for (name, digest) in record.files.sorted(by: { $0.key < $1.key }) {
            let bytes = try? RecordFile.read(directory + "/" + name, most: 1 << 26)
            if bytes.map(Hex.sha256) != digest {
                problems.append("its file \(name) \(bytes == nil ? "is missing" : "was changed")")
            }
        }
        return problems.map { Finding(file: stored.file, problem: $0) }
    }

    private func histogramProblem(_ stored: StoredRecord) -> String? {
        let name = stored.file.replacingOccurrences(of: ".jsonl", with: ".histogram")
        guard let bytes = try? RecordFile.read(directory + "/" + name, most: 1 << 26) else {
            return "its raw histogram \(name) is missing"
        }
        return Hex.sha256(bytes) == stored.record.histogramSha256
            ? nil : "its raw histogram \(name) was changed"
    }

    private func headProblems(
        _ last: (number: Int, digest: String)?, _ key: String?
    ) -> [Finding] {
        let name = Self.headName
        guard let bytes = try? RecordFile.read(directory + "/" + name, most: 1 << 20),
            let head = try? StoredRecord(file: name, bytes: bytes)
        else { return [Finding(file: name, problem: "the note of the last record is missing")] }
        guard head.isSigned, key == nil || head.key == key else {
            return [Finding(file: name, problem: "the note of the last record is not signed")]
        }
        let (noted, found) = (head.record.sequence, last?.number ?? 0)
        // Power may fail between a record and the note of it.
        if noted == found - 1 { return [] }
        if noted == found {
            guard let digest = last?.digest, !digest.isEmpty else { return [] }
            return head.record.previousSha256 == digest
                ? []
                : [Finding(file: name, problem: "record \(found) is not the one that was noted")]
        }
        let what =
            noted > found
            ? "record \(noted) was the last one, but \(found) is: records were removed"
            : "notes record \(noted), but there are \(found)"
        return [Finding(file: name, problem: what)]
    }

    private static func problem(_ fault: RecordFault) -> String {
        if case .broken(_, let problem) = fault { return problem }
        return fault.description
    }
}
