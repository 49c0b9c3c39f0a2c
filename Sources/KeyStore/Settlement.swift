/// What came of comparing a key's state with the other end's.
public enum Settlement: String, Sendable {
    /// Both ends hold it; it is available now.
    case available
    /// The other end holds it and still has to hear that this end does.
    case waits
    /// The other end does not hold it; it is abandoned and its bytes are gone.
    case abandoned
    /// It was settled before.
    case unchanged
    /// The other end denies a key that was available here; nothing was changed. Do not use it.
    case contradiction
}
