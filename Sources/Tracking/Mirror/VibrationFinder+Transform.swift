import Quantities

extension VibrationFinder {
    /// Leaves the one-sided power of each bin, rad², in the part of the buffer behind the samples.
    ///
    /// Mean and slope taken out, Hann window, radix-2 transform in place; the power is that of the
    /// window's whole main lobe when its bins are summed.
    mutating func transform() {
        let (real, imaginary) = (count, 2 * count)
        let (mean, slope) = line()
        for i in 0..<count {
            let centred = Double(i) - Double(count - 1) / 2
            let angle = 6.283_185_307_179_586 * Double(i) / Double(count)
            let window = 0.5 - 0.5 * Elementary.cos(angle)
            let place = real + reversed(i)
            samples[place] = (sample(i) - mean - slope * centred) * window
            samples[imaginary + reversed(i)] = 0
        }
        butterflies(real, imaginary)
        // The Hann window's mean square is 3/8.
        let scale = 2 / (0.375 * Double(count) * Double(count))
        for i in 0..<(count / 2) {
            let (a, b) = (samples[real + i], samples[imaginary + i])
            samples[real + i] = (a * a + b * b) * scale
        }
    }

    /// The samples' mean and slope per sample.
    private func line() -> (mean: Double, slope: Double) {
        var (sum, moment, squares) = (0.0, 0.0, 0.0)
        for i in 0..<count {
            let centred = Double(i) - Double(count - 1) / 2
            sum += sample(i)
            moment += centred * sample(i)
            squares += centred * centred
        }
        return (sum / Double(count), moment / squares)
    }

    private func butterflies(_ real: Int, _ imaginary: Int) {
        var half = 1
        while half < count {
            for k in 0..<half {
                let angle = -3.141_592_653_589_793 * Double(k) / Double(half)
                let (c, s) = (Elementary.cos(angle), Elementary.sin(angle))
                var i = k
                while i < count {
                    let j = i + half
                    let (a, b) = (samples[real + j], samples[imaginary + j])
                    let (u, v) = (c * a - s * b, c * b + s * a)
                    samples[real + j] = samples[real + i] - u
                    samples[imaginary + j] = samples[imaginary + i] - v
                    samples[real + i] += u
                    samples[imaginary + i] += v
                    i += 2 * half
                }
            }
            half *= 2
        }
    }

    /// `index` with its bits in reverse order, of as many bits as the samples' count has.
    private func reversed(_ index: Int) -> Int {
        var (rest, result, bit) = (index, 0, 1)
        while bit < count {
            result = result * 2 + rest % 2
            rest /= 2
            bit *= 2
        }
        return result
    }
}
