import Simulator
import Testing

@Suite struct ParameterFaultTests {
    @Test func theDefaultsHaveNoFaults() {
        #expect(WorldParameters().faults.isEmpty)
    }

    @Test func allFaultsAreNamedAtOnceWithWhatIsAllowed() {
        var world = WorldParameters()
        world.transmitter.slotPeriodPicoseconds = 0
        world.detectors.efficiency = 1.5
        world.optics.scintillation = .nan
        world.beacon.fadeLongestPicoseconds = 1
        let faults = world.faults
        #expect(
            faults.map(\.field) == [
                "transmitter.slotPeriodPicoseconds", "optics.scintillation", "detectors.efficiency",
                "beacon.fadeLongestPicoseconds",
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
            .init(rangeMetres: 700_000, lossDecibels: 30),
            .init(rangeMetres: 600_000, lossDecibels: 31),
        ]
        #expect(world.faults.map(\.field) == ["optics.lossTable[1].rangeMetres"])
    }
}
