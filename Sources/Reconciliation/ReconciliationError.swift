/// Why a block cannot be reconciled as asked.
public enum ReconciliationError: Error, Equatable, Sendable {
    /// The expected error rate is outside ``ReconciliationPlan/qberRangePPM``.
    case qberOutOfRange(ppm: Int)
    /// A block of this many bits; ``ReconciliationPlan/bitsRange`` are allowed.
    case bitsOutOfRange(Int)
    /// A buffer or message has this many bytes where exactly `expected` belong.
    case wrongLength(bytes: Int, expected: Int)
    /// The memory to work in is too small or not aligned to 64 bytes.
    case wrongMemory(bytes: Int, needed: Int)
    /// The peer asked for rows that do not follow those disclosed, or past the last.
    case wrongRequest(first: Int, count: Int)
    /// The peer's plan holds this in one of its fields, which cannot be.
    case wrongPlan(PlanField, Int)

    /// A field of an encoded plan.
    public enum PlanField: Equatable, Sendable {
        case version, code, liftingSize, splitRows, incrementRows
    }
}

#if !hasFeature(Embedded)
    extension ReconciliationError: CustomStringConvertible {
        /// One sentence that names the value and what is allowed.
        public var description: String {
            switch self {
            case .qberOutOfRange(let ppm):
                "expected error rate of \(ppm) parts per million; allowed are "
                    + "\(ReconciliationPlan.qberRangePPM.lowerBound) to "
                    + "\(ReconciliationPlan.qberRangePPM.upperBound), for at 11 % no key is left"
            case .bitsOutOfRange(let bits):
                "block of \(bits) bits; allowed are \(ReconciliationPlan.bitsRange.lowerBound) "
                    + "to \(ReconciliationPlan.bitsRange.upperBound)"
            case .wrongLength(let bytes, let expected):
                "\(bytes) bytes where exactly \(expected) belong"
            case .wrongMemory(let bytes, let needed):
                "\(bytes) bytes of memory to work in; \(needed) are needed, aligned to 64"
            case .wrongRequest(let first, let count):
                "request for \(count) rows from \(first) on, which do not follow those "
                    + "disclosed or are past the last"
            case .wrongPlan(let field, let value):
                "plan with \(field) \(value), which cannot be; both ends need the same version"
            }
        }
    }
#endif
