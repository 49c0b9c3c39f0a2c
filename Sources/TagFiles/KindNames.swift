public import TimeTags

extension TimeTag.Kind {
    /// The name of this kind in files and on the screen.
    public var name: String { staticName.description }

    var staticName: StaticString {
        switch self {
        case .detection: "detection"
        case .lossBegin: "loss-begin"
        case .lossEnd: "loss-end"
        case .rollOver: "roll-over"
        case .marker: "marker"
        default: "unknown"
        }
    }
}
