// modules: BoardFile
// seeds: boards/*.toml
import BoardFile

/// Fuzzes the reader of boards: TOML, quantities, checks and messages.
///
/// A board that loads is written as text that loads as the same board.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzBoard(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let text = String(
        decoding: UnsafeBufferPointer(start: start, count: count), as: Unicode.UTF8.self)
    do throws(BoardError) {
        let board = try Board.parse(text, path: "boards/fuzz.toml")
        precondition(board.values.count > 0)
        let again = try reload(board)
        precondition(again == board, "a board changed when written and read again")
    } catch {
        precondition(!error.faults.isEmpty, "refused without a reason")
        for fault in error.faults {
            precondition(!fault.description.isEmpty && !fault.problem.isEmpty)
        }
    }
    return 0
}

private func reload(_ board: Board) throws(BoardError) -> Board {
    do throws(BoardError) {
        return try Board.parse(board.text, path: "boards/written.toml")
    } catch {
        preconditionFailure("a board does not load once written: \(error)")
    }
}
