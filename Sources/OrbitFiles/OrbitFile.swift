import Foundation
import Orbit

/// A file that says where a satellite is, of any kind that is known.
public enum OrbitFile: Equatable, Sendable {
    /// Element sets of one or more satellites: TLE or OMM.
    case elements([ElementSet])
    /// Positions of one satellite: OEM or CPF.
    case ephemeris(EphemerisFile)

    /// Largest file that is read, bytes: a catalogue of all satellites has 10 MB.
    public static let largest = 256 << 20

    /// Reads the file at `path`; what it begins with says of what kind it is.
    public static func read(_ path: String) throws(OrbitFileFault) -> OrbitFile {
        let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
        guard (size ?? 0) <= largest else {
            throw OrbitFileFault(
                path: path,
                problem: .unreadable(reason: "is larger than \(largest >> 20) MiB"))
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw OrbitFileFault(
                path: path,
                problem: .unreadable(
                    reason: "cannot be read: no such file, or no permission"))
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw OrbitFileFault(
                path: path, problem: .unreadable(reason: "is not text in UTF-8"))
        }
        return try parse(text, path: path)
    }

    /// Reads a text; what it begins with says of what kind it is.
    public static func parse(_ text: String, path: String) throws(OrbitFileFault) -> OrbitFile {
        var lines = TextLines(text)
        while let (_, bytes) = lines.next() {
            let line = String(decoding: bytes, as: UTF8.self).trimmingBlanks
            if line.isEmpty || line.hasPrefix("#") { continue }
            let words = line.words
            if words[0].uppercased() == "H1", words.count > 1, words[1].uppercased() == "CPF" {
                return .ephemeris(try ConsolidatedPrediction.parse(text, path: path))
            }
            if line.hasPrefix("CCSDS_OEM_VERS") {
                return .ephemeris(try OrbitEphemerisMessage.parse(text, path: path))
            }
            if line.hasPrefix("CCSDS_OMM_VERS") {
                return .elements(try OrbitMeanElementsMessage.parseKeyValue(text, path: path))
            }
            if line.hasPrefix("<") {
                return .elements(try OrbitMeanElementsMessage.parseXML(text, path: path))
            }
            if line.hasPrefix("[") || line.hasPrefix("{") {
                return .elements(try OrbitMeanElementsMessage.parseJSON(text, path: path))
            }
            guard beginsElementSet(text) else { break }
            return .elements(try TwoLineElements.parse(text, path: path))
        }
        throw OrbitFileFault(path: path, problem: .unknownFormat)
    }

    /// Whether one of the first three lines that say something is line 1 of an element set.
    private static func beginsElementSet(_ text: String) -> Bool {
        var seen = 0
        for (_, bytes) in TextLines(text) {
            if bytes.isEmpty || bytes.first == UInt8(ascii: "#") { continue }
            let isFirst = bytes.starts(with: "1 ".utf8) || bytes.starts(with: "2 ".utf8)
            if isFirst, bytes.count > 40 { return true }
            seen += 1
            if seen == 3 { return false }
        }
        return false
    }
}
