import Orbit
import OrbitFiles
import Testing

/// The fault that `body` throws; an issue if it throws none.
func fault(_ body: () throws -> Void) -> OrbitFileFault? {
    #expect(throws: OrbitFileFault.self) { try body() }
}

/// `text` with line `number`, from 1, replaced.
func replacing(_ number: Int, of text: String, with line: String) -> String {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    lines[number - 1] = line
    return lines.joined(separator: "\n")
}
