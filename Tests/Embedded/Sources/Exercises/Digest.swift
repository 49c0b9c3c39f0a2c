import Quantities

/// A 64-bit FNV-1a digest of whole numbers, the same on every machine.
///
/// Source: the FNV specification, draft-eastlake-fnv, section 2 (64-bit prime and offset basis).
struct Digest {
    /// The digest of what was added so far.
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    /// Adds the eight bytes of `number`, lowest first.
    mutating func add(_ number: Int64) {
        var rest = UInt64(bitPattern: number)
        for _ in 0..<8 {
            mix(rest & 0xff)
            rest &>>= 8
        }
    }

    /// Adds the eight bytes of `number`, lowest first.
    mutating func add(_ number: UInt64) { add(Int64(bitPattern: number)) }

    /// Adds the four bytes of `number`, lowest first.
    mutating func add(_ number: UInt32) {
        for place in UInt32(0)..<4 {
            add(UInt8(truncatingIfNeeded: number &>> (8 &* place)))
        }
    }

    /// Adds a count, which fits into 31 bits on every machine.
    mutating func add(_ count: Int) { add(UInt32(truncatingIfNeeded: count)) }

    /// Adds one byte.
    mutating func add(_ byte: UInt8) {
        mix(UInt64(widening: byte))
    }

    /// Adds a truth value.
    mutating func add(_ flag: Bool) { mix(flag ? 1 : 0) }

    private mutating func mix(_ byte: UInt64) {
        value = (value ^ byte) &* 0x0000_0100_0000_01b3
    }

    /// Adds `number` rounded to a multiple of `step`.
    ///
    /// For results of the C library's functions, which differ in the last place between machines:
    /// `step` is far coarser than that. A number too large for 64 bits counts as its sign.
    mutating func add(_ number: Double, inStepsOf step: Double) {
        let steps = (number / step).rounded()
        if steps > -9e18 && steps < 9e18 {
            add(Int64(steps))
        } else {
            add(steps < 0 ? Int64.min : Int64.max)
        }
    }
}

/// A repeatable stream of numbers to feed the exercises with; not random, not secret.
///
/// Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014),
/// SplitMix64.
struct NumberStream {
    private var state: UInt64

    /// The stream of `seed`.
    init(seed: UInt64) { state = seed }

    /// The next 64 bits.
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z &>> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z &>> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z &>> 31)
    }

    /// The next whole number from 0 up to `bound`, which is more than 0, without it.
    mutating func next(below bound: Int64) -> Int64 {
        Int64(bitPattern: next() &>> 1) % bound
    }
}
