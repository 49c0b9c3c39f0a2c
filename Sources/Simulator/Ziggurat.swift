import Quantities

/// Fast draws from a falling density: 256 layers of equal area, most of them hit at the first try.
///
/// Marsaglia and Tsang, "The ziggurat method for generating random variables", J. Stat. Softw.
/// 5(8), 2000, with one uniform of 53 bits for the place and 8 other bits for the layer, so that
/// the two are independent (the flaw of the original that Leong et al. report, J. Stat. Softw.
/// 12(7), 2005).
struct Ziggurat: Sendable {
    /// Which density the layers cover.
    private enum Shape: Sendable {
        case normal
        case exponential
    }

    /// Standard normal deviates; both signs.
    static let normal = Ziggurat(.normal, tailStart: 3.654_152_885_361_009)
    /// Exponential deviates of mean 1.
    static let exponential = Ziggurat(.exponential, tailStart: 7.697_117_470_131_05)

    private let shape: Shape
    private let tailStart: Double
    /// Right edge of each layer, from the widest (a virtual base layer) to 0: 257 values.
    private let edges: [Double]
    /// Density at each edge.
    private let heights: [Double]

    private init(_ shape: Shape, tailStart: Double) {
        self.shape = shape
        self.tailStart = tailStart
        func density(_ x: Double) -> Double {
            shape == .normal ? Elementary.exp(-x * x / 2) : Elementary.exp(-x)
        }
        func inverse(_ y: Double) -> Double {
            let logarithm = -Elementary.log(min(y, 1))
            return shape == .normal ? (2 * logarithm).squareRoot() : logarithm
        }
        let area =
            tailStart * density(tailStart) + Self.tailArea(shape, from: tailStart)
        var edges = [area / density(tailStart), tailStart]
        for layer in 1..<255 {
            edges.append(inverse(density(edges[layer]) + area / edges[layer]))
        }
        edges.append(0)
        self.edges = edges
        heights = edges.map(density)
    }

    /// Area under the density beyond `start`.
    private static func tailArea(_ shape: Shape, from start: Double) -> Double {
        guard shape == .normal else { return Elementary.exp(-start) }
        // Simpson's rule over ten units, beyond which nothing is left in a Double.
        let steps = 4_000
        let width = 10.0 / Double(steps)
        var sum = 0.0
        for step in 0...steps {
            let x = start + width * Double(step)
            let weight = step == 0 || step == steps ? 1.0 : step % 2 == 1 ? 4.0 : 2.0
            sum += weight * Elementary.exp(-x * x / 2)
        }
        return sum * width / 3
    }

    @inline(__always) func draw(_ generator: inout SeededGenerator) -> Double {
        let bits = generator.next()
        let layer = Int(bits & 0xFF)
        let x = Double(bits >> 11) * 0x1p-53 * edges[layer]
        if x < edges[layer + 1] { return signed(x, bits) }
        return signed(drawSlowly(x, layer, &generator), bits)
    }

    /// Bit 8 is in neither the layer nor the place.
    @inline(__always) private func signed(_ x: Double, _ bits: UInt64) -> Double {
        shape == .normal && bits & 0x100 != 0 ? -x : x
    }

    /// The edge of a layer or the tail; one draw in a hundred comes here.
    @inline(never) private func drawSlowly(
        _ first: Double, _ firstLayer: Int, _ generator: inout SeededGenerator
    ) -> Double {
        var x = first
        var layer = firstLayer
        // Ends with certainty: every turn accepts with more than an even chance.
        while true {
            if x < edges[layer + 1] { return x }
            if layer == 0 { return drawTail(&generator) }
            let low = heights[layer]
            let y = low + (heights[layer + 1] - low) * generator.uniform()
            let density = shape == .normal ? Elementary.exp(-x * x / 2) : Elementary.exp(-x)
            if y < density { return x }
            let bits = generator.next()
            layer = Int(bits & 0xFF)
            x = Double(bits >> 11) * 0x1p-53 * edges[layer]
        }
    }

    /// Beyond the outermost edge: exactly (exponential) or by Marsaglia's method of 1964 (normal).
    private func drawTail(_ generator: inout SeededGenerator) -> Double {
        func exponential() -> Double {
            -Elementary.log(Double((generator.next() >> 11) &+ 1) * 0x1p-53)
        }
        guard shape == .normal else { return tailStart + exponential() }
        while true {
            let x = exponential() / tailStart
            if 2 * exponential() > x * x { return tailStart + x }
        }
    }
}
