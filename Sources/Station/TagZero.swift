import Foundation

/// Where the pass begins on the tagger's clock: at tag time `shift + coarseZero`.
///
/// Whole seconds and the rest are apart so that the rest, which 1PPS edges refine, stays small
/// however long the tagger has been counting.
public struct TagZero: Equatable, Sendable {
    /// Taken off every tag time, ps; a whole number of seconds.
    public var shift: Int64
    /// Tag time at UTC zero of the pass after that, ps, within half a second of 0; known to 0.4 s.
    public var coarseZero: Int64

    /// A tagger that counts from the beginning of the pass.
    public static let atZero = TagZero(shift: 0, coarseZero: 0)

    private static let second: Int64 = 1_000_000_000_000
    /// No better is known before the edges say it, ps.
    private static let grain: Int64 = 1_000_000_000

    /// A zero given in its parts.
    init(shift: Int64, coarseZero: Int64) {
        self.shift = shift
        self.coarseZero = coarseZero
    }

    /// The zero of a pass in whose second `second` the tagger tagged an edge at `tag` ps.
    ///
    /// - Returns: `nil` if the times are beyond what a tagger can have counted.
    init?(edgeAt tag: Int64, ofSecond second: Int64) {
        let (since, isTooFar) = second.multipliedReportingOverflow(by: Self.second)
        let (zero, isTooLong) = tag.subtractingReportingOverflow(since)
        guard !isTooFar, !isTooLong, zero.magnitude < UInt64(TagPath.longestTime) else {
            return nil
        }
        let seconds = Double(zero) / Double(Self.second)
        shift = Int64(seconds.rounded()) * Self.second
        let rest = zero - shift
        coarseZero = Int64((Double(rest) / Double(Self.grain)).rounded()) * Self.grain
    }

    // MARK: In a recording

    private static let fileName = "tag_zero.csv"
    private static let head = "shift_ps,coarse_zero_ps"

    /// The zero of a recorded pass; that of a simulation where none was written.
    init(directory: String) throws(PassError) {
        let path = directory + "/" + Self.fileName
        guard let data = FileManager.default.contents(atPath: path) else {
            self = .atZero
            return
        }
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
        let fields = lines.count == 2 ? lines[1].split(separator: ",").map { Int64($0) } : []
        guard lines.first == Substring(Self.head), fields.count == 2, let shift = fields[0],
            let rest = fields[1], rest.magnitude <= UInt64(Self.second),
            shift.magnitude < UInt64(TagPath.longestTime)
        else {
            throw .file(
                path: path, problem: "is not a line of two whole numbers below \(Self.head)")
        }
        self.shift = shift
        coarseZero = rest
    }

    /// Writes what a replay needs to know.
    func write(to directory: String) throws(PassError) {
        let path = directory + "/" + Self.fileName
        do {
            try Data("\(Self.head)\n\(shift),\(coarseZero)\n".utf8)
                .write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw .file(path: path, problem: "cannot be written: \(error.localizedDescription)")
        }
    }
}
