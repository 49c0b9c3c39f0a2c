// Shows that the steady tag path allocates nothing: exits with 1 if it does.
import CAllocationCounter
import Foundation

/// Runs the path and prints one line.
@main
struct Main {
    static func main() {
        guard lodestar_can_count_allocations() == 1, counterSeesAnArray() else {
            print("error: allocations cannot be counted with this C library; glibc is needed.")
            exit(1)
        }
        do {
            var path = try MeasuredPath()
            let result = path.run()
            print(
                "allocations=\(result.allocations) batches=\(result.batches) tags=\(result.tags)",
                "clicks_announced=\(result.announced) double_clicks=\(result.doubles)",
                "epochs_sifted=\(result.sifted)")
            for (stage, count) in result.byStage where count > 0 {
                print("error: \(count) allocations in \(stage)")
            }
            let isEnough = result.batches >= 100_000 && result.tags >= 1_000_000
            var loop = try MeasuredLoop()
            let tracked = try loop.run()
            print(
                "fine_loop_allocations=\(tracked.allocations) frames=\(tracked.frames)",
                "spots=\(tracked.spots) commands=\(tracked.commands)")
            let rate = try MeasuredRateGroup().run()
            print(
                "rate_group_allocations=\(rate.allocations) ticks=\(rate.ticks)",
                "missed=\(rate.missed)")
            guard isEnough, result.sifted > 0, result.doubles > 0, tracked.frames >= 100_000,
                tracked.spots > tracked.frames / 2
            else {
                print("error: the path did not run as it should; see the counts above.")
                exit(1)
            }
            let allocations = result.allocations + tracked.allocations + rate.allocations
            exit(allocations == 0 ? 0 : 1)
        } catch {
            print("error: \(error)")
            exit(1)
        }
    }

    /// Whether the counter notices what must not go unnoticed.
    private static func counterSeesAnArray() -> Bool {
        let before = lodestar_allocations()
        lodestar_count_allocations(1)
        let array = [UInt8](repeating: 1, count: Int.random(in: 1_000...2_000))
        lodestar_count_allocations(0)
        return array.count >= 1_000 && lodestar_allocations() > before
    }
}
