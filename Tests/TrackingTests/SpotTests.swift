import Quantities
import Simulator
import Testing
import Tracking

/// Spots in frames of the simulated camera, whose true places are known.
@Suite struct SpotTests {
    /// Root-mean-square error over both axes, and over the errors' own sigmas.
    private func errors(
        flux: Double, frames count: Int, method: SpotMethod = .likelihood
    ) throws -> (rms: Double, normalised: Double, missed: Int) {
        var settings = SpotFinder.Settings()
        settings.method = method
        var finder = try SpotFinder(camera: SpotFrames.camera, settings: settings)
        var frames = SpotFrames(seed: 4)
        var random = SeededGenerator(seed: 9, stream: 1)
        var (square, normalised, found) = (0.0, 0.0, 0)
        for _ in 0..<count {
            let (x, y) = (48 + 2 * random.uniform() - 1, 30 + 2 * random.uniform() - 1)
            let report = try frames.look(&finder, [LightOnSensor(x: x, y: y, flux: flux)])
            guard let spot = report.first else { continue }
            found += 1
            let (dx, dy) = (spot.x - x, spot.y - y)
            square += dx * dx + dy * dy
            normalised +=
                dx * dx / (spot.sigmaX * spot.sigmaX) + dy * dy / (spot.sigmaY * spot.sigmaY)
        }
        let n = Double(max(found, 1))
        return ((square / n / 2).squareRoot(), (normalised / n / 2).squareRoot(), count - found)
    }

    /// The bounds are those of a sum over 15 x 15 pixels made with NumPy by Tests/Peers/
    /// tracking_peer.py, by numerical derivatives of the likelihood.
    @Test(arguments: [(300.0, 0.1239), (1_000, 0.0517), (10_000, 0.01293), (50_000, 0.005493)])
    func theCentroidReachesTheCramerRaoBound(flux: Double, bound: Double) throws {
        #expect(
            abs(
                CentroidBound.sigma(flux: flux, width: 1.2, background: 5, readNoise: 3) / bound - 1
            )
                < 0.005)
        // 600 frames know the ratio to 2 %.
        let result = try errors(flux: flux, frames: 600)
        #expect(result.missed == 0)
        #expect(result.rms < 1.10 * bound)
        #expect(result.rms > 0.90 * bound)
        #expect(abs(result.normalised - 1) < 0.1)
    }

    @Test func theSimplerMethodsAreFartherFromTheBoundAndSaySo() throws {
        let weighted = try errors(flux: 500, frames: 300, method: .weighted)
        #expect(weighted.rms < 0.11)
        #expect(abs(weighted.normalised - 1) < 0.15)
        let thresholded = try errors(flux: 10_000, frames: 300, method: .thresholded)
        #expect(thresholded.rms < 0.017)
    }

    @Test func fluxAndBackgroundAreThoseOfTheLight() throws {
        var finder = try SpotFinder(camera: SpotFrames.camera)
        var frames = SpotFrames()
        var (flux, background) = (0.0, 0.0)
        for _ in 0..<100 {
            let report = try frames.look(
                &finder, [LightOnSensor(x: 50.3, y: 20.8, flux: 4_000)])
            let spot = try #require(report.first)
            flux += spot.flux / 100
            background += report.background / 100
        }
        #expect(abs(flux - 4_000) < 40)
        #expect(abs(background - 5) < 0.5)
    }

    @Test func aBlankFrameIsAFade() throws {
        var finder = try SpotFinder(camera: SpotFrames.camera)
        var frames = SpotFrames(seed: 3)
        for _ in 0..<300 {
            let report = try frames.look(&finder, [])
            #expect(report.isBlank)
        }
    }

    @Test func aStarOrAReflectionIsTheSecondSpot() throws {
        var finder = try SpotFinder(camera: SpotFrames.camera)
        var frames = SpotFrames()
        let report = try frames.look(
            &finder,
            [
                LightOnSensor(x: 30.2, y: 40.7, flux: 1_500),
                LightOnSensor(x: 70.6, y: 12.1, flux: 4_000),
            ])
        let (first, second) = (try #require(report.first), try #require(report.second))
        #expect(abs(first.x - 70.6) < 0.2 && abs(first.y - 12.1) < 0.2)
        #expect(abs(second.x - 30.2) < 0.3 && abs(second.y - 40.7) < 0.3)
        let near = try #require(report.spot(near: 30, 40, within: 3))
        #expect(near == second)
        #expect(report.spot(near: 50, 50, within: 3) == nil)
    }

    @Test func twoSpotsThatRunIntoEachOtherAreElongated() throws {
        var finder = try SpotFinder(camera: SpotFrames.camera)
        var frames = SpotFrames()
        let one = try frames.look(&finder, [LightOnSensor(x: 50, y: 30, flux: 20_000)])
        let two = try frames.look(
            &finder,
            [
                LightOnSensor(x: 48, y: 28, flux: 10_000),
                LightOnSensor(x: 51.5, y: 31.5, flux: 10_000),
            ])
        #expect(try #require(one.first).elongation < 1.15)
        #expect(try #require(two.first).elongation > 1.5)
    }

    @Test func hotPixelsAreNoSpotsWhetherKnownOrNot() throws {
        let hot = [
            HotPixel(x: 20, y: 20, excess: 40_000), HotPixel(x: 60, y: 50, excess: 60),
            HotPixel(x: 61, y: 10, excess: 400),
        ]
        var list = HotPixels()
        let isAdded = list.add(x: 20, y: 20)
        #expect(isAdded)
        var finder = try SpotFinder(camera: SpotFrames.camera, hotPixels: list)
        var frames = SpotFrames(hotPixels: hot)
        for _ in 0..<50 {
            let blank = try frames.look(&finder, [])
            #expect(blank.isBlank)
            #expect(blank.rejectedPixels >= 3)
            let report = try frames.look(&finder, [LightOnSensor(x: 70.4, y: 30, flux: 900)])
            #expect(abs(try #require(report.first).x - 70.4) < 0.5)
        }
    }

    @Test func aKnownHotPixelInTheSpotDoesNotPullIt() throws {
        var list = HotPixels()
        let isAdded = list.add(x: 51, y: 31)
        #expect(isAdded)
        var finder = try SpotFinder(camera: SpotFrames.camera, hotPixels: list)
        var frames = SpotFrames(hotPixels: [HotPixel(x: 51, y: 31, excess: 3_000)])
        let report = try frames.look(&finder, [LightOnSensor(x: 50, y: 30, flux: 20_000)])
        let spot = try #require(report.first)
        #expect(abs(spot.x - 50) < 0.05 && abs(spot.y - 30) < 0.05)
    }

    @Test func aSaturatedSpotIsFlaggedAndStillCentred() throws {
        var camera = SpotFrames.camera
        camera.saturation = 1_023
        var finder = try SpotFinder(camera: camera)
        var frames = SpotFrames(camera: camera)
        let report = try frames.look(&finder, [LightOnSensor(x: 40.3, y: 30.6, flux: 60_000)])
        let spot = try #require(report.first)
        #expect(spot.saturatedPixels > 5)
        #expect(abs(spot.x - 40.3) < 0.05 && abs(spot.y - 30.6) < 0.05)
    }

    @Test func aSpotAtTheEdgeIsFoundAndOneOutsideIsNot() throws {
        var finder = try SpotFinder(camera: SpotFrames.camera)
        var frames = SpotFrames()
        for (x, y) in [(2.0, 30.0), (93.5, 2.2), (50, 61.5), (1.5, 1.5)] {
            let report = try frames.look(&finder, [LightOnSensor(x: x, y: y, flux: 8_000)])
            let spot = try #require(report.first)
            #expect(abs(spot.x - x) < 0.2 && abs(spot.y - y) < 0.2)
        }
        let outside = try frames.look(&finder, [LightOnSensor(x: -20, y: 30, flux: 8_000)])
        #expect(outside.isBlank)
    }

    @Test func framesOfEightBitsAndWithPaddingGiveTheSamePlace() throws {
        var camera = SpotFrames.camera
        camera.offset = 10
        camera.electronsPerLevel = 20
        camera.saturation = 255
        var frames = SpotFrames(camera: camera)
        var finder = try SpotFinder(camera: camera)
        let report = try frames.look(&finder, [LightOnSensor(x: 33.3, y: 22.2, flux: 20_000)])
        var padded = [UInt8](repeating: 255, count: 64 * 100)
        for row in 0..<64 {
            for column in 0..<96 {
                padded[row * 100 + column] = UInt8(frames.pixels[row * 96 + column])
            }
        }
        let eight = try padded.withUnsafeBufferPointer {
            finder.find(
                in: try Frame(
                    $0, width: 96, height: 64, stride: 100, stamp: FrameStamp(number: 1, time: 1)))
        }
        #expect(try #require(report.first) == (try #require(eight.first)))
    }

    @Test func theWidthFollowsTheSeeing() throws {
        var finder = try SpotFinder(camera: SpotFrames.camera)
        var frames = SpotFrames()
        for _ in 0..<600 {
            _ = try frames.look(
                &finder, [LightOnSensor(x: 50.2, y: 30.4, flux: 5_000, width: 1.7)])
        }
        #expect(abs(finder.width - 1.7) < 0.1)
    }

    @Test func buffersThatHoldNoFrameAreRefused() {
        let stamp = FrameStamp(number: 0, time: 0)
        let pixels = [UInt8](repeating: 0, count: 1_000)
        pixels.withUnsafeBufferPointer { pixels in
            #expect(throws: FrameFault.size(width: 8, height: 64)) {
                try Frame(pixels, width: 8, height: 64, stride: 8, stamp: stamp)
            }
            #expect(throws: FrameFault.stride(20, width: 32)) {
                try Frame(pixels, width: 32, height: 16, stride: 20, stamp: stamp)
            }
            #expect(throws: FrameFault.short(pixels: 1_000, needed: 1_024)) {
                try Frame(pixels, width: 32, height: 32, stride: 32, stamp: stamp)
            }
        }
    }

    @Test func anythingInAFrameGivesAReportWithNumbersOnly() throws {
        // Every level from nothing to full in all kinds of order, as a broken link delivers.
        var finder = try SpotFinder(camera: SpotFrames.camera)
        var random = SeededGenerator(seed: 5, stream: 5)
        var frames = SpotFrames()
        for turn in 0..<60 {
            let mask: UInt16 = turn % 3 == 0 ? 0xFFFF : turn % 3 == 1 ? 0x00FF : 0xF000
            for i in frames.pixels.indices {
                frames.pixels[i] = UInt16(truncatingIfNeeded: random.next()) & mask
            }
            let report = try frames.lookAgain(&finder)
            for spot in [report.first, report.second].compactMap({ $0 }) {
                #expect(spot.x.isFinite && spot.y.isFinite && spot.sigmaX.isFinite)
                #expect(spot.flux.isFinite && spot.elongation.isFinite)
                #expect(spot.x > -8 && spot.x < 104 && spot.y > -8 && spot.y < 72)
            }
        }
    }

    @Test func senselessCharacteristicsAreNamed() {
        var camera = SpotFrames.camera
        camera.electronsPerLevel = 0
        #expect(throws: CameraFault.electronsPerLevel(0)) { try SpotFinder(camera: camera) }
        camera = SpotFrames.camera
        camera.spotWidth = .nan
        #expect(throws: CameraFault.self) { try SpotFinder(camera: camera) }
    }

    @Test func placesAndAnglesAreEachOthersInverse() {
        var camera = SpotFrames.camera
        camera.rotation = 0.3
        for flipped in [false, true] {
            camera.isFlipped = flipped
            let angle = camera.fieldAngle(x: 12.5, y: 40)
            let place = camera.place(of: angle)
            #expect(abs(place.x - 12.5) < 1e-9 && abs(place.y - 40) < 1e-9)
        }
        camera.rotation = 0
        camera.isFlipped = false
        #expect(camera.fieldAngle(x: 48.5, y: 31.5).x > 0)
        #expect(camera.fieldAngle(x: 47.5, y: 30.5).y > 0)
    }
}
