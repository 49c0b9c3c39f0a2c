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
        found.check("slotPeriodPicoseconds", sent.slotPeriodPicoseconds, 100...1_000_000)
        found.check(
            "beaconPeriodPicoseconds", sent.beaconPeriodPicoseconds, 1_000_000...1_000_000_000_000)
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
            found.check("\(name).skewPicoseconds", channel.skewPicoseconds, -1_000_000...1_000_000)
        }
    }

    private func check(_ path: Geometry, _ found: inout FaultList) {
        found.section = "geometry"
        found.check("altitudeMetres", path.altitudeMetres, 1.5e5...2e6)
        found.check("alongTrackErrorSeconds", path.alongTrackErrorSeconds, -10...10)
        if path.sampled != nil { return }
        if let table = path.rangeTable {
            let closest = min(max(table.closestMetres, 1e5), 5e6)
            found.check("rangeTable.closestMetres", table.closestMetres, 1e5...5e6)
            found.check("rangeTable.firstMetres", table.firstMetres, closest...5e6)
            found.check("rangeTable.lastMetres", table.lastMetres, closest...5e6)
            found.check("rangeTable.durationSeconds", table.durationSeconds, 0.01...3_600)
            return
        }
        found.check("culminationDegrees", path.culminationDegrees, 1...90)
        found.check(
            "lowestElevationDegrees", path.lowestElevationDegrees,
            0...max(path.culminationDegrees - 0.01, 0))
        found.check("inclinationDegrees", path.inclinationDegrees, 1...179)
        let reach = min(path.inclinationDegrees, 180 - path.inclinationDegrees)
        found.check("latitudeDegrees", path.latitudeDegrees, -max(reach - 1, 0)...max(reach - 1, 0))
    }

    private func check(_ path: Optics, _ found: inout FaultList) {
        found.section = "optics"
        found.check("lossDecibels", path.lossDecibels, 0...200)
        found.check("extinctionDecibels", path.extinctionDecibels, 0...20)
        found.check("scintillation", path.scintillation, 0...3)
        found.check(
            "scintillationTimePicoseconds", path.scintillationTimePicoseconds, Self.relaxation)
        found.check("pointingJitterRelative", path.pointingJitterRelative, 0...3)
        found.check("pointingTimePicoseconds", path.pointingTimePicoseconds, Self.relaxation)
        found.check("dipFraction", path.dipFraction, 0...0.9)
        found.check("dipTransmittance", path.dipTransmittance, 0...1)
        found.check("dipShortestPicoseconds", path.dipShortestPicoseconds, Self.fadeLength)
        found.check(
            "dipLongestPicoseconds", path.dipLongestPicoseconds,
            Self.longest(after: path.dipShortestPicoseconds))
        found.check("misalignmentError", path.misalignmentError, 0...1)
        found.check(
            "receiverRectilinearProbability", path.receiverRectilinearProbability, 0...1)
        found.check("backgroundHertz", path.backgroundHertz, 0...1e7)
        for (index, row) in path.lossTable.enumerated() {
            let earlier = index > 0 ? min(max(path.lossTable[index - 1].rangeMetres, 0), 1e8) : 0
            found.check("lossTable[\(index)].rangeMetres", row.rangeMetres, earlier...1e8)
            found.check("lossTable[\(index)].lossDecibels", row.lossDecibels, 0...200)
        }
    }

    private func check(_ arm: Detectors, _ found: inout FaultList) {
        found.section = "detectors"
        found.check("efficiency", arm.efficiency, 0...1)
        found.check("darkRateHertz", arm.darkRateHertz, 0...1e7)
        found.check("deadTimePicoseconds", arm.deadTimePicoseconds, 0...1_000_000_000)
        found.check("jitterPicoseconds", arm.jitterPicoseconds, 0...1e5)
        found.check("afterpulseProbability", arm.afterpulseProbability, 0...0.9)
        found.check("afterpulseTimePicoseconds", arm.afterpulseTimePicoseconds, 0...1e9)
    }

    private func check(_ receiver: Beacon, _ found: inout FaultList) {
        found.section = "beacon"
        found.check("jitterPicoseconds", receiver.jitterPicoseconds, 0...1e6)
        found.check("missedProbability", receiver.missedProbability, 0...1)
        found.check("falseRateHertz", receiver.falseRateHertz, 0...1e7)
        found.check("fadeFraction", receiver.fadeFraction, 0...0.95)
        found.check("fadeShortestPicoseconds", receiver.fadeShortestPicoseconds, Self.fadeLength)
        found.check(
            "fadeLongestPicoseconds", receiver.fadeLongestPicoseconds,
            Self.longest(after: receiver.fadeShortestPicoseconds))
        found.check("photonFadeFraction", receiver.photonFadeFraction, 0...1)
        found.check("amplitudeWalkPicoseconds", receiver.amplitudeWalkPicoseconds, -1e5...1e5)
        found.check("scintillation", receiver.scintillation, 0...3)
        found.check(
            "scintillationTimePicoseconds", receiver.scintillationTimePicoseconds, Self.relaxation)
    }

    private func check(_ pair: Clocks, _ found: inout FaultList) {
        found.section = "clocks"
        found.check("satelliteFrequencyError", pair.satelliteFrequencyError, -1e-4...1e-4)
        found.check("stationFrequencyError", pair.stationFrequencyError, -1e-4...1e-4)
        found.check(
            "stationOffsetPicoseconds", pair.stationOffsetPicoseconds,
            -1_000_000_000_000...1_000_000_000_000_000_000)
        found.check("whiteFrequencyNoise", pair.whiteFrequencyNoise, 0...1e-7)
        found.check("randomWalkFrequencyNoise", pair.randomWalkFrequencyNoise, 0...1e-8)
        found.check("ppsJitterPicoseconds", pair.ppsJitterPicoseconds, 0...1e8)
    }

    private func check(_ link: Link, _ found: inout FaultList) {
        found.section = "link"
        found.check(
            "delayShortestPicoseconds", link.delayShortestPicoseconds, 0...1_000_000_000_000)
        found.check(
            "delayLongestPicoseconds", link.delayLongestPicoseconds,
            min(max(link.delayShortestPicoseconds, 0), 1_000_000_000_000)...1_000_000_000_000)
        found.check("lossProbability", link.lossProbability, 0...1)
        found.check("corruptionProbability", link.corruptionProbability, 0...1)
        found.check("duplicationProbability", link.duplicationProbability, 0...1)
        found.check("reorderingProbability", link.reorderingProbability, 0...1)
        found.check("fadeFraction", link.fadeFraction, 0...0.95)
        found.check("fadeShortestPicoseconds", link.fadeShortestPicoseconds, Self.fadeLength)
        found.check(
            "fadeLongestPicoseconds", link.fadeLongestPicoseconds,
            Self.longest(after: link.fadeShortestPicoseconds))
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
struct FaultList {
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
