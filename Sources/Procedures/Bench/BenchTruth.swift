public import BoardFile
import Quantities
public import Simulator

/// What a simulated bench hides and calibrations have to find: the board's world, with what every
/// single detector differs by drawn from the seed.
public struct BenchTruth: Sendable {
    /// What is wrong with the bench on purpose.
    public enum Fault: Equatable, Sendable {
        /// The detector does not click, 0 to 3.
        case dead(Int)
        /// The detector has far too much light.
        case saturated(Int)
        /// Two detectors are plugged into each other's inputs.
        case swapped(Int, Int)
    }

    /// The detectors; on inputs 1 to 4 until the bench puts the board's in their place.
    public internal(set) var detectors: [BenchDetector] = []
    /// How much later than the beacon the clicks come by their circular mean, ps.
    public internal(set) var beaconDelay = 0.0
    /// From bright light to blanking, mean, ps.
    public internal(set) var reaction = 1_500_000_000.0
    /// The share of a photon that the board believes to make a click.
    let nominalEfficiency: Double
    /// How much later than the peak the circular mean of a response with a tail lies, ps, in
    /// slots of `period`.
    func tailLateness(in period: Double) -> Double {
        // A share s of clicks with an exponential delay t adds s/(1 - i w t) to (1 - s).
        let (share, time) = (detectors[0].tailShare, detectors[0].tailTime)
        let turn = 2 * Double.pi * time / period
        let part = share / (1 + turn * turn)
        let angle = Elementary.atan2(part * turn, 1 - share + part)
        return angle * period / (2 * Double.pi)
    }

    /// Jitter of the beacon, rms, ps.
    let beaconJitter: Double

    /// The truth that `seed` fixes for the world of `board`.
    public init(board: Board, seed: UInt64, faults: [Fault] = []) {
        var random = SeededGenerator(seed: seed, stream: 1_010)
        func spread() -> Double { min(max(random.normal(), -2), 2) }
        let world = board.world?.detectors
        nominalEfficiency = max(world?.efficiency ?? 0.55, 0.01)
        beaconJitter = Double(board.world?.beacon.jitter ?? 500)
        let inputs = [
            board.channels.horizontal, board.channels.vertical, board.channels.diagonal,
            board.channels.antidiagonal,
        ]
        let contrast = 1 - 2 * (board.world?.optics.misalignmentError ?? 0.006)
        for place in 0..<4 {
            var detector = BenchDetector(channel: UInt8(place + 1))
            detector.efficiency = nominalEfficiency * (1 + 0.035 * spread())
            detector.darkRate = (world?.darkRate ?? 50) * (1 + 0.2 * spread())
            detector.deadTime = Double(world?.deadTime ?? 22_000) + 250 * spread()
            let afterpulsing = world?.afterpulseProbability ?? 0.005
            detector.afterpulseProbability = afterpulsing * (1 + 0.15 * spread())
            detector.afterpulseTime = Double(world?.afterpulseTime ?? 40_000)
            detector.jitter = Double(world?.jitter ?? 150) * (1 + 0.03 * spread())
            detector.tailShare = 0.1
            // As in the pass, so that records of this bench serve it.
            detector.skew = Double(inputs[place]?.skew ?? 0)
            detector.visibility = min(contrast + 0.002 * spread(), 0.999)
            detector.polarisationPhase =
                [0, Double.pi, Double.pi / 2, -Double.pi / 2][place] + 0.008 * spread()
            detector.gateDelay = 20 * spread()
            detector.gateExcess = 15 * spread()
            detector.pulseHeight = (960 + 10 * spread(), 70)
            detector.recoveryTime = 5_000_000_000 + 500_000_000 * spread()
            for other in 0..<4 where other != place {
                detector.crosstalk[other] = 1e-5 * (1 + 0.4 * spread())
            }
            detectors.append(detector)
        }
        beaconDelay = 4 * spread()
        reaction += 100_000_000 * spread()
        for fault in faults { apply(fault) }
    }

    private mutating func apply(_ fault: Fault) {
        switch fault {
        case .dead(let place):
            detectors[place & 3].efficiency = 0
            detectors[place & 3].darkRate = 0
        case .saturated(let place): detectors[place & 3].darkRate = 9e6
        case .swapped(let one, let other):
            let first = detectors[one & 3].channel
            detectors[one & 3].channel = detectors[other & 3].channel
            detectors[other & 3].channel = first
        }
    }
}

extension BenchTruth.Fault {
    /// Reads `dead:H`, `saturated:D` or `swapped:H:V`; `nil` for anything else.
    public init?(_ text: String) {
        let words = text.split(separator: ":").map(String.init)
        let places = words.dropFirst().compactMap { DetectorRoles.names.firstIndex(of: $0) }
        guard places.count == words.count - 1, let kind = words.first else { return nil }
        switch (kind, places.count) {
        case ("dead", 1): self = .dead(places[0])
        case ("saturated", 1): self = .saturated(places[0])
        case ("swapped", 2) where places[0] != places[1]: self = .swapped(places[0], places[1])
        default: return nil
        }
    }
}
