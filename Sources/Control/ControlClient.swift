import LinuxIO

/// One connection of the control socket, with what it has not read yet.
final class ControlClient {
    private let stream: UnixStream
    private let limits: ControlServer.Limits
    private var assembler: LineAssembler
    private var unsent: [UInt8] = []
    private var hasEnded = false
    /// Who it is, if the system says.
    let peer: PeerIdentity?
    /// Why it was sent away, if it was.
    private(set) var fault: String?

    init(_ stream: consuming UnixStream, limits: ControlServer.Limits) {
        peer = stream.peer
        self.stream = stream
        self.limits = limits
        assembler = LineAssembler(limit: limits.line)
    }

    /// What to wait for: nothing more comes from one that has ended.
    var pollEntry: PollEntry {
        PollEntry(stream.descriptor, wantsInput: !hasEnded, wantsOutput: !unsent.isEmpty)
    }
    /// Whether there is nothing more to do with it.
    var isGone: Bool { fault != nil || (hasEnded && unsent.isEmpty) }

    /// Reads what came, one bufferful, and answers each line.
    func receive(_ answer: (LineAssembler.Line) -> ControlAnswer) {
        guard !hasEnded else { return }
        withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 1) { room in
            do throws(LinuxIOError) {
                let count = try stream.receive(into: room)
                assembler.take(UnsafeRawBufferPointer(rebasing: room[..<count])) { line in
                    tell(answer(line))
                }
            } catch .closed {
                // It may have shut one direction only: what it asked is answered.
                hasEnded = true
            } catch {
                fault = "reading from it failed: \(error)"
            }
        }
    }

    /// Adds an answer to what is to be sent.
    func tell(_ answer: ControlAnswer) {
        guard fault == nil else { return }
        unsent += answer.line.utf8
        unsent.append(0x0A)
        if unsent.count > limits.unread { fault = "it does not read its answers" }
    }

    /// Sends what the system takes now.
    func flush() {
        guard !unsent.isEmpty, fault == nil else { return }
        do throws(LinuxIOError) {
            unsent.removeFirst(try stream.send(unsent.span.bytes))
        } catch .closed {
            hasEnded = true
            unsent = []
        } catch {
            fault = "writing to it failed: \(error)"
        }
    }
}
