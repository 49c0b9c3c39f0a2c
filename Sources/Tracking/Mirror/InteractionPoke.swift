public import Quantities

/// Measures the interaction matrix by poking: each axis in turn to either side, many times over.
///
/// Each round gives one estimate of each element, half the difference of the two sides over the
/// tilt; their mean is the answer and their scatter its sigma, whatever shakes the spot meanwhile.
/// The order a+, a-, b+, b-, b-, b+, a-, a+ lets a steady drift fall out of both.
public struct InteractionPoke: Sendable {
    /// What was measured.
    public struct Result: Equatable, Sendable, BitwiseCopyable {
        /// The matrix.
        public var matrix: InteractionMatrix
        /// Standard deviations of xa, xb, ya, yb.
        public var sigmas: SIMD4<Double>
        /// Standard deviation of the rotation, rad.
        public var sigmaRotation: Double
        /// Standard deviation of the non-orthogonality, rad.
        public var sigmaNonOrthogonality: Double
    }

    private static let pokes = 8
    /// Sign of each poke of a round about the first and the second axis.
    private static let signs: InlineArray<8, SIMD2<Double>> = [
        SIMD2(1, 0), SIMD2(-1, 0), SIMD2(0, 1), SIMD2(0, -1),
        SIMD2(0, -1), SIMD2(0, 1), SIMD2(-1, 0), SIMD2(1, 0),
    ]

    private let tilt: Double
    private let settle: Int
    private let dwell: Int
    private let rounds: Int
    private var round = 0
    private var poke = 0
    private var frame = 0
    private var sum = FieldAngle.zero
    private var seen = 0.0
    /// xa, ya, xb, yb of the round under way, as differences.
    private var estimate = SIMD4<Double>.zero
    private var isBroken = false
    private var total = SIMD4<Double>.zero
    private var squares = SIMD4<Double>.zero
    private var good = 0.0

    /// A measurement that has not begun.
    ///
    /// - Parameters:
    ///   - tilt: How far to poke, rad; more than 0.
    ///   - settle: Frames to leave out after each step: the loop's delay and the mirror's ringing.
    ///   - dwell: Frames to average over, 1 or more.
    ///   - rounds: Rounds of eight pokes, 2 or more.
    public init(tilt: Double, settle: Int = 6, dwell: Int = 4, rounds: Int = 20) {
        self.tilt = tilt
        self.settle = max(settle, 0)
        self.dwell = max(dwell, 1)
        self.rounds = max(rounds, 2)
    }

    /// Whether all rounds are done.
    public var isDone: Bool { round >= rounds }

    /// The tilt to command now.
    public var command: MirrorTilt {
        guard !isDone else { return .centre }
        let sign = Self.signs[poke]
        return MirrorTilt(a: sign.x * tilt, b: sign.y * tilt)
    }

    /// Takes in where the spot is in the next frame, `nil` if it is not seen; call it once for
    /// each frame and command ``command`` afterwards.
    public mutating func take(_ angle: FieldAngle?) {
        guard !isDone else { return }
        if frame >= settle, let angle {
            sum = sum + angle
            seen += 1
        }
        frame += 1
        guard frame >= settle + dwell else { return }
        endPoke()
    }

    private mutating func endPoke() {
        if seen > 0 {
            let sign = Self.signs[poke]
            let mean = (1 / seen) * sum
            // Four pokes for each axis, two to either side.
            let factor = 1 / (4 * tilt)
            estimate +=
                SIMD4(
                    sign.x * mean.x, sign.y * mean.x, sign.x * mean.y, sign.y * mean.y) * factor
        } else {
            isBroken = true
        }
        sum = .zero
        seen = 0
        frame = 0
        poke += 1
        guard poke == Self.pokes else { return }
        poke = 0
        round += 1
        if !isBroken {
            total += estimate
            squares += estimate * estimate
            good += 1
        }
        estimate = .zero
        isBroken = false
    }

    /// What was measured; `nil` before two good rounds, or if the matrix cannot be inverted.
    public var result: Result? {
        guard good >= 2 else { return nil }
        let mean = total / good
        let spread = (squares / good - mean * mean) / (good - 1)
        var (variance, sigmas) = (SIMD4<Double>.zero, SIMD4<Double>.zero)
        for i in 0..<4 {
            variance[i] = max(spread[i], 0)
            sigmas[i] = variance[i].squareRoot()
        }
        guard let matrix = InteractionMatrix(xa: mean[0], xb: mean[1], ya: mean[2], yb: mean[3])
        else { return nil }
        let squareA = matrix.scaleA * matrix.scaleA
        let squareB = matrix.scaleB * matrix.scaleB
        let turnA =
            (matrix.ya * matrix.ya * variance[0] + matrix.xa * matrix.xa * variance[2])
            / (squareA * squareA)
        let turnB =
            (matrix.yb * matrix.yb * variance[1] + matrix.xb * matrix.xb * variance[3])
            / (squareB * squareB)
        return Result(
            matrix: matrix, sigmas: sigmas, sigmaRotation: turnA.squareRoot(),
            sigmaNonOrthogonality: (turnA + turnB).squareRoot())
    }
}
