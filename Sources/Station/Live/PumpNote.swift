import TimeTags

/// Something that happened on the tagger's thread, for the pass's thread.
struct PumpNote: Equatable, BitwiseCopyable {
    /// What it was.
    enum Kind: UInt8, BitwiseCopyable {
        /// The tagger failed; `value` is the ``Fault``.
        case failed
        /// The tagger works again.
        case recovered
        /// Bytes may be missing although the tagger went on.
        case gap
        /// `value` bytes had no room, because the pass's thread was too slow.
        case overflow
        /// Detectors `value` (bits) counted more than they stand and are blanked.
        case tripped
        /// `value` orders to gates or shutter have failed so far.
        case gateFailed
    }

    /// Why a tagger failed.
    enum Fault: Int64 {
        case timedOut, unreachable, garbled, refused, outOfRange
    }

    /// What it was.
    var kind: Kind
    /// When, host time in ps.
    var time: Int64
    /// Bytes handed over before it.
    var offset: Int64
    /// As the kind says.
    var value: Int64
}
