public import Quantities

/// A direction that is known, and what the encoders read while the telescope looked at it.
public struct MountObservation: Equatable, Sendable, BitwiseCopyable {
    /// What the encoders read.
    public var reading: SkyDirection
    /// Where the star, plate solution or satellite truly stood, refraction included.
    public var direction: SkyDirection
    /// One standard deviation of the pair per axis, on the sky, rad; more than 0.
    public var sigma: Double

    /// An observation with every field given.
    public init(reading: SkyDirection, direction: SkyDirection, sigma: Double) {
        self.reading = reading
        self.direction = direction
        self.sigma = sigma
    }
}

/// Which terms of the model are fitted.
public struct MountTermSet: Equatable, Sendable, BitwiseCopyable {
    private var bits: UInt8

    /// No term.
    public static let none = MountTermSet(bits: 0)
    /// All seven.
    public static let all = MountTermSet(bits: 0x7F)
    /// The two index errors, which one star gives.
    public static let indices = MountTermSet(bits: 0x03)

    private init(bits: UInt8) { self.bits = bits }

    /// These and `term`.
    public func with(_ term: MountTerm) -> MountTermSet {
        MountTermSet(bits: bits | (1 &<< term.rawValue))
    }

    /// These without `term`.
    public func without(_ term: MountTerm) -> MountTermSet {
        MountTermSet(bits: bits & ~(1 &<< term.rawValue))
    }

    /// Whether `term` is among them.
    public func contains(_ term: MountTerm) -> Bool { bits & (1 &<< term.rawValue) != 0 }

    /// How many terms.
    public var count: Int { bits.nonzeroBitCount }
}

/// Why no model could be fitted.
public enum MountFitError: Error, Equatable, Sendable {
    /// Two coordinates per observation are fewer than the terms: give `needed` or fit fewer terms.
    case tooFewObservations(given: Int, needed: Int)
    /// The observations do not tell this term from the others: spread them over the sky.
    case underdetermined(MountTerm)
    /// This observation, counted from 0, holds what is not finite, an elevation beyond +-pi/2 or
    /// a sigma of 0 or less.
    case badObservation(Int)
    /// The terms did not settle; some reading is not of the direction beside it.
    case noConvergence(rms: Double)
}

/// A model with how well it is known.
public struct MountFit: Equatable, Sendable {
    /// The fitted terms; the others as they were handed in.
    public var model: MountModel
    /// One standard deviation of each term, rad; 0 for those not fitted.
    public var sigmas: MountModel
    /// What is left over per observation, on the sky, both axes together, rad rms.
    public var rms: Double
    /// Greatest that is left over, rad, and of which observation.
    public var worst: Double
    /// The observation it belongs to, counted from 0.
    public var worstIndex: Int
    /// Sum of the squared residuals over their sigmas, divided by the degrees of freedom; 0 where
    /// there are none.
    public var reducedChiSquare: Double

    /// Fits `terms` of `start` to observations by weighted least squares (Gauss and Newton).
    ///
    /// Sigmas are scaled by what the residuals show, as the observations' own sigmas are seldom
    /// known: only their ratios count, unless there are no degrees of freedom left.
    ///
    /// - Parameters:
    ///   - observations: At least half as many as terms; readings within 0.2 rad of the directions.
    ///   - terms: What to fit.
    ///   - start: Where to begin, and the values of the terms that are not fitted.
    public init(
        _ observations: Span<MountObservation>, terms: MountTermSet = .all,
        start: MountModel = .perfect
    ) throws(MountFitError) {
        let needed = (terms.count + 1) / 2
        guard observations.count >= max(needed, 1) else {
            throw .tooFewObservations(given: observations.count, needed: max(needed, 1))
        }
        for index in observations.indices where !Self.isSound(observations[index]) {
            throw .badObservation(index)
        }
        var model = start
        var equations = NormalEquations()
        var isSettled = false
        // Each round squares the error of a term: five are more than enough for 0.1 rad.
        for _ in 0..<20 where !isSettled {
            equations = NormalEquations()
            for index in observations.indices {
                equations.add(observations[index], model: model, terms: terms)
            }
            try equations.solve(terms)
            var largest = 0.0
            for index in 0..<MountTerm.count {
                guard let term = MountTerm(rawValue: UInt8(truncatingIfNeeded: index)) else {
                    continue
                }
                model[term] += equations.solution[index]
                largest = max(largest, abs(equations.solution[index]))
            }
            isSettled = largest < 1e-12
        }
        self.init(observations, model: model, equations: equations, terms: terms)
        guard isSettled, rms.isFinite, rms < 0.2 else { throw .noConvergence(rms: rms) }
    }

    private init(
        _ observations: Span<MountObservation>, model: MountModel, equations: NormalEquations,
        terms: MountTermSet
    ) {
        self.model = model
        sigmas = MountModel()
        rms = 0
        worst = 0
        worstIndex = 0
        reducedChiSquare = 0
        var squares = 0.0
        var chiSquare = 0.0
        for index in observations.indices {
            let rest = Self.residual(observations[index], model: model)
            let square = rest.x * rest.x + rest.y * rest.y
            squares += square
            chiSquare += square / (observations[index].sigma * observations[index].sigma)
            if square > worst * worst {
                worst = square.squareRoot()
                worstIndex = index
            }
        }
        rms = (squares / Double(observations.count)).squareRoot()
        let freedom = 2 * observations.count - terms.count
        if freedom > 0 { reducedChiSquare = chiSquare / Double(freedom) }
        let scale = freedom > 0 ? reducedChiSquare : 1
        for index in 0..<MountTerm.count {
            guard let term = MountTerm(rawValue: UInt8(truncatingIfNeeded: index)) else { continue }
            sigmas[term] = (equations.variances[index] * scale).squareRoot()
        }
    }

    private static func isSound(_ observation: MountObservation) -> Bool {
        let angles =
            observation.reading.azimuth + observation.direction.azimuth
            + observation.reading.elevation + observation.direction.elevation
        return angles.isFinite && abs(observation.reading.elevation) <= .pi / 2
            && abs(observation.direction.elevation) <= .pi / 2
            && observation.sigma > 0 && observation.sigma.isFinite
    }

    /// Observed minus modelled direction, on the sky.
    static func residual(_ observation: MountObservation, model: MountModel) -> FieldAngle {
        let modelled = model.direction(of: observation.reading)
        let azimuth = SkyAngle.unwrapped(observation.direction.azimuth, near: modelled.azimuth)
        return FieldAngle(
            x: (azimuth - modelled.azimuth) * Elementary.cos(observation.direction.elevation),
            y: observation.direction.elevation - modelled.elevation)
    }
}

/// Sums of a linear least-squares problem in the seven terms.
private struct NormalEquations {
    private static let size = MountTerm.count
    /// Row by row, symmetric.
    private var matrix = InlineArray<49, Double>(repeating: 0)
    private var right = InlineArray<7, Double>(repeating: 0)
    /// Steps of the terms, rad.
    private(set) var solution = InlineArray<7, Double>(repeating: 0)
    /// Diagonal of the inverse, rad squared.
    private(set) var variances = InlineArray<7, Double>(repeating: 0)

    /// Adds both coordinates of one observation.
    mutating func add(_ observation: MountObservation, model: MountModel, terms: MountTermSet) {
        let rest = MountFit.residual(observation, model: model)
        let weight = 1 / (observation.sigma * observation.sigma)
        let reading = observation.reading
        let azimuthSine = Elementary.sin(reading.azimuth)
        let azimuthCosine = Elementary.cos(reading.azimuth)
        let sine = Elementary.sin(reading.elevation)
        let cosine = Elementary.cos(reading.elevation)
        // Slopes in the order of MountTerm: IA, IE, AN, AW, CA, NPAE, TF.
        add([-cosine, 0, -azimuthSine * sine, -azimuthCosine * sine, -1, -sine, 0], rest.x, weight)
        add([0, 1, -azimuthCosine, azimuthSine, 0, 0, -cosine], rest.y, weight)
    }

    private mutating func add(_ slopes: InlineArray<7, Double>, _ rest: Double, _ weight: Double) {
        for row in 0..<Self.size {
            right[row] += weight * slopes[row] * rest
            for column in 0..<Self.size {
                matrix[row * Self.size + column] += weight * slopes[row] * slopes[column]
            }
        }
    }

    /// Solves for `terms` by Gauss and Jordan on the scaled matrix; the others do not move.
    mutating func solve(_ terms: MountTermSet) throws(MountFitError) {
        let size = Self.size
        var scale = InlineArray<7, Double>(repeating: 0)
        var inverse = InlineArray<49, Double>(repeating: 0)
        for row in 0..<size {
            guard let term = MountTerm(rawValue: UInt8(truncatingIfNeeded: row)) else { continue }
            let diagonal = matrix[row * size + row]
            guard terms.contains(term) else { continue }
            guard diagonal > 0 else { throw .underdetermined(term) }
            scale[row] = 1 / diagonal.squareRoot()
        }
        for row in 0..<size {
            inverse[row * size + row] = 1
            for column in 0..<size { matrix[row * size + column] *= scale[row] * scale[column] }
            if scale[row] == 0 { matrix[row * size + row] = 1 }
        }
        try invert(&inverse)
        for row in 0..<size where scale[row] > 0 {
            var sum = 0.0
            for column in 0..<size {
                sum += inverse[row * size + column] * scale[column] * right[column]
            }
            solution[row] = scale[row] * sum
            variances[row] = scale[row] * scale[row] * inverse[row * size + row]
        }
    }

    /// Turns `matrix`, of unit diagonal, into 1 and `inverse` into its inverse.
    private mutating func invert(_ inverse: inout InlineArray<49, Double>) throws(MountFitError) {
        let size = Self.size
        for pivot in 0..<size {
            let value = matrix[pivot * size + pivot]
            // What is left of a unit diagonal: below this, rounding decides the term.
            guard value > 1e-9 else {
                throw .underdetermined(
                    MountTerm(rawValue: UInt8(truncatingIfNeeded: pivot)) ?? .flexure)
            }
            for column in 0..<size {
                matrix[pivot * size + column] /= value
                inverse[pivot * size + column] /= value
            }
            for row in 0..<size where row != pivot {
                let factor = matrix[row * size + pivot]
                for column in 0..<size {
                    matrix[row * size + column] -= factor * matrix[pivot * size + column]
                    inverse[row * size + column] -= factor * inverse[pivot * size + column]
                }
            }
        }
    }
}
