import Foundation
import Gating
import Quantities
import Sifting
import Simulator
import Station
import Wire

/// Bits per announced click, everything on the link counted, against h2(p)/p + 1.
struct AnnouncementBenchmark {
    private static let slots: UInt32 = 125_000_000
    private let epochs: Int

    init(_ options: Options) { epochs = options.count("epochs", 50) }

    func run() throws {
        // 13,500 clicks a second in 625 million slots, then a scan.
        for chance in [2.16e-5, 1e-3, 1e-4, 1e-5, 1e-6] {
            let (clicks, bytes) = try send(chance: chance)
            let entropy = BinaryEntropy.bits(chance) / chance + 1
            let bits = 8 * Double(bytes) / Double(clicks)
            print(
                "announcement p=\(chance) epochs=\(epochs) clicks=\(clicks)",
                "bits_per_click=\(fixed(bits, 4)) entropy=\(fixed(entropy, 4))",
                "ratio=\(fixed(bits / entropy, 4))")
        }
    }

    /// Announces epochs of clicks that fall into each slot with `chance`.
    private func send(chance: Double) throws -> (clicks: Int, bytes: Int) {
        var random = SeededGenerator(seed: 1, stream: 901)
        let capacity = GroundCapacity()
        let storage = UnsafeMutableRawBufferPointer.allocate(
            byteCount: capacity.byteCount, alignment: 16)
        let message = UnsafeMutableRawBufferPointer.allocate(
            byteCount: MessageHeader.largestMessage, alignment: 16)
        defer {
            storage.deallocate()
            message.deallocate()
        }
        var (clicks, bytes) = (0, 0)
        let scale = -1 / log(1 - chance)
        for _ in 0..<epochs {
            let parameters = SiftParameters(
                session: 1, firstSlot: 0, slotsPerEpoch: Self.slots, keyBasis: 0,
                retry: 1_000_000_000_000)
            var ground = GroundSifter<TranscriptSHA256>(
                parameters: parameters, capacity: capacity, storage: storage)
            var slot = Int64(random.exponential() * scale)
            while slot < Int64(Self.slots) {
                ground.add(
                    Click(slot: slot, offset: 0, detector: UInt8(random.next() >> 62)), now: 0)
                clicks += 1
                slot += 1 + Int64(random.exponential() * scale)
            }
            ground.advance(toSlot: Int64(Self.slots), now: 0)
            while true {
                let count = ground.poll(now: 0, into: message)
                if count == 0 { break }
                bytes += count
            }
        }
        return (clicks, bytes)
    }
}
