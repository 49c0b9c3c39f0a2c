/// The T2 record types of a PicoQuant PTU file, by the code in its header.
public enum PTURecordType: UInt32, Equatable, Sendable, BitwiseCopyable {
    /// PicoHarp 300.
    case picoHarp300 = 0x0001_0203
    /// HydraHarp 400, first version: one overflow of 33 552 000 per record.
    case hydraHarp1 = 0x0001_0204
    /// HydraHarp 400, second version.
    case hydraHarp2 = 0x0101_0204
    /// TimeHarp 260 N.
    case timeHarp260N = 0x0001_0205
    /// TimeHarp 260 P.
    case timeHarp260P = 0x0001_0206
    /// MultiHarp and PicoHarp 330.
    case generic = 0x0001_0207

    /// Ticks in one period of the record's counter.
    public var period: Int64 {
        switch self {
        case .picoHarp300: 210_698_240
        case .hydraHarp1: 33_552_000
        default: 33_554_432
        }
    }
}

/// How PTU inputs are numbered in tags: photon channels keep the file's number, 0 to 63.
public enum PTUChannel {
    /// The sync input, which the files do not number.
    public static let sync: UInt8 = 64
}
