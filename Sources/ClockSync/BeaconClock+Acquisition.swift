internal import Quantities

/// Finding the pulse train: UTC from the 1PPS edges, then the search, then the filter's first state.
extension BeaconClock {
    /// Silence of the beacon after which the train is searched for anew, ps.
    private static let patience: Int64 = 3_000_000_000_000

    /// Whether the beacon has been silent for so long that the lock may be lost.
    var isSilent: Bool { blockStart &- lastAccepted > Self.patience }

    /// Sets `zero` from the 1PPS edges, if two agree.
    mutating func fixZero() {
        guard let fit = pulsePerSecond.fit else { return }
        // Counted from the edges' middle, so that the residual is small now, not at UTC zero.
        zero = fit.centreTag - fit.centreSecond * PulsePerSecond.second
        zeroFixedAt = blockStart
        beginEstimate(at: fit.centreTag, frequency: fit.slopeSigma < 1e6 ? fit.slope : 0)
        timeBias = TimeBias()
        acquisition.clear()
        phase = .acquiring
    }

    /// An estimate that knows nothing but the tagger's frequency, counted from tag time `tag`.
    mutating func beginEstimate(at tag: Int64, frequency: Double) {
        estimate = ClockEstimate()
        estimate.mean[1] = frequency
        estimate.mean[0] = frequency * Double(blockStart + Self.block / 2 - tag) * 1e-12
    }

    /// Adds the block's pulses to the search; whether the train was found.
    mutating func acquire() -> Bool {
        let now = seconds(line.tagCentre)
        for i in 0..<pulses.count {
            acquisition.add(time: now + pulses[i].elapsed, residual: pulses[i].residual)
        }
        acquisition.drop(before: now - 0.1)
        // One search per 50 ms is plenty, and bounds the cost.
        guard history.closed % 5 == 4 else { return false }
        refreshZero()
        guard
            let found = acquisition.search(
                period: Double(configuration.beaconPeriod),
                halfRange: configuration.acquisitionRange,
                jitter: configuration.beaconJitter)
        else { return false }
        adopt(found, now: now)
        return true
    }

    /// While nothing was ever found, the 1PPS fit may still improve.
    private mutating func refreshZero() {
        guard statistics.acquisitions == 0, configuration.hasPulsePerSecond,
            blockStart - zeroFixedAt > 5_000_000_000_000
        else { return }
        fixZero()
    }

    /// Starts the filter at what the acquisition found, relative to the propagated state.
    private mutating func adopt(_ found: BeaconAcquisition.Result, now: Double) {
        openEstimate()
        let scatter = max(found.scatter, 50)
        jitterSquared = scatter * scatter
        let noise = jitterSquared / Double(found.count)
        let elapsed = found.middle - now
        var phase = line.measurement(elapsed: elapsed)
        phase.innovation = found.phase
        let acceleration = estimate.mean[2]
        var frequency = ClockMeasurement()
        frequency.sensitivity[1] = 1
        frequency.sensitivity[2] = elapsed
        frequency.sensitivity[3] = line.basisSlope
        let rateBefore =
            estimate.mean[1] + elapsed * acceleration + line.basisSlope * estimate.mean[3]
        estimate.update(&phase, noise: noise)
        let h = frequency.sensitivity
        let rateNow = h[1] * estimate.mean[1] + h[2] * estimate.mean[2] + h[3] * estimate.mean[3]
        frequency.innovation = rateBefore + found.frequency - rateNow
        estimate.update(&frequency, noise: noise / (found.spread * found.spread))
        statistics.acquisitions &+= 1
        self.phase = .tracking
        lastAccepted = blockStart
        noiseScale = 1
        acquisition.clear()
        forgetLight()
    }

    /// Makes the estimate unsure of what an acquisition finds.
    private mutating func openEstimate() {
        if !timeBias.isAnchored {
            timeBias = TimeBias(anchoredAt: line.satelliteCentre, in: &prediction)
            line.basis = 0
            line.basisSlope = 0
        }
        if statistics.acquisitions == 0 {
            estimate.covariance = ClockMatrix(repeating: 0)
            estimate.covariance[18] = configuration.biasSigma * configuration.biasSigma
            estimate.covariance[24] = configuration.offsetSigma * configuration.offsetSigma
        }
        // Whatever made the train unfindable, phase, frequency and acceleration are open again.
        estimate.covariance[0] += 1e14
        estimate.covariance[6] += 1e13
        estimate.covariance[12] += 1e8
    }

    /// Forgets the lock after a break in tag time.
    mutating func giveUp() {
        if phase == .tracking { statistics.losses &+= 1 }
        pulsePerSecond = PulsePerSecond(coarseZero: zero)
        phase = configuration.hasPulsePerSecond ? .waiting : .acquiring
        estimate = ClockEstimate()
        timeBias = TimeBias()
        acquisition.clear()
        qubitPhase.clear()
    }
}
