#if !hasFeature(Embedded) && canImport(CHardware)
    import CHardware
#endif

/// One layer of belief propagation: `size` parity checks, and what each told its edges last.
///
/// A check's edges are met one after another; it tells the least reliable one what all others say,
/// and each of the others what all say (Jones, Valles, Smith, Villasenor 2003, "A-min*"). What is
/// told is a magnitude and, for each edge, a sign. Arrays have `padded` values, one a check, of
/// which those past `size` mean nothing.
struct CheckRow {
    /// Checks: the lifting size.
    var size = 0
    /// `size` rounded up to a multiple of 32.
    var padded = 0
    /// Edges of each check, 2 up to ``edgesMax``.
    var edges = 0
    /// For each edge where its column begins in the posteriors.
    var columns: UnsafePointer<UInt32>
    /// For each edge how far its column is to be rotated, below `size`.
    var rotations: UnsafePointer<UInt16>
    /// 128 if the parity is odd, else 0.
    var parities: UnsafePointer<UInt8>
    /// Magnitude told to the weakest edge, to the others, and which that is (255: none).
    var least, others, weakest: UnsafeMutablePointer<UInt8>
    /// For eight edges a byte a check, the first edge highest; 1 if the edge was told an error.
    var signs: UnsafeMutablePointer<UInt8>
    /// Room for `edges * padded` values.
    var scratch: UnsafeMutablePointer<Int8>
    var tables: UnsafePointer<UInt8>
    /// Selects the order in which roundings are tried, so that they even out.
    var turn = 0

    static let edgesMax = 254

    /// Updates `posterior` by this row; columns are left rotated by this row's shifts.
    ///
    /// A column has `size` values and 32 more that repeat them; room for 32 in any case. A
    /// posterior at 127 or -127 is certain and stays.
    /// - Returns: how many checks did not hold before the update.
    func update(_ posterior: UnsafeMutablePointer<Int8>) -> Int {
        #if !hasFeature(Embedded) && canImport(CHardware)
            if lodestar_has_check_row() != 0 { return updateByVectors(posterior) }
        #endif
        return updatePortably(posterior)
    }

    #if !hasFeature(Embedded) && canImport(CHardware)
        private func updateByVectors(_ posterior: UnsafeMutablePointer<Int8>) -> Int {
            var row = lodestar_check_row(
                size: Int32(size), padded: Int32(padded), edges: Int32(edges), turn: Int32(turn),
                columns: columns, rotations: rotations, parities: parities, least: least,
                others: others, weakest: weakest, signs: signs, scratch: scratch, tables: tables)
            return Int(lodestar_update_check_row(&row, posterior))
        }
    #endif

    /// Does what ``update(_:)`` does on any machine; gives the same values.
    func updatePortably(_ posterior: UnsafeMutablePointer<Int8>) -> Int {
        var broken = 0
        for check in 0..<size { broken += gather(check, posterior) }
        for edge in 0..<edges { scatter(edge, posterior) }
        return broken
    }

    /// Reads a check's edges, leaves in `scratch` what each column says without this check.
    private func gather(_ check: Int, _ posterior: UnsafeMutablePointer<Int8>) -> Int {
        var before = parities[check], sign = before
        var number: UInt8 = 0, weak: UInt8 = 0
        var smallest = CheckTables.certain
        var sum = 0
        var old: UInt8 = 0, fresh: UInt8 = 0
        for edge in 0..<edges {
            let group = edge / 8 * padded + check
            if edge % 8 == 0 { old = signs[group] }
            var at = check + Int(truncatingIfNeeded: rotations[edge])
            if at >= size { at -= size }
            let value = posterior[Int(truncatingIfNeeded: columns[edge]) + at]
            let rest = Self.without(
                value, weakest[check] == number ? least[check] : others[check], old >= 128)
            scratch[edge * padded + check] = rest
            old &<<= 1
            before ^= UInt8(bitPattern: value)
            sign ^= UInt8(bitPattern: rest)
            fresh = fresh &<< 1 | UInt8(bitPattern: rest) &>> 7
            let magnitude = min(rest.magnitude, CheckTables.certain)
            if magnitude < smallest { weak = number }
            sum += CheckTables.doubt(
                tables, turn: turn + edge, magnitude: max(smallest, magnitude))
            sum = min(255, sum)
            smallest = min(smallest, magnitude)
            number &+= 1
            if edge % 8 == 7 { signs[group] = fresh }
        }
        if edges % 8 != 0 {
            signs[edges / 8 * padded + check] =
                fresh &<< UInt8(truncatingIfNeeded: 8 - edges % 8)
        }
        if sign >= 128 {
            for group in 0..<(edges + 7) / 8 { signs[group * padded + check] ^= 255 }
        }
        let all = min(255, sum + CheckTables.doubt(tables, turn: 0, magnitude: smallest))
        least[check] = CheckTables.magnitude(tables, sum, dither: turn + check)
        others[check] = CheckTables.magnitude(tables, all, dither: turn + check)
        weakest[check] = weak
        return before >= 128 ? 1 : 0
    }

    /// Adds to a column what each check now tells it.
    private func scatter(_ edge: Int, _ posterior: UnsafeMutablePointer<Int8>) {
        let column = posterior + Int(truncatingIfNeeded: columns[edge])
        let number = UInt8(truncatingIfNeeded: edge)
        let bit: UInt8 = 128 &>> UInt8(truncatingIfNeeded: edge % 8)
        for check in 0..<size {
            let rest = scratch[edge * padded + check]
            let told = weakest[check] == number ? least[check] : others[check]
            let isError = signs[edge / 8 * padded + check] & bit != 0
            column[check] = Self.with(rest, told, isError)
        }
        for i in 0..<32 { column[size + i] = column[i % size] }
    }

    /// A posterior without what a check told.
    @inline(__always)
    private static func without(_ value: Int8, _ told: UInt8, _ isError: Bool) -> Int8 {
        if value == 127 || value == -127 { return value }
        let change = Int(truncatingIfNeeded: told)
        let rest = Int(truncatingIfNeeded: value) + (isError ? change : -change)
        return Int8(truncatingIfNeeded: max(-128, min(127, rest)))
    }

    /// A posterior with what a check tells.
    @inline(__always)
    private static func with(_ rest: Int8, _ told: UInt8, _ isError: Bool) -> Int8 {
        if rest == 127 || rest == -127 { return rest }
        let change = Int(truncatingIfNeeded: told)
        let value = Int(truncatingIfNeeded: rest) + (isError ? -change : change)
        return Int8(truncatingIfNeeded: max(-127, min(127, value)))
    }
}
