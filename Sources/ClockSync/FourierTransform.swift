internal import Quantities

/// A fast Fourier transform of 2^n complex numbers in buffers that the caller owns.
///
/// Decimation in frequency with radix 4 (J. W. Cooley and J. W. Tukey, Math. Comput. 19, 297, 1965).
/// Results come out in bit-reversed order: ``reversed(_:)`` tells where, ``reorder(_:_:)`` sorts
/// them. With the two buffers exchanged the same transform is the inverse, times 2^n.
struct FourierTransform {
    /// Base-2 logarithm of the size, 2 to 24.
    let log2Size: Int
    /// How many complex numbers are transformed.
    let size: Int
    /// Twiddle factors, stage after stage: cosines and sines of one, two and three times the angle.
    private let twiddles: UnsafeMutablePointer<Float>

    /// Floats of storage for the twiddle factors.
    static func storageCount(log2Size: Int) -> Int { 2 &* (1 &<< log2Size) }

    /// A transform of 2^`log2Size` numbers; its tables are written to `storage`.
    init(log2Size: Int, storage: UnsafeMutablePointer<Float>) {
        precondition(log2Size >= 2 && log2Size <= 24)
        self.log2Size = log2Size
        size = 1 &<< log2Size
        twiddles = storage
        let quarter = size / 4
        let step = -2 * Double.pi / Double(size)
        for j in 0..<quarter {
            let angle = step * Double(j)
            for multiple in 1...3 {
                let row = 2 &* (multiple &- 1) &* quarter
                storage[row &+ j] = Float(Elementary.cos(angle * Double(multiple)))
                storage[row &+ quarter &+ j] = Float(Elementary.sin(angle * Double(multiple)))
            }
        }
        // Each further stage uses every fourth factor of the stage before.
        var from = storage
        var count = quarter
        while count >= 4 {
            let to = from + 6 &* count
            let fewer = count / 4
            for row in 0..<6 {
                for j in 0..<fewer { to[row &* fewer &+ j] = from[row &* count &+ 4 &* j] }
            }
            from = to
            count = fewer
        }
    }

    /// Transforms in place; the results lie in bit-reversed order.
    func transform(_ real: UnsafeMutablePointer<Float>, _ imaginary: UnsafeMutablePointer<Float>) {
        var span = size
        var factors = twiddles
        // log2(size) / 2 stages of radix 4, then one of radix 2 if the logarithm is odd.
        while span >= 4 {
            let quarter = span / 4
            if quarter >= 8 {
                wideStage(real, imaginary, quarter, factors)
            } else {
                narrowStage(real, imaginary, quarter, factors)
            }
            factors += 6 &* quarter
            span = quarter
        }
        guard span == 2 else { return }
        var i = 0
        while i < size {
            (real[i], real[i &+ 1]) = (real[i] + real[i &+ 1], real[i] - real[i &+ 1])
            (imaginary[i], imaginary[i &+ 1]) = (
                imaginary[i] + imaginary[i &+ 1], imaginary[i] - imaginary[i &+ 1]
            )
            i &+= 2
        }
    }

    private func wideStage(
        _ real: UnsafeMutablePointer<Float>, _ imaginary: UnsafeMutablePointer<Float>,
        _ quarter: Int, _ factors: UnsafeMutablePointer<Float>
    ) {
        var base = 0
        while base < size {
            var j = 0
            while j < quarter {
                Self.butterfly(
                    UnsafeMutableRawPointer(real + (base &+ j)),
                    UnsafeMutableRawPointer(imaginary + (base &+ j)),
                    UnsafeRawPointer(factors + j), stride: 4 &* quarter, as: SIMD8<Float>.self)
                j &+= 8
            }
            base &+= 4 &* quarter
        }
    }

    private func narrowStage(
        _ real: UnsafeMutablePointer<Float>, _ imaginary: UnsafeMutablePointer<Float>,
        _ quarter: Int, _ factors: UnsafeMutablePointer<Float>
    ) {
        var base = 0
        while base < size {
            for j in 0..<quarter {
                Self.butterfly(
                    UnsafeMutableRawPointer(real + (base &+ j)),
                    UnsafeMutableRawPointer(imaginary + (base &+ j)),
                    UnsafeRawPointer(factors + j), stride: 4 &* quarter, as: Float.self)
            }
            base &+= 4 &* quarter
        }
    }

    /// Four inputs `stride` bytes apart become four outputs, in the order of two radix-2 steps.
    @inline(__always)
    private static func butterfly<Lanes: FourierLanes>(
        _ real: UnsafeMutableRawPointer, _ imaginary: UnsafeMutableRawPointer,
        _ factors: UnsafeRawPointer, stride: Int, as lanes: Lanes.Type
    ) {
        let ar = Lanes.load(real, 0)
        let br = Lanes.load(real, stride)
        let cr = Lanes.load(real, 2 &* stride)
        let dr = Lanes.load(real, 3 &* stride)
        let ai = Lanes.load(imaginary, 0)
        let bi = Lanes.load(imaginary, stride)
        let ci = Lanes.load(imaginary, 2 &* stride)
        let di = Lanes.load(imaginary, 3 &* stride)
        let sr = ar + cr
        let si = ai + ci
        let tr = br + dr
        let ti = bi + di
        let ur = ar - cr
        let ui = ai - ci
        // -i (b - d)
        let vr = bi - di
        let vi = dr - br
        (sr + tr).store(real, 0)
        (si + ti).store(imaginary, 0)
        turn(sr - tr, si - ti, factors + 2 &* stride, stride, real + stride, imaginary + stride)
        turn(ur + vr, ui + vi, factors, stride, real + 2 &* stride, imaginary + 2 &* stride)
        turn(
            ur - vr, ui - vi, factors + 4 &* stride, stride, real + 3 &* stride,
            imaginary + 3 &* stride)
    }

    /// Turns x + iy by a factor and stores it.
    @inline(__always)
    private static func turn<Lanes: FourierLanes>(
        _ x: Lanes, _ y: Lanes, _ factor: UnsafeRawPointer, _ stride: Int,
        _ real: UnsafeMutableRawPointer, _ imaginary: UnsafeMutableRawPointer
    ) {
        let c = Lanes.load(UnsafeMutableRawPointer(mutating: factor), 0)
        let s = Lanes.load(UnsafeMutableRawPointer(mutating: factor), stride)
        (x * c - y * s).store(real, 0)
        (x * s + y * c).store(imaginary, 0)
    }

    /// Where the result with index `index` lies after ``transform(_:_:)``, and the other way round.
    func reversed(_ index: Int) -> Int {
        var result = 0
        var rest = index
        for _ in 0..<log2Size {
            result = result &<< 1 | rest & 1
            rest = rest &>> 1
        }
        return result
    }

    /// Sorts bit-reversed numbers into natural order, or back.
    func reorder(_ real: UnsafeMutablePointer<Float>, _ imaginary: UnsafeMutablePointer<Float>) {
        var other = 0
        for i in 0..<size {
            if i < other {
                (real[i], real[other]) = (real[other], real[i])
                (imaginary[i], imaginary[other]) = (imaginary[other], imaginary[i])
            }
            // Adds one to a counter whose highest bit is its first.
            var bit = size &>> 1
            while bit > 0, other & bit != 0 {
                other ^= bit
                bit = bit &>> 1
            }
            other |= bit
        }
    }
}

/// One or several numbers on which a butterfly works at once.
private protocol FourierLanes {
    static func load(_ base: UnsafeMutableRawPointer, _ offset: Int) -> Self
    func store(_ base: UnsafeMutableRawPointer, _ offset: Int)
    static func + (a: Self, b: Self) -> Self
    static func - (a: Self, b: Self) -> Self
    static func * (a: Self, b: Self) -> Self
}

extension SIMD8<Float>: FourierLanes {
    @inline(__always)
    fileprivate static func load(_ base: UnsafeMutableRawPointer, _ offset: Int) -> Self {
        base.loadUnaligned(fromByteOffset: offset, as: Self.self)
    }
    @inline(__always)
    fileprivate func store(_ base: UnsafeMutableRawPointer, _ offset: Int) {
        base.storeBytes(of: self, toByteOffset: offset, as: Self.self)
    }
}

extension Float: FourierLanes {
    @inline(__always)
    fileprivate static func load(_ base: UnsafeMutableRawPointer, _ offset: Int) -> Self {
        base.load(fromByteOffset: offset, as: Self.self)
    }
    @inline(__always)
    fileprivate func store(_ base: UnsafeMutableRawPointer, _ offset: Int) {
        base.storeBytes(of: self, toByteOffset: offset, as: Self.self)
    }
}
