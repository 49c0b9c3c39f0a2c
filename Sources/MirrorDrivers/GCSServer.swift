public import Quantities

/// A controller that speaks the General Command Set 2.0, with simulated axes: bytes in, bytes out.
///
/// Knows what the E-727 knows of steering a mirror: `*IDN?` `CSV?` `ERR?` `HLP?` `VER?` `SAI?`
/// `SVO` `SVO?` `MOV` `MOV?` `MVR` `GOH` `POS?` `ONT?` `TMN?` `TMX?` `HLT` `STP` and the single
/// bytes #5 (moving axes), #7 (ready) and #24 (stop). Commands of any case.
public struct GCSServer: Sendable {
    /// The axes, in the order of `SAI?`.
    public private(set) var axes: [SimulatedAxis]
    /// The last error, until `ERR?` asks for it; 0 is none.
    public private(set) var error = 0
    /// Commands and questions carried out or refused since the start.
    public private(set) var commandCount: Int64 = 0

    private var line: [UInt8] = []
    private var isLineTooLong = false
    /// Longest command taken, bytes; the rest of a longer one is dropped.
    private static let lineCapacity = 256

    /// A controller with servo loops open, as after power-on.
    ///
    /// - Parameter axes: 1 to 8 with different names.
    public init(axes: [SimulatedAxis]) {
        precondition(1...8 ~= axes.count && Set(axes.map(\.name)).count == axes.count)
        self.axes = axes
        line.reserveCapacity(Self.lineCapacity)
    }

    /// A two-axis mirror with 0 to 2000 microradians of travel each.
    public static var mirror: GCSServer {
        GCSServer(axes: ["1", "2"].map { SimulatedAxis(name: $0, travel: 0...2_000) })
    }

    /// Lets time pass for the axes.
    public mutating func advance(by span: Picoseconds) {
        for index in axes.indices {
            axes[index].advance(bySeconds: Double(span.count) * 1e-12)
        }
    }

    /// Takes what a client sent, in whatever pieces, and returns what it gets back.
    public mutating func receive(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        var answer: [UInt8] = []
        for byte in bytes {
            switch byte {
            case 0x05: answer += movingAxes()
            case 0x07: answer += [0xB1, 0x0A]
            case 0x18: stop()
            case 0x0A: answer += endLine()
            case 0x0D: continue
            default:
                if line.count < Self.lineCapacity {
                    line.append(byte)
                } else {
                    isLineTooLong = true
                }
            }
        }
        return answer
    }
}

extension GCSServer {
    private enum Refusal: Int, Error {
        case syntax = 1
        case unknownCommand = 2
        case servoOff = 5
        case outOfLimits = 7
        case unknownAxis = 15
    }

    private mutating func endLine() -> [UInt8] {
        defer {
            line.removeAll(keepingCapacity: true)
            isLineTooLong = false
        }
        commandCount &+= 1
        guard !isLineTooLong else {
            report(.syntax)
            return []
        }
        let words = String(decoding: line, as: UTF8.self).split(separator: " ").map(String.init)
        guard let name = words.first?.uppercased() else { return [] }
        do throws(Refusal) {
            let lines = try answer(to: name, Array(words.dropFirst()))
            guard !lines.isEmpty else { return [] }
            return Array(lines.joined(separator: " \n").utf8) + [0x0A]
        } catch {
            report(error)
            return []
        }
    }

    private mutating func answer(
        to name: String, _ words: [String]
    ) throws(Refusal) -> [String] {
        switch name {
        case "*IDN?": return ["(c)2015 Physik Instrumente (PI) GmbH & Co. KG, E-727, 0, SIMULATED"]
        case "CSV?": return ["2.0"]
        case "VER?": return ["LODESTAR: simulated controller"]
        case "HLP?": return Self.help
        case "SAI?": return axes.map(\.name)
        case "ERR?":
            defer { error = 0 }
            return [String(error)]
        case "POS?": return try values(words) { Self.number($0.position) }
        case "MOV?": return try values(words) { Self.number($0.target) }
        case "TMN?": return try values(words) { Self.number($0.travel.lowerBound) }
        case "TMX?": return try values(words) { Self.number($0.travel.upperBound) }
        case "SVO?": return try values(words) { $0.isServoOn ? "1" : "0" }
        case "ONT?": return try values(words) { $0.isOnTarget ? "1" : "0" }
        default:
            try obey(name, words)
            return []
        }
    }

    private mutating func obey(_ name: String, _ words: [String]) throws(Refusal) {
        switch name {
        case "MOV": try move(words, relative: false)
        case "MVR": try move(words, relative: true)
        case "SVO":
            for (index, value) in try pairs(words) {
                guard value == 0 || value == 1 else { throw .syntax }
                axes[index].isServoOn = value == 1
                axes[index].halt()
            }
        case "GOH":
            for index in try chosen(words) {
                let travel = axes[index].travel
                axes[index].target = (travel.lowerBound + travel.upperBound) / 2
            }
        case "HLT":
            for index in try chosen(words) { axes[index].halt() }
            error = 10
        case "STP": stop()
        default: throw .unknownCommand
        }
    }

    /// Moves all named axes, or none if one of them cannot.
    private mutating func move(_ words: [String], relative: Bool) throws(Refusal) {
        let orders = try pairs(words)
        for (index, value) in orders {
            guard axes[index].isServoOn else { throw .servoOff }
            let target = relative ? axes[index].target + value : value
            guard axes[index].travel.contains(target) else { throw .outOfLimits }
        }
        for (index, value) in orders {
            axes[index].target = relative ? axes[index].target + value : value
        }
    }

    private mutating func stop() {
        for index in axes.indices { axes[index].halt() }
        error = 10
    }

    private mutating func report(_ refusal: Refusal) { error = refusal.rawValue }

    private func movingAxes() -> [UInt8] {
        var mask = 0
        for index in axes.indices where !axes[index].isOnTarget { mask |= 1 << index }
        return Array(String(mask, radix: 16).uppercased().utf8) + [0x0A]
    }

    private func index(of name: String) throws(Refusal) -> Int {
        guard let index = axes.firstIndex(where: { $0.name == name }) else { throw .unknownAxis }
        return index
    }

    /// The axes named, all if none is.
    private func chosen(_ words: [String]) throws(Refusal) -> [Int] {
        guard !words.isEmpty else { return Array(axes.indices) }
        var chosen: [Int] = []
        for word in words { chosen.append(try index(of: word)) }
        return chosen
    }

    private func values(
        _ words: [String], _ value: (SimulatedAxis) -> String
    ) throws(Refusal) -> [String] {
        try chosen(words).map { "\(axes[$0].name)=\(value(axes[$0]))" }
    }

    /// Reads `AXIS NUMBER AXIS NUMBER ...`, at least one pair.
    private func pairs(_ words: [String]) throws(Refusal) -> [(index: Int, value: Double)] {
        guard !words.isEmpty, words.count.isMultiple(of: 2) else { throw .syntax }
        var pairs: [(index: Int, value: Double)] = []
        for start in stride(from: 0, to: words.count, by: 2) {
            let axis = try index(of: words[start])
            guard let value = Double(words[start + 1]), value.isFinite else { throw .syntax }
            pairs.append((axis, value))
        }
        return pairs
    }

    /// Seven significant digits with an exponent of two, as the controller writes them.
    private static func number(_ value: Double) -> String {
        guard value != 0 else { return "0.000000e+00" }
        var exponent = 0
        var mantissa = abs(value)
        while mantissa >= 10 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
        while mantissa < 1 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
        var digits = Int((mantissa * 1e6).rounded())
        if digits == 10_000_000 { (digits, exponent) = (1_000_000, exponent + 1) }
        let text = String(digits)
        let power = abs(exponent) < 10 ? "0\(abs(exponent))" : "\(abs(exponent))"
        return "\(value < 0 ? "-" : "")\(text.prefix(1)).\(text.dropFirst())e"
            + "\(exponent < 0 ? "-" : "+")\(power)"
    }

    private static let help = [
        "The following commands are available:", "#5 Request Motion Status",
        "#7 Request Controller Ready Status", "#24 Stop All Axes",
        "*IDN? Get Device Identification", "CSV? Get Current Syntax Version",
        "ERR? Get Error Number", "GOH [{<AxisID>}] Go To Home Position",
        "HLP? Get List Of Available Commands", "HLT [{<AxisID>}] Halt Motion Smoothly",
        "MOV {<AxisID> <Position>} Set Target Position", "MOV? [{<AxisID>}] Get Target Position",
        "MVR {<AxisID> <Distance>} Set Target Relative To Current Target",
        "ONT? [{<AxisID>}] Get On-Target State", "POS? [{<AxisID>}] Get Real Position",
        "SAI? [ALL] Get List Of Current Axis Identifiers", "STP Stop All Axes",
        "SVO {<AxisID> <ServoState>} Set Servo Mode", "SVO? [{<AxisID>}] Get Servo Mode",
        "TMN? [{<AxisID>}] Get Minimum Commandable Position",
        "TMX? [{<AxisID>}] Get Maximum Commandable Position", "VER? Get Versions Of Firmware",
        "end of help",
    ]
}
