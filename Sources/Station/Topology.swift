import BoardFile
import Simulator

/// Every connection of the station, in one place.
///
/// ```
/// tagger bytes ──► RawRecorder                    recorded before anything is done with them
/// tagger bytes ──► ReferenceDecoder ──► TagPath   one thread, by plain calls
///                    TagPath: beacon, 1PPS tags and clicks ──► BeaconClock
///                             clicks wait for the clock ──► GateStage ──► SiftKeeper
/// BeaconClock ──► GateStage, SiftKeeper           ClockSegment, in order
/// SiftKeeper: Squasher ──► GroundSifter ──► EpochResult ──► PassBook
/// TagPath, Squasher ──► EpochWatch ──► GroundSifter, PassBook   counts of windows; verdicts on epochs
/// SiftKeeper: EpochResult, PartHashes ──► GroundDistiller ──► KeyStore
/// GroundDistiller ◄──► link ◄──► satellite        requests and answers of docs/distillation.md
/// GroundSifter ◄──► link ◄──► satellite           messages of docs/protocol.md
/// link messages, steps ──► PassJournal            with the raw bytes, all that a replay needs
/// PassBook ──► Telemetry, PassSummary             once per second, and at the end
///
/// frames, encoders ──► StationPointing            each millisecond, on the instruments' thread
///   StationPointing: SpotFinder ──► FineLoop ──► mirror
///                    SpotFinder ──► BeaconDeclarer ──► AcquisitionLadder ──► RateLaw ──► mount
///                    events ──► PassMachine ──► interlocks ──► shutters, laser
/// KeyGate ──► TagPath, PassJournal                when aim was good enough for key
/// StationPointing ──► PassBook                    what aiming came to, and why phases changed
/// ```
/// Live (simulated): ``WorldFeed``'s thread makes the bytes and hands them over in packets, and on
/// the same thread ``PointingRun`` aims at ``PointingScene``, before the photons are drawn;
/// ``SatellitePeer`` answers over a link that fails. Replay: both come from the recording.
///
/// Live, on instruments (``LivePass``):
/// ```
/// tagger ──► TaggerPump ──► GuardedGates ──► gates, shutter     the tagger's thread
///            TaggerPump ──► ring of bytes, ring of PumpNotes
/// rings ──► PassSession ──► PassRecording, PassEngine           the pass's thread, every 10 ms
///           PassSession ◄──► LiveLink ◄──► MessageLink ◄──► satellite
/// ```
struct Topology {
    /// From tagger bytes to sifted epochs.
    let engine: PassEngine
    /// What the report and the summary are made of.
    let book: PassBook
    /// Basis whose bits become key.
    let keyBasis: UInt8

    /// The station of `board`; `world` is known only where it is simulated.
    ///
    /// - Parameters:
    ///   - distillation: Makes keys of the epochs; none in a replay.
    ///   - onEpoch: Told of every epoch after the books were.
    init(
        board: Board, setup: PassSetup, world: WorldParameters?,
        distillation: PassDistillation? = nil,
        onEpoch: SiftKeeper.EpochListener? = nil
    ) throws {
        let parameters = board.siftParameters(session: setup.session)
        keyBasis = parameters.keyBasis
        engine = try PassEngine(
            board: board, prediction: try setup.prediction(), session: setup.session,
            zero: setup.zero, squashSeed: setup.squashSeed, witness: try distillation?.witness(),
            world: world)
        let book = PassBook(
            board: board, keyBasis: parameters.keyBasis, truth: world.map(StateSequence.init),
            monitors: MonitorSetup(board, world: world))
        engine.keeper.watch?.onVerdict = { book.book($0, $1, $2) }
        engine.keeper.onEpoch = {
            book.book($0, $1)
            onEpoch?($0, $1, $2)
            distillation?.take($0, $1, hashes: $2)
        }
        engine.keeper.onSegment = { segment, _, _ in book.book(segment) }
        self.book = book
    }
}
