import BoardFile
import Daemon
import Instruments
import LinuxIO
import PayloadHAL
import Quantities

/// The outputs of a board that have a safe level: detector gates, shutter, laser. All are inactive
/// when safe: the detectors blanked, the shutter closed, the laser off.
struct BoardLines {
    /// The lines with their keys in the board.
    let lines: [(role: String, line: Board.Line)]

    /// Takes note of the lines; nothing is opened.
    init(_ board: Board) {
        var lines = (board.detectors?.all ?? []).compactMap { entry in
            entry.detector.gate.map { ("detectors.\(entry.role).gate", $0) }
        }
        if let shutter = board.lines?.shutter { lines.append(("lines.shutter", shutter)) }
        if let laser = board.lines?.laser { lines.append(("lines.laser", laser)) }
        self.lines = lines
    }

    /// Drives each line to its safe level.
    ///
    /// - Parameter patience: How long to try again while another process holds a line.
    /// - Returns: Those that could not be driven.
    func makeSafe(patience: Picoseconds = .zero) -> [SafeStateFault] {
        let deadline = HostClock.now.count + patience.count
        return lines.compactMap { entry in
            // Ends when the line is driven, at the deadline, or at a fault that waiting cannot mend.
            while true {
                guard let error = Self.drive(entry.line) else { return nil }
                guard case .busy = error, HostClock.now.count < deadline else {
                    return SafeStateFault(name: entry.role, problem: "\(error)")
                }
                HostClock.sleep(until: Picoseconds(HostClock.now.count + 10_000_000_000))
            }
        }
    }

    /// Takes a line, which drives it to its safe level, and lets it go at that level.
    private static func drive(_ line: Board.Line) -> GPIOError? {
        do throws(GPIOError) {
            _ = try StationLine(line)
            return nil
        } catch {
            return error
        }
    }
}
