import Orbit
import Quantities
import Testing

@Suite struct SampledPassTests {
    @Test func itIsItsTrajectoryToAMicrometre() throws {
        let pass = try highPass()
        var trajectory = try lowTrajectory()
        var position = 0.0
        var velocity = 0.0
        for time in stride(from: -10.0, through: pass.duration + 10, by: 0.737) {
            let truth = try trajectory.state(at: pass.start.adding(time))
            let found = pass.state(at: time)
            position = max(position, (found.position - truth.position).length)
            velocity = max(velocity, (found.velocity - truth.velocity).length)
        }
        #expect(position < 1e-6)
        // SGP4's own velocity is not quite the slope of its position.
        #expect(velocity < 0.05)
    }

    /// The line of sight formed among the stars, without any Earth-fixed detour.
    @Test func lightTimeIsThatOfTheInertialFrame() throws {
        let pass = try highPass()
        let model = try SGP4(lowOrbit())
        let site = try jinan()
        for time in stride(from: 0.0, through: pass.duration, by: 41) {
            let emission = pass.start.adding(time)
            let sent = try model.state(minutes: emission.since(lowOrbit().epoch) / 60).position
            var span = 0.002
            for _ in 0..<6 {
                let arrival = emission.adding(span)
                let turn = -someOrientation.siderealTime(at: arrival)
                // Back from ITRF through polar motion and sidereal time.
                let p = site.position
                let (xp, yp) = (someOrientation.xp, someOrientation.yp)
                let fixed = Vector(
                    x: p.x - xp * p.z, y: p.y + yp * p.z, z: p.z + xp * p.x - yp * p.y)
                let station = fixed.inAxesTurned(by: turn)
                span = (sent - station).length / 299_792_458
            }
            let found = PassOrbit.sampled(pass).lightTime(emittedAt: Int64(time * 1e12))
            // 0.1 ps are 30 um: polar motion is of first order here and there.
            #expect(abs(found - span * 1e12) < 0.1)
        }
    }

    @Test func neighbouringLightTimesAreSmoothFarBelowAPicosecond() throws {
        let orbit = PassOrbit.sampled(try highPass())
        var largest = 0.0
        for second in stride(from: Int64(0), to: 430, by: 3) {
            let times = (0..<60).map { second * 1_000_000_000_000 + $0 * 1_000_000_000 }
            let light = times.map { orbit.lightTime(emittedAt: $0) }
            // The fourth difference of the motion itself is 1e-9 ps at 1 ms: what is left is noise,
            // 8 times that of a single value.
            for index in 2..<(light.count - 2) {
                let fourth =
                    light[index - 2] - 4 * light[index - 1] + 6 * light[index]
                    - 4 * light[index + 1] + light[index + 2]
                largest = max(largest, abs(fourth))
            }
        }
        #expect(largest < 2e-3)
    }

    @Test func whatIsReceivedIsWhatWasEmittedALightTimeBefore() throws {
        let pass = try highPass()
        for time in stride(from: 0.0, through: pass.duration, by: 13) {
            let emitted = pass.look(at: time)
            let received = pass.sight(receivedAt: time + emitted.lightTime * 1e-12).look
            #expect(abs(received.range - emitted.range) < 1e-5)
            #expect(abs(received.azimuth - emitted.azimuth) < 1e-9)
            #expect(abs(received.elevation - emitted.elevation) < 1e-9)
        }
    }

    @Test func ratesAreTheSlopesOfTheAngles() throws {
        let pass = try highPass()
        for time in stride(from: 5.0, through: pass.duration - 5, by: 17) {
            let sight = pass.sight(receivedAt: time)
            let after = pass.sight(receivedAt: time + 0.01).look
            let before = pass.sight(receivedAt: time - 0.01).look
            let rate = (after.elevation - before.elevation) / 0.02
            #expect(abs(rate - sight.elevationRate) < 1e-4 * abs(rate) + 1e-6)
            let turn = (after.azimuth - before.azimuth) / 0.02
            if abs(turn) < 1 { #expect(abs(turn - sight.azimuthRate) < 1e-3 * abs(turn) + 1e-6) }
            let light = pass.look(at: time + 0.01).lightTime - pass.look(at: time - 0.01).lightTime
            let shift = -light * 1e-12 / 0.02
            #expect(abs(pass.sight(receivedAt: time).doppler - shift) < 2e-8)
        }
    }

    @Test func theBeaconIsAimedAheadByTwiceTheSidewaysSpeedOverThatOfLight() throws {
        let pass = try highPass()
        var largest = 0.0
        for time in stride(from: 0.0, through: pass.duration, by: 11) {
            let look = pass.sight(receivedAt: time).look
            let ahead = pass.pointAhead(at: time)
            let state = pass.state(at: time)
            // Relative to the station, but not turning with it.
            let velocity =
                state.velocity + (state.position - pass.site.position).carriedByEarth
            let (sine, cosine) = (Elementary.sin(look.azimuth), Elementary.cos(look.azimuth))
            let level = sine * pass.site.east + cosine * pass.site.north
            let across = velocity.dot(cosine * pass.site.east - sine * pass.site.north)
            let upward = velocity.dot(
                Elementary.cos(look.elevation) * pass.site.up
                    - Elementary.sin(look.elevation) * level)
            #expect(abs(ahead.x - 2 * across / NaturalConstants.lightSpeed) < 2e-9)
            #expect(abs(ahead.y - 2 * upward / NaturalConstants.lightSpeed) < 2e-9)
            largest = max(largest, ahead.length)
        }
        #expect(largest > 48e-6 && largest < 52e-6)
    }

    @Test func aCorrectionIsFoundFromOneSight() throws {
        let predicted = try highPass()
        var truth = predicted
        truth.correction = OrbitCorrection(timeBias: 0.35, crossTrack: 2e-4)
        let time = 0.5 * predicted.culminationTime
        var found = predicted
        for _ in 0..<2 {
            let seen = truth.sight(receivedAt: time).look
            let expected = found.sight(receivedAt: time).look
            let offset = FieldAngle(
                x: (seen.azimuth - expected.azimuth) * Elementary.cos(expected.elevation),
                y: seen.elevation - expected.elevation)
            found.correction = found.correction(forOffset: offset, at: time)
        }
        #expect(abs(found.correction.timeBias - 0.35) < 1e-3)
        #expect(abs(found.correction.crossTrack - 2e-4) < 1e-6)
        let late = truth.sight(receivedAt: 400).look
        let guess = found.sight(receivedAt: 400).look
        #expect(abs(late.azimuth - guess.azimuth) < 5e-5)
        #expect(abs(late.elevation - guess.elevation) < 5e-5)
    }

    @Test func aTimeBiasOfTheSamplesIsOneOfTheTrajectory() throws {
        var pass = try highPass()
        var trajectory = try lowTrajectory()
        let correction = OrbitCorrection(timeBias: -1.25, crossTrack: -1e-4)
        pass.correction = correction
        trajectory.correction = correction
        let truth = try trajectory.state(at: pass.start.adding(100))
        // The side is that of the velocity, and SGP4's own is a few cm/s off its position's slope.
        #expect((truth.position - pass.state(at: 100).position).length < 0.01)
    }

    @Test func timesThatAreNoneHoldTheEnds() throws {
        let pass = try highPass()
        #expect(pass.look(at: .nan).range.isFinite)
        #expect(pass.look(at: 1e9).range == pass.look(at: 1e10).range)
    }
}
