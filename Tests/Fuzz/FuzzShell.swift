// modules: Quantities
// sources: Shell/Editing/LineEditor.swift Shell/Editing/LineEditor+Search.swift
// sources: Shell/Editing/LineEditor+Drawing.swift Shell/Editing/KeyDecoder.swift
// sources: Shell/Editing/History.swift Shell/Editing/TextColumns.swift Shell/Sessions/ShellHello.swift

/// The shell's line editor: whatever comes over a serial line, it stays within its bounds, sends plain
/// characters alone, and says the same however the bytes are cut.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = UnsafeBufferPointer(start: start, count: count)
    var editor = LineEditor(columns: 20 + count % 80)
    var hello = ShellHello()
    var output: [UInt8] = []
    var complaints = 0
    for byte in bytes {
        switch hello.take(byte) {
        case .hold: continue
        case .settings(let settings):
            if let columns = settings.columns { editor.columns = min(max(columns, 20), 500) }
        case .pass(let held):
            for byte in held { complaints += take(byte, &editor, &output) }
        }
        // A line on the screen, a bell, a few blanks: never more for one key.
        precondition(output.count < 8_192)
        precondition(output.allSatisfy { $0 >= 0x20 && $0 != 0x7F || [7, 8, 10, 13].contains($0) })
        output.removeAll(keepingCapacity: true)
    }
    precondition(editor.history.lines.count <= History.capacity)
    precondition(complaints <= 1 + bytes.count(where: { $0 == 0x0A || $0 == 0x0D }))
    return 0
}

/// Takes a byte as a session would; whether the editor complained.
private func take(_ byte: UInt8, _ editor: inout LineEditor, _ output: inout [UInt8]) -> Int {
    switch editor.take(byte, into: &output) {
    case .line(let line):
        precondition(line.unicodeScalars.count <= LineEditor.longest)
        editor.isHidden = line.hasPrefix("login")
        editor.draw(into: &output)
    case .complete(let words):
        let last = words.split(separator: " ").last.map(String.init) ?? ""
        editor.offer([last + "gate", last + "gauge."], into: &output)
    case .complaint:
        editor.draw(into: &output)
        return 1
    default: break
    }
    return 0
}
