public import BoardFile
import Crypto
import Foundation
import Simulator
public import TimeTags

/// The world of a simulated board for a tagger outside of this process: the same light, tag by
/// tag, as a ``SimulatedPass`` has from the same board and seed.
///
/// Where the board has instruments to aim, the aim is the simulated station's own, as there.
public struct ServedWorld {
    /// Number of the pass, as both ends hold it.
    public let session: UInt32
    /// Seed of the world.
    public let seed: UInt64
    /// The last light arrives before this, UTC ps since the start of the pass.
    public let end: Int64
    private var world: SimulatedWorld
    private let pointing: PointingRun?

    /// A world at the start of its pass.
    ///
    /// - Parameter seed: Replaces the board's.
    public init(board: Board, seed: UInt64?) throws {
        let parameters = try board.servedParameters(seed: seed)
        session = PassSetup(board: board, world: parameters).session
        self.seed = parameters.seed
        pointing = try PointingRun(board: board, world: parameters)
        world = SimulatedWorld(parameters)
        if let pointing { world.pointing = { pointing.step($0) } }
        end = world.end
    }

    /// How far the pass has come, UTC ps since its start.
    public var time: Int64 { world.time }

    /// The tagger's time at ``time``, ps, within the wander of its clock.
    public var taggerTime: Int64 {
        let clocks = world.parameters.clocks
        let drift = Double(world.time) * clocks.stationFrequencyError
        return world.time + clocks.stationOffsetPicoseconds + Int64(drift.rounded())
    }

    /// The tags of the last ``advance(to:)``, ordered by time.
    public var tags: [TimeTag] { world.tags }

    /// Tags that the world has made so far.
    public var tagCount: Int64 { world.counts.tags }

    /// Elevation of the satellite now, degrees.
    public var elevation: Double {
        world.orbit.look(at: Double(world.time) * 1e-12).elevation * 180 / .pi
    }

    /// Lets the pass run on to `utc`, ps since its start.
    public mutating func advance(to utc: Int64) {
        world.advance(to: utc)
        // Nobody here reads what aiming writes down; it would grow.
        _ = pointing?.takeRecord()
        _ = pointing?.takeNotes()
        _ = pointing?.takeVerdicts()
    }
}

extension Board {
    /// The world that this board describes, checked.
    func servedParameters(seed: UInt64?) throws -> WorldParameters {
        guard let parameters = try worldParameters(seed: seed) else {
            throw PassError.board(
                name: name, problem: "describes no simulated world. Try boards/sim.toml")
        }
        if let fault = parameters.faults.first {
            throw PassError.board(name: name, problem: "world: \(fault)")
        }
        return parameters
    }
}
