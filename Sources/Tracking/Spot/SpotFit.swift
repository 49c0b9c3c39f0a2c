import Quantities

/// A Gaussian spot fitted to a window: its place, flux and background.
struct SpotFit {
    /// Place relative to the window's middle pixel, px.
    var x: Double = 0
    var y: Double = 0
    /// Electrons of the whole spot.
    var flux: Double = 0
    /// Electrons per pixel beside it.
    var background: Double
    /// Standard deviations of place (px) and flux (electrons).
    var sigmaX: Double = .infinity
    var sigmaY: Double = .infinity
    var sigmaFlux: Double = .infinity
    /// Mean squares of what stands out, px².
    var momentXX: Double = 0
    var momentXY: Double = 0
    var momentYY: Double = 0
    /// Correction of the spot's width that the residuals ask for, px.
    var widthStep: Double = 0
    /// Last method that succeeded.
    var method = SpotMethod.thresholded

    /// Variance of the camera's own noise per pixel, electrons².
    let readVariance: Float
    /// Standard deviation of the profile, px.
    let width: Double
    /// exp(-i²/(2 width²)) for the lanes of a window.
    private let profile: SIMD16<Float>

    /// Below this flux, electrons, the weighted centroid is the better beginning.
    static let weightedBelow = 800.0

    init(profile: SpotProfile, background: Double, readNoise: Double) {
        self.background = background
        readVariance = Float(readNoise * readNoise)
        width = profile.width
        self.profile = profile.lanes
    }

    /// Centre of gravity, flux and second moments of what is three deviations above background.
    @inline(__always)
    mutating func threshold(_ window: borrowing SpotWindow) {
        let level = Float(background)
        let cut = 3 * (max(level, 0) + readVariance).squareRoot()
        var (sum, sumX, sumXX, sumY, sumXY, sumYY) = (
            SIMD16<Float>.zero, SIMD16<Float>.zero, SIMD16<Float>.zero, SIMD16<Float>.zero,
            SIMD16<Float>.zero, SIMD16<Float>.zero
        )
        for row in 0..<SpotWindow.side {
            let dy = Float(row - SpotWindow.radius)
            let excess = window.electrons[row] - level
            // Saturated pixels still belong to the spot's extent.
            let kept = excess.replacing(with: 0, where: excess .< cut)
            let weighted = kept * SpotWindow.columns
            sum += kept
            sumX += weighted
            sumXX += weighted * SpotWindow.columns
            sumY += kept * dy
            sumXY += weighted * dy
            sumYY += kept * (dy * dy)
        }
        let total = Double(sum.sum())
        guard total > 0 else { return }
        flux = total
        x = Double(sumX.sum()) / total
        y = Double(sumY.sum()) / total
        momentXX = Double(sumXX.sum()) / total - x * x
        momentYY = Double(sumYY.sum()) / total - y * y
        momentXY = Double(sumXY.sum()) / total - x * y
        method = .thresholded
    }

    /// Turns of the iterative Gaussian-weighted centroid; moves twice the offset, because the
    /// product of weight and spot has its middle halfway.
    @inline(__always)
    mutating func weigh(_ window: borrowing SpotWindow, turns: Int) {
        let level = Float(background)
        for _ in 0..<turns {
            let (gx, gy) = (shape(at: x), shape(at: y))
            let dx = SpotWindow.columns - Float(x)
            var (sum, sumX, sumY, norm) = (
                SIMD16<Float>.zero, SIMD16<Float>.zero, SIMD16<Float>.zero, SIMD16<Float>.zero
            )
            for row in 0..<SpotWindow.side {
                let dy = Float(row - SpotWindow.radius) - Float(y)
                let weight = gx * gy[row] * window.valid[row]
                let part = weight * (window.electrons[row] - level)
                sum += part
                sumX += part * dx
                sumY += part * dy
                norm += weight * (gx * gy[row])
            }
            let total = Double(sum.sum())
            guard total > 0 else { return }
            x += step(2 * Double(sumX.sum()) / total)
            y += step(2 * Double(sumY.sum()) / total)
            let area = Double(norm.sum())
            if area > 0 { flux = total / area * 6.283_185_307_179_586 * width * width }
            method = .weighted
        }
    }

    /// Standard deviations of the thresholded (`isWeighted` false) or the weighted centroid, from
    /// the variance of each pixel by the fitted model.
    mutating func propagate(_ window: borrowing SpotWindow, isWeighted: Bool) {
        let (gx, gy) = (shape(at: x), shape(at: y))
        let dx = SpotWindow.columns - Float(x)
        let peak = Float(max(flux, 0) / (6.283_185_307_179_586 * width * width))
        let level = Float(max(background, 0))
        let cut = 3 * (level + readVariance).squareRoot()
        let inverse = Float(1 / (width * width))
        var (noiseX, noiseY, slopeX, slopeY, noise, norm) = (
            SIMD16<Float>.zero, SIMD16<Float>.zero, SIMD16<Float>.zero, SIMD16<Float>.zero,
            SIMD16<Float>.zero, SIMD16<Float>.zero
        )
        for row in 0..<SpotWindow.side {
            let dy = Float(row - SpotWindow.radius) - Float(y)
            let spot = gx * (gy[row] * peak)
            var weight = gx * gy[row] * window.valid[row]
            if !isWeighted {
                weight = window.valid[row].replacing(
                    with: 0, where: (window.electrons[row] - level) .< cut)
            }
            let variance = (spot + (level + readVariance)) * weight * weight
            noiseX += variance * dx * dx
            noiseY += variance * (dy * dy)
            noise += variance
            norm += weight * gx * gy[row]
            slopeX += weight * dx * dx * spot * inverse
            slopeY += weight * (dy * dy) * spot * inverse
        }
        sigmaX = Double(noiseX.sum()).squareRoot() / max(Double(slopeX.sum()), 1e-9)
        sigmaY = Double(noiseY.sum()).squareRoot() / max(Double(slopeY.sum()), 1e-9)
        // The flux is the weighted sum over the share of a spot's light that it takes in.
        let share = Double(norm.sum()) / (6.283_185_307_179_586 * width * width)
        sigmaFlux = Double(noise.sum()).squareRoot() / max(isWeighted ? share : 1, 1e-9)
    }

    /// The profile along one axis for a spot `offset` px from the middle.
    ///
    /// exp(-(i - u)²/2w²) = exp(-i²/2w²) exp(u/w²)^i exp(-u²/2w²): two exponentials, not fifteen.
    @inline(__always)
    func shape(at offset: Double) -> SIMD16<Float> {
        let square = width * width
        let up = Float(Elementary.exp(offset / square))
        let down = 1 / up
        var powers = SIMD16<Float>(repeating: 1)
        var (high, low) = (Float(1), Float(1))
        for i in 1...7 {
            high *= up
            low *= down
            powers[7 + i] = high
            powers[7 - i] = low
        }
        return profile * powers * Float(Elementary.exp(-offset * offset / (2 * square)))
    }

    /// A step that stays in the neighbourhood.
    @inline(__always) func step(_ wanted: Double) -> Double {
        // `min` and `max` let a NaN pass; a comparison does not.
        guard wanted.magnitude <= 1 else { return wanted > 0 ? 1 : wanted < 0 ? -1 : 0 }
        return wanted
    }
}

/// The profile of a spot along one axis, tabled for the lanes of a window.
struct SpotProfile: Sendable {
    /// Standard deviation, px.
    let width: Double
    /// exp(-i²/(2 width²)) for i from -7 to 7; 0 in the last lane.
    let lanes: SIMD16<Float>

    init(width: Double) {
        self.width = width
        var lanes = SIMD16<Float>.zero
        for i in 0..<15 {
            let distance = Double(i - 7)
            lanes[i] = Float(Elementary.exp(-distance * distance / (2 * width * width)))
        }
        self.lanes = lanes
    }
}
