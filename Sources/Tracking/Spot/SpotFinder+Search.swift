extension SpotFinder {
    /// The spots of one frame.
    @inline(__always)
    mutating func search<Pixel: CameraPixel>(_ frame: Frame<Pixel>) -> SpotReport {
        var scan = FrameScan(frame, camera: camera)
        var report = SpotReport(
            stamp: frame.stamp, first: nil, second: nil, background: scan.background,
            noise: scan.noise, rejectedPixels: 0, digest: scan.digest)
        let least = scan.level(above: settings.peakSigmas, camera: camera)
        for _ in 0..<Self.attempts {
            guard let peak = scan.brightest(frame, above: least) else { break }
            guard !hotPixels.contains(x: peak.x, y: peak.y),
                isSpot(frame, peak, background: scan.background),
                let fit = fit(frame, peak, background: scan.background)
            else {
                report.rejectedPixels &+= 1
                scan.exclude(frame, x: peak.x, y: peak.y)
                continue
            }
            if report.first == nil {
                follow(fit.spot)
                report.first = describe(fit)
                scan.excludeWindow(frame, x: fit.x, y: fit.y)
            } else {
                report.second = describe(fit)
                break
            }
        }
        return report
    }

    /// Whether the eight neighbours of a bright pixel are bright as well, as a spot's are.
    @inline(__always)
    private func isSpot<Pixel: CameraPixel>(
        _ frame: Frame<Pixel>, _ peak: FrameScan.Peak, background: Double
    ) -> Bool {
        // On the edge of the frame there is no spot that could be measured.
        guard peak.x > 0, peak.y > 0, peak.x + 1 < frame.width, peak.y + 1 < frame.height else {
            return false
        }
        var sum = 0
        for y in (peak.y - 1)...(peak.y + 1) {
            for x in (peak.x - 1)...(peak.x + 1) {
                sum &+= Int(truncatingIfNeeded: frame.level(x, y))
            }
        }
        let zero = camera.offset + background / camera.electronsPerLevel
        let level = Int(truncatingIfNeeded: peak.level)
        let centre = Double(level) - zero
        let neighbours = Double(sum &- level) - 8 * zero
        // A Gaussian that is centred on the pixel: edges and corners relative to the centre.
        let edge = Double(profile.lanes[8])
        return neighbours > 0.4 * 4 * edge * (1 + edge) * centre
    }

    /// A spot and the pixel that its place counts from.
    private struct Placed {
        var spot: SpotFit
        var x: Int
        var y: Int
        var saturated: Int32
    }

    /// Fits the spot around a bright pixel; `nil` if its flux does not stand out.
    @inline(__always)
    private func fit<Pixel: CameraPixel>(
        _ frame: Frame<Pixel>, _ peak: FrameScan.Peak, background: Double
    ) -> Placed? {
        var (x, y) = (peak.x, peak.y)
        var window = SpotWindow(frame, x: x, y: y, camera: camera, hot: hotPixels)
        var spot = SpotFit(
            profile: profile, background: background, readNoise: camera.readNoise)
        spot.threshold(window)
        // A saturated or a blended spot may lie off its brightest pixel: follow it, four times.
        for _ in 0..<4 where max(spot.x.magnitude, spot.y.magnitude) > 0.75 {
            let nextX = x + Int(min(max(spot.x, -7), 7).rounded())
            let nextY = y + Int(min(max(spot.y, -7), 7).rounded())
            guard nextX >= 0, nextX < frame.width, nextY >= 0, nextY < frame.height else { break }
            (x, y) = (nextX, nextY)
            window = SpotWindow(frame, x: x, y: y, camera: camera, hot: hotPixels)
            spot = SpotFit(profile: profile, background: background, readNoise: camera.readNoise)
            spot.threshold(window)
        }
        switch settings.method {
        case .thresholded: spot.propagate(window, isWeighted: false)
        case .weighted:
            spot.weigh(window, turns: 4)
            spot.propagate(window, isWeighted: true)
        case .likelihood:
            if spot.flux < SpotFit.weightedBelow { spot.weigh(window, turns: 2) }
            spot.maximise(window, turns: 6)
            if spot.method != .likelihood { spot.propagate(window, isWeighted: true) }
        case nil:
            let isWeighted = spot.flux < SpotFit.weightedBelow
            if isWeighted { spot.weigh(window, turns: 4) }
            spot.propagate(window, isWeighted: isWeighted)
        }
        guard spot.flux > settings.fluxSigmas * spot.sigmaFlux, spot.sigmaX < 2, spot.sigmaY < 2
        else { return nil }
        return Placed(spot: spot, x: x, y: y, saturated: window.saturated)
    }

    @inline(__always)
    private func describe(_ fit: Placed) -> Spot {
        Spot(
            x: Double(fit.x) + fit.spot.x, y: Double(fit.y) + fit.spot.y,
            sigmaX: fit.spot.sigmaX, sigmaY: fit.spot.sigmaY, flux: fit.spot.flux,
            sigmaFlux: fit.spot.sigmaFlux, background: fit.spot.background,
            momentXX: fit.spot.momentXX, momentXY: fit.spot.momentXY,
            momentYY: fit.spot.momentYY, saturatedPixels: fit.saturated, method: fit.spot.method)
    }
}
