extension SpotFit {
    /// Sums over a window that one step of the likelihood needs.
    private struct Sums {
        var rx = SIMD16<Float>.zero
        var ry = SIMD16<Float>.zero
        var rn = SIMD16<Float>.zero
        var rb = SIMD16<Float>.zero
        var xx = SIMD16<Float>.zero
        var yy = SIMD16<Float>.zero
        var nn = SIMD16<Float>.zero
        var nb = SIMD16<Float>.zero
        var bb = SIMD16<Float>.zero
        var rw = SIMD16<Float>.zero
        var ww = SIMD16<Float>.zero
    }

    /// Fisher scoring of place, flux and background under photon and read noise.
    ///
    /// Each pixel weighs as 1/(m + s²) with the model's mean m: the quasi-likelihood of a Poisson
    /// count with Gaussian read noise, whose estimate reaches the Cramer-Rao bound as the flux
    /// grows. Place is taken as uncorrelated with flux and background, which holds by symmetry;
    /// the solution does not depend on it. At most `turns` steps; ends early at 0.003 px.
    @inline(__always)
    mutating func maximise(_ window: borrowing SpotWindow, turns: Int) {
        let start = self
        let area = 1 / (6.283_185_307_179_586 * width * width)
        let inverse = 1 / (width * width)
        for turn in 0..<turns {
            let sums = sum(window, area: Float(area))
            let (nn, nb, bb) = (sums.nn.sum(), sums.nb.sum(), sums.bb.sum())
            let (rn, rb) = (sums.rn.sum(), sums.rb.sum())
            let determinant = Double(nn) * Double(bb) - Double(nb) * Double(nb)
            guard determinant > 0, flux > 0 else { return self = start }
            let scale = flux * inverse
            let (xx, yy) = (Double(sums.xx.sum()) * scale, Double(sums.yy.sum()) * scale)
            guard xx > 0, yy > 0 else { return self = start }
            let stepX = step(Double(sums.rx.sum()) / xx)
            let stepY = step(Double(sums.ry.sum()) / yy)
            x += stepX
            y += stepY
            flux += (Double(rn) * Double(bb) - Double(rb) * Double(nb)) / determinant
            background += (Double(rb) * Double(nn) - Double(rn) * Double(nb)) / determinant
            sigmaX = 1 / (xx * scale).squareRoot()
            sigmaY = 1 / (yy * scale).squareRoot()
            sigmaFlux = (Double(bb) / determinant).squareRoot()
            let ww = Double(sums.ww.sum())
            widthStep = ww > 0 ? Double(sums.rw.sum()) / ww / max(flux, 1) : 0
            if turn > 0, stepX.magnitude < 0.003, stepY.magnitude < 0.003 { break }
        }
        guard x.magnitude < 3, y.magnitude < 3, flux > 0, flux < 1e12 else { return self = start }
        method = .likelihood
    }

    @inline(__always)
    private func sum(_ window: borrowing SpotWindow, area: Float) -> Sums {
        var sums = Sums()
        let (gx, gy) = (shape(at: x) * area, shape(at: y))
        let dx = SpotWindow.columns - Float(x)
        let dx2 = dx * dx
        let level = Float(max(background, 0))
        let (count, floor) = (Float(flux), readVariance)
        let inverse = Float(1 / (width * width))
        for row in 0..<SpotWindow.side {
            let dy = Float(row - SpotWindow.radius) - Float(y)
            let unit = gx * gy[row]
            let mean = unit * count + level
            let weight = window.valid[row] / (mean + floor)
            let residual = (window.electrons[row] - mean) * weight
            let weighted = weight * unit
            let spot = residual * unit
            let square = weighted * unit
            sums.rx += spot * dx
            sums.ry += spot * dy
            sums.rn += spot
            sums.rb += residual
            sums.xx += square * dx2
            sums.yy += square * (dy * dy)
            sums.nn += square
            sums.nb += weighted
            sums.bb += weight
            let growth = (dx2 + dy * dy) * inverse - 2
            sums.rw += spot * growth
            sums.ww += square * growth * growth
        }
        return sums
    }
}
