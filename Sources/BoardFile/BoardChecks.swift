/// The checks that concern more than one key.
struct BoardChecks {
    let board: Board
    /// The file named for keys that no file gives.
    let file: String
    let leaves: [String: BoardLoader.Leaf]
    private(set) var faults: [BoardFault] = []
    private var refused: Set<String> = []

    init(board: Board, file: String, leaves: [String: BoardLoader.Leaf]) {
        self.board = board
        self.file = file
        self.leaves = leaves
    }

    /// Inputs: at least one detector, none twice, no skew without a channel.
    mutating func checkChannels() {
        let inputs = board.channels.all
        if !inputs.contains(where: { !["pps", "beacon"].contains($0.role) }) {
            report("channels", "no detector is connected; give at least one of H, V, D, A")
        }
        for (index, entry) in inputs.enumerated() {
            let twin = inputs[..<index].first { $0.input.channel == entry.input.channel }
            if let twin {
                report(
                    "channels.\(entry.role).channel",
                    "input \(entry.input.channel) is already that of \(twin.role)")
            }
        }
        for role in ["pps", "beacon", "H", "V", "D", "A"]
        where leaves["channels.\(role).skew"] != nil && leaves["channels.\(role).channel"] == nil {
            report("channels.\(role).skew", "has a skew but no channel; add channel = NUMBER")
        }
    }

    /// Everything else; keys in `refused` have no value that could be compared.
    mutating func checkTogether(except refused: Set<String>) {
        self.refused = refused
        checkTransmitter()
        checkTimes()
        checkPointing()
        checkMonitors()
        checkWorld()
        checkTagger()
        checkBookings()
        checkGates()
        checkStrays()
    }

    private mutating func checkTransmitter() {
        let transmitter = board.transmitter
        let intensities = transmitter.intensities
        if can("transmitter.intensities"),
            zip(intensities, intensities.dropFirst()).contains(where: { $0.0 <= $0.1 })
        {
            report("transmitter.intensities", "must descend: signal, decoy, vacuum")
        }
        let sum = transmitter.probabilities.reduce(0, +)
        // Decimals as people write them sum to 1 within a few roundings.
        if can("transmitter.probabilities"), abs(sum - 1) > 1e-9 {
            report("transmitter.probabilities", "the sum is \(sum); it must be 1")
        }
        guard can("transmitter.slot_rate"), can("transmitter.beacon_rate") else { return }
        if transmitter.beaconPeriod % transmitter.slotPeriod != 0 {
            report(
                "transmitter.beacon_rate",
                "the time between beacon pulses, "
                    + "\(transmitter.beaconPeriod) ps, must be a whole number of slots of "
                    + "\(transmitter.slotPeriod) ps")
        }
        if 1_000_000_000_000 % transmitter.beaconPeriod != 0 {
            report("transmitter.beacon_rate", "must be a whole number of pulses in a second")
        }
    }

    private mutating func checkTimes() {
        let slot = board.transmitter.slotPeriod
        if can("gate.width"), can("transmitter.slot_rate"), board.gate.width > slot {
            report("gate.width", "is wider than a slot", allowed: "1 ps to \(slot) ps")
        }
        if can("sifting.epoch"), can("transmitter.slot_rate"), board.sifting.epoch % slot != 0 {
            report("sifting.epoch", "must be a whole number of slots of \(slot) ps")
        }
        if can("sifting.epoch"), can("distillation.window"),
            board.distillation.window % board.sifting.epoch != 0
        {
            report(
                "distillation.window",
                "must be a whole number of epochs of \(board.sifting.epoch) ps")
        }
        if can("distillation.pad_bytes"), board.distillation.padBytes % 12 != 0 {
            report("distillation.pad_bytes", "must be a multiple of 12, the bytes of a tag")
        }
    }

    private mutating func checkPointing() {
        if board.world?.pointing != nil, board.pointing == nil {
            report("world.pointing", "needs [pointing]: somebody has to aim the telescope")
        }
        guard let pointing = board.pointing else { return }
        // Clicks wait for the verdict on the aim as they wait for the clock.
        let wait = pointing.margin + 50_000_000_000
        if can("clock.lag"), can("pointing.margin"), board.clock.lag < wait {
            report(
                "clock.lag", "is too short for the verdict on the aim",
                allowed: "at least \(wait) ps, 50 ms more than pointing.margin")
        }
        if can("pointing.coarse.frame_rate"), pointing.coarse.period % 1_000_000_000 != 0 {
            report(
                "pointing.coarse.frame_rate", "must leave whole milliseconds between frames")
        }
        if pointing.mount.azimuthHighest - pointing.mount.azimuthLowest < 360 {
            report("pointing.mount.azimuth_highest", "leaves directions that cannot be reached")
        }
        if let clouds = board.world?.pointing {
            checkOrder(
                "world.pointing.cloud_longest", clouds.cloudShortest, clouds.cloudLongest,
                "cloud_shortest")
        }
    }

    private mutating func checkMonitors() {
        let monitors = board.monitors
        guard monitors.blankPeriod > 0 else { return }
        if monitors.blankTime <= 2 * monitors.blankMargin {
            report("monitors.blank_time", "leaves nothing between its two margins")
        }
        if monitors.blankTime >= monitors.blankPeriod / 4 {
            report("monitors.blank_time", "must be less than a quarter of blank_period")
        }
    }

    private mutating func checkWorld() {
        guard let world = board.world else { return }
        if !board.isSimulated {
            report(
                "board.simulated",
                "must be true on a board with a [world], so that nobody takes "
                    + "its key for a real one", allowed: "true")
        }
        if world.orbit.culmination <= world.orbit.lowestElevation {
            report("world.orbit.culmination", "must be above lowest_elevation")
        }
        checkOrder(
            "world.beacon.fade_longest", world.beacon.fadeShortest, world.beacon.fadeLongest,
            "fade_shortest")
        checkOrder(
            "world.link.delay_longest", world.link.delayShortest, world.link.delayLongest,
            "delay_shortest")
        checkOrder("world.attack.end", world.attack.begin, world.attack.end, "begin")
        let table = world.optics
        if table.lossTableRange.count != table.lossTableLoss.count {
            report(
                "world.optics.loss_table_db",
                "\(table.lossTableLoss.count) losses for "
                    + "\(table.lossTableRange.count) ranges; one for each is due")
        }
        let ranges = table.lossTableRange
        if zip(ranges, ranges.dropFirst()).contains(where: { $0.0 >= $0.1 }) {
            report("world.optics.loss_table_km", "must ascend")
        }
        if world.orbit.rangeTable.count == 1 {
            report("world.orbit.range_table_km", "at least two ranges are due")
        }
        if !world.orbit.rangeTable.isEmpty, world.orbit.duration == nil {
            report("world.orbit.duration", "is missing; a range table needs it")
        }
        checkPath(world.orbit)
        let connected = board.channels.all.map(\.role)
        let missing = ["pps", "beacon", "H", "V", "D", "A"].filter { !connected.contains($0) }
        if !missing.isEmpty, !refused.contains(where: { $0.hasPrefix("channels") }) {
            report(
                "channels",
                "the simulated world needs all six inputs; missing: "
                    + missing.joined(separator: ", "))
        }
    }

    /// Ways to describe the orbit exclude each other, and those over a real site need it.
    private mutating func checkPath(_ orbit: Board.World.Orbit) {
        if (orbit.firstLine == nil) != (orbit.secondLine == nil) {
            let given = orbit.firstLine == nil ? "line_2" : "line_1"
            report("world.orbit.\(given)", "stands alone; an element set has line_1 and line_2")
        }
        let ways = [orbit.firstLine != nil, orbit.ephemeris != nil, !orbit.rangeTable.isEmpty]
        if ways.count(where: { $0 }) > 1 {
            report(
                orbit.ephemeris == nil ? "world.orbit.line_1" : "world.orbit.ephemeris",
                "there is more than one orbit; give an element set, an ephemeris or a range table")
        }
        let site = board.site
        guard orbit.firstLine != nil || orbit.ephemeris != nil,
            site.latitude == nil || site.longitude == nil || site.height == nil
        else { return }
        report("site", "latitude, longitude and height are due with elements or an ephemeris")
    }

    private mutating func checkOrder(
        _ path: String, _ shortest: Int64, _ longest: Int64, _ other: String
    ) {
        if can(path), shortest > longest { report(path, "is shorter than \(other)") }
    }

    func can(_ path: String) -> Bool { !refused.contains(path) }

    mutating func report(_ path: String, _ problem: String, allowed: String? = nil) {
        guard can(path) else { return }
        let leaf = leaves[path]
        faults.append(
            BoardFault(
                file: leaf?.file ?? file, line: leaf?.line, path: path,
                value: leaf?.node.description, problem: problem, allowed: allowed))
    }
}
