/// Round numbers along an axis.
struct Ticks {
    /// The axis from end to end: whole steps that cover the data.
    let range: ClosedRange<Double>
    /// Where the ticks are.
    let values: [Double]
    private let decimals: Int
    /// Whether values are logarithms to the base of ten, and ticks their powers.
    private var isLogarithmic = false

    /// Ticks at whole powers of ten for the logarithms within `data`, at least two of them.
    init(decadesOf data: ClosedRange<Double>) {
        let first = data.lowerBound.rounded(.down)
        let last = max(data.upperBound.rounded(.up), first + 1)
        // Every second power where there are many.
        let step = last - first > 7 ? 2.0 : 1.0
        values = stride(from: first, through: last, by: step).map { $0 }
        range = first...last
        decimals = 0
        isLogarithmic = true
    }

    /// Ticks for data within `data`, about `count` of them.
    ///
    /// - Parameters:
    ///   - isTime: Seconds: steps of 30 s and whole minutes.
    ///   - endsWithData: The axis ends with the data and not with the next tick.
    init(
        _ data: ClosedRange<Double>, count: Int = 5, isTime: Bool = false,
        endsWithData: Bool = false
    ) {
        var (least, greatest) = (data.lowerBound, data.upperBound)
        if !(greatest - least > 0) {
            let room = max(abs(least) * 0.1, 1)
            least = least == 0 ? 0 : least - room
            greatest += room
        }
        let step = Self.step((greatest - least) / Double(max(count, 1)), isTime: isTime)
        let first = (least / step + (endsWithData ? -1e-9 : 1e-9)).rounded(
            endsWithData ? .up : .down)
        let last = (greatest / step + (endsWithData ? 1e-9 : -1e-9)).rounded(
            endsWithData ? .down : .up)
        // A step is at least a third of the span over the count, which bounds the loop.
        values = stride(from: first, through: last, by: 1).map { $0 * step }
        range = endsWithData ? least...greatest : (first * step)...(last * step)
        var decimals = 0
        var scaled = step
        while decimals < 9, abs(scaled - scaled.rounded()) > 1e-6 * scaled {
            scaled *= 10
            decimals += 1
        }
        self.decimals = decimals
    }

    /// Ten to the power of `exponent`, a whole number: in full where that is short.
    private static func power(_ exponent: Double) -> String {
        let whole = Int(exponent)
        switch whole {
        case 0...4: return "1" + String(repeating: "0", count: whole)
        case -3..<0: return "0." + String(repeating: "0", count: -whole - 1) + "1"
        default: return "1e\(whole)"
        }
    }

    /// The smallest round step that is not below `rough`.
    private static func step(_ rough: Double, isTime: Bool) -> Double {
        if isTime {
            let steps: [Double] = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_200, 3_600]
            if rough > 0.5, let step = steps.first(where: { $0 >= rough }) { return step }
        }
        var power = 1.0
        while power < rough, power < 1e300 { power *= 10 }
        while power > rough, power > 1e-300 { power /= 10 }
        return [1, 2, 5, 10].map { $0 * power }.first { $0 >= rough * 0.999_999 } ?? power * 10
    }

    /// The number beside a tick.
    func label(_ value: Double) -> String {
        if isLogarithmic { return Self.power(value) }
        if range.upperBound >= 1e6, decimals == 0 {
            return Markup.significant(value / 1e6, 2) + "M"
        }
        return Markup.fixed(value, decimals)
    }
}
