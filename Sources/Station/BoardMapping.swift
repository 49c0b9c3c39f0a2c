public import BoardFile
public import ClockSync
public import Distillation
import FiniteKey
public import Gating
public import Simulator
public import Sifting

// From the board file's words to what each stage is told.
extension Board {
    /// The gate, the slot grid and the channel table.
    public func gatePlan() throws(GatePlanError) -> GatePlan {
        var plan = try GatePlan(
            slotPeriod: transmitter.slotPeriod, gateWidth: gate.width, deadTime: gate.deadTime)
        let wiring: [(Input?, ChannelRole)] = [
            (channels.pps, .pps), (channels.beacon, .beacon), (channels.horizontal, .horizontal),
            (channels.vertical, .vertical), (channels.diagonal, .diagonal),
            (channels.antidiagonal, .antidiagonal),
        ]
        for (input, role) in wiring {
            guard let input else { continue }
            try plan.connect(channel: input.channel, to: role, skew: input.skew)
        }
        return plan
    }

    /// What the clock is told before the pass.
    public var clockConfiguration: BeaconClockConfiguration {
        var configuration = BeaconClockConfiguration()
        configuration.beaconPeriod = transmitter.beaconPeriod
        configuration.slotPeriod = transmitter.slotPeriod
        configuration.hasPulsePerSecond = channels.pps != nil
        configuration.beaconJitter = Double(clock.beaconJitter)
        configuration.noise = ClockNoise(stability: clock.stability)
        configuration.sigmaValid = Double(clock.sigmaValid)
        return configuration
    }

    /// How many blocks of the clock a tag waits.
    public var clockLagBlocks: Int { max(1, Int(clock.lag / BeaconClock.block)) }

    /// What both ends of the sifting hold before the pass.
    ///
    /// - Parameter session: Number of the pass, told to both ends.
    public func siftParameters(session: UInt32) -> SiftParameters {
        SiftParameters(
            session: session, firstSlot: 0,
            slotsPerEpoch: UInt32(clamping: sifting.epoch / transmitter.slotPeriod),
            keyBasis: sifting.keyBasis == "diagonal" ? 1 : 0, retry: link.retry)
    }

    /// What both ends of the distillation hold before the pass.
    ///
    /// - Parameter session: Number of the pass, told to both ends.
    public func distillationParameters(session: UInt32) -> DistillationParameters {
        // A window of 0 s is the whole pass, however long it becomes.
        let epochs = distillation.window > 0 ? distillation.window / sifting.epoch : .max
        return DistillationParameters(
            session: session, epochsPerWindow: UInt32(clamping: epochs),
            keyBasis: sifting.keyBasis == "diagonal" ? 1 : 0,
            blockBits: Int(distillation.blockBits), proof: proof,
            padBytesPerLane: Int(distillation.padBytes), retry: link.retry)
    }

    /// Windows that a pass of `duration` seconds has, at most.
    func windowCount(of duration: Double) -> Int {
        guard distillation.window > 0 else { return 1 }
        return Int((duration * 1e12 / Double(distillation.window)).rounded(.up)) + 1
    }

    private var proof: ProofParameters {
        let mu = transmitter.intensities
        let p = transmitter.probabilities
        let methods: [String: KeyMethod] = [
            "lim2014": .lim2014, "rusca2018": .rusca2018, "wiesemann2024": .wiesemann2024,
        ]
        // One that is never sent is no intensity of the proof.
        let fitting: KeyMethod = p[2] > 0 ? .lim2014 : .wiesemann2024
        var proof = ProofParameters(
            method: methods[distillation.method] ?? fitting,
            tail: distillation.tail == "chernoff" ? .chernoff : .hoeffding,
            clamp: distillation.clamp == "vclamp" ? .vclamp : .literal,
            intensities: PerIntensity(mu[0], mu[1], mu[2]),
            probabilities: PerIntensity(p[0], p[1], p[2]), secrecy: distillation.secrecy,
            correctness: distillation.correctness)
        proof.efficiencyRatio = distillation.efficiencyRatio
        return proof
    }

    /// The simulated world that this board describes; `nil` on a real station.
    ///
    /// - Parameter seed: Replaces the board's seed.
    /// - Throws: ``PassError`` if its elements or its ephemeris give no pass.
    public func worldParameters(seed: UInt64?) throws -> WorldParameters? {
        guard let world else { return nil }
        var parameters = WorldParameters()
        parameters.seed = seed ?? UInt64(bitPattern: world.seed)
        parameters.transmitter = worldTransmitter
        parameters.channels = worldChannels
        parameters.geometry = world.geometry
        parameters.geometry.sampled = try sampledPass(world)
        parameters.optics = world.airAndOptics
        parameters.detectors = world.detectorParameters
        parameters.detectors.blankPeriodPicoseconds = monitors.isOn ? monitors.blankPeriod : 0
        parameters.detectors.blankTimePicoseconds = monitors.blankTime
        parameters.attack = world.attackParameters
        parameters.beacon = world.beaconParameters
        parameters.clocks = world.clockParameters
        parameters.link = world.linkParameters(largestMessage: link.largestMessage)
        return parameters
    }

    private var worldTransmitter: WorldParameters.Transmitter {
        var result = WorldParameters.Transmitter()
        result.slotPeriodPicoseconds = transmitter.slotPeriod
        result.beaconPeriodPicoseconds = transmitter.beaconPeriod
        result.signalIntensity = transmitter.intensities[0]
        result.decoyIntensity = transmitter.intensities[1]
        result.vacuumIntensity = transmitter.intensities[2]
        result.signalProbability = transmitter.probabilities[0]
        result.decoyProbability = transmitter.probabilities[1]
        result.rectilinearProbability = transmitter.rectilinearProbability
        return result
    }

    private var worldChannels: WorldParameters.Channels {
        var result = WorldParameters.Channels()
        func wire(
            _ input: Input?,
            _ place: WritableKeyPath<WorldParameters.Channels, WorldParameters.Channel>
        ) {
            guard let input else { return }
            result[keyPath: place] = WorldParameters.Channel(
                number: input.channel, skewPicoseconds: input.skew)
        }
        wire(channels.pps, \.pps)
        wire(channels.beacon, \.beacon)
        wire(channels.horizontal, \.horizontal)
        wire(channels.vertical, \.vertical)
        wire(channels.diagonal, \.diagonal)
        wire(channels.antidiagonal, \.antidiagonal)
        return result
    }
}

extension Board.World {
    fileprivate var geometry: WorldParameters.Geometry {
        var result = WorldParameters.Geometry()
        result.altitudeMetres = orbit.altitude
        result.culminationDegrees = orbit.culmination
        result.lowestElevationDegrees = orbit.lowestElevation
        result.alongTrackErrorSeconds = Double(orbit.alongTrackError) * 1e-12
        if orbit.rangeTable.count == 3, let duration = orbit.duration {
            result.rangeTable = WorldParameters.RangeTable(
                firstMetres: orbit.rangeTable[0] * 1_000,
                closestMetres: orbit.rangeTable[1] * 1_000,
                lastMetres: orbit.rangeTable[2] * 1_000, durationSeconds: Double(duration) * 1e-12)
        }
        return result
    }

    fileprivate var airAndOptics: WorldParameters.Optics {
        var result = WorldParameters.Optics()
        result.lossDecibels = optics.loss
        result.extinctionDecibels = optics.extinction
        result.scintillation = optics.scintillation
        result.scintillationTimePicoseconds = optics.scintillationTime
        result.misalignmentError = optics.misalignmentError
        result.backgroundHertz = optics.background
        result.dipFraction = optics.dipFraction
        result.dipTransmittance = optics.dipTransmittance
        result.dipShortestPicoseconds = optics.dipShortest
        result.dipLongestPicoseconds = optics.dipLongest
        result.lossTable = zip(optics.lossTableRange, optics.lossTableLoss).map {
            WorldParameters.RangeLoss(rangeMetres: $0 * 1_000, lossDecibels: $1)
        }
        return result
    }

    fileprivate var detectorParameters: WorldParameters.Detectors {
        var result = WorldParameters.Detectors()
        result.efficiency = detectors.efficiency
        result.darkRateHertz = detectors.darkRate
        result.deadTimePicoseconds = detectors.deadTime
        result.jitterPicoseconds = Double(detectors.jitter)
        result.afterpulseProbability = detectors.afterpulseProbability
        result.afterpulseTimePicoseconds = Double(detectors.afterpulseTime)
        return result
    }

    fileprivate var beaconParameters: WorldParameters.Beacon {
        var result = WorldParameters.Beacon()
        result.jitterPicoseconds = Double(beacon.jitter)
        result.missedProbability = beacon.missed
        result.falseRateHertz = beacon.falseRate
        result.fadeFraction = beacon.fadeFraction
        result.fadeShortestPicoseconds = beacon.fadeShortest
        result.fadeLongestPicoseconds = beacon.fadeLongest
        result.photonFadeFraction = beacon.photonFadeFraction
        return result
    }

    fileprivate var clockParameters: WorldParameters.Clocks {
        var result = WorldParameters.Clocks()
        result.satelliteFrequencyError = clocks.satelliteFrequencyError
        result.stationFrequencyError = clocks.stationFrequencyError
        result.stationOffsetPicoseconds = clocks.stationOffset
        result.whiteFrequencyNoise = clocks.whiteFrequencyNoise
        result.randomWalkFrequencyNoise = clocks.randomWalkFrequencyNoise
        result.ppsJitterPicoseconds = Double(clocks.ppsJitter)
        return result
    }

    fileprivate var attackParameters: WorldParameters.Attack {
        var result = WorldParameters.Attack()
        result.kind = WorldParameters.Attack.Kind(rawValue: attack.kind)
        result.beginPicoseconds = attack.begin
        result.endPicoseconds = attack.end
        result.strength = attack.strength
        result.shiftPicoseconds = attack.shift
        result.rateHertz = attack.rate
        return result
    }

    fileprivate func linkParameters(largestMessage: Int64) -> WorldParameters.Link {
        var result = WorldParameters.Link()
        result.delayShortestPicoseconds = link.delayShortest
        result.delayLongestPicoseconds = link.delayLongest
        result.lossProbability = link.loss
        result.corruptionProbability = link.corruption
        result.duplicationProbability = link.duplication
        result.fadeFraction = link.fadeFraction
        result.fadeLongestPicoseconds = link.fadeLongest
        result.largestMessage = Int(largestMessage)
        return result
    }
}
