internal import Quantities

/// Measures where within its slot the quantum light falls: the circular mean of click phases.
///
/// All clicks of both bases are used, so nothing about the key is selected. The error of the mean is
/// T/(2 pi V sqrt(2N)) for contrast V, and less when the peak is narrow.
struct QubitPhase {
    /// Phase steps per slot of the sine table.
    static let tableSize = 256
    /// All table steps, in 2^-32 of a step: ``tableSize`` * 2^32.
    private static let turn: Int64 = 1_099_511_627_776
    /// Bytes of storage for the table.
    static let storageBytes = tableSize * 16

    private let cosines: UnsafeMutablePointer<Double>
    private let sines: UnsafeMutablePointer<Double>
    private let slotPeriod: Int64
    /// Table steps per picosecond in 2^-32.
    private let stepsPerPicosecond: Int64

    private var real = 0.0
    private var imaginary = 0.0
    private var weightedTime = 0.0
    private(set) var count = 0.0
    /// Contrast of the last minutes' clicks, 0 to 1; 0 before the first estimate.
    private(set) var contrast = 0.0

    /// A measurement for slots of `slotPeriod` ps, with its table in `storage`.
    init(slotPeriod: Int64, storage: UnsafeMutableRawPointer) {
        self.slotPeriod = slotPeriod
        stepsPerPicosecond = Self.turn / slotPeriod
        cosines = storage.bindMemory(to: Double.self, capacity: Self.tableSize)
        sines = (storage + Self.tableSize * 8).bindMemory(
            to: Double.self, capacity: Self.tableSize)
        for i in 0..<Self.tableSize {
            let angle = 2 * Double.pi * (Double(i) + 0.5) / Double(Self.tableSize)
            cosines[i] = Elementary.cos(angle)
            sines[i] = Elementary.sin(angle)
        }
    }

    /// Takes in a click predicted at satellite time `satellite` ps, `time` s after the origin.
    mutating func add(satellite: Int64, time: Double) {
        let (_, phase) = floorDivision(satellite, by: slotPeriod)
        let step = Int(truncatingIfNeeded: (phase &* stepsPerPicosecond) / 4_294_967_296)
        real += cosines[step]
        imaginary += sines[step]
        weightedTime += time
        count += 1
    }

    /// Follows a shift of the prediction by `phase` ps, so that clicks before and after agree.
    mutating func follow(shift phase: Double) {
        let angle = 2 * Double.pi * phase / Double(slotPeriod)
        let c = Elementary.cos(angle)
        let s = Elementary.sin(angle)
        (real, imaginary) = (real * c + imaginary * s, imaginary * c - real * s)
    }

    /// Forgets all clicks, not the contrast.
    mutating func clear() {
        real = 0
        imaginary = 0
        weightedTime = 0
        count = 0
    }

    /// One reading: where the clicks fell, and how surely.
    struct Reading {
        /// Lateness behind the slot centre, ps, within half a slot.
        var phase: Double
        /// Variance of ``phase``, ps^2.
        var variance: Double
        /// Mean time of the clicks, s after the origin.
        var time: Double
    }

    /// Reads the mean phase if the clicks show a peak; the caller then calls ``clear()``.
    mutating func read() -> Reading? {
        guard count >= 8 else { return nil }
        let squared = (real * real + imaginary * imaginary) / (count * count)
        // The unbiased estimate of V^2: noise alone gives |z|^2 = 1/N.
        let signal = max((squared * count - 1) / (count - 1), 0)
        let seen = contrast * contrast
        let smoothing = min(1, count / 2_000)
        let mixed = contrast == 0 ? signal : seen + smoothing * (signal - seen)
        contrast = mixed.squareRoot()
        guard squared * count > 9, mixed * count > 9 else { return nil }
        let scale = Double(slotPeriod) / (2 * Double.pi)
        // A Gaussian peak has second harmonic V^4; (1 - V^4)/(2 N V^2) is the circular mean's variance.
        let angular = (1 - min(mixed * mixed, 0.999)) / (2 * count * mixed)
        var phase = Elementary.atan2(imaginary, real) * scale
        if phase > Double(slotPeriod) / 2 { phase -= Double(slotPeriod) }
        return Reading(
            phase: phase, variance: angular * scale * scale + 1, time: weightedTime / count)
    }
}
