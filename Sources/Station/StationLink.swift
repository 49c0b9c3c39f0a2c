/// What carries messages between the station and the satellite while a pass runs.
protocol StationLink: ~Copyable {
    /// Hands over what has arrived by stream time `now`, with the stream times at which it did.
    mutating func exchange(
        until now: Int64, deliver: (UnsafeRawBufferPointer, Int64) throws -> Void) throws

    /// Sends a message; one that is lost on the way is asked for again by those who miss it.
    mutating func send(_ message: UnsafeRawBufferPointer, at now: Int64)
}
