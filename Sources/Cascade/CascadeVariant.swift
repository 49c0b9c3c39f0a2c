/// Which block sizes the passes of Cascade have.
public enum CascadeVariant: UInt8, Sendable, BitwiseCopyable {
    /// Brassard and Salvail, Eurocrypt 1993 (LNCS 765, 1994): first blocks of 0.73 / Q bits, twice
    /// as long in each of the 3 passes that follow.
    ///
    /// The fewest messages, the most disclosed bits, and the most blocks with errors left.
    case original = 1
    /// Yan, Ren, Peng, Lin, Jiang, Liu, Guo, FSKD 2008: 0.8 / Q bits, then 5 times that, then
    /// 8 passes of two halves of the block.
    case yan = 2
    /// Martinez-Mateo, Pacher, Peev, Ciurana, Martin, QIC 15, 453 (2015), optimisation 8: powers of
    /// two from 0.71 / Q bits by about 64 sqrt(0.71 / Q) to 4096 bits, then 11 passes of two halves.
    case martinezMateo = 3

    /// How many passes it has as published; ``CascadePlan/passes`` may be more.
    public var passes: Int {
        switch self {
        case .original: 4
        case .yan: 10
        case .martinezMateo: 14
        }
    }
}

#if !hasFeature(Embedded)
    extension CascadeVariant: CaseIterable {}
#endif
