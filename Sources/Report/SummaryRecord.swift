/// One record of a list in a pass's summary, such as a window of the distillation.
struct SummaryRecord {
    /// The whole summary.
    let values: [String: String]
    /// What the keys of this record begin with.
    let prefix: String

    /// The value under `key`, as it stands there.
    func text(_ key: String) -> String? { values[prefix + key] }

    /// The value under `key`, if it is a whole number.
    func integer(_ key: String) -> Int64? { text(key).flatMap(Int64.init) }

    /// The value under `key`, if it is a number.
    func real(_ key: String) -> Double? {
        text(key).flatMap(Double.init).flatMap { $0.isFinite ? $0 : nil }
    }

    /// The records of `list`, in order, as far as each has `key`.
    ///
    /// - Parameter most: More are left out.
    static func all(
        of list: String, in values: [String: String], having key: String, most: Int
    ) -> [SummaryRecord] {
        var records: [SummaryRecord] = []
        while records.count < most {
            let record = SummaryRecord(values: values, prefix: "\(list)_\(records.count)_")
            guard record.text(key) != nil else { break }
            records.append(record)
        }
        return records
    }
}
