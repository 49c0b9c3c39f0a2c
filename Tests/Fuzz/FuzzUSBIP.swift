// modules: USBIP
import TimeTags
import USBIP

/// Fuzzes the server's end of USB/IP with whatever a host may send, around an imported tagger.
///
/// It never traps, memory stays bounded, and a connection that was closed for a fault takes
/// nothing more.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzUSBIP(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    let names = EmulatedTagger.names
    guard let tagger = EmulatedTagger(named: names[Int(input.byte()) % names.count], memory: 1_000)
    else { preconditionFailure("a named tagger is missing") }
    var server = USBIPServer([tagger])
    guard var connection = server.connect() else { preconditionFailure("no room for one client") }
    if input.byte() & 1 == 0 {
        let name: [UInt8] = [0x31, 0x2D, 0x31] + [UInt8](repeating: 0, count: 29)
        server.receive([0x01, 0x11, 0x80, 0x03, 0, 0, 0, 0] + name, on: connection)
        // Configured and started, as a host does it.
        submit(&server, connection, setup: [0x00, 9, 1, 0, 0, 0, 0, 0])
        submit(&server, connection, setup: [0x40, 0x11, 0xFF, 0, 0, 0, 0, 0])
        submit(&server, connection, setup: [0x40, 0x20, 0, 0, 0, 0, 0, 0])
    }
    var time: Int64 = 0
    while !input.isEmpty {
        switch input.byte() % 8 {
        case 0:
            let tags = (0..<Int64(input.byte())).map {
                TimeTag(time: time + $0 * 1_000, channel: UInt8(truncatingIfNeeded: $0))
            }
            time += 1_000_000
            server.withFunction(0) { tagger in
                tags.withUnsafeBufferPointer { tagger.take($0, now: time) }
            }
        case 1:
            server.unplug(0)
            server.plug(0)
        case 2:
            server.disconnect(connection)
            guard let next = server.connect() else { preconditionFailure("no room") }
            connection = next
        case 3: submit(&server, connection, setup: Array(input.take(8)))
        default: server.receive(Array(input.take(Int(input.byte()) + 1)), on: connection)
        }
        let hadFault = server.fault(of: connection) != nil
        let output = server.takeOutput(of: connection)
        precondition(output.count <= USBIPServer<EmulatedTagger>.unreadLimit + (17 << 20))
        precondition(!hadFault || server.isOver(connection))
    }
    return 0
}

/// A control transfer as a host sends it, of the length that its setup packet says.
private func submit(
    _ server: inout USBIPServer<EmulatedTagger>, _ connection: Int, setup: [UInt8]
) {
    guard setup.count == 8 else { return }
    let isIn = setup[0] >> 7
    let data = isIn == 1 ? 0 : Int(setup[6]) | Int(setup[7] & 0x0F) << 8
    var words: [UInt8] = []
    for word: UInt32 in [1, 0x7000_0000, 0x1_0001, UInt32(isIn), 0, 0] {
        for shift: UInt32 in [24, 16, 8, 0] { words.append(UInt8(word >> shift & 0xFF)) }
    }
    words += [0, 0, setup[7] & 0x0F, setup[6]] + [UInt8](repeating: 0, count: 12)
    var setup = setup
    setup[7] &= 0x0F
    server.receive(words + setup + [UInt8](repeating: 0x55, count: data), on: connection)
}
