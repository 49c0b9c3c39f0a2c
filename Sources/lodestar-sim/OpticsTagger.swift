import LinuxIO
import PayloadHAL
import Quantities
import Simulator
import Synchronization
import TimeTags
import USBIP

/// The tagger behind the field stop of `lodestar-sim optics`: clicks of four detectors, more of
/// them the nearer the star is to the boresight. Its thread is its own, its clients' are the bus's.
final class OpticsTagger: BusService {
    /// Time between two batches of clicks, ps.
    private static let step: Int64 = 1_000_000_000
    /// Inputs of H, V, D and A.
    private static let inputs: [UInt8] = [3, 4, 5, 6]

    private let bus: Mutex<USBIPServer<EmulatedTagger>>
    private let bench: OpticsBench
    private let seed: UInt64

    /// A tagger with the clicks of `bench`; `nil` if this build has no such tagger.
    init?(_ bench: OpticsBench, seed: UInt64) {
        guard let tagger = EmulatedTagger(named: "reference", memory: 1_048_576) else { return nil }
        bus = Mutex(USBIPServer([tagger]))
        self.bench = bench
        self.seed = seed
    }

    var isEnding: Bool { Interruption.isOrdered }

    func withBus<Result: Sendable>(
        _ body: (inout USBIPServer<EmulatedTagger>) -> Result
    ) -> Result { bus.withLock { body(&$0) } }

    func noteClient(fault: USBIPFault?) {
        if let fault { Notice.say("bus: \(fault)") }
    }

    /// Lets clicks come at the host's pace until ordered to end.
    func run() {
        var random = SeededGenerator(seed: seed, stream: 1_014)
        let began = HostClock.now.count
        var reached: Int64 = 0
        while !isEnding {
            let now = HostClock.now.count - began
            // After a long sleep of the machine the time in between has no clicks.
            if now - reached > 1_000_000_000_000 { reached = now }
            while reached + Self.step <= now {
                let tags = clicks(from: reached, &random)
                reached += Self.step
                give(tags, now: reached)
            }
            HostClock.sleep(until: Picoseconds(began + reached + Self.step))
        }
    }

    private func clicks(from start: Int64, _ random: inout SeededGenerator) -> [TimeTag] {
        let mean = bench.clickRate() * Double(Self.step) * 1e-12
        let count = max(0, Int((mean + mean.squareRoot() * random.normal()).rounded()))
        let times = (0..<count).map { _ in start + Int64(random.below(UInt64(Self.step))) }
        return times.sorted().map { time in
            TimeTag(
                time: time, channel: Self.inputs[Int(random.below(UInt64(Self.inputs.count)))])
        }
    }

    private func give(_ tags: [TimeTag], now: Int64) {
        bus.withLock { bus in
            bus.withFunction(0) { tagger in
                tags.withUnsafeBufferPointer { tagger.take($0, now: now) }
            }
        }
    }
}
