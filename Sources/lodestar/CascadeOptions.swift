import ArgumentParser
import Cascade

/// What can be chosen of Cascade on the command line.
struct CascadeOptions: ParsableArguments {
    @Option(help: "Block sizes of cascade: original, yan (if not given) or martinez-mateo.")
    var variant: Variant?
    @Option(help: "Passes of cascade: from the variant's own, 4, 10 or 14, to 24.")
    var passes: Int?
    @Option(
        help: ArgumentHelp(
            "Write every message of cascade to this file.",
            discussion: "Each as its length in 4 bytes, little-endian, and its bytes: requests and "
                + "answers in turn, block after block."))
    var transcript: String?

    /// The names of the variants.
    enum Variant: String, ExpressibleByArgument {
        case original, yan
        case martinezMateo = "martinez-mateo"
    }

    /// Refuses options of cascade for another method.
    func refuseAll() throws {
        guard variant == nil, passes == nil, transcript == nil else {
            throw ValidationError(
                "--variant, --passes and --transcript belong to --method cascade; give that, or "
                    + "leave them out")
        }
    }

    /// The plan of a block of `bits` at error rate `qber`.
    ///
    /// Unless told otherwise there are 16 passes at least: the 6 more than Yan's 10 cost a bit each,
    /// and let errors remain in one of some ten thousand blocks, not of some hundreds.
    func plan(bits: Int, qber: Double) throws -> CascadePlan {
        let sizes: CascadeVariant =
            switch variant ?? .yan {
            case .original: .original
            case .yan: .yan
            case .martinezMateo: .martinezMateo
            }
        do throws(CascadeError) {
            return try CascadePlan(
                variant: sizes, bits: bits, errorRatePPM: Int((qber * 1e6).rounded()), seed: 1,
                passes: passes ?? max(16, sizes.passes))
        } catch {
            guard case .passesOutOfRange(let given, let least) = error else { throw error }
            throw ValidationError(
                "--passes \(given) is not allowed; give \(least) to \(CascadePlan.mostPasses)")
        }
    }
}
