public import Quantities

/// What is wrong with a prediction: how far ahead the satellite runs, and how far it passes aside.
///
/// Two scalar Kalman filters, along the track in time and across it in angle. Old elements err
/// mostly in time: 1 km along the track is 0.13 s.
public struct TrackBias: Equatable, Sendable, BitwiseCopyable {
    /// Seconds by which the satellite runs ahead of the prediction: look it up at t + this.
    public private(set) var timeBias: Double
    /// One standard deviation of it, s.
    public private(set) var timeSigma: Double
    /// Rad by which the satellite passes to the left of the prediction, seen along its motion.
    public private(set) var crossTrack: Double
    /// One standard deviation of it, rad.
    public private(set) var crossSigma: Double
    /// Sightings taken.
    public private(set) var count: Int64 = 0

    /// Nothing known but how far off the prediction may be.
    ///
    /// - Parameters:
    ///   - timeSigma: s; 0.3 for elements of a day.
    ///   - crossSigma: rad; 1e-3 for elements of a day.
    public init(timeSigma: Double = 0.5, crossSigma: Double = 1e-3) {
        timeBias = 0
        crossTrack = 0
        self.timeSigma = timeSigma
        self.crossSigma = crossSigma
    }

    /// Takes one sighting.
    ///
    /// - Parameters:
    ///   - residual: Target minus the prediction that was already corrected by this bias, rad.
    ///   - rate: Rate of the track on the sky, rad/s. Below 1e-5 rad/s the sighting is not used.
    ///   - sigma: One standard deviation per axis, rad, more than 0: camera, mount model and all.
    public mutating func take(_ residual: FieldAngle, rate: FieldAngle, sigma: Double) {
        let speed = rate.length
        guard speed > 1e-5, sigma > 0, (residual.x + residual.y + speed).isFinite else { return }
        let along = (residual.x * rate.x + residual.y * rate.y) / speed
        let cross = (residual.y * rate.x - residual.x * rate.y) / speed
        let timeNoise = sigma / speed
        let timeGain = timeSigma * timeSigma / (timeSigma * timeSigma + timeNoise * timeNoise)
        timeBias += timeGain * along / speed
        timeSigma *= (1 - timeGain).squareRoot()
        let crossGain = crossSigma * crossSigma / (crossSigma * crossSigma + sigma * sigma)
        crossTrack += crossGain * cross
        crossSigma *= (1 - crossGain).squareRoot()
        count &+= 1
    }

    /// Lets the sigmas grow: the bias of elements drifts, and the mount's model is not perfect.
    ///
    /// - Parameters:
    ///   - seconds: Time since the last call.
    ///   - time: Growth of the time sigma, s per root second.
    ///   - cross: Growth of the cross sigma, rad per root second.
    public mutating func grow(over seconds: Double, time: Double, cross: Double) {
        guard seconds > 0 else { return }
        timeSigma = (timeSigma * timeSigma + time * time * seconds).squareRoot()
        crossSigma = (crossSigma * crossSigma + cross * cross * seconds).squareRoot()
    }

    /// What to add on the sky to the prediction that was looked up at t + ``timeBias``.
    public func crossOffset(rate: FieldAngle) -> FieldAngle {
        let speed = rate.length
        guard speed > 1e-9 else { return .zero }
        return FieldAngle(x: -crossTrack / speed * rate.y, y: crossTrack / speed * rate.x)
    }

    /// The whole correction to first order, for those who cannot look up another time, rad.
    public func offset(rate: FieldAngle) -> FieldAngle {
        timeBias * rate + crossOffset(rate: rate)
    }
}
