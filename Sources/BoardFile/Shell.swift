extension Board {
    /// The shell on a serial line and at a socket.
    public struct Shell: Equatable, Sendable {
        /// The serial line that it is served at; `nil`: none.
        public internal(set) var serial: Connection?
        /// Who may use it: `open` or `login`.
        public internal(set) var access = ""
        /// What the technicians' password is checked against: a hash as of crypt(5).
        public internal(set) var technician: String?
        /// What the engineers' password is checked against: a hash as of crypt(5).
        public internal(set) var engineer: String?
        /// After this time without an order it is disarmed, ps.
        public internal(set) var armTime: Int64 = 0
        /// After this time without an order it is logged out, ps.
        public internal(set) var idleTime: Int64 = 0
    }
}
