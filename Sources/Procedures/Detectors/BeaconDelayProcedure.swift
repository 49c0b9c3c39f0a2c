import Calibration
import TimeTags

/// How much later than the beacon's slots the quantum light arrives.
enum BeaconDelayProcedure {
    static let procedure = CalibrationProcedure(
        .beaconDelay, "delay of the quantum light behind the beacon",
        fitted: "the circular mean of the clicks against lines through blocks of beacon pulses",
        preparation: "Satellite's simulator: its quantum light into all detectors, its beacon on "
            + "the beacon's detector.",
        arguments: [.duration(4), .rate(7_000, 1e3...1e5)],
        limits: "calibration.limits.beacon_delay", seconds: 4
    ) { context throws(ProcedureFailure) in
        let transmitter = context.board.transmitter
        let clicks = Bins(65_536)
        let measurement = try Measurement(context, clicks)
        let (rate, seconds) = (context.argument("rate"), context.argument("seconds"))
        var counter = RateCounts(context.bench.channels)
        try context.expose(
            BenchSetting(.satellite(rate: rate)), for: seconds, "counting slots"
        ) { tags in
            counter.take(tags)
            measurement.take(tags)
        }
        try context.checkAlive(counter.counts, due: rate * seconds, lanes: [0, 1, 2, 3])
        let found = try context.estimating(nil) { () throws(CalibrationError) in
            try measurement.result()
        }
        let beacon = Double(context.board.channels.beacon?.skew ?? 0)
        let slot = Double(transmitter.slotPeriod)
        var left = (found.value + beacon) / slot
        left = (left - left.rounded()) * slot
        context.outcome.add(
            "beacon_delay", nil,
            Estimate(value: left, sigma: found.sigma, counts: found.counts), unit: "ps",
            limit: CalibrationLimit(0, within: Double(context.limits.beaconDelay)),
            key: "beacon_delay")
    }

    /// The estimator where a closure can hold it.
    private final class Measurement {
        private var delay: BeaconDelay

        init(_ context: ProcedureContext, _ clicks: Bins) throws(ProcedureFailure) {
            let transmitter = context.board.transmitter
            do throws(CalibrationError) {
                delay = try BeaconDelay(
                    beacon: context.bench.syncChannel, channels: context.bench.channels,
                    skews: context.inputs.skews, period: Double(transmitter.beaconPeriod),
                    slots: transmitter.beaconPeriod / transmitter.slotPeriod, clicks: clicks.all)
            } catch {
                throw .estimate(error, detector: nil)
            }
        }

        func take(_ tags: UnsafeBufferPointer<TimeTag>) { delay.take(tags) }
        func result() throws(CalibrationError) -> Estimate { try delay.result() }
    }
}
