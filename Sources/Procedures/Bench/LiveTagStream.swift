import PayloadHAL
import Quantities
import TagFiles
import TimeTags

/// The tags of a tagger as they come, and how the tagger's clock stands to the host's.
final class LiveTagStream<Tagger: TimeTagger & ~Copyable> {
    /// How long a read waits: a stop is seen at least so often.
    private static var patience: Picoseconds { .milliseconds(20) }

    /// Whether tags come.
    private(set) var isRunning = false
    /// Time of the newest tag since the start, ps on the tagger's clock.
    private(set) var newest: Int64?
    /// The tagger's clock less the host's, ps, less the shortest way that a tag took since the start.
    private(set) var lead: Int64?
    /// When something last came, on the host's clock.
    private(set) var heard = Picoseconds.zero

    private var tagger: Tagger
    private let format: TagFormat
    private var decoder: FormatDecoder
    private var tail: [UInt8] = []
    private let tags = UnsafeMutableBufferPointer<TimeTag>.allocate(capacity: 8_192)

    init(_ tagger: consuming Tagger, format: TagFormat) {
        self.tagger = tagger
        self.format = format
        decoder = FormatDecoder(format)
    }

    deinit { tags.deallocate() }

    /// The host's clock.
    var now: Picoseconds { tagger.now }
    var identity: TaggerIdentity { tagger.identity }

    /// The tagger's clock now, ps, as far as tags that came told; never ahead of it.
    var time: Int64? { lead.map { tagger.now.count + $0 } }

    func configure(_ settings: TaggerSettings) throws(ProcedureFailure) {
        do throws(Tagger.Failure) {
            try tagger.configure(settings)
        } catch {
            throw .bench("the tagger does not take its settings: \(error)")
        }
    }

    /// Lets tags come; what was on its way before is gone.
    func start() throws(ProcedureFailure) {
        guard !isRunning else { return }
        decoder = FormatDecoder(format)
        tail.removeAll(keepingCapacity: true)
        (newest, lead) = (nil, nil)
        do throws(Tagger.Failure) {
            try tagger.start()
        } catch {
            throw .bench("the tagger does not start: \(error)")
        }
        isRunning = true
        heard = tagger.now
    }

    /// Lets no more tags come. Allowed at any time.
    func stop() {
        // A tagger that is gone sends nothing.
        try? tagger.stop()
        isRunning = false
    }

    /// Waits for tags for 20 ms at most, and hands them out batch by batch.
    func read(
        _ body: (UnsafeBufferPointer<TimeTag>) -> Void
    ) throws(ProcedureFailure) {
        do throws(Tagger.Failure) {
            let deadline = tagger.now.later(by: Self.patience)
            var last: Int64?
            _ = try tagger.read(by: deadline) { bytes in
                decode(bytes) { batch in
                    last = max(last ?? .min, batch[batch.count - 1].time)
                    body(batch)
                }
            }
            guard let last else { return }
            let now = tagger.now
            heard = now
            newest = max(newest ?? .min, last)
            lead = max(lead ?? .min, last - now.count)
        } catch {
            isRunning = false
            throw .bench(
                "the tagger failed: \(error). Look at its cable and its power. Nothing was recorded"
            )
        }
    }

    private func decode(
        _ bytes: UnsafeRawBufferPointer, _ body: (UnsafeBufferPointer<TimeTag>) -> Void
    ) {
        tail.append(contentsOf: bytes)
        var used = 0
        // Each turn takes bytes or gives tags, or ends.
        while true {
            let progress = tail.withUnsafeBytes { all in
                decoder.decode(
                    UnsafeRawBufferPointer(rebasing: all[used...]), into: tags, isLast: false)
            }
            used += progress.bytesConsumed
            if progress.tagsWritten > 0 {
                body(UnsafeBufferPointer(rebasing: tags[..<progress.tagsWritten]))
            }
            if progress.bytesConsumed == 0, progress.tagsWritten == 0 { break }
        }
        tail.removeFirst(used)
    }
}
