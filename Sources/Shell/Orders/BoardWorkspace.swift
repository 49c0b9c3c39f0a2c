public import BoardFile
import Synchronization

/// The board as a shell changes it: what the file says, what was saved over it, and what is set but
/// not saved yet.
public final class BoardWorkspace: Sendable {
    private struct State {
        /// What was saved, and what is to be.
        var saved: BoardOverlay
        var pending: BoardOverlay
        /// Settings of the keys that are read at the start, as they were then.
        var started: BoardOverlay
        var inUse: Board
        /// The board with what is pending, if it has no fault.
        var wanted: Board
    }

    /// The board file.
    public let boardPath: String
    /// What `save` writes.
    public let overlayPath: String
    private let files: BoardFiles
    private let base: Board
    private let state: Mutex<State>

    /// Reads a board file and what was saved over it.
    ///
    /// - Throws: every fault of both.
    public init(board path: String, overlay overlayPath: String) throws(BoardError) {
        boardPath = path
        self.overlayPath = overlayPath
        files = try BoardFiles(path)
        let overlay = try BoardOverlay(at: overlayPath)
        base = try files.board(overlay: BoardOverlay(), named: overlayPath)
        let board = try files.board(overlay: overlay, named: overlayPath)
        state = Mutex(
            State(saved: overlay, pending: overlay, started: overlay, inUse: board, wanted: board))
    }

    /// The board that the next pass uses.
    public var inUse: Board { state.withLock { $0.inUse } }

    /// The board with what is set but not saved.
    public var wanted: Board { state.withLock { $0.wanted } }

    /// The board as its file has it.
    public var asFiled: Board { base }

    /// Keys that are set but not saved.
    public var unsaved: [String] {
        state.withLock { state in Self.changed(state.saved, state.pending) }
    }

    /// Keys that differ from the board file, saved or not.
    public var overlaid: [String] { state.withLock { $0.pending.paths } }

    private static func changed(_ first: BoardOverlay, _ second: BoardOverlay) -> [String] {
        Parameter.all.map(\.path).filter { first[$0] != second[$0] }
    }

    /// Sets a key until it is saved.
    ///
    /// - Parameters:
    ///   - literal: As a board file writes it; `nil`: as the board file has it.
    ///   - isChecked: Whether the whole board is checked at once.
    public func set(
        _ path: String, to literal: String?, isChecked: Bool = true
    ) throws(BoardError) {
        try change(isChecked: isChecked) { $0[path] = literal }
    }

    /// Takes all settings back; the board file counts again once that is saved.
    public func setDefaults() throws(BoardError) {
        try change(isChecked: true) { $0 = BoardOverlay() }
    }

    /// Forgets what is not saved.
    public func forget() {
        state.withLock { state in
            state.pending = state.saved
            if let board = try? files.board(overlay: state.saved, named: overlayPath) {
                state.wanted = board
            }
        }
    }

    private func change(
        isChecked: Bool, _ body: (inout BoardOverlay) -> Void
    ) throws(BoardError) {
        let fault = state.withLock { state -> BoardError? in
            var candidate = state.pending
            body(&candidate)
            do throws(BoardError) {
                state.wanted = try files.board(overlay: candidate, named: overlayPath)
            } catch {
                if isChecked { return error }
            }
            state.pending = candidate
            return nil
        }
        if let fault { throw fault }
    }

    /// What `save` came to.
    public struct Saved: Sendable {
        /// Keys that the next pass uses.
        public var nextPass: [String]
        /// Keys that wait for a restart of the daemon.
        public var restart: [String]
    }

    /// Checks the whole board, and writes what is set: the old file or the new one, never half.
    public func save() throws -> Saved {
        let overlay = state.withLock { $0.pending }
        let board = try files.board(overlay: overlay, named: overlayPath)
        try AtomicFile.write(overlay.text, to: overlayPath)
        return state.withLock { state in
            let changed = Self.changed(state.saved, overlay)
            let rows = changed.compactMap(Parameter.named)
            state.saved = overlay
            state.wanted = board
            // What is read at the start stays as it was then, in every pass until the next start.
            var next = state.started
            for row in Parameter.all where row.effect == .nextPass {
                next[row.path] = overlay[row.path]
            }
            guard let inUse = try? files.board(overlay: next, named: overlayPath) else {
                return Saved(nextPass: [], restart: changed)
            }
            state.inUse = inUse
            return Saved(
                nextPass: rows.filter { $0.effect == .nextPass }.map(\.path),
                restart: rows.filter { $0.effect == .restart }.map(\.path))
        }
    }
}
