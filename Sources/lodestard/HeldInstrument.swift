import PayloadHAL
import PointingInstruments
import Synchronization

/// One instrument that is opened when it is first used, and let go after a fault that only opening
/// it again can mend.
final class HeldInstrument<Handle>: Sendable {
    private let handle = Mutex<Box?>(nil)

    /// `@unchecked`: used under the lock alone.
    private struct Box: @unchecked Sendable {
        let handle: Handle
    }

    var isOpen: Bool { handle.withLock { $0 != nil } }

    /// Uses the instrument, one caller at a time; `nil` if there is none.
    func use<Result>(
        open: () throws(InstrumentProblem) -> Handle?,
        _ body: (Handle) throws(InstrumentProblem) -> Result
    ) throws(InstrumentProblem) -> Result? {
        var outcome: Swift.Result<Result?, InstrumentProblem> = .success(nil)
        handle.withLock { held in
            do throws(InstrumentProblem) {
                if held == nil { held = try open().map { Box(handle: $0) } }
                guard let held else { return }
                outcome = .success(try body(held.handle))
            } catch {
                if error.fault != .outOfRange, error.fault != .refused { held = nil }
                outcome = .failure(error)
            }
        }
        return try outcome.get()
    }

    /// Closes it.
    func letGo() { handle.withLock { $0 = nil } }
}
