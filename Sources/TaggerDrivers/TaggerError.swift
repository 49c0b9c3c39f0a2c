public import PayloadHAL
public import Quantities

/// Why a tagger's driver refused or failed, with what is under it.
public enum TaggerError<Connection: InstrumentError>: InstrumentError {
    /// The connection under the driver failed.
    case connection(Connection)
    /// Nothing came for this long from a tagger that sends signs of life.
    case silent(for: Picoseconds)
    /// An answer that this tagger does not give: another device, other firmware, or garbage.
    case unexpected(answer: String, request: String)
    /// Bytes go on coming after an order to stop.
    case endless(request: String)
    /// The tagger said no.
    case refused(request: String, reason: String)
    /// The tagger took a setting and has another one all the same.
    case notTaken(setting: String, asked: String, found: String)
    /// The hardware cannot do this; nothing was sent.
    case unsupported(SettingFault)
    /// An earlier fault stopped the tagger; nothing but `recover` will do.
    case stopped

    /// The coarse meaning of this error.
    public var fault: InstrumentFault {
        switch self {
        case .connection(let error): error.fault
        case .silent: .timedOut
        case .unexpected, .endless: .garbled
        case .refused, .notTaken: .refused
        case .unsupported: .outOfRange
        case .stopped: .unreachable
        }
    }
}

extension TaggerError: CustomStringConvertible {
    /// One line that says what is wrong.
    public var description: String {
        switch self {
        case .connection(let error): "\(error)"
        case .silent(let span):
            "the tagger has sent nothing for \(span.count / 1_000_000_000) ms while it is running"
        case .unexpected(let answer, let request):
            "the tagger answered \(answer) to \(request); is it the model the board file says?"
        case .endless(let request): "the tagger goes on sending after \(request)"
        case .refused(let request, let reason): "the tagger refused \(request): \(reason)"
        case .notTaken(let setting, let asked, let found):
            "the tagger was set to \(setting) \(asked) and has \(found)"
        case .unsupported(let fault): "\(fault)"
        case .stopped: "the tagger was stopped by an earlier fault and has to be recovered"
        }
    }
}

/// A setting that a tagger cannot take.
public struct SettingFault: Equatable, Sendable, CustomStringConvertible {
    /// Which one, as in ``PayloadHAL/TaggerSettings``.
    public var setting: String
    /// What was asked for.
    public var found: String
    /// What the tagger takes.
    public var allowed: String

    /// The setting, the value, what is allowed.
    public var description: String {
        "this tagger cannot be set to \(setting) \(found); it takes \(allowed)"
    }
}

extension TaggerSettings {
    /// The first setting that a tagger with this identity cannot take; `nil` if it takes all.
    func fault(for tagger: TaggerIdentity) -> SettingFault? {
        let channels = "channels 0 to \(tagger.channels - 1)"
        let mask = Self.mask(of: tagger.channels)
        for threshold in thresholds {
            let found = "\(threshold.volts) V on channel \(threshold.channel)"
            guard let range = tagger.thresholds else {
                return SettingFault(setting: "threshold", found: found, allowed: "none at all")
            }
            guard 0..<tagger.channels ~= threshold.channel, range.contains(threshold.volts) else {
                return SettingFault(
                    setting: "threshold", found: found,
                    allowed: "\(range.lowerBound) to \(range.upperBound) V on \(channels)")
            }
        }
        if tagger.sharesThreshold, let first = thresholds.first {
            let named = thresholds.reduce(UInt32(0)) { $0 | 1 << UInt32($1.channel) }
            guard named == mask, thresholds.allSatisfy({ $0.volts == first.volts }) else {
                return SettingFault(
                    setting: "threshold", found: "\(first.volts) V on channel \(first.channel)",
                    allowed: "one voltage, given for all of \(channels)")
            }
        }
        if let enabled = enabledChannels, enabled & ~mask != 0 {
            return SettingFault(setting: "channels", found: Self.text(enabled), allowed: channels)
        }
        if let enabled = enabledChannels, !tagger.enablesChannels, enabled != mask {
            return SettingFault(
                setting: "channels", found: Self.text(enabled), allowed: "all of \(channels)")
        }
        if clockSource == .external, !tagger.takesExternalClock {
            return SettingFault(
                setting: "clock source", found: "external", allowed: "its own clock")
        }
        if let pulse = testPulse {
            let found = "every \(pulse.period.count) ps on \(Self.text(pulse.channels))"
            guard tagger.hasTestPulse else {
                return SettingFault(setting: "test pulse", found: found, allowed: "none at all")
            }
            guard pulse.period > .zero, pulse.channels & ~mask == 0 else {
                return SettingFault(
                    setting: "test pulse", found: found, allowed: "more than 0 ps, \(channels)")
            }
        }
        return nil
    }

    /// The mask of the enabled channels of a tagger with so many, 1 to 32.
    func channelMask(of channels: Int) -> UInt32 {
        enabledChannels ?? Self.mask(of: channels)
    }

    private static func mask(of channels: Int) -> UInt32 {
        channels >= 32 ? .max : (1 << UInt32(channels)) - 1
    }

    private static func text(_ mask: UInt32) -> String { "mask 0x\(String(mask, radix: 16))" }
}
