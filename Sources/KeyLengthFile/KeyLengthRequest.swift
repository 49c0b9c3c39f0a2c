public import FiniteKey
public import Foundation

/// A file of counts as people and programs write it: JSON, read into a ``KeyLengthInput``.
///
/// `docs/key-length.md` lists the fields.
public struct KeyLengthRequest: Sendable {
    /// What the file asks.
    public let input: KeyLengthInput
    /// Fields that mean nothing here and were passed over, sorted.
    public let unknownFields: [String]

    /// Reads `json`.
    ///
    /// - Throws: What is wrong, by the name of the field.
    public init(json: Data) throws(KeyLengthFileError) {
        let fields: Fields
        do {
            fields = try JSONDecoder().decode(Fields.self, from: json)
            let all = try JSONDecoder().decode([String: Anything].self, from: json).keys
            let known = Set(Fields.CodingKeys.allCases.map(\.rawValue))
            unknownFields = all.filter { !known.contains($0) }.sorted()
        } catch let error as DecodingError {
            throw KeyLengthFileError(Self.line(error))
        } catch {
            throw KeyLengthFileError("the counts cannot be read: \(error)")
        }
        input = try fields.input()
    }

    /// One line on what the decoder did not like.
    private static func line(_ error: DecodingError) -> String {
        func place(_ context: DecodingError.Context) -> String {
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            return path.isEmpty ? "the file" : path
        }
        switch error {
        case .keyNotFound(let key, let context):
            let path = (context.codingPath.map(\.stringValue) + [key.stringValue])
            return "\(path.joined(separator: ".")) is missing; see docs/key-length.md"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            return "\(place(context)) is of the wrong kind; see docs/key-length.md"
        case .dataCorrupted(let context):
            return context.codingPath.isEmpty
                ? "the file is not JSON" : "\(place(context)): \(context.debugDescription)"
        @unknown default:
            return "the counts cannot be read"
        }
    }
}

/// Any JSON value, not looked into.
private struct Anything: Decodable {
    init(from decoder: any Decoder) {}
}

/// The fields as they stand in the file.
private struct Fields: Decodable {
    var method: String?
    var tail: String?
    var clamp: String?
    var intensities: [Double]?
    var probabilities: [Double]?
    var key: Basis
    var test: Basis
    var efficiency: Double?
    var leakBits: Double?
    var secrecy: Double
    var correctness: Double
    var efficiencyRatio: Double?
    var intensityErrors: [Double]?
    var toleratedErrorRate: Double?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case method, tail, clamp, intensities, probabilities, key, test
        case efficiency = "f_ec"
        case leakBits = "leak_bits"
        case secrecy = "eps_sec"
        case correctness = "eps_cor"
        case efficiencyRatio = "efficiency_ratio"
        case intensityErrors = "intensity_errors"
        case toleratedErrorRate = "q_tol"
    }

    /// n and m of one basis, each a number per intensity or, without intensities, one number.
    struct Basis: Decodable {
        var n: Counts
        var m: Counts?
    }

    /// Whole numbers, one or several.
    struct Counts: Decodable {
        var values: [Int64]

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            let numbers: [Double]
            if let one = try? container.decode(Double.self) {
                numbers = [one]
            } else {
                numbers = try container.decode([Double].self)
            }
            values = try numbers.map { number in
                // Doubles are exact to 9e15, beyond the largest count that is taken.
                guard let whole = Int64(exactly: number) else {
                    throw DecodingError.dataCorruptedError(
                        in: container, debugDescription: "\(number) is no whole number")
                }
                return whole
            }
        }
    }

    func input() throws(KeyLengthFileError) -> KeyLengthInput {
        let method = try chosenMethod()
        let isDecoy = method != .bbm92
        let none = PerIntensity(0.0, 0.0, 0.0)
        var input = KeyLengthInput(
            method: method,
            tail: try choice(tail, "tail", ["hoeffding": .hoeffding, "chernoff": .chernoff])
                ?? .hoeffding,
            clamp: try choice(clamp, "clamp", ["literal": .literal, "vclamp": .vclamp]) ?? .literal,
            intensities: isDecoy ? try triple(intensities, "intensities", method) : none,
            probabilities: isDecoy ? try triple(probabilities, "probabilities", method) : none,
            key: try counts(key, "key", method), test: try counts(test, "test", method),
            leak: try chosenLeak(), secrecy: secrecy, correctness: correctness)
        input.efficiencyRatio = efficiencyRatio ?? 1
        if isDecoy, let intensityErrors {
            input.intensityErrors = try triple(intensityErrors, "intensity_errors", method)
        }
        input.toleratedErrorRate = toleratedErrorRate
        return input
    }

    /// The method named or, by the number of intensities, the conservative one.
    private func chosenMethod() throws(KeyLengthFileError) -> KeyMethod {
        let names: [String: KeyMethod] = [
            "lim2014": .lim2014, "rusca2018": .rusca2018, "wiesemann2024": .wiesemann2024,
            "bbm92": .bbm92,
        ]
        if let named = try choice(method, "method", names) { return named }
        switch intensities?.count ?? 0 {
        case 3: return .lim2014
        case 2: return .wiesemann2024
        case 0: return .bbm92
        default:
            throw KeyLengthFileError(
                "method is missing and intensities has \(intensities?.count ?? 0) values; allowed "
                    + "are 2 or 3, or none for bbm92")
        }
    }

    private func chosenLeak() throws(KeyLengthFileError) -> KeyLengthInput.Leak {
        switch (efficiency, leakBits) {
        case (let f?, nil): return .efficiency(f)
        case (nil, let bits?): return .disclosed(bits: bits)
        case (nil, nil):
            throw KeyLengthFileError(
                "f_ec and leak_bits are missing; give the bits disclosed, or f_ec for a forecast")
        case (_?, _?):
            throw KeyLengthFileError("f_ec and leak_bits are both given; give one of them")
        }
    }

    private func choice<Value>(
        _ name: String?, _ field: String, _ values: [String: Value]
    ) throws(KeyLengthFileError) -> Value? {
        guard let name else { return nil }
        guard let value = values[name] else {
            throw KeyLengthFileError(
                "\(field) is \"\(name)\"; allowed is \(values.keys.sorted().joined(separator: ", "))"
            )
        }
        return value
    }

    private func triple(
        _ values: [Double]?, _ field: String, _ method: KeyMethod
    ) throws(KeyLengthFileError) -> PerIntensity<Double> {
        guard let values else {
            throw KeyLengthFileError("\(field) is missing; \(method) needs it")
        }
        try check(values.count, field, method)
        return PerIntensity(values[0], values[1], values.count > 2 ? values[2] : 0)
    }

    private func counts(
        _ basis: Basis, _ field: String, _ method: KeyMethod
    ) throws(KeyLengthFileError) -> BasisCounts {
        try check(basis.n.values.count, field + ".n", method)
        if let m = basis.m { try check(m.values.count, field + ".m", method) }
        func triple(_ values: [Int64]) -> PerIntensity<Int64> {
            PerIntensity(
                values[0], values.count > 1 ? values[1] : 0, values.count > 2 ? values[2] : 0)
        }
        return BasisCounts(
            detections: triple(basis.n.values), errors: (basis.m?.values).map(triple))
    }

    private func check(
        _ count: Int, _ field: String, _ method: KeyMethod
    ) throws(KeyLengthFileError) {
        guard count == method.intensityCount else {
            throw KeyLengthFileError(
                "\(field) has \(count) values; \(method) wants \(method.intensityCount)")
        }
    }
}
