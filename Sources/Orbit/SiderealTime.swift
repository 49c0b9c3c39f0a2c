import Quantities

/// Greenwich mean sidereal time, IAU 1982, which is what links TEME to the Earth.
public enum SiderealTime {
    /// Sidereal time at an instant of UT1, rad, 0 up to 2 pi.
    ///
    /// Aoki et al., Astronomy and Astrophysics 105, 359 (1982); Vallado et al., AIAA 2006-6753,
    /// appendix C. Day and second stay apart, so that it is smooth to 4e-14 rad.
    public static func greenwich(ut1: UTCInstant) -> Double {
        let centuries = ut1.daysSinceJ2000 / 36_525
        let drift =
            8_640_184.812_866 + centuries * (0.093_104 - centuries * 6.2e-6)
        let seconds = 24_110.548_41 + ut1.seconds + drift * centuries
        return Elementary.positiveTurn(seconds * (2 * .pi / UTCInstant.secondsPerDay))
    }

    /// What SGP4 takes at the epoch of its elements, rad.
    static func atEpoch(_ epoch: UTCInstant, _ mode: SGP4.Mode) -> Double {
        let total1950 = epoch.roundedDaysSince1950
        let days1950 = total1950.rounded(.down)
        guard mode == .afspc else {
            return greenwich(
                ut1: UTCInstant(
                    day: 33_281, seconds: total1950 * UTCInstant.secondsPerDay))
        }
        // The Air Force's own polynomial, counted from 1970 January 0.
        let days = days1950 - 7305
        let fraction = total1950 - days1950
        let rate = 1.720_279_169_407_036_39e-2
        let total = days + fraction
        return Elementary.positiveTurn(
            1.732_134_385_650_937_4 + rate * days + (rate + 2 * .pi) * fraction
                + total * total * 5.075_514_194_322_694_42e-15)
    }
}

extension UTCInstant {
    /// Days since 1949-12-31 0 h, rounded as one Julian date in a `Double`: to 40 us.
    ///
    /// The published states of the deep-space model were made so, and orbits far out show it: 4 mm
    /// of the Moon's pull at half a million kilometres.
    var roundedDaysSince1950: Double {
        (Double(day) + 2_400_000.5 + seconds / Self.secondsPerDay) - 2_433_281.5
    }
}
