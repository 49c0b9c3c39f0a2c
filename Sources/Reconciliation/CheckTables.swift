import Quantities

/// The arithmetic of a check on bytes, by tables that fit vector registers.
///
/// A log-likelihood ratio is in units of 1/4. What an edge contributes to a check's doubt is
/// phi(x) = -log tanh(x/2) in units of 1/64, of which eight versions, rounded differently, even
/// out the rounding over eight edges. phi is its own inverse (Gallager 1963).
enum CheckTables {
    /// Units of a log-likelihood ratio of 1.
    static let unit = 4.0
    /// An edge this sure adds no doubt; log-likelihood ratio of 7.75.
    static let certain: UInt8 = 31
    /// The most that a check tells, log-likelihood ratio of 6.
    static let magnitudeMax = 24.0
    /// Bytes of all tables: eight of 32 doubts; magnitudes for doubts below 64, and by eights.
    static let bytes = 8 * 32 + 64 + 32

    /// Fills `tables`, which has room for ``bytes``.
    static func fill(_ tables: UnsafeMutablePointer<UInt8>) {
        for x in 0..<32 {
            // A magnitude of 0 hides the parity, but what is summed has to stay finite.
            let likelihood = max(0.125, Double(x)) / unit
            let doubt = x == 31 ? 0 : 64 * phi(likelihood)
            for version in 0..<8 {
                let rounding = (Double(reversed(version)) + 0.5) / 8
                tables[32 * version + x] = byte(min(255, (doubt + rounding).rounded(.down)))
            }
        }
        for sum in 0..<64 {
            let exact = 4 * unit * phi(max(1e-4, Double(sum) / 64))
            tables[256 + sum] = byte(min(4 * magnitudeMax, exact.rounded()))
        }
        for eighth in 0..<32 {
            let exact = 4 * unit * phi((Double(eighth) * 8 + 3.5) / 64)
            tables[320 + eighth] = byte(min(4 * magnitudeMax, exact.rounded()))
        }
    }

    /// What an edge of `magnitude`, up to ``certain``, adds to the doubt.
    @inline(__always)
    static func doubt(_ tables: UnsafePointer<UInt8>, turn: Int, magnitude: UInt8) -> Int {
        Int(truncatingIfNeeded: tables[32 * (turn % 8) + Int(truncatingIfNeeded: magnitude)])
    }

    /// The magnitude that a doubt of `sum`, up to 255, leaves; rounded by `dither` modulo 4.
    @inline(__always)
    static func magnitude(_ tables: UnsafePointer<UInt8>, _ sum: Int, dither: Int) -> UInt8 {
        let quarters = sum < 64 ? tables[256 + sum] : tables[320 + sum / 8]
        return (quarters &+ UInt8(truncatingIfNeeded: dither % 4)) &>> 2
    }

    private static func phi(_ x: Double) -> Double {
        let e = Elementary.exp(-x)
        return Elementary.log((1 + e) / (1 - e))
    }

    /// The three bits of `index` in reverse order.
    private static func reversed(_ index: Int) -> Int {
        (index & 1) * 4 + (index & 2) + (index & 4) / 4
    }

    private static func byte(_ x: Double) -> UInt8 { UInt8(truncatingIfNeeded: Int(x)) }
}
