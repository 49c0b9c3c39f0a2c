/// Quotient rounded toward minus infinity, with its non-negative remainder.
///
/// - Parameter divisor: More than 0.
@inlinable public func floorDivision(
    _ dividend: Int64, by divisor: Int64
) -> (quotient: Int64, remainder: Int64) {
    precondition(divisor > 0)
    let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
}
