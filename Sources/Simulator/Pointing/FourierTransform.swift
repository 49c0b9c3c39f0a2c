import Quantities

/// The discrete Fourier transform of a power of two of complex values, in place, without factor.
enum FourierTransform {
    /// Replaces `values` by sum over n of values[n] exp(2 pi i k n/N).
    static func apply(_ values: inout [SIMD2<Double>]) {
        let count = values.count
        precondition(count > 0 && count & (count - 1) == 0)
        reorder(&values)
        let roots = (0..<max(count / 2, 1)).map { index in
            let angle = 6.283_185_307_179_586 * Double(index) / Double(count)
            return SIMD2(Elementary.cos(angle), Elementary.sin(angle))
        }
        var half = 1
        while half < count {
            let stride = count / (2 * half)
            var start = 0
            while start < count {
                for k in 0..<half {
                    let (root, value) = (roots[k * stride], values[start + k + half])
                    let turned = SIMD2(
                        root.x * value.x - root.y * value.y, root.x * value.y + root.y * value.x)
                    values[start + k + half] = values[start + k] - turned
                    values[start + k] += turned
                }
                start += 2 * half
            }
            half *= 2
        }
    }

    private static func reorder(_ values: inout [SIMD2<Double>]) {
        var j = 0
        for i in 1..<max(values.count, 1) {
            var bit = values.count >> 1
            while j & bit != 0 {
                j ^= bit
                bit >>= 1
            }
            j |= bit
            if i < j { values.swapAt(i, j) }
        }
    }
}
