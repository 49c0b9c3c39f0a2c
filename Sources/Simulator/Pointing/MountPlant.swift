public import Quantities
public import Tracking

/// What a simulated mount does wrong on order.
public enum MountPlantFault: Equatable, Sendable {
    /// It answers nothing and goes on as it was told last.
    case silent
    /// It answers what is no number.
    case garbage
    /// Its encoders have slipped by these angles, rad.
    case slipped(azimuth: Double, elevation: Double)
    /// It answers, but does not move.
    case stuck
}

/// A two-axis mount on virtual time: motors with limits, gears, encoders, and the pointing errors
/// of its model.
///
/// One seed is one run. Motor angles are what the encoders read but for noise, step and slip; the
/// telescope follows through the gears' backlash; where it looks follows from the model's terms.
public struct MountPlant: Sendable {
    /// What a mount is made of.
    public struct Parameters: Sendable {
        /// How far and how fast it moves.
        public var limits: MountLimits
        /// Its true pointing errors.
        public var model: MountModel
        /// Step of the encoders, rad; 0 for none.
        public var encoderStep: Double
        /// Noise of a reading, rad rms.
        public var encoderNoise: Double
        /// Play of the gears, rad, both axes; 0 for direct drives.
        public var backlash: Double
        /// Time constant with which the motors reach the rate they are told, s; 0 for none.
        public var rateTime: Double
        /// Share of the way that it goes per second when it is told positions, 1/s.
        public var positionGain: Double

        /// A direct drive without errors but for those given.
        public init(
            limits: MountLimits, model: MountModel = .perfect, encoderStep: Double = 1e-6,
            encoderNoise: Double = 1e-6, backlash: Double = 0, rateTime: Double = 0.02,
            positionGain: Double = 4
        ) {
            self.limits = limits
            self.model = model
            self.encoderStep = encoderStep
            self.encoderNoise = encoderNoise
            self.backlash = backlash
            self.rateTime = rateTime
            self.positionGain = positionGain
        }
    }

    private enum Order: Sendable {
        case rates(AxisRates)
        case position(SkyDirection)
    }

    /// What it is made of.
    public let parameters: Parameters
    /// What it does wrong now.
    public var fault: MountPlantFault?
    /// True angles of the motors, rad, azimuth with its turns.
    public private(set) var motors: SkyDirection
    /// True rates of the motors, rad/s.
    public private(set) var rates = AxisRates.zero
    /// Times that it ran into a stop.
    public private(set) var stops: Int64 = 0
    private var loads: SkyDirection
    private var order = Order.rates(.zero)
    private var generator: SeededGenerator

    /// The stream of the seed that its encoders draw from: "mount".
    private static let stream: UInt64 = 0x6D6F_756E_74

    /// A mount at rest at `start`, which lies within its limits.
    public init(_ parameters: Parameters, at start: SkyDirection, seed: UInt64) {
        self.parameters = parameters
        motors = start
        loads = start
        generator = SeededGenerator(seed: seed, stream: Self.stream)
    }

    /// Where the telescope truly looks.
    public var direction: SkyDirection { parameters.model.direction(of: loads) }

    /// Tells it to turn at these rates, until told otherwise.
    public mutating func turn(at rates: AxisRates) { order = .rates(rates) }

    /// Tells it to go to a reading of its encoders, and stay there.
    public mutating func go(to position: SkyDirection) { order = .position(position) }

    /// Tells it to stop.
    public mutating func stop() { order = .rates(.zero) }

    /// What its encoders answer now; `nil` if it does not answer.
    public mutating func reading() -> SkyDirection? {
        let noise = parameters.encoderNoise
        var azimuth = motors.azimuth + noise * generator.normal()
        var elevation = motors.elevation + noise * generator.normal()
        switch fault {
        case .silent: return nil
        case .garbage: return SkyDirection(azimuth: .nan, elevation: 1e9)
        case .slipped(let first, let second):
            azimuth += first
            elevation += second
        case .stuck, nil: break
        }
        let step = parameters.encoderStep
        guard step > 0 else { return SkyDirection(azimuth: azimuth, elevation: elevation) }
        return SkyDirection(
            azimuth: (azimuth / step).rounded() * step,
            elevation: (elevation / step).rounded() * step)
    }

    /// Moves on by `seconds`: more than 0; 10 ms or less follows the accelerations.
    public mutating func step(by seconds: Double) {
        guard seconds > 0 else { return }
        let wanted = fault == .stuck ? AxisRates.zero : wantedRates
        let limits = parameters.limits
        rates.azimuth = driven(
            rates.azimuth, to: wanted.azimuth, rate: limits.azimuthRate,
            acceleration: limits.azimuthAcceleration, seconds)
        rates.elevation = driven(
            rates.elevation, to: wanted.elevation, rate: limits.elevationRate,
            acceleration: limits.elevationAcceleration, seconds)
        if fault == .stuck { rates = .zero }
        motors.azimuth += rates.azimuth * seconds
        motors.elevation += rates.elevation * seconds
        stopAtEnds()
        let play = 0.5 * parameters.backlash
        loads.azimuth = min(max(loads.azimuth, motors.azimuth - play), motors.azimuth + play)
        loads.elevation = min(
            max(loads.elevation, motors.elevation - play), motors.elevation + play)
    }

    private var wantedRates: AxisRates {
        switch order {
        case .rates(let rates):
            guard rates.azimuth.isFinite, rates.elevation.isFinite else { return .zero }
            return rates
        case .position(let position):
            let limits = parameters.limits
            return AxisRates(
                azimuth: approach(
                    position.azimuth - motors.azimuth, limits.azimuthAcceleration),
                elevation: approach(
                    position.elevation - motors.elevation, limits.elevationAcceleration))
        }
    }

    /// Rate at which a way that is left is gone, so that it can still stop at its end.
    private func approach(_ way: Double, _ acceleration: Double) -> Double {
        guard way.isFinite else { return 0 }
        let stopping = (acceleration * abs(way)).squareRoot()
        return min(max(parameters.positionGain * way, -stopping), stopping)
    }

    private func driven(
        _ now: Double, to wanted: Double, rate: Double, acceleration: Double, _ seconds: Double
    ) -> Double {
        let bounded = min(max(wanted, -rate), rate)
        let share =
            parameters.rateTime > 0 ? 1 - Elementary.exp(-seconds / parameters.rateTime) : 1
        let change = share * (bounded - now)
        return now + min(max(change, -acceleration * seconds), acceleration * seconds)
    }

    private mutating func stopAtEnds() {
        let limits = parameters.limits
        let azimuth = min(max(motors.azimuth, limits.azimuthLowest), limits.azimuthHighest)
        let elevation = min(
            max(motors.elevation, limits.elevationLowest), limits.elevationHighest)
        if azimuth != motors.azimuth {
            motors.azimuth = azimuth
            rates.azimuth = 0
            stops &+= 1
        }
        if elevation != motors.elevation {
            motors.elevation = elevation
            rates.elevation = 0
            stops &+= 1
        }
    }
}
