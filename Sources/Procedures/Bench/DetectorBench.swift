public import TimeTags

/// The four detectors with what is before them and the tagger behind: asked for a setting, and for
/// the tags of a span of time.
///
/// **For users.** One at a time, from one thread. Call ``makeSafe()`` when done, whatever happened.
///
/// **For implementers.** A simulated bench sets itself; a live one asks a person for what no line
/// of the station moves. Batches are short enough that a stop is seen within 100 ms.
public protocol DetectorBench: AnyObject {
    /// Whether nothing here is hardware.
    var isSimulated: Bool { get }
    /// The bench in a few words, for outputs and records.
    var summary: String { get }
    /// Tagger inputs of H, V, D and A.
    var channels: SIMD4<UInt8> { get }
    /// Tagger input of the beacon and of the laser's sync output.
    var syncChannel: UInt8 { get }
    /// Time on the tagger's clock up to which everything was handed out, ps.
    var time: Int64 { get }

    /// Brings the bench to `setting`; returns once it is there.
    func set(_ setting: BenchSetting, isCancelled: () -> Bool) throws(ProcedureFailure)

    /// Hands out the tags of the next `seconds` in order, batch by batch.
    ///
    /// - Parameter body: Returns false to end early; the tags hold during the call only.
    func take(
        seconds: Double, _ body: (UnsafeBufferPointer<TimeTag>) -> Bool
    ) throws(ProcedureFailure)

    /// Whether the marker for the end of bright light comes when it goes, as where it is switched
    /// by an order.
    var marksLightEnd: Bool { get }

    /// Over-exposes one detector again and again for the interlock, with markers in the tags: where
    /// the light comes or its first tag is, and where it has gone and the gate is open again.
    func overExpose(
        detector: Int, cycles: Int, _ body: (UnsafeBufferPointer<TimeTag>) -> Bool
    ) throws(ProcedureFailure)

    /// Temperatures of the detectors by name, degrees Celsius, where there are sensors.
    func temperatures() -> [String: Double]

    /// Closes the shutter, blanks all gates, switches the light off. Allowed at any time.
    func makeSafe()
}
