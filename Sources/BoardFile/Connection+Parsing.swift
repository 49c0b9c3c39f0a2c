/// Why a text is no connection, in words, with what is allowed.
public struct ConnectionProblem: Error, Equatable, Sendable {
    /// What is wrong, and what to do.
    public let problem: String
}

extension Connection {
    /// Reads a connection as a board file writes it.
    ///
    /// - Parameters:
    ///   - text: For example `usb:1209:0001` or `serial:/dev/lodestar/mirror@115200`.
    ///   - kinds: Those that suit the instrument.
    /// - Throws: what is wrong with `text`.
    public init(_ text: String, among kinds: [Kind] = Kind.allCases) throws(ConnectionProblem) {
        guard text.unicodeScalars.allSatisfy({ $0.isASCII && $0.value > 32 && $0.value < 127 })
        else { throw ConnectionProblem(problem: "has spaces or characters beyond ASCII") }
        let words = kinds.map(\.rawValue)
        guard let colon = text.firstIndex(of: ":") else {
            throw ConnectionProblem(
                problem: "no kind of connection; it begins with "
                    + words.map { "\($0):" }.joined(separator: ", "))
        }
        let word = String(text[..<colon])
        guard let kind = Kind(rawValue: word) else {
            throw ConnectionProblem(
                problem: "there is no connection \"\(word)\""
                    + Parameter.hint(word, among: words))
        }
        guard kinds.contains(kind) else {
            throw ConnectionProblem(problem: "this instrument is not reached by \(word)")
        }
        self = try Self.read(text[text.index(after: colon)...], as: kind)
    }

    private static func read(
        _ rest: Substring, as kind: Kind
    ) throws(ConnectionProblem) -> Connection {
        switch kind {
        case .usb: return try usb(rest)
        case .usbip:
            let (server, bus) = try attribute(rest)
            let (host, port) = try address(server[...])
            return .usbip(host: host, port: port, bus: bus)
        case .serial: return try serial(rest)
        case .tcp:
            let (host, port) = try address(rest)
            return .tcp(host: host, port: port)
        case .udp:
            let (host, port) = try address(rest)
            return .udp(host: host, port: port)
        case .rotctld:
            let (host, port) = try address(rest)
            return .rotctld(host: host, port: port)
        case .alpaca:
            let (host, port) = try address(rest)
            return .alpaca(host: host, port: port)
        case .gpio: return try gpio(rest)
        case .video: return .video(path: try device(rest))
        case .aravis:
            guard !rest.isEmpty else { throw ConnectionProblem(problem: "the name is missing") }
            return .aravis(name: String(rest))
        case .hwmon:
            let (name, attribute) = try attribute(rest)
            return .hwmon(name: name, attribute: attribute)
        case .iio:
            let (name, attribute) = try attribute(rest)
            return .iio(name: name, attribute: attribute)
        }
    }

    private static func usb(_ rest: Substring) throws(ConnectionProblem) -> Connection {
        let parts = rest.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count >= 2 else {
            throw ConnectionProblem(problem: "the product id is missing")
        }
        let vendor = try id(parts[0], "vendor")
        let product = try id(parts[1], "product")
        guard parts.count == 3 else {
            return .usb(vendor: vendor, product: product, serial: nil)
        }
        guard !parts[2].isEmpty else {
            throw ConnectionProblem(problem: "the serial number after the last colon is missing")
        }
        return .usb(vendor: vendor, product: product, serial: String(parts[2]))
    }

    private static func id(_ digits: Substring, _ owner: String) throws(ConnectionProblem) -> UInt16
    {
        let isHexadecimal = digits.utf8.allSatisfy {
            (48...57).contains($0) || (65...70).contains($0) || (97...102).contains($0)
        }
        guard digits.utf8.count == 4, isHexadecimal, let id = UInt16(digits, radix: 16) else {
            throw ConnectionProblem(
                problem: "the \(owner) id \"\(digits)\" is not four hexadecimal digits, "
                    + "as `lsusb` prints them")
        }
        return id
    }

    private static func serial(_ rest: Substring) throws(ConnectionProblem) -> Connection {
        guard let at = rest.lastIndex(of: "@") else {
            return .serial(path: try device(rest), baud: usualBaud)
        }
        let speed = rest[rest.index(after: at)...]
        guard let baud = whole(speed), (50...12_000_000).contains(baud) else {
            throw ConnectionProblem(
                problem: "the speed \"\(speed)\" is not 50 to 12000000 baud")
        }
        return .serial(path: try device(rest[..<at]), baud: baud)
    }

    /// A file of `/dev`, and nothing that leads out of it.
    private static func device(_ path: Substring) throws(ConnectionProblem) -> String {
        let steps = path.split(separator: "/", omittingEmptySubsequences: false)
        guard path.hasPrefix("/dev/"),
            steps.dropFirst().allSatisfy({ !["", ".", ".."].contains($0) })
        else {
            throw ConnectionProblem(
                problem: "\"\(path)\" is not the path of a device, as /dev/lodestar/NAME")
        }
        return String(path)
    }

    /// `HOST:PORT`; a host with colons, IPv6, stands in brackets.
    private static func address(
        _ rest: Substring
    ) throws(ConnectionProblem) -> (host: String, port: UInt16) {
        guard let colon = rest.lastIndex(of: ":"), !rest.hasSuffix("]") else {
            throw ConnectionProblem(problem: "the port is missing; write HOST:PORT")
        }
        let digits = rest[rest.index(after: colon)...]
        guard let number = whole(digits), let port = UInt16(exactly: number), port > 0 else {
            throw ConnectionProblem(problem: "the port \"\(digits)\" is not 1 to 65535")
        }
        var host = rest[..<colon]
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]") && host.count > 2
        if isBracketed { host = host.dropFirst().dropLast() }
        guard !host.isEmpty, isBracketed || !host.contains(where: { ":[]".contains($0) }) else {
            throw ConnectionProblem(
                problem: "\"\(host)\" is no host; an IPv6 address stands in brackets: [::1]:\(port)"
            )
        }
        return (String(host), port)
    }

    private static func gpio(_ rest: Substring) throws(ConnectionProblem) -> Connection {
        guard let slash = rest.lastIndex(of: "/"), slash > rest.startIndex else {
            throw ConnectionProblem(problem: "the line is missing; write CHIP/LINE")
        }
        let digits = rest[rest.index(after: slash)...]
        guard let line = whole(digits), line < mostLines else {
            throw ConnectionProblem(
                problem: "the line \"\(digits)\" is not 0 to \(mostLines - 1), as `gpioinfo` prints"
            )
        }
        return .gpio(chip: String(rest[..<slash]), line: line)
    }

    /// `NAME/FILE`, the file within the device's own folder.
    private static func attribute(
        _ rest: Substring
    ) throws(ConnectionProblem) -> (name: String, attribute: String) {
        let parts = rest.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !["", ".", ".."].contains($0) }) else {
            throw ConnectionProblem(
                problem: "\"\(rest)\" is not NAME/FILE, the device's `name` and a file beside it")
        }
        return (String(parts[0]), String(parts[1]))
    }

    /// A whole number of plain digits.
    private static func whole(_ digits: Substring) -> UInt32? {
        guard digits.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return UInt32(digits)
    }
}
