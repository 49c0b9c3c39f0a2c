import Quantities

/// The Rice code: v / 2^k in unary (ones, then a zero), then the k lowest bits of v.
///
/// Within 1 % of the entropy of geometric gaps (Rice and Plaunt, IEEE Trans. Commun. 19, 889,
/// 1971). A quotient of ``escape`` or more is written as ``escape`` ones and v in 32 bits.
public struct RiceCode: Equatable, Sendable, BitwiseCopyable {
    /// Largest parameter: gaps of 2^30 slots and more are longer than an epoch.
    public static let largestParameter: UInt8 = 30
    /// Longest run of ones; with the best parameter one value in 10^9 gets there.
    static let escape: UInt32 = 30

    /// k, up to ``largestParameter``.
    public let parameter: UInt8

    /// The code with parameter k = `parameter`.
    public init(parameter: UInt8) throws(WireError) {
        guard parameter <= Self.largestParameter else { throw .riceParameter(parameter) }
        self.parameter = parameter
    }

    private init(known: UInt8) { parameter = known }

    /// Bits that `value` takes.
    public func length(of value: UInt32) -> Int {
        let quotient = value &>> UInt32(parameter)
        return quotient < Self.escape
            ? Int(quotient) + 1 + Int(parameter) : Int(Self.escape) + 32
    }

    /// Writes `value`.
    public func write(_ value: UInt32, to writer: inout BitWriter) {
        let quotient = value &>> UInt32(parameter)
        guard quotient < Self.escape else {
            writer.write(.max, count: Int(Self.escape))
            writer.write(value, count: 32)
            return
        }
        writer.write(.max &<< 1, count: Int(quotient) + 1)
        writer.write(value, count: Int(parameter))
    }

    /// Reads one value; 0 past the end, which `reader` remembers.
    public func read(from reader: inout BitReader) -> UInt32 {
        var quotient: UInt32 = 0
        while reader.read(1) == 1 {
            quotient += 1
            if quotient == Self.escape { return reader.read(32) }
        }
        return quotient &<< UInt32(parameter) | reader.read(Int(parameter))
    }

    /// The code for values with this mean, to be refined by trying its neighbours.
    ///
    /// - Parameter sum: Sum of `count` values.
    public static func estimate(sum: UInt64, count: Int) -> RiceCode {
        guard count > 0 else { return RiceCode(known: 0) }
        let mean = sum / UInt64(widening: count)
        // The best k is floor(log2(mean ln 2)) or one more; 45426 / 65536 is ln 2.
        let scaled = (mean.multipliedReportingOverflow(by: 45_426).partialValue) &>> 16
        let k = scaled == 0 ? 0 : 63 - scaled.leadingZeroBitCount
        return RiceCode(known: UInt8(min(k, Int(largestParameter))))
    }

    /// The codes worth trying beside this one.
    public var neighbours: ClosedRange<UInt8> {
        (parameter > 0 ? parameter - 1 : 0)...min(Self.largestParameter, parameter + 1)
    }
}
