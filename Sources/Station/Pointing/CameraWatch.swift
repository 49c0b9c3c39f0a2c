import Tracking

/// Whether a camera works: it fails while it is silent, or gives the same picture again and again.
struct CameraWatch {
    /// What became of a camera in this moment.
    enum Change {
        case failed(String)
        case recovered
    }

    /// For messages.
    let name: String
    /// Silence after which it counts as failed, ps.
    let patience: Int64
    /// Whether it fails now.
    private(set) var isFailing = false
    private var frames = FrameWatch()
    private var lastFrame: Int64?

    /// - Parameter patience: Several frames' time, ps.
    init(_ name: String, patience: Int64) {
        self.name = name
        self.patience = patience
    }

    /// Takes in the frame of this moment, if there was one.
    ///
    /// Between two frames a camera stays what it was.
    mutating func take(_ report: SpotReport?, at time: Int64) -> Change? {
        var isFailing = isFailing
        if let report {
            lastFrame = time
            isFailing = frames.take(report.stamp, digest: report.digest).isFrozen
        } else {
            let since = lastFrame ?? time
            lastFrame = since
            if time - since > patience { isFailing = true }
        }
        guard isFailing != self.isFailing else { return nil }
        self.isFailing = isFailing
        guard isFailing else { return .recovered }
        return .failed(report == nil ? "gives no frame" : "gives the same picture again")
    }
}
