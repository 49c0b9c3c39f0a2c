/// The kinds of recording that can be read; the raw value is the name on the command line.
public enum TagFormat: String, CaseIterable, Sendable, Codable {
    /// Lodestar's reference tagger frames.
    case reference
    /// PicoQuant PTU, T2 mode.
    case ptu
    /// S-Fifteen timestamp7, two lines of hexadecimal digits per event.
    case a0
    /// S-Fifteen timestamp7, binary; the word order is found from the events.
    case a1
    /// S-Fifteen timestamp7, one line of hexadecimal digits per event.
    case a2
    /// S-Fifteen timestamp7, hexadecimal, high half first.
    case a0HighFirst = "a0x"
    /// S-Fifteen timestamp7, binary, high half first.
    case a1HighFirst = "a1x"
    /// S-Fifteen timestamp7, binary, low half first.
    case a1LowFirst = "a1l"
    /// quTAG binary records.
    case quTAG = "qutag"
    /// Frames of the USTC ground converter.
    case ustc
    /// Nox ("RWN 11") USB messages.
    case nox
    /// Records of the FX2-based timetag-fpga design.
    case fx2
    /// Words of the S-Fifteen TDC1; never found from the content, which has no mark of its own.
    case tdc1

    /// All names, for an error or a help text.
    public static var allNames: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
