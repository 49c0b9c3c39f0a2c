/// Weights of a polynomial through a few points, and of its slope: Lagrange's and Hermite's.
struct Interpolation {
    /// Most points of one polynomial.
    static let capacity = 12

    private var count: Int
    /// Times of the points about the time asked for, s.
    private var times: InlineArray<12, Double>
    /// Lagrange's basis and its slope at the time asked for.
    private var basis: InlineArray<12, Double>
    private var slope: InlineArray<12, Double>
    /// Slope of each basis at its own point.
    private var ownSlope: InlineArray<12, Double>

    /// Weights for `count` points, 1 up to ``capacity``, whose times about the asked one differ.
    init(count: Int, times: InlineArray<12, Double>) {
        self.count = min(max(count, 1), Self.capacity)
        self.times = times
        basis = InlineArray(repeating: 0)
        slope = InlineArray(repeating: 0)
        ownSlope = InlineArray(repeating: 0)
        var i = 0
        while i < self.count {
            var divisor = 1.0
            var value = 1.0
            var change = 0.0
            var own = 0.0
            var j = 0
            while j < self.count {
                if j != i {
                    let span = times[i] - times[j]
                    divisor *= span
                    own += 1 / span
                    change = change * -times[j] + value
                    value *= -times[j]
                }
                j += 1
            }
            basis[i] = value / divisor
            slope[i] = change / divisor
            ownSlope[i] = own
            i += 1
        }
    }

    /// The polynomial of degree `count` - 1 through the positions, and its slope per second.
    func lagrange(_ row: (Int) -> Vector) -> OrbitState {
        var position = Vector.zero
        var velocity = Vector.zero
        var i = 0
        while i < count {
            let value = row(i)
            position = position + basis[i] * value
            velocity = velocity + slope[i] * value
            i += 1
        }
        return OrbitState(position: position, velocity: velocity)
    }

    /// The polynomial of degree 2 `count` - 1 through positions and velocities, and its slope.
    func hermite(_ row: (Int) -> OrbitState) -> OrbitState {
        var position = Vector.zero
        var velocity = Vector.zero
        var i = 0
        while i < count {
            let value = row(i)
            let square = basis[i] * basis[i]
            let change = 2 * basis[i] * slope[i]
            let span = -times[i]
            let lean = 1 - 2 * span * ownSlope[i]
            position =
                position + (lean * square) * value.position + (span * square) * value.velocity
            velocity =
                velocity + (lean * change - 2 * ownSlope[i] * square) * value.position
                + (square + span * change) * value.velocity
            i += 1
        }
        return OrbitState(position: position, velocity: velocity)
    }
}
