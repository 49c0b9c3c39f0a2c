import Recorder

/// Where the beacon's spot stood on the fine camera, as inline SVG: the darker, the more often.
struct SpotMap {
    let spots: [SpotCount]
    /// Angle of a pixel on the sky, urad; `nil` leaves the scale in pixels.
    let pixelScale: Double?

    /// The figure; `nil` without spots.
    func svg(id: String) -> String? {
        guard let most = spots.map(\.count).max(), most > 0 else { return nil }
        let columns = Array(Set(spots.map(\.x))).sorted()
        let pitch = zip(columns, columns.dropFirst()).map { $1 - $0 }.min() ?? 1
        let total = Double(spots.map(\.count).reduce(0, &+))
        let middleX = spots.reduce(0) { $0 + $1.x * Double($1.count) } / total
        let middleY = spots.reduce(0) { $0 + $1.y * Double($1.count) } / total
        let scale = pixelScale ?? 1
        let unit = pixelScale == nil ? "px" : "\u{00B5}rad"
        let reach = max(
            spots.map { max(abs($0.x - middleX), abs($0.y - middleY)) }.max() ?? 1, 2 * pitch)
        let side = 200.0
        let zoom = side / 2 / (reach + pitch)
        let marks = spots.map { spot in
            let opacity = (Double(spot.count) / Double(most)).squareRoot()
            let x = 130 + (spot.x - middleX - pitch / 2) * zoom
            let y = 110 + (spot.y - middleY - pitch / 2) * zoom
            return "<rect class=\"spot\" x=\"\(Markup.coordinate(x))\" "
                + "y=\"\(Markup.coordinate(y))\" width=\"\(Markup.coordinate(pitch * zoom + 0.3))\" "
                + "height=\"\(Markup.coordinate(pitch * zoom + 0.3))\" "
                + "opacity=\"\(Markup.fixed(opacity, 2))\"/>"
        }.joined()
        let bar = Self.round(reach * scale * 0.8)
        let length = bar / scale * zoom
        let title = "Spot on the fine camera"
        return """
            <figure><figcaption>\(title)</figcaption>
            <svg viewBox="0 0 460 230" role="img" aria-labelledby="\(id)-t \(id)-d">\
            <title id="\(id)-t">\(title)</title><desc id="\(id)-d">Where the beacon's spot stood \
            while the fine loop was closed: the darker, the more often.</desc>
            \(marks)
            <line class="axis" x1="270" x2="\(Markup.coordinate(270 + length))" y1="196" y2="196"/>\
            <text class="number" x="270" y="213">\(Markup.significant(bar, 2)) \(unit)</text>\
            <text class="label" x="270" y="30">frames: \(Markup.grouped(Int64(total)))</text>\
            <text class="label" x="270" y="50">up is up in the sky</text>
            </svg></figure>

            """
    }

    /// The largest of 1, 2, 5 times a power of ten that is not above `value`.
    private static func round(_ value: Double) -> Double {
        var power = 1.0
        while power * 10 <= value, power < 1e9 { power *= 10 }
        while power > value, power > 1e-9 { power /= 10 }
        return [5, 2, 1].map { $0 * power }.first { $0 <= value } ?? power
    }
}
