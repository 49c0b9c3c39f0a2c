/// The last few sessions of the other end that were left for a newer one: what is still under way
/// of them must not bring them back.
struct PastSessions {
    private var sessions = InlineArray<8, UInt32>(repeating: 0)
    private var next = 0

    /// Remembers a session; one of 0 means none.
    mutating func add(_ session: UInt32) {
        guard session != 0 else { return }
        sessions[next] = session
        next = (next + 1) % 8
    }

    func contains(_ session: UInt32) -> Bool {
        for index in sessions.indices where sessions[index] == session { return true }
        return false
    }
}
