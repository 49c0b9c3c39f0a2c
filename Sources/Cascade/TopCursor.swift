/// Goes through the whole blocks whose parities are asked, pass by pass.
struct TopCursor {
    private let plan: CascadePlan
    private var size: Int
    private var left: Int
    /// The pass, counted from 0.
    private(set) var pass = 0
    /// First place of the block in the order of its pass.
    private(set) var start = 0

    /// Stands at the first block.
    init(plan: CascadePlan) {
        self.plan = plan
        size = plan.blockSize(0)
        left = plan.askedBlockCount(0)
    }

    /// Behind the last place of the block.
    var end: Int { min(start + size, plan.bits) }

    /// Goes to the next block; behind the last one it stands in a pass that there is not.
    mutating func advance() {
        left -= 1
        start += size
        enterPass()
    }

    /// Goes on by `count` blocks.
    mutating func skip(_ count: Int) {
        var rest = count
        while rest >= left, pass < plan.passes {
            rest -= left
            left = 0
            enterPass()
        }
        start += rest * size
        left -= rest
    }

    private mutating func enterPass() {
        while left == 0, pass < plan.passes {
            pass += 1
            start = 0
            size = plan.blockSize(pass)
            left = pass < plan.passes ? plan.askedBlockCount(pass) : 0
        }
    }
}
