/// Kalman filter of the disturbance along one axis: angle and rate of a few modes, of which only
/// the sum of the angles is seen.
///
/// With commands subtracted from what is seen, and the prediction taken over the loop's delay, this
/// is the minimum-variance controller of the loop (Kulcsár et al., Opt. Express 14(17), 7464, 2006,
/// section 3; for vibrations Petit et al., Opt. Express 16(1), 87, 2008). The covariance is kept
/// for every frame, so that frames may be missing or unequally sure.
public struct PointingFilter: Sendable {
    private static let capacity = DisturbanceModel.modeCapacity

    private let count: Int
    private var modes: InlineArray<7, PointingMode>
    /// Angle and rate of each mode.
    private var states: InlineArray<7, SIMD2<Double>> = InlineArray(repeating: .zero)
    /// Blocks of the covariance, upper triangle, row by row.
    private var covariance: InlineArray<49, SIMD4<Double>> = InlineArray(repeating: .zero)
    /// Transition over ``step`` and what noise adds meanwhile.
    private var transitions: InlineArray<7, SIMD4<Double>> = InlineArray(repeating: .zero)
    private var added: InlineArray<7, SIMD4<Double>> = InlineArray(repeating: .zero)
    private var step = -1.0
    /// First rows of the transitions over ``horizon``, and the variance that noise adds.
    private var outlook: InlineArray<7, SIMD2<Double>> = InlineArray(repeating: .zero)
    private var outlookVariance = 0.0
    private var horizon = -1.0

    /// Times closer than this, s, count as equal: a line of sight that moves by 1 mrad/s goes a
    /// nanoradian meanwhile.
    private static let sameTime = 1e-6

    /// Whether the strength of the disturbance follows the innovations.
    public var isAdaptive: Bool
    /// Power of the disturbance over that of the model.
    public private(set) var strength = 1.0
    /// Last innovation's square over its variance; 1 on average.
    public private(set) var innovationRatio = 1.0

    /// A filter that knows nothing but its model.
    public init(_ model: DisturbanceModel, isAdaptive: Bool = true) {
        count = model.modeCount
        modes = InlineArray(repeating: model.mode(0))
        self.isAdaptive = isAdaptive
        for i in 0..<count { modes[i] = model.mode(i) }
        reopen()
        states = InlineArray(repeating: .zero)
    }

    /// Keeps the estimate and forgets how sure it was.
    public mutating func reopen() {
        for i in 0..<count {
            for j in i..<count {
                covariance[i * Self.capacity + j] = i == j ? strength * modes[i].stationary : .zero
            }
        }
    }

    /// Angle of the disturbance, rad.
    public var angle: Double {
        var sum = 0.0
        for i in 0..<count { sum += states[i].x }
        return sum
    }

    /// Its rate, rad/s.
    public var rate: Double {
        var sum = 0.0
        for i in 0..<count { sum += states[i].y }
        return sum
    }

    /// Its slow part without the vibration lines and the faster turbulence, rad: what a mount can
    /// take over.
    public var slowAngle: Double { states[1].x + states[2].x }

    /// Variance of ``angle``, rad².
    public var variance: Double {
        var sum = 0.0
        for i in 0..<count {
            for j in i..<count {
                sum += (i == j ? 1 : 2) * covariance[i * Self.capacity + j][0]
            }
        }
        return max(sum, 0)
    }

    /// Moves the estimate by `angle`, rad, where it is known that the disturbance jumped.
    public mutating func shift(by angle: Double) {
        if angle.isFinite { states[2].x += angle }
    }

    /// Moves on by `seconds`, which is not negative.
    public mutating func advance(by seconds: Double) {
        guard seconds >= 0, seconds < 1e6 else { return }
        if (seconds - step).magnitude > Self.sameTime { prepare(seconds) }
        for i in 0..<count {
            let (f, x) = (transitions[i], states[i])
            states[i] = SIMD2(f[0] * x.x + f[1] * x.y, f[2] * x.x + f[3] * x.y)
            for j in i..<count {
                let place = i * Self.capacity + j
                covariance[place] = Matrix2.sandwich(f, covariance[place], transitions[j])
            }
            covariance[i * Self.capacity + i] += strength * added[i]
        }
    }

    /// The innovation that an angle of `measured` rad would be, and its variance with `sigma` rad.
    public func innovation(_ measured: Double, sigma: Double) -> (value: Double, variance: Double) {
        (measured - angle, variance + sigma * sigma)
    }

    /// Takes in a measured angle of the disturbance, rad, with its standard deviation, more than 0.
    public mutating func update(_ measured: Double, sigma: Double) {
        guard measured.isFinite, sigma > 0, sigma < 1 else { return }
        var gains: InlineArray<7, SIMD2<Double>> = InlineArray(repeating: .zero)
        var total = sigma * sigma
        for i in 0..<count {
            var column = SIMD2<Double>.zero
            for j in 0..<count {
                // The first column of block (i, j); below the diagonal it is a first row.
                if j >= i {
                    let block = covariance[i * Self.capacity + j]
                    column += SIMD2(block[0], block[2])
                } else {
                    let block = covariance[j * Self.capacity + i]
                    column += SIMD2(block[0], block[1])
                }
            }
            gains[i] = column
            total += column.x
        }
        let value = measured - angle
        let inverse = 1 / total
        for i in 0..<count {
            states[i] += gains[i] * (value * inverse)
            for j in i..<count {
                let (p, q) = (gains[i] * inverse, gains[j])
                covariance[i * Self.capacity + j] -= SIMD4(
                    p.x * q.x, p.x * q.y, p.y * q.x, p.y * q.y)
            }
        }
        innovationRatio = value * value * inverse
        if isAdaptive { adapt() }
    }

    /// Angle of the disturbance in `seconds` from now, rad, and its variance.
    public mutating func prediction(after seconds: Double) -> (angle: Double, variance: Double) {
        if (seconds - horizon).magnitude > Self.sameTime { prepareOutlook(seconds) }
        var (angle, variance) = (0.0, strength * outlookVariance)
        for i in 0..<count {
            let row = outlook[i]
            angle += (row * states[i]).sum()
            for j in i..<count {
                let (block, other) = (covariance[i * Self.capacity + j], outlook[j])
                let part =
                    row.x * (block[0] * other.x + block[1] * other.y)
                    + row.y * (block[2] * other.x + block[3] * other.y)
                variance += i == j ? part : 2 * part
            }
        }
        return (angle, max(variance, 0))
    }

    /// The strength grows by a part in 500 for each innovation whose square is twice its variance;
    /// a single one counts as nine times at most. A sixteenth to sixteen times the model.
    private mutating func adapt() {
        let excess = min(innovationRatio, 9) - 1
        strength = min(max(strength * (1 + 0.002 * excess), 1.0 / 16), 16)
    }

    private mutating func prepare(_ seconds: Double) {
        step = seconds
        for i in 0..<count {
            let (f, long) = (modes[i].transition(seconds), modes[i].stationary)
            transitions[i] = f
            added[i] = long - Matrix2.sandwich(f, long, f)
        }
    }

    private mutating func prepareOutlook(_ seconds: Double) {
        horizon = seconds
        outlookVariance = 0
        for i in 0..<count {
            let (f, long) = (modes[i].transition(max(seconds, 0)), modes[i].stationary)
            outlook[i] = SIMD2(f[0], f[1])
            outlookVariance += long[0] - Matrix2.sandwich(f, long, f)[0]
        }
    }
}
