public import TimeTags

/// A decoder of any of the formats.
public enum FormatDecoder: Sendable {
    case reference(ReferenceDecoder)
    case ptu(PTUDecoder)
    case timestamp7(Timestamp7Decoder)
    case quTAG(QuTAGDecoder)
    case ustc(USTCDecoder)
    case nox(NoxDecoder)
    case fx2(FX2Decoder)
    case tdc1(TDC1Decoder)

    /// Free places in the output with which every decoder makes progress.
    public static let smallestOutput = USTCDecoder.smallestOutput

    /// Most bytes that a decoder of a live tagger may leave untouched for want of more.
    public static let largestLiveUnit = max(
        ReferenceDecoder.largestUnit, NoxDecoder.largestUnit, FX2Decoder.largestUnit,
        USTCDecoder.largestUnit)

    /// A decoder at the start of a recording of the given format.
    public init(_ format: TagFormat) {
        switch format {
        case .reference: self = .reference(ReferenceDecoder())
        case .ptu: self = .ptu(PTUDecoder())
        case .a0: self = .timestamp7(Timestamp7Decoder(encoding: .a0))
        case .a1: self = .timestamp7(Timestamp7Decoder(encoding: .a1))
        case .a2: self = .timestamp7(Timestamp7Decoder(encoding: .a2))
        case .a0HighFirst:
            self = .timestamp7(Timestamp7Decoder(encoding: .a0, wordOrder: .highFirst))
        case .a1HighFirst:
            self = .timestamp7(Timestamp7Decoder(encoding: .a1, wordOrder: .highFirst))
        case .a1LowFirst:
            self = .timestamp7(Timestamp7Decoder(encoding: .a1, wordOrder: .lowFirst))
        case .quTAG: self = .quTAG(QuTAGDecoder())
        case .ustc: self = .ustc(USTCDecoder())
        case .nox: self = .nox(NoxDecoder())
        case .fx2: self = .fx2(FX2Decoder())
        case .tdc1: self = .tdc1(TDC1Decoder())
        }
    }

    /// What has been seen so far.
    public var counters: DecodeCounters {
        switch self {
        case .reference(let decoder): decoder.counters
        case .ptu(let decoder): decoder.counters
        case .timestamp7(let decoder): decoder.counters
        case .quTAG(let decoder): decoder.counters
        case .ustc(let decoder): decoder.counters
        case .nox(let decoder): decoder.counters
        case .fx2(let decoder): decoder.counters
        case .tdc1(let decoder): decoder.counters
        }
    }

    /// Length of the format's tick, ps, as a fraction; known for PTU after its header.
    public var tick: TickScale {
        switch self {
        case .reference, .quTAG: .picosecond
        case .ptu(let decoder): decoder.scale
        case .timestamp7: Timestamp7Format.scale
        case .ustc: TickScale(numerator: 6250, denominator: 512) ?? .picosecond
        case .nox: TickScale(numerator: 3125, denominator: 1664) ?? .picosecond
        case .fx2(let decoder): decoder.scale
        case .tdc1: TDC1Decoder.scale
        }
    }

    /// Decodes whole units of `input`, or with `isLast` all that is left; see ``TagDecoder``.
    public mutating func decode(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<TimeTag>,
        isLast: Bool
    ) -> DecodeProgress {
        func run<D: TagDecoder>(_ decoder: inout D) -> DecodeProgress {
            isLast ? decoder.finish(input, into: output) : decoder.decode(input, into: output)
        }
        switch self {
        case .reference(var decoder):
            defer { self = .reference(decoder) }
            return run(&decoder)
        case .ptu(var decoder):
            defer { self = .ptu(decoder) }
            return run(&decoder)
        case .timestamp7(var decoder):
            defer { self = .timestamp7(decoder) }
            return run(&decoder)
        case .quTAG(var decoder):
            defer { self = .quTAG(decoder) }
            return run(&decoder)
        case .ustc(var decoder):
            defer { self = .ustc(decoder) }
            return run(&decoder)
        case .nox(var decoder):
            defer { self = .nox(decoder) }
            return run(&decoder)
        case .fx2(var decoder):
            defer { self = .fx2(decoder) }
            return run(&decoder)
        case .tdc1(var decoder):
            defer { self = .tdc1(decoder) }
            return run(&decoder)
        }
    }
}
