import Calibration

/// Memory for histograms, freed when this goes away.
final class Bins {
    let all: UnsafeMutableBufferPointer<Int64>

    init(_ count: Int) {
        all = .allocate(capacity: count)
        all.initialize(repeating: 0)
    }

    deinit { all.deallocate() }

    /// Part number `index` of `count` equal ones.
    func part(_ index: Int, of count: Int) -> UnsafeMutableBufferPointer<Int64> {
        let length = all.count / count
        return UnsafeMutableBufferPointer(rebasing: all[index * length..<(index + 1) * length])
    }
}

/// Lends a copy of `array` to `body`.
func lending<Element, Result>(
    _ array: [Element],
    _ body: (UnsafeMutableBufferPointer<Element>) throws(CalibrationError) -> Result
) throws(CalibrationError) -> Result {
    let buffer = UnsafeMutableBufferPointer<Element>.allocate(capacity: array.count)
    _ = buffer.initialize(from: array)
    defer {
        buffer.deinitialize()
        buffer.deallocate()
    }
    return try body(buffer)
}
