/// How a Toeplitz matrix is cut into square blocks, and those by halves into leaves.
struct BlockPlan: Equatable, Sendable {
    /// Words on the side of a leaf, which is multiplied word by word.
    let leaf: Int
    /// Words on the side of a block: `leaf` times a power of two.
    let size: Int
    /// Blocks under one another, and beside one another.
    let rows, columns: Int

    /// The plan with the least work, padding included.
    ///
    /// - Parameters:
    ///   - inputWords: Columns of the matrix in words of 64 bits, 1 or more.
    ///   - outputWords: Rows of the matrix in words, 1 or more.
    init(inputWords: Int, outputWords: Int) {
        var best = BlockPlan(leaf: 6, size: 6, inputWords: inputWords, outputWords: outputWords)
        var least = Double.infinity
        for leaf in 6...12 {
            // Clock cycles, roughly, as measured with PCLMULQDQ: a product of words each, and
            // what a leaf costs beside them; halving moves four words for each of the block's.
            var cost = Double(leaf * (leaf + 1) + 20)
            var size = leaf
            while true {
                let plan = BlockPlan(
                    leaf: leaf, size: size, inputWords: inputWords, outputWords: outputWords)
                let total = Double(plan.rows) * Double(plan.columns) * cost
                if total < least { (best, least) = (plan, total) }
                // One block covers the whole, and a larger one would too.
                if plan.rows == 1, plan.columns == 1 { break }
                size *= 2
                cost = 3 * cost + 2 * Double(size)
            }
        }
        self = best
    }

    private init(leaf: Int, size: Int, inputWords: Int, outputWords: Int) {
        self.leaf = leaf
        self.size = size
        rows = (outputWords + size - 1) / size
        columns = (inputWords + size - 1) / size
    }
}
