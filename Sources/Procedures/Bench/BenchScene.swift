import BoardFile
import Simulator

/// The simulated bench of a board: what it hides, and the light that a setting makes on it.
struct BenchScene: Sendable {
    /// What is to be found.
    let truth: BenchTruth
    /// The board's tagger inputs.
    let inputs: BoardInputs
    private let slotPeriod: Int64
    private let beaconPeriod: Int64

    init(
        board: Board, seed: UInt64, faults: [BenchTruth.Fault]
    ) throws(ProcedureFailure) {
        inputs = try BoardInputs(board)
        slotPeriod = board.transmitter.slotPeriod
        beaconPeriod = board.transmitter.beaconPeriod
        truth = BenchTruth(board: board, seed: seed, faults: faults)
    }

    /// The light of `setting`, and the tags to be expected per second.
    func light(for setting: BenchSetting) -> (light: BenchLight, rate: Double) {
        func photons(_ rate: Double) -> Double { rate / truth.nominalEfficiency }
        var light = BenchLight(.dark)
        var wanted = 0.0
        switch setting.light {
        case .dark: break
        case .lamp(let rate):
            light = BenchLight(.steady(rate: photons(rate)))
            wanted = rate
        case .laser(let rate, let period, let sync):
            var pulses = BenchLight.Pulses(
                period: period, photons: photons(rate) * Double(period) * 1e-12)
            pulses.divider = max(sync / period, 1)
            pulses.delay = 0.3 * Double(period)
            light = BenchLight(.pulsed(pulses))
            wanted = rate + 0.25e12 / Double(sync)
        case .satellite(let rate):
            var pulses = BenchLight.Pulses(
                period: slotPeriod, photons: photons(rate) * Double(slotPeriod) * 1e-12)
            pulses.divider = beaconPeriod / slotPeriod
            pulses.syncJitter = truth.beaconJitter
            pulses.delay = truth.beaconDelay - truth.tailLateness(in: Double(slotPeriod))
            light = BenchLight(.pulsed(pulses))
            wanted = rate
        }
        light.transmittance = setting.transmittance
        light.plateAngle = setting.plate.map { $0 * .pi / 180 }
        light.only = setting.only
        light.threshold = setting.threshold
        light.gate = setting.gate.map { (delay: $0.delay, width: $0.width) }
        var rate = 4 * max(wanted * setting.transmittance, 100)
        for detector in truth.detectors {
            rate += detector.darkRate
            if let threshold = setting.threshold { rate += detector.noiseRate(above: threshold) }
        }
        return (light, rate)
    }

    /// The board's input of the bench's.
    func onBoard(_ channel: UInt8) -> UInt8 {
        switch channel {
        case 1...4: inputs.detectors[Int(channel) - 1]
        case Simulator.CalibrationBench.syncChannel: inputs.beacon
        default: channel
        }
    }
}
