/// A plain document of text lines and line drawings as PDF 1.4 (ISO 32000-1), A4, in the fonts that
/// every reader has; pages are made as they fill.
struct PDFDocument {
    /// Width and height of a page, pt.
    private static let (width, height) = (595.0, 842.0)
    private static let (left, right, top, bottom) = (50.0, 545.0, 795.0, 50.0)

    /// A font of the document.
    enum Font: String {
        case plain = "F1"
        case bold = "F2"
        case fixed = "F3"
    }

    private let footer: String
    private var pages: [String] = []
    private var content = ""
    private var y = PDFDocument.top

    /// An empty document with a line at the foot of each page.
    init(footer: String) { self.footer = footer }

    /// Adds a line, cut at the page's edge; a new page where this one is full.
    mutating func line(
        _ text: String, _ font: Font = .plain, size: Double = 9.5, gap: Double = 3,
        indent: Double = 0, grey: Double = 0
    ) {
        reserve(size + gap)
        y -= size + gap
        write(text, at: (Self.left + indent, y), font, size, grey)
    }

    /// Adds words, broken into lines.
    mutating func paragraph(_ text: String, _ font: Font = .plain, size: Double = 9.5) {
        // Helvetica is half as wide as it is high, on average.
        let most = Int((Self.right - Self.left) / (size * (font == .fixed ? 0.6 : 0.5)))
        var row = ""
        for word in text.split(separator: " ") {
            if row.count + word.count + 1 > most, !row.isEmpty {
                line(row, font, size: size)
                row = ""
            }
            row += (row.isEmpty ? "" : " ") + word
        }
        if !row.isEmpty { line(row, font, size: size) }
    }

    /// Leaves a space.
    mutating func space(_ points: Double) { y -= points }

    /// Begins a new page unless so many points are left.
    mutating func reserve(_ points: Double) {
        if y - points < Self.bottom { endPage() }
    }

    /// Draws a line over a frame, with the least and the greatest value beside it.
    mutating func plot(_ title: String, _ values: [Double], x: (from: String, to: String)) {
        let (plotHeight, indent) = (70.0, 60.0)
        reserve(plotHeight + 36)
        line(title, .bold, size: 8.5)
        guard values.count > 1, let least = values.min(), let greatest = values.max() else {
            return
        }
        let base = y - plotHeight - 4
        let span = greatest > least ? greatest - least : 1
        let wide = Self.right - Self.left - indent
        content += "0.75 G 0.5 w \(number(Self.left + indent)) \(number(base)) "
        content += "\(number(wide)) \(number(plotHeight)) re S\n0.16 0.38 0.62 RG 0.8 w\n"
        // No reader tells more points than there are on the paper.
        let stride = max(values.count / 1_200, 1)
        for index in Swift.stride(from: 0, to: values.count, by: stride) {
            let share = Double(index) / Double(values.count - 1)
            let part = values[index..<min(index + stride, values.count)].max() ?? values[index]
            let place = base + (part - least) / span * plotHeight
            content += "\(number(Self.left + indent + share * wide)) \(number(place)) "
            content += index == 0 ? "m\n" : "l\n"
        }
        content += "S\n"
        y = base
        write(Self.short(greatest), at: (Self.left, base + plotHeight - 6), .plain, 7, 0.35)
        write(Self.short(least), at: (Self.left, base), .plain, 7, 0.35)
        y -= 9
        write(x.from, at: (Self.left + indent, y), .plain, 7, 0.35)
        write(x.to, at: (Self.right - 5 * Double(x.to.count) * 0.72, y), .plain, 7, 0.35)
        y -= 6
    }

    private static func short(_ value: Double) -> String {
        Markup.significant(value).replacing("\u{202F}", with: " ").replacing("\u{2212}", with: "-")
    }

    private mutating func write(
        _ text: String, at place: (x: Double, y: Double), _ font: Font, _ size: Double,
        _ grey: Double
    ) {
        content += "BT \(number(grey)) g /\(font.rawValue) \(number(size)) Tf "
        content += "\(number(place.x)) \(number(place.y)) Td (\(Self.escape(text))) Tj ET\n"
    }

    private mutating func endPage() {
        write(footer, at: (Self.left, 30), .plain, 7.5, 0.4)
        write("\(pages.count + 1)", at: (Self.right - 10, 30), .plain, 7.5, 0.4)
        pages.append(content)
        content = ""
        y = Self.top
    }

    /// Printable ASCII as a PDF string; what the page knows beyond it in plain signs.
    private static func escape(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "(", ")", "\\": result += "\\" + String(scalar)
            case "\u{00B1}": result += "\\261"
            case "\u{00B0}": result += "\\260"
            case "\u{00B5}", "\u{03BC}": result += "\\265"
            case "\u{2212}", "\u{2013}": result += "-"
            case "\u{202F}", "\u{00A0}": result += " "
            case _ where scalar.value >= 32 && scalar.value < 127:
                result.unicodeScalars.append(scalar)
            default: result += "?"
            }
        }
        return result
    }

    private func number(_ value: Double) -> String {
        let hundredths = Int64((value * 100).rounded())
        let (whole, rest) = hundredths.magnitude.quotientAndRemainder(dividingBy: 100)
        let sign = hundredths < 0 ? "-" : ""
        return rest == 0 ? "\(sign)\(whole)" : "\(sign)\(whole).\(rest < 10 ? "0" : "")\(rest)"
    }

    /// The document's bytes.
    mutating func bytes(title: String) -> [UInt8] {
        if !content.isEmpty || pages.isEmpty { endPage() }
        let kids = pages.indices.map { "\(7 + 2 * $0) 0 R" }.joined(separator: " ")
        var objects = [
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [\(kids)] /Count \(pages.count) >>",
        ]
        for name in ["Helvetica", "Helvetica-Bold", "Courier"] {
            objects.append(
                "<< /Type /Font /Subtype /Type1 /BaseFont /\(name) /Encoding /WinAnsiEncoding >>")
        }
        objects.append("<< /Title (\(Self.escape(title))) /Producer (Lodestar) >>")
        for (index, page) in pages.enumerated() {
            objects.append(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 \(number(Self.width)) "
                    + "\(number(Self.height))] /Resources << /Font << /F1 3 0 R /F2 4 0 R "
                    + "/F3 5 0 R >> >> /Contents \(8 + 2 * index) 0 R >>")
            objects.append("<< /Length \(page.utf8.count) >>\nstream\n\(page)endstream")
        }
        return Self.file(objects)
    }

    /// Objects from 1 on with the table of where they are.
    private static func file(_ objects: [String]) -> [UInt8] {
        // The second line says that it is no text, as the standard advises.
        var bytes = Array("%PDF-1.4\n%".utf8) + [0xE2, 0xE3, 0xCF, 0xD3, 10]
        var places: [Int] = []
        for (index, object) in objects.enumerated() {
            places.append(bytes.count)
            bytes += Array("\(index + 1) 0 obj\n\(object)\nendobj\n".utf8)
        }
        let start = bytes.count
        var table = "xref\n0 \(objects.count + 1)\n0000000000 65535 f \n"
        for place in places {
            let digits = String(place)
            table += String(repeating: "0", count: 10 - digits.count) + digits + " 00000 n \n"
        }
        table += "trailer\n<< /Size \(objects.count + 1) /Root 1 0 R /Info 6 0 R >>\n"
        table += "startxref\n\(start)\n%%EOF\n"
        return bytes + Array(table.utf8)
    }
}
