import ClockSync
import Quantities

/// Runs every exercise of the core and hands each one's name and digest to `report`.
///
/// The digests depend on the core alone: a Cortex-M4 and a 64-bit host give the same ones.
public func runExercises(_ report: (StaticString, UInt64) -> Void) {
    report("floor-division", floorDivisionExercise())
    report("elementary", elementaryExercise())
    report("clock-segment", clockSegmentExercise())
    report("reference-format", referenceFormatExercise())
    report("ptu-records", ptuRecordExercise())
    report("gate", gateExercise())
    report("announcement", announcementExercise())
    report("orbit", orbitExercise())
    report("clock", clockExercise())
    report("sifting", siftExercise())
    report("finite-key", finiteKeyExercise())
    report("authentication", authenticationExercise())
    report("coincidence", coincidenceExercise())
}

/// Division that rounds down, about zero and at the ends of 64 bits.
func floorDivisionExercise() -> UInt64 {
    var digest = Digest()
    var numbers = NumberStream(seed: 1)
    for _ in 0..<2_000 {
        let dividend = Int64(bitPattern: numbers.next())
        let divisor = 1 + numbers.next(below: 1 &<< (1 + numbers.next(below: 62)))
        let (quotient, remainder) = floorDivision(dividend, by: divisor)
        digest.add(quotient)
        digest.add(remainder)
    }
    for dividend in Int64(-7)...7 {
        digest.add(floorDivision(dividend, by: 3).quotient)
    }
    return digest.value
}

/// The C library's functions, which come from another library on the Cortex-M4.
func elementaryExercise() -> UInt64 {
    var digest = Digest()
    for step in 1...200 {
        let x = Double(step) * 0.0437
        digest.add(Elementary.sin(x), inStepsOf: 1e-9)
        digest.add(Elementary.cos(x), inStepsOf: 1e-9)
        digest.add(Elementary.atan2(x - 4, x - 2), inStepsOf: 1e-9)
        digest.add(Elementary.exp(-x), inStepsOf: 1e-9)
        digest.add(Elementary.log(x), inStepsOf: 1e-9)
        digest.add(x.squareRoot(), inStepsOf: 1e-12)
    }
    return digest.value
}

/// A pass of one-millisecond clock segments, with tags mapped anywhere in them.
func clockSegmentExercise() -> UInt64 {
    var digest = Digest()
    var numbers = NumberStream(seed: 2)
    var segment = ClockSegment(
        tagStart: 0, duration: 1_000_000_000, satelliteStart: -1_700_000_000, rate: 0, sigma: 30,
        isValid: true)
    for _ in 0..<5_000 {
        segment.rate = numbers.next(below: 1 &<< 30) - (1 &<< 29)
        for _ in 0..<4 {
            digest.add(
                segment.satelliteTime(at: segment.tagStart + numbers.next(below: segment.duration)))
        }
        segment.satelliteStart = segment.satelliteTime(at: segment.tagStart + segment.duration)
        segment.tagStart += segment.duration
    }
    return digest.value
}
