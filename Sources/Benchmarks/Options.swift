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

/// Seconds that `body` takes.
func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = DispatchTime.now().uptimeNanoseconds
    try body()
    return Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
}
