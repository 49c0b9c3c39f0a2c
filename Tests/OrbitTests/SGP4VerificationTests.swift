import Foundation
import Orbit
import OrbitFiles
import Testing

/// The states that AIAA 2006-6753 publishes for its verification set.
struct VerificationSet {
    struct Satellite {
        var elements: ElementSet
        /// Minutes, km and km/s.
        var rows: [[Double]]
    }

    static func satellites() throws -> [Satellite] {
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/sgp4-verification.txt")
        var satellites: [Satellite] = []
        var first = ""
        for line in try String(contentsOf: url, encoding: .utf8).split(separator: "\n") {
            if line.hasPrefix("#") { continue }
            if line.hasPrefix("1 "), line.count == 69 {
                first = String(line)
            } else if line.hasPrefix("2 "), line.count == 69 {
                let sets = try TwoLineElements.parse(
                    first + "\n" + line, path: "fixture", checksChecksums: false)
                satellites.append(Satellite(elements: try #require(sets.first), rows: []))
            } else {
                satellites[satellites.count - 1].rows.append(
                    line.split(separator: " ").compactMap { Double($0) })
            }
        }
        return satellites
    }
}

@Suite struct SGP4VerificationTests {
    @Test func allUsableRowsAgreeWithThePublishedStates() throws {
        var count = 0
        var position = 0.0
        var velocity = 0.0
        for satellite in try VerificationSet.satellites() {
            let model: SGP4
            do {
                model = try SGP4(satellite.elements.elements, gravity: .wgs72)
            } catch {
                continue
            }
            for row in satellite.rows {
                try #require(row.count == 7)
                do throws(SGP4Fault) {
                    let state = try model.state(minutes: row[0])
                    let r = 1e-3 * state.position
                    let v = 1e-3 * state.velocity
                    position = max(
                        position, abs(r.x - row[1]), abs(r.y - row[2]), abs(r.z - row[3]))
                    velocity = max(
                        velocity, abs(v.x - row[4]), abs(v.y - row[5]), abs(v.z - row[6]))
                    count += 1
                } catch {
                    #expect(
                        satellite.elements.catalogNumber == "33334",
                        "\(satellite.elements.catalogNumber) at \(row[0]): \(error)")
                }
            }
        }
        print("\(count) rows, at most \(position) km and \(velocity) km/s apart")
        #expect(count == 666)
        #expect(position < 2e-7)
        #expect(velocity < 2e-9)
    }

    @Test func theOneUnusableRowIsRefusedWithItsPublishedErrorCode() throws {
        let satellite = try #require(
            try VerificationSet.satellites().first { $0.elements.catalogNumber == "33334" })
        let fault = #expect(throws: SGP4Fault.self) { try SGP4(satellite.elements.elements) }
        #expect(fault?.kind.rawValue == 3)
    }

    @Test func anIntegratedResonanceDoesNotDependOnWhatWasAskedBefore() throws {
        for satellite in try VerificationSet.satellites() {
            guard let model = try? SGP4(satellite.elements.elements) else { continue }
            var progress = Resonance.Progress()
            for minutes in [5000.0, 9000, -700, 12_000, 3000, 3000] {
                let kept = try? model.state(minutes: minutes, progress: &progress)
                #expect(kept == (try? model.state(minutes: minutes)))
            }
        }
    }

    @Test func aSatelliteThatHasDecayedDoesNotComeBack() throws {
        var elements = lowOrbit(drag: 0.02)
        elements.meanMotion = 16.3 * MeanElements.radiansPerMinute
        let model = try SGP4(elements)
        for day in stride(from: 3.0, through: 3000, by: 0.37) {
            #expect(throws: SGP4Fault.self) { try model.state(minutes: day * 1440) }
        }
    }

    @Test func elementsThatAreNoOrbitAreRefused() {
        var still = lowOrbit()
        still.meanMotion = 0
        #expect(throws: SGP4Fault(kind: .meanMotion, minutes: 0, value: 0)) { try SGP4(still) }
        var open = lowOrbit()
        open.eccentricity = 1
        #expect(throws: SGP4Fault(kind: .meanEccentricity, minutes: 0, value: 1)) {
            try SGP4(open)
        }
        var none = lowOrbit()
        none.inclination = .nan
        #expect(throws: SGP4Fault.self) { try SGP4(none) }
    }
}
