internal import Quantities

/// Measuring: what a block's pulses and photons say about the clock.
extension BeaconClock {
    /// Updates the estimate with the block's beacon pulses.
    mutating func trackBeacon(_ block: inout ClockBlock) {
        var probe = line.measurement(elapsed: 0)
        let known = estimate.variance(along: probe.sensitivity)
        let limit = 5 * (known + jitterSquared).squareRoot()
        let centre: Double
        let gate: Double
        if known < 4 * jitterSquared {
            centre = 0
            gate = limit
        } else {
            guard let cluster = densestCluster(within: limit) else { return }
            centre = cluster.centre
            gate = 5 * jitterSquared.squareRoot()
        }
        let sum = pulses.gather(about: centre, gate: gate)
        if centre == 0 { watchOutside(gate: gate, accepted: sum.weight) }
        guard sum.weight >= fewestBelieved else { return }
        statistics.accepted &+= sum.count
        statistics.rejected &-= sum.count
        guard sum.count > 0 else { return }
        lastAccepted = blockStart
        let n = sum.weight
        probe = line.measurement(elapsed: sum.elapsed / n)
        probe.innovation = sum.residual / n
        let before = estimate.mean
        estimate.update(&probe, noise: jitterSquared / n)
        block.beacon = probe
        learn(probe)
        if stepDetector.sees(probe) { distrust(by: abs(probe.innovation)) }
        followLight(from: before)
        if centre == 0 { learnJitter(from: sum, known: known) }
    }

    /// Pulses that a block must have on the line to be believed.
    ///
    /// After silence the train returns with a block full of pulses; one or two on their own, in a
    /// gate that has grown wide, are more likely false ones.
    private var fewestBelieved: Double {
        guard blockStart &- lastAccepted > Self.block else { return 1 }
        return max(0.03 * Double(Self.block) / Double(configuration.beaconPeriod), 1)
    }

    /// Where pulses crowd within `limit` ps of the prediction.
    private func densestCluster(within limit: Double) -> (count: Int, centre: Double)? {
        pulses.densestCluster(
            within: min(limit, Double(configuration.beaconPeriod) / 2),
            jitter: jitterSquared.squareRoot())
    }

    /// Books the innovation's likelihood, and lets the noise grow while innovations are too large.
    private mutating func learn(_ measurement: ClockMeasurement) {
        let normalised = measurement.innovation * measurement.innovation / measurement.variance
        statistics.innovations &+= 1
        statistics.squaredInnovations += normalised
        statistics.logLikelihood -= 0.5 * (Elementary.log(measurement.variance) + normalised)
        let excess = min(normalised, 25) - 1
        noiseScale = min(max(noiseScale * (1 + 0.004 * excess), 1), 1e6)
    }

    /// Lets the pulses' jitter follow what the block showed, beyond the prediction's own variance.
    private mutating func learnJitter(from sum: PulseBlock.Sum, known: Double) {
        let n = sum.weight
        let seen = max(sum.squares / n - known, 100)
        jitterSquared += min(n / 5_000, 0.2) * (min(seen, 4 * jitterSquared) - jitterSquared)
        jitterSquared = min(max(jitterSquared, 400), 4e8)
    }

    /// Updates the estimate with the photons' phase, once there are enough.
    mutating func trackLight(_ block: inout ClockBlock) {
        guard configuration.usesDetections else { return }
        lightBlocks += 1
        guard qubitPhase.count >= 200 || lightBlocks >= 20 else { return }
        defer { forgetLight() }
        guard let reading = qubitPhase.read() else { return }
        var seen = line.measurement(
            elapsed: reading.time - seconds(line.tagCentre), seesOffset: true)
        let slot = Double(configuration.slotPeriod)
        let known = estimate.variance(along: seen.sensitivity)
        guard known < slot * slot / 64 else { return }
        var innovation = reading.phase - estimate.mean[4]
        innovation -= slot * (innovation / slot).rounded()
        guard innovation * innovation < 25 * (known + reading.variance) else {
            return statistics.phaseRejections &+= 1
        }
        seen.innovation = innovation
        estimate.update(&seen, noise: reading.variance)
        statistics.phaseReadings &+= 1
        block.light = seen
    }

    /// The quantum light's phases were taken against the old prediction: turn them to the new one.
    private mutating func followLight(from before: ClockVector) {
        let shift =
            estimate.mean[0] - before[0] + (estimate.mean[3] - before[3]) * line.basis
        qubitPhase.follow(shift: shift)
    }

    /// Begins to gather the photons' phase anew.
    mutating func forgetLight() {
        qubitPhase.clear()
        lightBlocks = 0
    }

    // MARK: Steps

    /// Looks for the train elsewhere when pulses come but hardly any falls into the gate.
    private mutating func watchOutside(gate: Double, accepted: Double) {
        guard pulses.count >= 20, accepted < 0.1 * Double(pulses.count) else { return }
        let reach = Double(configuration.beaconPeriod) / 2
        guard let cluster = densestCluster(within: reach), abs(cluster.centre) > gate,
            cluster.count >= StepDetector.trainInBlock
        else { return }
        guard stepDetector.seesContradiction() else { return }
        distrust(by: abs(cluster.centre))
        // So large a step leaves the pulses' numbers open: only UTC can tell them.
        if abs(cluster.centre) > reach / 10 { renumber() }
    }

    /// Numbers the train anew: by UTC where 1PPS edges tell it, else nearest to the last state.
    private mutating func renumber() {
        guard configuration.hasPulsePerSecond else { return phase = .acquiring }
        giveUp()
    }

    /// Opens phase and frequency again by `shift` ps, and takes back the trust in the blocks in
    /// which the step must lie.
    private mutating func distrust(by shift: Double) {
        estimate.covariance[0] += 4 * shift * shift
        estimate.covariance[6] += 400 * shift * shift
        history.unlock(last: StepDetector.blocksTakenBack)
        stepDetector.beginDistrust()
        statistics.losses &+= 1
        qubitPhase.clear()
    }
}
