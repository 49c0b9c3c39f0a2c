public import BoardFile
public import Control
import Quantities
public import RealTime

/// `spot`: where the beacon's spot lies, drawn again four times a second.
///
/// While a pass runs on the simulated board it is what the fine loop leaves; with a real camera and
/// between passes it is what that camera sees.
public struct SpotCommand: Sendable {
    private let counts: LiveCounts
    private let board: @Sendable () -> Board
    private let aim: any AimBench

    /// The order upon what a pass counts and what the camera sees.
    public init(_ counts: LiveCounts, board: @escaping @Sendable () -> Board, aim: any AimBench) {
        self.counts = counts
        self.board = board
        self.aim = aim
    }

    /// The order.
    public var command: ControlCommand {
        ControlCommand(
            "spot", "[SECONDS]",
            "where the beacon's spot lies on the fine camera; Ctrl-C ends", call: show
        ).with {
            $0.places = [.shell]
            $0.isLong = true
        }
    }

    @Sendable private func show(_ call: CommandCall) -> ControlAnswer {
        guard let pointing = board().pointing else {
            return .refused(
                "board \(board().name) has no [pointing]: somebody else aims the telescope")
        }
        let seconds = call.words.first
        let limit = seconds.map { Int($0) ?? 0 }
        if let limit, !(1...86_400).contains(limit) {
            return .refused(
                "\(seconds ?? "") is no number of seconds\nallowed: 1 to 86400, or nothing")
        }
        let pause = call.isDumb ? 1_000 : 250
        let turns = limit.map { $0 * 1_000 / pause } ?? .max
        // Ends with the time, with Ctrl-C, or when the camera can be had no more.
        for _ in 0..<turns {
            if aim.obstacle("camera") == nil {
                do throws(AimRefusal) {
                    let spots = try call.listening { () throws(AimRefusal) in
                        try aim.spots(milliseconds: pause / 2)
                    }
                    guard call.pause(milliseconds: pause / 2) else { break }
                    let edge = Double(pointing.camera.pixels) * pointing.camera.pixelScale / 2
                    call.view(seen(spots.map { ($0.x * 1e6, $0.y * 1e6) }, edge, call))
                } catch {
                    return call.isCancelled ? .done("") : .refused(error.text)
                }
            } else {
                guard call.pause(milliseconds: pause) else { break }
                let spots = counts.latestSpots.map { (x: Double($0.x), y: Double($0.y)) }
                call.view(left(spots, max(pointing.fieldStop, 1), call))
            }
        }
        return .done("")
    }

    /// What the fine loop leaves.
    private func left(
        _ spots: [(x: Double, y: Double)], _ reach: Double, _ call: CommandCall
    ) -> [String] {
        let squares = spots.map { $0.x * $0.x + $0.y * $0.y }
        let rms = spots.isEmpty ? 0 : (squares.reduce(0, +) / Double(spots.count)).squareRoot()
        let text =
            spots.last.map {
                "last \(NumberText.fixed($0.x, 1)) \(NumberText.fixed($0.y, 1)) urad, rms of "
                    + "\(spots.count) \(NumberText.fixed(rms, 1)) urad"
            } ?? "no spot yet"
        guard !call.isDumb else { return ["\(text), \(counts[.spotCount]) in all"] }
        return drawn("spot of the beacon off its place", spots, reach, text, call)
    }

    /// What the camera sees.
    private func seen(
        _ spots: [(x: Double, y: Double)], _ edge: Double, _ call: CommandCall
    ) -> [String] {
        let count = Double(max(spots.count, 1))
        let mean = (
            x: spots.map(\.x).reduce(0, +) / count, y: spots.map(\.y).reduce(0, +) / count
        )
        let squares = spots.map {
            ($0.x - mean.x) * ($0.x - mean.x) + ($0.y - mean.y) * ($0.y - mean.y)
        }
        let rms = (squares.reduce(0, +) / count).squareRoot()
        let text =
            spots.isEmpty
            ? "no spot: is there light, and is the exposure long enough?"
            : "mean \(NumberText.fixed(mean.x, 1)) \(NumberText.fixed(mean.y, 1)) urad, rms "
                + "about it \(NumberText.fixed(rms, 1)) urad, \(spots.count) pictures"
        guard !call.isDumb else { return [text] }
        return drawn("spot on the camera", spots, edge, text, call)
    }

    private func drawn(
        _ title: String, _ spots: [(x: Double, y: Double)], _ reach: Double, _ text: String,
        _ call: CommandCall
    ) -> [String] {
        let height = max(min(call.rows - 6, 17) | 1, 5)
        let map = BarChart.map(spots, reach: reach, width: min(2 * height + 1, 61), height: height)
        return ["\(title), edge \(NumberText.fixed(reach, 0)) urad", ""] + map.map { "  " + $0 }
            + [text, "Ctrl-C ends"]
    }
}
