public import FiniteKey

/// What is wrong with a file of counts; one line that says what is allowed.
public struct KeyLengthFileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The field, its value, what is allowed, and what to do.
    public let description: String

    /// An error with its line.
    public init(_ description: String) { self.description = description }

    init(_ fault: KeyLengthFault) { description = fault.line }
}

extension KeyLengthFault {
    /// The fault in the words of the file's fields.
    public var line: String {
        switch self {
        case .count, .errorsExceedDetections, .noDetections, .errorsUnknown, .errorRate,
            .errorRateAboveTolerated, .toleratedErrorRate:
            countLine
        case .intensity, .intensityOrder, .intensityError, .intensityErrorOrder, .probability,
            .probabilitySum, .efficiencyRatio:
            sourceLine
        case .secrecy, .correctness, .reconciliationEfficiency, .disclosedBits:
            parameterLine
        }
    }

    private var countLine: String {
        let limit = KeyLengthInput.errorRateLimit * 100
        return switch self {
        case .count(let basis, let index, let count):
            "a count of \(basis), intensity \(index + 1), is \(count); allowed is 0 to 1e15, and 0 "
                + "for an intensity that the method does not use"
        case .errorsExceedDetections(let basis, let index, let errors, let detections):
            "\(basis).m of intensity \(index + 1) is \(errors), more than \(basis).n, "
                + "\(detections); errors are counted among the detections"
        case .noDetections(let basis, let index):
            "\(basis).n of intensity \(index + 1) is 0; the estimate needs detections in every "
                + "class, so take a longer block"
        case .errorsUnknown(let basis):
            basis == .test
                ? "test.m is missing; give the errors of the test basis"
                : "key.m is missing; give the errors of the key basis, known once reconciliation "
                    + "has ended (lim2014 and bbm92 can do without if leak_bits is given)"
        case .errorRate(let basis, let rate):
            "the QBER of the \(basis) basis is \(percent(rate)) %; allowed is below \(limit) %, "
                + "so no key is made of this block"
        case .errorRateAboveTolerated(let rate, let tolerated):
            "the QBER of the test basis is \(percent(rate)) %, more than q_tol, "
                + "\(percent(tolerated)) %, so no key is made of this block"
        case .toleratedErrorRate(let rate):
            "q_tol is \(rate); allowed is 0 up to, not with, \(KeyLengthInput.errorRateLimit)"
        default: ""
        }
    }

    private var sourceLine: String {
        switch self {
        case .intensity(let index, let value):
            "intensities[\(index)] is \(value); allowed is 0 to \(KeyLengthInput.largestIntensity)"
        case .intensityOrder(let method):
            "the intensities are not in order; \(method.rule)"
        case .intensityError(let index, let value):
            "intensity_errors[\(index)] is \(value); allowed is 0 to "
                + "\(KeyLengthInput.largestIntensity)"
        case .intensityErrorOrder(let method):
            "intensity_errors reach across the order of the intensities; at every corner "
                + method.rule
        case .probability(let index, let value):
            "probabilities[\(index)] is \(value); allowed is "
                + "\(KeyLengthInput.smallestProbability) up to, not with, 1"
        case .probabilitySum(let sum):
            "the probabilities sum to \(sum); allowed is 1 within "
                + "\(KeyLengthInput.probabilityTolerance)"
        case .efficiencyRatio(let value):
            "efficiency_ratio is \(value); allowed is above 0 and at most 1 (least over greatest "
                + "detector efficiency)"
        default: ""
        }
    }

    private var parameterLine: String {
        switch self {
        case .secrecy(let value): "eps_sec is \(value); allowed is above 0 and below 1"
        case .correctness(let value): "eps_cor is \(value); allowed is above 0 and below 1"
        case .reconciliationEfficiency(let value):
            "f_ec is \(value); allowed is 1 or more, because nobody corrects with less than n h(Q)"
        case .disclosedBits(let value): "leak_bits is \(value); allowed is 0 or more"
        default: ""
        }
    }

    private func percent(_ rate: Double) -> Double { (rate * 100_000).rounded() / 1_000 }
}

extension KeyMethod {
    /// The order that the method's proof needs.
    fileprivate var rule: String {
        let apart = "each by \(KeyLengthInput.smallestSeparation) or more"
        return self == .lim2014
            ? "lim2014 needs mu1 > mu2 + mu3 and mu2 > mu3 >= 0, \(apart)"
            : "one decoy needs mu1 > mu2 > 0, \(apart)"
    }
}
