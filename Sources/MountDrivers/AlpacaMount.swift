public import PayloadHAL
public import Quantities

/// A telescope mount behind an ASCOM Alpaca server, moved at rates.
///
/// ``follow(_:azimuthRate:elevationRate:)`` reads where the mount is and orders the target's rates plus a correction in
/// proportion to the error, within what `axisrates` allows. The server answers with status 200
/// also where its driver failed: `ErrorNumber` decides. Azimuths come back in 0 to 360 degrees and
/// are carried on over turns from the first one read.
public struct AlpacaMount<Connection: ByteConnection & ~Copyable>: Mount, ~Copyable {
    /// This driver's own error.
    public typealias Failure = AlpacaError<Connection.Failure>

    /// What is set up by hand about a mount.
    public struct Settings: Equatable, Sendable {
        /// Number of the telescope at the server.
        public var device = 0
        /// Directions within which it may move, rad.
        public var azimuth: ClosedRange<Double> = -2 * .pi...4 * .pi
        /// Elevations within which it may move, rad.
        public var elevation: ClosedRange<Double> = 0...Double.pi / 2
        /// Whether its first axis turns against growing azimuth.
        public var isAzimuthReversed = false
        /// Rate of correction per error, 1/s, 0 to 10.
        public var gain = 1.0
        /// How long one order may take, more than 0.
        public var patience = Picoseconds.milliseconds(1_000)

        /// Settings for the first telescope.
        public init() {}
    }

    /// From the settings and `axisrates`.
    public private(set) var limits: MountReach
    /// What the server calls the mount.
    public private(set) var name = ""

    private var link: HTTPLink<Connection>
    private let settings: Settings
    private var rates: (azimuth: AlpacaRates, elevation: AlpacaRates)?
    /// Rates last ordered, deg/s; `nil` if unknown.
    private var ordered: (azimuth: Double?, elevation: Double?) = (0, 0)
    /// The last azimuth read, rad, with its turns.
    private var lastAzimuth: Double?
    private var transaction = 0

    /// Takes over a connection to the server, connects the mount and unparks it.
    ///
    /// - Parameters:
    ///   - connection: To the server, TCP port 11111 by default.
    ///   - host: As the server is called, for HTTP.
    public init(
        _ connection: consuming Connection, host: String = "localhost",
        settings: Settings = Settings()
    ) throws(Failure) {
        precondition(0...10 ~= settings.gain && settings.device >= 0)
        link = HTTPLink(connection, host: host, patience: settings.patience)
        self.settings = settings
        limits = MountReach(
            azimuth: settings.azimuth, elevation: settings.elevation, azimuthRate: nil,
            elevationRate: nil)
        try prepare()
    }

    deinit {
        // Nobody is left to hear whether it worked.
        link.sendLast("PUT", path("moveaxis"), form: "Axis=0&Rate=0&ClientID=1")
        link.sendLast("PUT", path("moveaxis"), form: "Axis=1&Rate=0&ClientID=1")
    }

    /// Asks `azimuth` and `altitude`, and carries the azimuth on over turns.
    public mutating func direction() throws(Failure) -> SkyDirection {
        let azimuth = try number("azimuth")
        let elevation = try number("altitude")
        guard abs(azimuth) <= 720, abs(elevation) <= 180 else {
            throw .unexpected("azimuth \(azimuth), altitude \(elevation)", method: "azimuth")
        }
        let last = lastAzimuth ?? azimuth * radiansPerDegree
        let turns = ((last - azimuth * radiansPerDegree) / (2 * .pi)).rounded()
        let carried = azimuth * radiansPerDegree + turns * 2 * .pi
        lastAzimuth = carried
        return SkyDirection(azimuth: carried, elevation: elevation * radiansPerDegree)
    }

    /// Stops both axes and orders `slewtoaltazasync`.
    public mutating func slew(to direction: SkyDirection) throws(Failure) {
        guard limits.contains(direction) else { throw outside(direction) }
        try move(azimuth: 0, elevation: 0)
        let degrees = direction.azimuth / radiansPerDegree
        let azimuth = degrees - 360 * (degrees / 360).rounded(.down)
        var form = CommandText()
        form.append("Azimuth=")
        form.append(azimuth, decimals: 6)
        form.append("&Altitude=")
        form.append(direction.elevation / radiansPerDegree, decimals: 6)
        try put("slewtoaltazasync", form.text)
    }

    /// Orders the target's rates and a correction, by `moveaxis`.
    public mutating func follow(
        _ direction: SkyDirection, azimuthRate: Double, elevationRate: Double
    ) throws(Failure) {
        guard limits.contains(direction), azimuthRate.isFinite, elevationRate.isFinite else {
            throw outside(direction)
        }
        let now = try self.direction()
        let across = direction.azimuth - now.azimuth
        // The shorter way round: which turn the mount is in is only known since it was first read.
        let azimuthError = across - 2 * .pi * (across / (2 * .pi)).rounded()
        let elevationError = direction.elevation - now.elevation
        try move(
            azimuth: (azimuthRate + settings.gain * azimuthError) / radiansPerDegree,
            elevation: (elevationRate + settings.gain * elevationError) / radiansPerDegree)
    }

    /// Stops both axes and any slew.
    public mutating func halt() throws(Failure) {
        ordered = (nil, nil)
        try move(azimuth: 0, elevation: 0)
        do throws(Failure) {
            try put("abortslew", "")
        } catch {
            // A parked mount, or one that does not slew, has nothing to stop.
            guard case .report(let number, _, _) = error, number == 0x408 || number == 0x40B
            else { throw error }
        }
    }

    /// Stops both axes and orders `park`.
    public mutating func park() throws(Failure) {
        try move(azimuth: 0, elevation: 0)
        try put("park", "")
    }

    /// Whether the mount is still on its way to where it was slewed or parked.
    public mutating func isSlewing() throws(Failure) -> Bool { try bool("slewing") }
}

extension AlpacaMount where Connection: ~Copyable {
    private mutating func prepare() throws(Failure) {
        if try !bool("connected") { try put("connected", "Connected=true") }
        name = String((try get("name").string ?? "").prefix(120))
        let mode = try number("alignmentmode")
        guard mode == 0 else {
            throw .unsuitable(
                "\(name) has alignment mode \(mode); 0, azimuth and elevation, is needed")
        }
        var found: [AlpacaRates] = []
        for axis in 0...1 {
            guard try bool("canmoveaxis", "Axis=\(axis)") else {
                throw .unsuitable("axis \(axis) of \(name) cannot be moved at a rate")
            }
            guard let rates = AlpacaRates(try get("axisrates", "Axis=\(axis)")) else {
                throw .unexpected("no ranges of rates for axis \(axis)", method: "axisrates")
            }
            found.append(rates)
        }
        rates = (found[0], found[1])
        limits.azimuthRate = found[0].highest * radiansPerDegree
        limits.elevationRate = found[1].highest * radiansPerDegree
        if try bool("atpark") { try put("unpark", "") }
        if try bool("tracking") { try put("tracking", "Tracking=false") }
    }

    /// Orders rates in deg/s; one that stands already is not ordered again.
    private mutating func move(azimuth: Double, elevation: Double) throws(Failure) {
        guard let rates else { return }
        let first = rates.azimuth.nearest(to: settings.isAzimuthReversed ? -azimuth : azimuth)
        let second = rates.elevation.nearest(to: elevation)
        if ordered.azimuth != first {
            ordered.azimuth = nil
            try moveAxis(0, first)
            ordered.azimuth = first
        }
        if ordered.elevation != second {
            ordered.elevation = nil
            try moveAxis(1, second)
            ordered.elevation = second
        }
    }

    private mutating func moveAxis(_ axis: Int, _ rate: Double) throws(Failure) {
        var form = CommandText()
        form.append(axis == 0 ? "Axis=0&Rate=" : "Axis=1&Rate=")
        form.append(rate, decimals: 6)
        try put("moveaxis", form.text)
    }

    private func path(_ method: String) -> String {
        "/api/v1/telescope/\(settings.device)/\(method)"
    }

    private mutating func put(_ method: String, _ form: String) throws(Failure) {
        let ids = nextIDs()
        let answer = try exchange(
            "PUT", path(method), form: form.isEmpty ? ids : form + "&" + ids, method)
        _ = try checked(answer, method)
    }

    private mutating func get(_ method: String, _ query: String = "") throws(Failure) -> JSONValue {
        let ids = nextIDs()
        let target = path(method) + "?" + (query.isEmpty ? ids : query + "&" + ids)
        let answer = try checked(exchange("GET", target, form: nil, method), method)
        guard let value = answer["Value"] else { throw .unexpected("no Value", method: method) }
        return value
    }

    private mutating func number(_ method: String) throws(Failure) -> Double {
        guard let number = try get(method).number else {
            throw .unexpected("Value is no number", method: method)
        }
        return number
    }

    private mutating func bool(_ method: String, _ query: String = "") throws(Failure) -> Bool {
        guard let bool = try get(method, query).bool else {
            throw .unexpected("Value is neither true nor false", method: method)
        }
        return bool
    }

    private mutating func nextIDs() -> String {
        transaction = transaction % 1_000_000_000 + 1
        return "ClientID=1&ClientTransactionID=\(transaction)"
    }

    private mutating func exchange(
        _ verb: String, _ target: String, form: String?, _ method: String
    ) throws(Failure) -> HTTPAnswer {
        do throws(HTTPError<Connection.Failure>) {
            return try link.exchange(verb, target, form: form)
        } catch { throw .exchange(error) }
    }

    /// The fields of an answer without error.
    private func checked(_ answer: HTTPAnswer, _ method: String) throws(Failure) -> JSONValue {
        let text = String(decoding: answer.body.prefix(120), as: UTF8.self)
        guard answer.status == 200 else {
            throw .status(answer.status, text: text, method: method)
        }
        guard let fields = JSONValue(answer.body), let number = fields["ErrorNumber"]?.integer
        else { throw .unexpected(text, method: method) }
        guard number == 0 else {
            let message = String((fields["ErrorMessage"]?.string ?? "").prefix(200))
            throw .report(number: number, message: message, method: method)
        }
        // 0 is what a server says that did not understand the number.
        let echoed = fields["ClientTransactionID"]?.integer ?? 0
        guard echoed == 0 || echoed == transaction else {
            throw .unexpected(
                "an answer to transaction \(echoed), not \(transaction)", method: method)
        }
        return fields
    }

    private func outside(_ direction: SkyDirection) -> Failure {
        .outside(azimuth: direction.azimuth, elevation: direction.elevation, limits: limits)
    }
}
