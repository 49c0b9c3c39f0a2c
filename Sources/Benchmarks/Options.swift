import Foundation

/// What follows the name of a figure on the command line: pairs of `--name value`.
struct Options {
    private var values: [String: String] = [:]

    /// `nil` if `words` are not pairs.
    init?(_ words: ArraySlice<String>) {
        var rest = words
        while let name = rest.popFirst() {
            guard name.hasPrefix("--"), let value = rest.popFirst() else { return nil }
            values[String(name.dropFirst(2))] = value
        }
    }

    /// The text of option `name`.
    subscript(name: String) -> String? { values[name] }

    /// The number of option `name`; `standard` if it is not given or no number.
    func number(_ name: String, _ standard: Double) -> Double {
        values[name].flatMap(Double.init) ?? standard
    }

    /// The whole number of option `name`, 1 or more.
    func count(_ name: String, _ standard: Int) -> Int {
        max(1, values[name].flatMap { Int($0) } ?? standard)
    }
}

/// Why a figure could not be measured.
struct BenchmarkError: Error, CustomStringConvertible {
    /// What is wrong, with the value.
    let description: String
}

/// Writes one line to standard error.
func writeError(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
}

/// Ends the program with code 1.
func exitWithFailure() { exit(1) }

/// The value in the middle of `values`, which is not empty.
func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

/// `value` with `digits` after the point.
func fixed(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }

/// Seconds of processor time that `body` takes on this thread.
func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = threadTime()
    try body()
    return threadTime() - start
}

/// Processor time of this thread, s: what others do on the machine matters less than for wall time.
private func threadTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// Seconds of wall time that `body` takes.
func wallSeconds(_ body: () throws -> Void) rethrows -> Double {
    let start = DispatchTime.now().uptimeNanoseconds
    try body()
    return Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
}
