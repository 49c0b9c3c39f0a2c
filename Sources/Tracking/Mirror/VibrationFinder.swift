import Quantities

/// Finds vibration lines in the disturbance along one axis: peaks of its spectrum.
///
/// Samples go into a buffer that is handed in; once it is full, ``analyse(into:)`` finds lines. That
/// takes a millisecond or two and is not for the loop's own thread.
public struct VibrationFinder {
    /// How far, relative to the median of its neighbourhood, a peak of power stands out.
    public static let significance = 20.0
    /// Fewest samples: a power of two.
    public static let fewest = 256

    let samples: UnsafeMutableBufferPointer<Double>
    let count: Int
    private let period: Double
    /// Samples that were taken in; the newest ``capacity`` are kept.
    public private(set) var taken: Int64 = 0
    private var next = 0

    /// Samples that are analysed: the largest power of two that fits the buffer three times.
    public var capacity: Int { count }

    /// A finder that works in `storage`, which it uses as long as it lives.
    ///
    /// - Parameters:
    ///   - storage: Three times a power of two, 768 or more; 3 x 4,096 resolves a quarter hertz
    ///     at 1 kHz.
    ///   - period: Time between samples, s; more than 0.
    public init?(storage: UnsafeMutableBufferPointer<Double>, period: Double) {
        guard storage.count >= 3 * Self.fewest, period > 0 else { return nil }
        var size = Self.fewest
        while size * 6 <= storage.count { size *= 2 }
        samples = storage
        count = size
        self.period = period
    }

    /// Takes in the next sample, rad; spaces in time are to be filled with the filter's estimate.
    public mutating func take(_ angle: Double) {
        samples[next] = angle.isFinite ? angle : 0
        next = next + 1 == count ? 0 : next + 1
        taken &+= 1
    }

    /// Sample number `index` of those kept, oldest first.
    func sample(_ index: Int) -> Double {
        let place = next + index
        return samples[place < count ? place : place - count]
    }

    /// Whether there are enough samples.
    public var isReady: Bool { taken >= Int64(widening: count) }

    /// Adds the lines found to `model`, strongest first, as far as there is room.
    ///
    /// - Returns: How many were added; 0 before ``isReady``.
    public mutating func analyse(into model: inout DisturbanceModel) -> Int {
        guard isReady else { return 0 }
        transform()
        var added = 0
        // Four lines at most, each with its neighbours taken out when it is found.
        for _ in 0..<DisturbanceModel.lineCapacity {
            guard let line = strongest(), model.add(line) else { break }
            added += 1
        }
        return added
    }

    /// Calls `body` with the number of each bin and its power per hertz, one-sided, rad²/Hz.
    ///
    /// Bin i lies at i / (``capacity`` x period) Hz. Mean and slope are taken out, Hann window.
    /// Nothing is called before ``isReady``.
    public mutating func eachDensity(_ body: (Int, Double) -> Void) {
        guard isReady else { return }
        transform()
        // A bin holds the power of the window's main lobe, which is one and a half bins wide.
        let scale = Double(count) * period
        for index in 0..<(count / 2) { body(index, power(index) * scale) }
    }

    /// Power in bin `index` of the spectrum, rad²; halves of the buffer behind the samples.
    private func power(_ index: Int) -> Double { samples[count + index] }

    private mutating func strongest() -> VibrationLine? {
        let half = count / 2
        // Below the eighth bin the turbulence itself looks like a peak.
        var best = 0
        var excess = 1.0
        for i in 8..<(half - 8) where power(i) > power(i - 1) && power(i) >= power(i + 1) {
            let ratio = power(i) / max(surroundings(i), 1e-300)
            if ratio > Self.significance, power(i) * (1 - 1 / ratio) > excess || best == 0 {
                best = i
                excess = power(i) * (1 - 1 / ratio)
            }
        }
        guard best > 0 else { return nil }
        let floor = surroundings(best)
        var sum = 0.0
        for i in (best - 2)...(best + 2) { sum += max(power(i) - floor, 0) }
        // Gaussian interpolation of the peak of a Hann window.
        let (low, peak, high) = (
            Elementary.log(max(power(best - 1), 1e-300)), Elementary.log(power(best)),
            Elementary.log(max(power(best + 1), 1e-300))
        )
        let curvature = low - 2 * peak + high
        let shift = curvature < 0 ? min(max((low - high) / (2 * curvature), -0.5), 0.5) : 0
        for i in (best - 4)...(best + 4) where i >= 0 && i < half { samples[count + i] = floor }
        let resolution = 1 / (Double(count) * period)
        return VibrationLine(
            frequency: (Double(best) + shift) * resolution, rms: sum.squareRoot(),
            coherence: 2)
    }

    /// Geometric mean of the power from 4 to 12 bins away on both sides: robust against a second
    /// line there.
    private func surroundings(_ index: Int) -> Double {
        var sum = 0.0
        var bins = 0.0
        for distance in 4...12 {
            if index - distance > 0 {
                sum += Elementary.log(max(power(index - distance), 1e-300))
                bins += 1
            }
            if index + distance < count / 2 {
                sum += Elementary.log(max(power(index + distance), 1e-300))
                bins += 1
            }
        }
        return bins > 0 ? Elementary.exp(sum / bins) * 1.78 : 0
    }
}
