public import BoardFile
import Crypto
import Foundation
import Orbit
import OrbitFiles
import Simulator

/// A pass that a station with real instruments is to receive.
public struct LivePlan {
    /// When a pass begins.
    enum Begin: Equatable {
        /// When the tagger is started: a simulated world that is played to real drivers.
        case withTagger
        /// At this time, whole seconds since 1970, UTC.
        case at(unixSeconds: Int64)
    }

    let board: Board
    let setup: PassSetup
    /// Where the satellite is predicted.
    let orbit: PassOrbit
    let begin: Begin
    /// What is known of a simulated world.
    let world: WorldParameters?

    /// When the last light comes, ps since the beginning of the pass.
    var lightEnd: Int64 { Int64(orbit.duration * 1e12) + 1_000_000_000 }

    /// UTC at which the pass begins, s since 1970; where it begins with the tagger, that of the
    /// simulated world.
    public var startUTC: Int64 {
        switch begin {
        case .withTagger:
            world?.geometry.sampled?.start.unixSeconds ?? board.world?.start ?? 0
        case .at(let seconds): seconds
        }
    }

    /// Length of the pass, s.
    public var duration: Double { orbit.duration }

    /// The pass of the simulated world that `board` describes, played to its instruments.
    ///
    /// - Parameter seed: Replaces the board's seed; both ends must have the same.
    public init(simulatedOn board: Board, seed: UInt64?) throws {
        guard board.isSimulated, let world = try board.worldParameters(seed: seed) else {
            throw PassError.board(
                name: board.name,
                problem: "is a real station: its passes come of elements, not of [world]")
        }
        self.board = board
        self.world = world
        setup = PassSetup(board: board, world: world)
        orbit = world.predictedOrbit
        begin = .withTagger
    }

    /// The first pass over the board's site that begins after `earliest`, of the satellite whose
    /// elements or ephemeris lie at `path`.
    ///
    /// - Parameters:
    ///   - earliest: Seconds since 1970, UTC.
    ///   - lowestElevation: Where light begins and ends, degrees.
    ///   - lowestCulmination: How high it has to rise, degrees.
    public init(
        board: Board, orbitAt path: String, earliest: Int64, lowestElevation: Double = 10,
        lowestCulmination: Double = 20
    ) throws {
        let file: OrbitFile
        do throws(OrbitFileFault) {
            file = try OrbitFile.read(path)
        } catch {
            throw PassError.file(path: path, problem: "cannot be used: \(error.description)")
        }
        let pass = try board.pass(
            of: file, earliest: earliest, lowestElevation: lowestElevation,
            lowestCulmination: lowestCulmination, named: path)
        self.board = board
        world = nil
        orbit = .sampled(pass)
        begin = .at(unixSeconds: pass.start.unixSeconds)
        let words =
            "lodestar pass \(path.split(separator: "/").last ?? "") \(pass.start.unixSeconds)"
        let digest = SHA256.hash(data: Data(words.utf8))
        let session = digest.withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) }
        setup = PassSetup(session: session, orbit: orbit)
    }
}
