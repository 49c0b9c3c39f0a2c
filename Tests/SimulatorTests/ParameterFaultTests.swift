import Simulator
import Testing

@Suite struct ParameterFaultTests {
    @Test func theDefaultsHaveNoFaults() {
        #expect(WorldParameters().faults.isEmpty)
    }

    @Test func allFaultsAreNamedAtOnceWithWhatIsAllowed() {
        var world = WorldParameters()
        world.transmitter.slotPeriod_ps = 0
        world.detectors.efficiency = 1.5
        world.optics.scintillation = .nan
        world.beacon.fadeLongest_ps = 1
        let faults = world.faults
        #expect(
            faults.map(\.field) == [
                "transmitter.slotPeriod_ps", "optics.scintillation", "detectors.efficiency",
                "beacon.fadeLongest_ps",
            ])
        #expect(
            faults[2].description == "detectors.efficiency is 1.5; it must lie from 0.0 to 1.0.")
    }

    @Test func classProbabilitiesMayNotExceedOne() {
        var world = WorldParameters()
        world.transmitter.signalProbability = 0.8
        world.transmitter.decoyProbability = 0.3
        #expect(world.faults.count == 1)
    }

    @Test func lossTablesRunWithRisingRange() {
        var world = WorldParameters()
        world.optics.lossTable = [
            .init(range_m: 700_000, loss_dB: 30), .init(range_m: 600_000, loss_dB: 31),
        ]
        #expect(world.faults.map(\.field) == ["optics.lossTable[1].range_m"])
    }
}
