/// The steps by which keys are made and settled: the first byte of a request's payload and of its
/// answer's.
enum DistillationStep: UInt8, Equatable, Sendable {
    /// Take in epochs, begin a block of error correction: answered with its parities.
    case block = 1
    /// More parities of the block.
    case increment = 2
    /// Nor did Cascade correct the block: its bits in clear.
    case disclose = 3
    /// The window is over: counts of both ends.
    case close = 4
    /// Do the corrected bits agree? A hash under a public key.
    case verify = 5
    /// How long the key becomes, and its name.
    case length = 6
    /// A piece of the seed of privacy amplification.
    case seed = 7
    /// The ground's authentication tag; answered with the satellite's.
    case confirm = 8
    /// The ground holds the satellite's tag: the key is available.
    case settle = 9
    /// No key comes of this window.
    case abandon = 10
    /// The block did not decode: parities of its parts, as Cascade asks for them.
    case cascade = 11
    /// Before all windows: which keys is the satellite not sure of? Not signed.
    case meet = 12
    /// What the ground holds of keys left open, under its tag; answered with what the satellite
    /// holds, under its own.
    case reunite = 13

    /// Whether it belongs to no window.
    var isOfReunion: Bool { self == .meet || self == .reunite }
}

/// Why the satellite did not do a step. The window gives no key then.
public enum DistillationRefusal: UInt8, Equatable, Sendable, BitwiseCopyable {
    /// The payload makes no sense.
    case content = 1
    /// This step does not follow the last one.
    case order = 2
    /// An epoch that the ground keeps is not held here.
    case epochMissing = 3
    /// The block has more bits than the window, or its plan cannot be followed.
    case plan = 4
    /// The two ends' counts differ.
    case countsDiffer = 5
    /// The corrected bits differ: error correction went wrong unnoticed.
    case bitsDiffer = 6
    /// The key asked for is longer than the satellite's own analysis allows.
    case length = 7
    /// The authentication tag is wrong: somebody has changed a message, or the stocks differ.
    case tag = 8
    /// The satellite's stock of authentication key is used up, or does not hold the pad named.
    case stock = 9
    /// The satellite's store failed.
    case storage = 10
}

/// What a window came to on the ground.
public enum WindowOutcome: Equatable, Sendable {
    /// A key that both ends hold.
    case key
    /// The counts give no key.
    case noKey(WindowShortfall)
    /// The satellite would not go on.
    case refused(DistillationRefusal)
    /// The satellite's tag is wrong: somebody has changed a message, or the stocks differ.
    case notAuthentic
    /// The two ends disclosed or counted different things.
    case contradiction
    /// The ground's vault failed.
    case vault(VaultFault)
    /// The link did not last until both ends were sure. The key, if there was one, is kept back
    /// until they meet again.
    case unsettled
    /// Key making was ended on purpose: something was seen that no honest pass shows.
    case stopped
}

/// Why counts give no key.
public enum WindowShortfall: UInt8, Equatable, Sendable, BitwiseCopyable {
    /// Nothing was sifted.
    case noBits = 1
    /// The analysis refuses the counts: a class is empty, or the error rate is 11 % or more.
    case counts = 2
    /// The analysis leaves nothing after all subtractions.
    case nothingLeft = 3
    /// What is left is no more than what goes back to the stock of authentication key.
    case onlyReplenishment = 4
}
