import Glibc

/// A terminal in raw mode, until it is restored.
final class RawTerminal {
    private let descriptor: Int32
    private var before = termios()

    /// Takes the terminal at `descriptor`; `nil` if there is none.
    init?(_ descriptor: Int32) {
        self.descriptor = descriptor
        guard isatty(descriptor) == 1, tcgetattr(descriptor, &before) == 0 else { return nil }
        var raw = before
        cfmakeraw(&raw)
        guard tcsetattr(descriptor, TCSANOW, &raw) == 0 else { return nil }
    }

    /// The terminal is as it was.
    func restore() { tcsetattr(descriptor, TCSADRAIN, &before) }

    /// Columns and rows of the terminal at `descriptor`, if it says.
    static func size(_ descriptor: Int32) -> (columns: Int, rows: Int)? {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0
        else { return nil }
        return (Int(size.ws_col), Int(size.ws_row))
    }
}
