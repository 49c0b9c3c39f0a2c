/// What the gate needs to know of one of the tagger's inputs. 16 bytes.
struct GateInput: BitwiseCopyable {
    /// Lateness of its tags, ps.
    let skew: Int64
    /// 1 if a detector is connected, else 0: by so much a tag moves the place of the next one on.
    let isDetector: Int32
    /// The detector above the bits of the phase bin; 0 for other inputs.
    let port: UInt8

    init(role: ChannelRole, skew: Int64) {
        self.skew = skew
        isDetector = role.isDetector ? 1 : 0
        port = role.isDetector ? role.rawValue &<< SlotGeometry.binBits : 0
    }
}
