import Quantities

extension KeyLengthInput {
    /// The length of the secret key that these counts give.
    ///
    /// Order of clamps: s0 is not negative before it enters s1; phi is at most 0.5; without single
    /// photons in the test basis, or with a bound of 0 on their errors, there is no key.
    ///
    /// - Throws: What is wrong with the input. A legal input that reaches no key gives 0.
    public func keyLength() throws(KeyLengthFault) -> KeyLength {
        try check()
        guard method != .bbm92 else { return entangledLength() }
        var worst = decoyLength()
        guard cornerCount > 1 else { return worst }
        for corner in 0..<cornerCount {
            var shifted = self
            shifted.intensities = intensities(atCorner: corner)
            let length = shifted.decoyLength()
            if length.isWorse(than: worst) { worst = length }
        }
        return worst
    }

    /// Lim 2014 eqs. (1) to (5), or the one-decoy methods, for the intensities as they stand.
    private func decoyLength() -> KeyLength {
        // A declared mismatch needs two more bounds, so the budget has two more parts.
        let parts = method.parts + (efficiencyRatio < 1 ? 2 : 0)
        let logParts = Elementary.log(parts) - Elementary.log(secrecy)
        let bounds = DecoyBounds(self, logParts: logParts)
        let inKey = bounds.events(key)
        let inTest = bounds.events(test)

        var length = KeyLength(self)
        length.s0 = method == .wiesemann2024 ? 0 : inKey.vacuum
        length.s0Upper = inKey.vacuumUpper
        length.s1 = balanced(inKey.single, logFailure: logParts)
        length.s1Test = balanced(inTest.single, logFailure: logParts)
        let v = bounds.singleErrors(test)
        length.v = max(clamp == .vclamp ? min(v, test.totalErrors) : v, 0)
        length.setPhaseError(logParts: logParts)

        length.secrecyBits =
            method == .wiesemann2024
            ? 4 * (logParts / Elementary.ln2 - 0.25) : 6 * logParts / Elementary.ln2
        length.subtract(leak: disclosedBits, correctness: correctness)
        return length
    }

    /// Tomamichel 2012: no source to estimate, one sampling bound.
    private func entangledLength() -> KeyLength {
        // A declared mismatch takes half of the secrecy parameter for its two bounds.
        let hasMismatch = efficiencyRatio < 1
        let logTheorem = -Elementary.log(secrecy) + (hasMismatch ? Elementary.ln2 : 0)
        let logFailure = -Elementary.log(secrecy) + 2 * Elementary.ln2

        var length = KeyLength(self)
        length.s1 = balanced(key.totalDetections, logFailure: logFailure)
        length.s1Test = balanced(test.totalDetections, logFailure: logFailure)
        length.v = toleratedErrorRate.map { $0 * test.totalDetections } ?? test.totalErrors
        if length.s1 > 0, length.s1Test > 0 {
            length.gamma = Sampling.serflingDeviation(
                test: length.s1Test, key: length.s1, logParts: logTheorem + 2 * Elementary.ln2)
            length.phi = min(length.v / length.s1Test + length.gamma, 0.5)
        } else {
            length.noKey = length.s1 > 0 ? .noSinglePhotonsInTest : .noSinglePhotonsInKey
        }
        length.secrecyBits = 2 * logTheorem / Elementary.ln2
        length.subtract(leak: disclosedBits, correctness: correctness)
        return length
    }

    /// Of `events`, those that equally efficient detectors would have seen too, at least.
    ///
    /// Every detector of efficiency eta is one of the least efficiency behind a coin: a click
    /// passes as balanced with probability eta_min/eta, at least the declared ratio. The balanced
    /// events obey the proof; the others count as known to the adversary (tagged, as Gottesman,
    /// Lo, Luetkenhaus and Preskill 2004; the virtual filter of Fung et al., arXiv 0802.3788).
    /// Their number is binomial, hence Hoeffding's bound. Never falls as `events` grow.
    private func balanced(_ events: Double, logFailure: Double) -> Double {
        guard efficiencyRatio < 1 else { return events }
        return max(efficiencyRatio * events - (events / 2 * logFailure).squareRoot(), 0)
    }

    /// Bits that reconciliation disclosed or, as a forecast, would.
    private var disclosedBits: Double {
        switch leak {
        case .disclosed(let bits): bits
        case .efficiency(let f):
            f * key.totalDetections
                * BinaryEntropy.bits(key.hasErrors ? key.errorRate : test.errorRate)
        }
    }
}

extension KeyLength {
    /// phi of the decoy methods from what is known of single photons, Lim 2014 eq. (5).
    fileprivate mutating func setPhaseError(logParts: Double) {
        guard s1 > 0 else {
            noKey = .noSinglePhotonsInKey
            return
        }
        guard s1Test > 0 else {
            noKey = .noSinglePhotonsInTest
            return
        }
        let ratio = v / s1Test
        guard ratio > 0 else {
            noKey = .noErrorsToSample
            return
        }
        gamma =
            method == .wiesemann2024
            ? Sampling.serflingDeviation(test: s1Test, key: s1, logParts: logParts)
            : Sampling.limDeviation(
                ratio: ratio, test: s1Test, key: s1, logParts: gammaLog(logParts))
        phi = min(ratio + gamma, 0.5)
    }

    /// ln(21/eps_sec) in gamma: Rusca 2018 keeps the constant of Lim 2014 there.
    private func gammaLog(_ logParts: Double) -> Double {
        guard method == .rusca2018 else { return logParts }
        return logParts + Elementary.log(KeyMethod.lim2014.parts / KeyMethod.rusca2018.parts)
    }

    /// Draws the balance.
    fileprivate mutating func subtract(leak: Double, correctness: Double) {
        leakBits = leak
        correctnessBits = 1 - Elementary.log2(correctness)
        phaseErrorBits = s1 * BinaryEntropy.bits(phi)
        balanceBits = s0 + s1 - phaseErrorBits - leakBits - secrecyBits - correctnessBits
        if noKey == nil, balanceBits < 1 { noKey = .subtractionsExceedKey }
        guard noKey == nil || noKey == .subtractionsExceedKey, balanceBits > 0 else { return }
        keyBitsReal = balanceBits
        // At most three totals of 1e15, so it fits.
        keyBits = Int64(balanceBits.rounded(.down))
    }
}
