import Quantities

/// What both ends agree on before they correct a block: its size, the block sizes, the shuffles.
///
/// Integers only, so that both ends compute the same from it on any processor.
public struct CascadePlan: Equatable, Sendable, BitwiseCopyable {
    /// Bits that a block may have. The end is what positions of three bytes in a message reach.
    public static let bitsRange = 1...1_048_576
    /// Expected error rates, parts per million; none leaves a key from 11 % on.
    public static let errorRateRangePPM = 0..<110_000

    /// The most passes there may be.
    public static let mostPasses = 24

    /// Bits of the block.
    public let bits: Int
    /// Which block sizes the passes have.
    public let variant: CascadeVariant
    /// Expected error rate, parts per million. Wrong by a factor of two costs bits, not correctness.
    public let errorRatePPM: Int
    /// Passes, of which those beyond the variant's own go on in its way, at last with two halves.
    ///
    /// A pass of halves costs one bit if nothing is wrong any more, and finds something in every other
    /// case if errors are left.
    public let passes: Int
    /// Where the shuffles of the passes come from: public, and chosen without knowledge of the key.
    public let seed: UInt64

    /// Checks and keeps the values.
    ///
    /// - Parameter passes: From the variant's own, which is meant if none is given, to
    ///   ``mostPasses``.
    public init(
        variant: CascadeVariant, bits: Int, errorRatePPM: Int, seed: UInt64, passes: Int? = nil
    ) throws(CascadeError) {
        let passes = passes ?? variant.passes
        guard Self.bitsRange.contains(bits) else { throw .bitsOutOfRange(bits) }
        guard Self.errorRateRangePPM.contains(errorRatePPM) else {
            throw .errorRateOutOfRange(ppm: errorRatePPM)
        }
        guard passes >= variant.passes, passes <= Self.mostPasses else {
            throw .passesOutOfRange(passes, least: variant.passes)
        }
        self.variant = variant
        self.bits = bits
        self.errorRatePPM = errorRatePPM
        self.seed = seed
        self.passes = passes
    }

    /// Bytes of the block, the last one padded with bits that count for nothing.
    public var byteCount: Int { (bits + 7) / 8 }

    /// Most parities that either end lets be disclosed, so that every conversation ends.
    ///
    /// A block that costs its own length is lost already; tiny blocks may cost a little more.
    public var disclosureLimit: Int { 2 * bits + 64 }

    /// Bits of the blocks of `pass`, counted from 0; the last block may be shorter.
    func blockSize(_ pass: Int) -> Int {
        // Two blocks at least: the parity of all bits is known after the first pass.
        let half = (bits + 1) / 2
        guard errorRatePPM > 0 else { return half }
        let size =
            switch variant {
            case .original: doubled(ceiling(730_000), pass, upTo: half)
            case .yan: pass == 0 ? ceiling(800_000) : pass == 1 ? 5 * ceiling(800_000) : half
            case .martinezMateo: powerOfTwo(pass) ?? half
            }
        return min(size, half)
    }

    /// How many blocks `pass` has.
    func blockCount(_ pass: Int) -> Int {
        let size = blockSize(pass)
        return (bits + size - 1) / size
    }

    /// Blocks of `pass` whose parity is asked: from the second pass on not the last, which follows
    /// from the others and the parity of all bits.
    func askedBlockCount(_ pass: Int) -> Int { blockCount(pass) - (pass == 0 ? 0 : 1) }

    /// Parities of whole blocks that are asked, of all passes.
    public var topParityCount: Int {
        var count = 0
        for pass in 0..<passes { count += askedBlockCount(pass) }
        return count
    }

    /// `millionths` / the error rate in millionths, rounded up.
    private func ceiling(_ millionths: Int) -> Int {
        (millionths + errorRatePPM - 1) / errorRatePPM
    }

    /// `size`, doubled `times` times or until it is `limit` or more.
    private func doubled(_ size: Int, _ times: Int, upTo limit: Int) -> Int {
        var size = size
        for _ in 0..<times where size < limit { size *= 2 }
        return size
    }

    /// Sizes of optimisation 8: exponents ceil(a), ceil((a + 12) / 2) and 12 with a = log2(1/Q) - 1/2.
    private func powerOfTwo(_ pass: Int) -> Int? {
        // 2^a is this many millionths of 1 over the error rate.
        let root: UInt64 = 707_107
        let rate = UInt64(widening: errorRatePPM)
        switch pass {
        case 0:
            var size: UInt64 = 1
            while size &* rate < root { size &*= 2 }
            return Int(truncatingIfNeeded: size)
        case 1:
            var size: UInt64 = 1
            while size &* size &* rate < 4096 &* root { size &*= 2 }
            return Int(truncatingIfNeeded: size)
        case 2: return 4096
        default: return nil
        }
    }
}
