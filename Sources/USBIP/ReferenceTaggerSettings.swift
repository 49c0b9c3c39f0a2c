/// What a host has set on an emulated reference tagger, and what it refuses.
///
/// `docs/formats/reference-tagger.md` has the requests.
struct ReferenceTaggerSettings: Equatable, Sendable {
    /// Why a request was stalled, as STATUS tells it.
    enum Refusal: UInt8, Error {
        case unknownRequest = 1
        case channel = 2
        case threshold = 3
        case clockSource = 4
        case testPulse = 5
        case latency = 6
        case dataLength = 7
        case whileRunning = 8
    }

    /// Inputs.
    static let channelCount = 8
    /// Thresholds that the converter can make, mV.
    static let thresholds: ClosedRange<Int16> = -2_000...2_000
    /// Shortest period of the test pulse, ns.
    static let shortestTestPeriod: UInt32 = 1_000

    /// Threshold of each channel, mV.
    var thresholds = [Int16](repeating: 0, count: Self.channelCount)
    /// Bit n: channel n gives tags.
    var channels: UInt32 = 0
    /// 0 internal, 1 external.
    var clockSource: UInt8 = 0
    /// Channels of the test pulse, and its period in ns; 0 is off.
    var testChannels: UInt32 = 0
    var testPeriod: UInt32 = 0
    /// How long a tag may wait for others, us.
    var latency: UInt16 = 5_000

    private static var everyChannel: UInt32 { (1 << UInt32(channelCount)) - 1 }

    /// Carries out a request that sets something.
    ///
    /// - Returns: `false` if it is none of these.
    mutating func set(
        _ setup: SetupPacket, data: ArraySlice<UInt8>, isRunning: Bool
    ) throws(Refusal) -> Bool {
        let expected = setup.request == 0x13 ? 8 : 0
        switch setup.request {
        case 0x10...0x14:
            guard data.count == expected, Int(setup.length) == expected else { throw .dataLength }
        default: return false
        }
        switch setup.request {
        case 0x10: try setThreshold(Int16(bitPattern: setup.value), channel: setup.index)
        case 0x11:
            let mask = UInt32(setup.value) | UInt32(setup.index) << 16
            guard mask & ~Self.everyChannel == 0 else { throw .channel }
            channels = mask
        case 0x12:
            guard setup.value <= 1 else { throw .clockSource }
            guard !isRunning else { throw .whileRunning }
            clockSource = UInt8(setup.value)
        case 0x13: try setTestPulse(Array(data))
        default:
            guard 100...5_000 ~= setup.value else { throw .latency }
            latency = setup.value
        }
        return true
    }

    private mutating func setThreshold(_ value: Int16, channel: UInt16) throws(Refusal) {
        guard channel < UInt16(Self.channelCount) else { throw .channel }
        guard Self.thresholds.contains(value) else { throw .threshold }
        thresholds[Int(channel)] = value
    }

    private mutating func setTestPulse(_ data: [UInt8]) throws(Refusal) {
        let mask = Self.word(data[0..<4])
        let period = Self.word(data[4..<8])
        guard mask & ~Self.everyChannel == 0 else { throw .channel }
        guard period == 0 ? mask == 0 : period >= Self.shortestTestPeriod else {
            throw .testPulse
        }
        testChannels = mask
        testPeriod = period
    }

    private static func word(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
}
