import Quantities

/// Share of a blurred point of light that a round field stop lets through, against how far off its
/// middle the point lies.
struct FieldStop: Sendable {
    /// Offsets in the table, and how far they reach, in radii of the stop.
    private static let count = 256
    private static let reach = 4.0

    private let step: Double
    private var shares: [Double]

    /// The share at a stop of `radius` for light of `blur` rms per axis, both rad and more than 0.
    ///
    /// Integral of the Gaussian over the disc in rings: the mean over the ring's angle by the
    /// trapezoidal rule, which converges at once on a circle.
    init(radius: Double, blur: Double) {
        step = Self.reach * radius / Double(Self.count - 1)
        shares = []
        shares.reserveCapacity(Self.count)
        let rings = 48
        for index in 0..<Self.count {
            let offset = Double(index) * step
            var sum = 0.0
            for ring in 0..<rings {
                let r = radius * (Double(ring) + 0.5) / Double(rings)
                var mean = 0.0
                for turn in 0..<32 {
                    let angle = 2 * Double.pi * (Double(turn) + 0.5) / 32
                    let square =
                        r * r + offset * offset - 2 * r * offset * Elementary.cos(angle)
                    mean += Elementary.exp(-square / (2 * blur * blur)) / 32
                }
                sum += mean * r
            }
            shares.append(sum * (radius / Double(rings)) / (blur * blur))
        }
        let best = shares[0] > 0 ? shares[0] : 1
        shares = shares.map { min($0 / best, 1) }
    }

    /// Share that comes through for light `offset` rad off the middle, over that of the middle.
    func share(at offset: Double) -> Double {
        let place = abs(offset) / step
        guard place < Double(Self.count - 1) else { return 0 }
        let low = Int(place)
        return shares[low] + (place - Double(low)) * (shares[low + 1] - shares[low])
    }
}
