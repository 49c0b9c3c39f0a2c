import CPassword
public import Control
import Glibc
import Synchronization

/// Who may log in, and how often somebody may guess.
public final class ShellAccess: Sendable {
    /// How a password is checked.
    public typealias Check = @Sendable (_ password: String, _ hash: String) -> Bool

    /// Whether anything but looking needs a login.
    public let needsLogin: Bool
    private let hashes: [CommandRole: String]
    private let check: Check
    private let state = Mutex(State())

    private struct State {
        var failures = 0
        /// Before this host time, ms, nobody may try again.
        var notBefore: Int64 = 0
    }

    /// The longest wait after a wrong password, ms.
    private static let longestDelay: Int64 = 30_000

    /// Access by passwords.
    ///
    /// - Parameters:
    ///   - hashes: As of crypt(5), by role; a role without one cannot be logged in to.
    ///   - check: By default crypt(3), compared in constant time.
    public init(
        needsLogin: Bool, hashes: [CommandRole: String], check: @escaping Check = PasswordHash.fits
    ) {
        self.needsLogin = needsLogin
        self.hashes = hashes
        self.check = check
    }

    /// Why `role` cannot be logged in to; `nil` if it can.
    func obstacle(to role: CommandRole) -> String? {
        guard needsLogin else { return "this board asks for no login" }
        return hashes[role] == nil
            ? "no password is set for \(role.rawValue): shell.\(role.rawValue) of the board file"
            : nil
    }

    /// Whether `password` opens `role`; takes some tenths of a second.
    ///
    /// - Parameter now: Host time, ms.
    /// - Returns: `nil` if it does, else what to say.
    func attempt(_ password: String, for role: CommandRole, now: Int64) -> String? {
        let wait = state.withLock { $0.notBefore - now }
        guard wait <= 0 else {
            return "too soon after a wrong password; try again in \(wait / 1_000 + 1) s"
        }
        if let hash = hashes[role], check(password, hash) {
            state.withLock { $0.failures = 0 }
            return nil
        }
        let delay = state.withLock { state -> Int64 in
            state.failures += 1
            let delay = min(Int64(1_000) << Int64(min(state.failures - 1, 5)), Self.longestDelay)
            state.notBefore = now + delay
            return delay
        }
        return "wrong password; try again in \(delay / 1_000) s"
    }
}

/// Passwords as hashes of crypt(5), which the system's library makes and compares.
public enum PasswordHash {
    /// Whether `password` has this hash. The comparison takes as long wherever they differ.
    public static func fits(_ password: String, _ hash: String) -> Bool {
        guard !password.utf8.contains(0), password.utf8.count < 512 else { return false }
        return lodestar_password_fits(password, hash) == 1
    }

    /// A hash of `password` with fresh salt, by yescrypt; `nil` if the system cannot.
    public static func make(_ password: String) -> String? {
        guard !password.utf8.contains(0), password.utf8.count < 512 else { return nil }
        var room = [CChar](repeating: 0, count: 384)
        guard lodestar_password_hash(password, &room, room.count) == 0 else { return nil }
        return room.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } }
    }
}
