import Buffers
import GateDrivers
import PayloadHAL
import Quantities
import RealTime
import Synchronization
import TagFiles
import TimeTags

/// What others see of the tagger's thread, whichever tagger it has.
protocol Pump: AnyObject, Sendable {
    /// Beats with every turn of the thread.
    var beats: UInt64 { get }
    /// Whether the tagger works as far as is known; the detectors are blank while it does not.
    var works: Bool { get }
    /// Whether the thread has done its work.
    var isFinished: Bool { get }
    /// Pumps until told to stop.
    func run()
}

/// The tagger's thread: takes its bytes, guards the detectors, and hands the bytes on.
///
/// What the detectors' guard needs is decoded here, before anything else is done with the bytes;
/// everything that may take long is done by the thread that reads the other end of the ring. After
/// the start it allocates nothing as long as the tagger works.
final class TaggerPump<
    Tagger: TimeTagger & ~Copyable, Gate: DetectorGate & ~Copyable, Shutter: OutputLine & ~Copyable
>: Pump, @unchecked Sendable {
    /// Bytes under way between the threads: two seconds at 1 Mtag/s.
    static var capacity: Int { 1 << 24 }
    /// How long a read waits, ps: orders to the gates are carried out at least so often.
    static var patience: Picoseconds { Picoseconds.milliseconds(5) }
    /// How long one attempt to find the tagger again may take, ps.
    static var recovery: Picoseconds { Picoseconds.milliseconds(3000) }
    /// How long after a failed attempt the next one is made, ps.
    static var pause: Picoseconds { Picoseconds.milliseconds(100) }

    /// Detectors that are to click, by bits.
    let wanted = Atomic<UInt8>(0)
    /// Detectors whose latch is to be taken off, by bits.
    let rearmed = Atomic<UInt8>(0)
    /// Detectors that are latched, by bits.
    let latched = Atomic<UInt8>(0)
    /// Whether the tagger works.
    let isWorking = Atomic<Bool>(false)
    /// Beats with every turn of the thread.
    var beats: UInt64 { heartbeat.beats }

    /// Whether the tagger works as far as is known.
    var works: Bool { isWorking.load(ordering: .relaxed) }
    /// Whether the thread has done its work.
    var isFinished: Bool { hasFinished.load(ordering: .acquiring) }

    private let heartbeat = Heartbeat()
    private let hasFinished = Atomic<Bool>(false)
    private let isStopping = Atomic<Bool>(false)
    private var tagger: Tagger
    private var gates: GuardedGates<Gate, Shutter>
    private var decoder: StreamDecoder
    private var bytes: RingWriter<UInt8>
    private var notes: RingWriter<PumpNote>
    private var offset: Int64 = 0
    private var lost: Int64 = 0
    private var gaps: Int64 = 0
    private var failures: Int64 = 0
    private var ordered: UInt8 = 0
    /// The tagger's time when last asked; it cannot be asked while it is being read.
    private var now = Picoseconds.zero

    /// A pump that has not begun; `tagger` is configured.
    init(
        tagger: consuming Tagger, gates: consuming GuardedGates<Gate, Shutter>, format: TagFormat,
        bytes: consuming RingWriter<UInt8>, notes: consuming RingWriter<PumpNote>
    ) {
        self.tagger = tagger
        self.gates = gates
        self.bytes = bytes
        self.notes = notes
        decoder = StreamDecoder(format)
    }

    /// Lets the tagger send. Before ``run()``, on another thread if need be.
    func start() throws(Tagger.Failure) {
        gaps = tagger.gaps
        try tagger.start()
        isWorking.store(true, ordering: .releasing)
    }

    /// Asks ``run()`` to return.
    func stop() { isStopping.store(true, ordering: .releasing) }

    /// Pumps until ``stop()``; then blanks the detectors, and stops the tagger.
    func run() {
        while !isStopping.load(ordering: .acquiring) {
            carryOutOrders()
            heartbeat.beat()
            do throws(Tagger.Failure) {
                try pump()
            } catch {
                recover(from: error.fault)
            }
        }
        gates.want([], at: tagger.now)
        // What it still had to send is not wanted; a tagger that is gone is stopped enough.
        do throws(Tagger.Failure) { try tagger.stop() } catch {}
        hasFinished.store(true, ordering: .releasing)
    }

    private func pump() throws(Tagger.Failure) {
        now = tagger.now
        let count = try tagger.read(by: now.later(by: Self.patience)) { take($0) }
        now = tagger.now
        if count == 0 { gates.watch(at: now) }
        if tagger.gaps != gaps {
            gaps = tagger.gaps
            _ = decoder.breakStream()
            gates.restart(at: now)
            note(.gap, 0)
        }
        if gates.failures != failures {
            failures = gates.failures
            note(.gateFailed, failures)
        }
    }

    /// One piece of the stream: first the guard, then the ring.
    private func take(_ piece: UnsafeRawBufferPointer) {
        var blanked = DetectorSet()
        decoder.take(piece) { tags in
            blanked.formUnion(gates.take(UnsafeBufferPointer(tags), at: now))
        }
        if !blanked.isEmpty {
            latched.store(gates.rates.latched.rawValue, ordering: .releasing)
            note(.tripped, Int64(blanked.rawValue))
        }
        let written = bytes.write(piece.assumingMemoryBound(to: UInt8.self))
        offset &+= Int64(written)
        if written < piece.count {
            lost &+= Int64(piece.count - written)
            note(.overflow, Int64(piece.count - written))
        }
    }

    /// Blanks the detectors, and looks for the tagger until it works or nobody waits for it.
    private func recover(from fault: InstrumentFault) {
        isWorking.store(false, ordering: .releasing)
        now = tagger.now
        gates.want([], at: now)
        ordered = 0
        note(.failed, PumpNote.Fault(fault).rawValue)
        // Ends with the tagger's return or with the pass.
        while !isStopping.load(ordering: .acquiring) {
            heartbeat.beat()
            do throws(Tagger.Failure) {
                try tagger.recover(by: tagger.now.later(by: Self.recovery))
                _ = decoder.breakStream()
                gaps = tagger.gaps
                now = tagger.now
                gates.restart(at: now)
                note(.recovered, 0)
                isWorking.store(true, ordering: .releasing)
                return
            } catch { wait() }
        }
    }

    /// Waits for the next attempt, on whatever clock the tagger has.
    private func wait() {
        let until = tagger.now.later(by: Self.pause)
        let clock = MonotonicClock()
        while tagger.now < until, !isStopping.load(ordering: .acquiring) {
            clock.sleep(until: clock.now.later(by: .milliseconds(10)))
        }
    }

    private func carryOutOrders() {
        let rearmed = rearmed.exchange(0, ordering: .acquiringAndReleasing)
        if rearmed != 0 {
            gates.rearm(DetectorSet(rawValue: rearmed))
            latched.store(gates.rates.latched.rawValue, ordering: .releasing)
        }
        let wanted = wanted.load(ordering: .acquiring)
        guard wanted != ordered else { return }
        ordered = wanted
        gates.want(DetectorSet(rawValue: wanted), at: tagger.now)
    }

    /// Tells the other thread; a note too many is dropped, as the first ones say what is wrong.
    private func note(_ kind: PumpNote.Kind, _ value: Int64) {
        _ = notes.write(
            PumpNote(kind: kind, time: now.count, offset: offset, value: value))
    }
}

extension PumpNote.Fault {
    init(_ fault: InstrumentFault) {
        self =
            switch fault {
            case .timedOut: .timedOut
            case .unreachable: .unreachable
            case .garbled: .garbled
            case .refused: .refused
            case .outOfRange: .outOfRange
            }
    }

    /// What a report says.
    var words: String {
        switch self {
        case .timedOut: "does not answer"
        case .unreachable: "is gone"
        case .garbled: "sends what makes no sense"
        case .refused: "refuses"
        case .outOfRange: "cannot do what it was told"
        }
    }
}
