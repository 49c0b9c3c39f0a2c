import PassControl
import Quantities
import Recorder
import Tracking

/// What aiming came to over a whole pass: time in each phase, errors, spectra, spots.
struct PointingLog {
    /// Samples of one spectrum: half a hertz at 1 kHz.
    private static let spectrumSize = 2_048
    /// Columns and rows of the map of spots.
    static let mapSize = 32

    /// All milliseconds since the start of the pass.
    private(set) var total = PointingRecord()
    /// Milliseconds in each phase.
    private(set) var phaseTicks = [Int](repeating: 0, count: PassPhase.count)
    /// When the beacon was first seen by any camera, and the fine loop first closed, s.
    private(set) var firstLight: Double?
    private(set) var firstLock: Double?
    /// Times that the fine loop closed.
    private(set) var locks = 0
    /// Spots of the closed loop on the fine camera, column by row.
    private(set) var spots = [Int64](repeating: 0, count: mapSize * mapSize)
    /// Spectra of the disturbance that was seen, and of what the loop left, averaged.
    private(set) var openSpectrum: PowerAverage
    private(set) var closedSpectrum: PowerAverage
    private let pixels: Int
    private var wasClosed = false

    /// An empty log for a fine camera of `pixels` across.
    init(pixels: Int) {
        self.pixels = pixels
        openSpectrum = PowerAverage(size: Self.spectrumSize, period: 1e-3)
        closedSpectrum = PowerAverage(size: Self.spectrumSize, period: 1e-3)
    }

    /// Adds one millisecond.
    mutating func add(
        _ record: PointingRecord, at time: Int64, residual: FieldAngle?, open: FieldAngle,
        spot: Spot?
    ) {
        total.add(record)
        phaseTicks[Int(record.phase.rawValue)] += 1
        let seconds = Double(time) * 1e-12
        if record.phase != .acquire, record.phase != .slew, firstLight == nil {
            firstLight = seconds
        }
        let isClosed = record.closed > 0
        if isClosed, !wasClosed {
            locks += 1
            firstLock = firstLock ?? seconds
        }
        wasClosed = isClosed
        guard isClosed, let residual else {
            openSpectrum.interrupt()
            closedSpectrum.interrupt()
            return
        }
        openSpectrum.add(open)
        closedSpectrum.add(residual)
        guard let spot else { return }
        // The middle eighth of the field, where the loop holds the spot.
        let span = Double(pixels) / 8
        let middle = Double(pixels - 1) / 2
        let column = Int(((spot.x - middle) / span + 0.5) * Double(Self.mapSize))
        let row = Int(((spot.y - middle) / span + 0.5) * Double(Self.mapSize))
        guard (0..<Self.mapSize).contains(column), (0..<Self.mapSize).contains(row) else { return }
        spots[row * Self.mapSize + column] += 1
    }
}

extension PointingLog {
    /// The map of spots, places with none left out.
    var spotCounts: [SpotCount] {
        let pitch = Double(pixels) / 8 / Double(Self.mapSize)
        let first = Double(pixels - 1) / 2 - Double(pixels) / 16 + pitch / 2
        return spots.indices.filter { spots[$0] > 0 }.map {
            SpotCount(
                x: first + pitch * Double($0 % Self.mapSize),
                y: first + pitch * Double($0 / Self.mapSize), count: spots[$0])
        }
    }
}

/// The mean of spectra of stretches of samples of both axes, Hann window, rad²/Hz.
struct PowerAverage {
    private let size: Int
    private let period: Double
    private var x: [Double] = []
    private var y: [Double] = []
    private var sumX: [Double]
    private var sumY: [Double]
    /// Stretches that were averaged.
    private(set) var count = 0

    /// An average of stretches of `size` samples, a power of two, `period` seconds apart.
    init(size: Int, period: Double) {
        self.size = size
        self.period = period
        sumX = [Double](repeating: 0, count: size / 2)
        sumY = sumX
        x.reserveCapacity(size)
        y.reserveCapacity(size)
    }

    /// Forgets the stretch that was begun.
    mutating func interrupt() {
        x.removeAll(keepingCapacity: true)
        y.removeAll(keepingCapacity: true)
    }

    /// Adds the next sample of a stretch.
    mutating func add(_ angle: FieldAngle) {
        x.append(angle.x)
        y.append(angle.y)
        guard x.count == size else { return }
        accumulate(x, into: &sumX)
        accumulate(y, into: &sumY)
        count += 1
        interrupt()
    }

    private func accumulate(_ samples: [Double], into sum: inout [Double]) {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: 3 * size) { storage in
            storage.initialize(repeating: 0)
            guard var finder = VibrationFinder(storage: storage, period: period) else { return }
            for sample in samples { finder.take(sample) }
            finder.eachDensity { sum[$0] += $1 }
        }
    }

    /// Frequency, Hz, and mean power per hertz of each axis, rad²/Hz; without the zeroth bins,
    /// which hold the stretch's drift.
    var densities: [(frequency: Double, x: Double, y: Double)] {
        guard count > 0 else { return [] }
        return (2..<size / 2).map { index in
            (
                Double(index) / (Double(size) * period), sumX[index] / Double(count),
                sumY[index] / Double(count)
            )
        }
    }
}
