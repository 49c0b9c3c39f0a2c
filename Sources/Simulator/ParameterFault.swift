/// A field of ``WorldParameters`` that is out of range.
public struct ParameterFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// The field's place in the structure, with its unit.
    public let field: String
    /// What it holds.
    public let value: Double
    /// What it may hold.
    public let allowed: ClosedRange<Double>

    /// One sentence for a person.
    public var description: String {
        "\(field) is \(value); it must lie from \(allowed.lowerBound) to \(allowed.upperBound)."
    }
}

extension WorldParameters {
    /// Every field that is out of range; empty when a world can be made of this.
    public var faults: [ParameterFault] {
        var found = FaultList()
        check(transmitter, &found)
        check(channels, &found)
        check(geometry, &found)
        check(optics, &found)
        check(detectors, &found)
        check(beacon, &found)
        check(clocks, &found)
        check(link, &found)
        return found.faults
    }

    private func check(_ sent: Transmitter, _ found: inout FaultList) {
        found.section = "transmitter"
        found.check("slotPeriod_ps", sent.slotPeriod_ps, 100...1_000_000)
        found.check("beaconPeriod_ps", sent.beaconPeriod_ps, 1_000_000...1_000_000_000_000)
        found.check("signalIntensity", sent.signalIntensity, 0...10)
        found.check("decoyIntensity", sent.decoyIntensity, 0...10)
        found.check("vacuumIntensity", sent.vacuumIntensity, 0...10)
        found.check("signalProbability", sent.signalProbability, 0...1)
        found.check("decoyProbability", sent.decoyProbability, 0...1)
        found.check(
            "signalProbability + decoyProbability",
            sent.signalProbability + sent.decoyProbability, 0...(1 + 1e-9))
        found.check("rectilinearProbability", sent.rectilinearProbability, 0...1)
    }

    private func check(_ inputs: Channels, _ found: inout FaultList) {
        found.section = "channels"
        let all = [
            ("pps", inputs.pps), ("beacon", inputs.beacon), ("horizontal", inputs.horizontal),
            ("vertical", inputs.vertical), ("diagonal", inputs.diagonal),
            ("antidiagonal", inputs.antidiagonal),
        ]
        for (name, channel) in all {
            found.check("\(name).number", Int64(channel.number), 1...255)
            found.check("\(name).skew_ps", channel.skew_ps, -1_000_000...1_000_000)
        }
    }

    private func check(_ path: Geometry, _ found: inout FaultList) {
        found.section = "geometry"
        found.check("altitude_m", path.altitude_m, 1.5e5...2e6)
        found.check("alongTrackError_s", path.alongTrackError_s, -10...10)
        if let table = path.rangeTable {
            let closest = min(max(table.closest_m, 1e5), 5e6)
            found.check("rangeTable.closest_m", table.closest_m, 1e5...5e6)
            found.check("rangeTable.first_m", table.first_m, closest...5e6)
            found.check("rangeTable.last_m", table.last_m, closest...5e6)
            found.check("rangeTable.duration_s", table.duration_s, 0.01...3_600)
            return
        }
        found.check("culmination_deg", path.culmination_deg, 1...90)
        found.check(
            "lowestElevation_deg", path.lowestElevation_deg,
            0...max(path.culmination_deg - 0.01, 0))
        found.check("inclination_deg", path.inclination_deg, 1...179)
        let reach = min(path.inclination_deg, 180 - path.inclination_deg)
        found.check("latitude_deg", path.latitude_deg, -max(reach - 1, 0)...max(reach - 1, 0))
    }

    private func check(_ path: Optics, _ found: inout FaultList) {
        found.section = "optics"
        found.check("loss_dB", path.loss_dB, 0...200)
        found.check("extinction_dB", path.extinction_dB, 0...20)
        found.check("scintillation", path.scintillation, 0...3)
        found.check("scintillationTime_ps", path.scintillationTime_ps, Self.relaxation)
        found.check("pointingJitter_relative", path.pointingJitter_relative, 0...3)
        found.check("pointingTime_ps", path.pointingTime_ps, Self.relaxation)
        found.check("dipFraction", path.dipFraction, 0...0.9)
        found.check("dipTransmittance", path.dipTransmittance, 0...1)
        found.check("dipShortest_ps", path.dipShortest_ps, Self.fadeLength)
        found.check(
            "dipLongest_ps", path.dipLongest_ps, Self.longest(after: path.dipShortest_ps))
        found.check("misalignmentError", path.misalignmentError, 0...1)
        found.check(
            "receiverRectilinearProbability", path.receiverRectilinearProbability, 0...1)
        found.check("background_Hz", path.background_Hz, 0...1e7)
        for (index, row) in path.lossTable.enumerated() {
            let earlier = index > 0 ? min(max(path.lossTable[index - 1].range_m, 0), 1e8) : 0
            found.check("lossTable[\(index)].range_m", row.range_m, earlier...1e8)
            found.check("lossTable[\(index)].loss_dB", row.loss_dB, 0...200)
        }
    }

    private func check(_ arm: Detectors, _ found: inout FaultList) {
        found.section = "detectors"
        found.check("efficiency", arm.efficiency, 0...1)
        found.check("darkRate_Hz", arm.darkRate_Hz, 0...1e7)
        found.check("deadTime_ps", arm.deadTime_ps, 0...1_000_000_000)
        found.check("jitter_ps", arm.jitter_ps, 0...1e5)
        found.check("afterpulseProbability", arm.afterpulseProbability, 0...0.9)
        found.check("afterpulseTime_ps", arm.afterpulseTime_ps, 0...1e9)
    }

    private func check(_ receiver: Beacon, _ found: inout FaultList) {
        found.section = "beacon"
        found.check("jitter_ps", receiver.jitter_ps, 0...1e6)
        found.check("missedProbability", receiver.missedProbability, 0...1)
        found.check("falseRate_Hz", receiver.falseRate_Hz, 0...1e7)
        found.check("fadeFraction", receiver.fadeFraction, 0...0.95)
        found.check("fadeShortest_ps", receiver.fadeShortest_ps, Self.fadeLength)
        found.check(
            "fadeLongest_ps", receiver.fadeLongest_ps,
            Self.longest(after: receiver.fadeShortest_ps))
        found.check("photonFadeFraction", receiver.photonFadeFraction, 0...1)
        found.check("amplitudeWalk_ps", receiver.amplitudeWalk_ps, -1e5...1e5)
        found.check("scintillation", receiver.scintillation, 0...3)
        found.check("scintillationTime_ps", receiver.scintillationTime_ps, Self.relaxation)
    }

    private func check(_ pair: Clocks, _ found: inout FaultList) {
        found.section = "clocks"
        found.check("satelliteFrequencyError", pair.satelliteFrequencyError, -1e-4...1e-4)
        found.check("stationFrequencyError", pair.stationFrequencyError, -1e-4...1e-4)
        found.check(
            "stationOffset_ps", pair.stationOffset_ps,
            -1_000_000_000_000...1_000_000_000_000_000_000)
        found.check("whiteFrequencyNoise", pair.whiteFrequencyNoise, 0...1e-7)
        found.check("randomWalkFrequencyNoise", pair.randomWalkFrequencyNoise, 0...1e-8)
        found.check("ppsJitter_ps", pair.ppsJitter_ps, 0...1e8)
    }

    private func check(_ link: Link, _ found: inout FaultList) {
        found.section = "link"
        found.check("delayShortest_ps", link.delayShortest_ps, 0...1_000_000_000_000)
        found.check(
            "delayLongest_ps", link.delayLongest_ps,
            min(max(link.delayShortest_ps, 0), 1_000_000_000_000)...1_000_000_000_000)
        found.check("lossProbability", link.lossProbability, 0...1)
        found.check("corruptionProbability", link.corruptionProbability, 0...1)
        found.check("duplicationProbability", link.duplicationProbability, 0...1)
        found.check("reorderingProbability", link.reorderingProbability, 0...1)
        found.check("fadeFraction", link.fadeFraction, 0...0.95)
        found.check("fadeShortest_ps", link.fadeShortest_ps, Self.fadeLength)
        found.check(
            "fadeLongest_ps", link.fadeLongest_ps, Self.longest(after: link.fadeShortest_ps))
        found.check("capacity", Int64(link.capacity), 1...65_536)
        found.check("largestMessage", Int64(link.largestMessage), 1...1_048_576)
    }

    private static let relaxation: ClosedRange<Int64> = 1_000_000...100_000_000_000_000
    private static let fadeLength: ClosedRange<Int64> = 1_000_000_000...1_000_000_000_000_000

    private static func longest(after shortest: Int64) -> ClosedRange<Int64> {
        min(max(shortest, fadeLength.lowerBound), fadeLength.upperBound)...fadeLength.upperBound
    }
}

/// Collects what is out of range, section by section.
private struct FaultList {
    var section = ""
    var faults: [ParameterFault] = []

    mutating func check(_ name: String, _ value: Double, _ allowed: ClosedRange<Double>) {
        // A NaN is contained in no range.
        guard !allowed.contains(value) else { return }
        faults.append(ParameterFault(field: "\(section).\(name)", value: value, allowed: allowed))
    }

    mutating func check(_ name: String, _ value: Int64, _ allowed: ClosedRange<Int64>) {
        check(name, Double(value), Double(allowed.lowerBound)...Double(allowed.upperBound))
    }
}
