import Foundation
import KeyStore
import Wire

/// Makes keys with stores at both ends until it is killed, and says what it did.
///
/// Usage: pass-worker both FOLDER SEED [FAULT]
///        pass-worker ground|sat FOLDER [FAULT]
///
/// `both` runs one session after the other, over a link that loses messages, and writes one line
/// on standard output for each thing that has been done:
///
///     open END KEY STATE DIGEST    what a store holds as it was opened
///     took END pad KEY LANE OFFSET COUNT
///     state END KEY STATE          what a call has left
///     stage NAME                   what is done next
///     unsettled END COUNT          after a session that came to its end
///     ended OUTCOME
///
/// `ground` and `sat` are one end each. Standard input and output carry frames: a byte that says
/// what it is, two bytes of length, lowest first, the content. In: `b` a session begins (its
/// number, 4 bytes), `m` a message of the other end, `x` the link is gone. Out: `m` a message,
/// `l` one of the lines above; `open` and `ready` come when a session begins.
@main
struct PassWorker {
    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count >= 3 else {
            sayLine("error usage: pass-worker both|ground|sat FOLDER [SEED] [FAULT]")
            exit(2)
        }
        let fault = Fault(rawValue: arguments.last ?? "") ?? .none
        do {
            switch arguments[1] {
            case "ground": try OneEnd.ground(arguments[2], fault)
            case "sat": try OneEnd.satellite(arguments[2], fault)
            default:
                let seed = arguments.count > 3 ? UInt64(arguments[3]) ?? 0 : 0
                var ends = try BothEnds(folder: arguments[2], seed: seed, fault: fault)
                while true { try ends.session() }
            }
        } catch {
            sayLine("error \(error)")
            exit(1)
        }
    }

    /// One system call a line, so that a line is there whole or not at all.
    static func sayLine(_ text: String) {
        let line = Array((text + "\n").utf8)
        _ = write(1, line, line.count)
    }
}

/// Both ends in one process, which die together.
struct BothEnds {
    let ground: EndStore
    let satellite: EndStore
    var random: Scrambled

    init(folder: String, seed: UInt64, fault: Fault) throws {
        PassWorker.sayLine("stage open")
        ground = try EndStore(
            folder: folder, role: .station, fault: fault, say: PassWorker.sayLine)
        satellite = try EndStore(
            folder: folder, role: .satellite, fault: fault, say: PassWorker.sayLine)
        random = Scrambled(state: seed)
        try ground.report()
        try satellite.report()
        PassWorker.sayLine("ready")
    }

    mutating func session() throws {
        PassWorker.sayLine("stage begin")
        let plan = Plan(
            session: UInt32(truncatingIfNeeded: random.next()), retry: 60_000_000_000)
        let up = try GroundEnd(ground, plan: plan, now: 0)
        let down = try SatelliteEnd(satellite, plan: plan)
        var now: Int64 = 0
        while !up.isOver {
            now += 5_000_000_000
            for message in up.messages(now: now) where !random.chance(4) {
                Stage.say(of: message, "up")
                let answer = down.receive(message)
                if answer.isEmpty || random.chance(4) { continue }
                Stage.say(of: answer, "down")
                up.receive(answer, now: now)
            }
        }
        for end in [ground, satellite] { try end.sayUnsettled() }
        PassWorker.sayLine("ended \(up.outcomes)")
    }
}

/// What a message is about.
enum Stage {
    static func say(of message: [UInt8], _ way: String) {
        let kind = message.withUnsafeBytes { MessageHeader.kind($0) }
        let isStep = kind == .distillationRequest || kind == .distillationAnswer
        let step = isStep && message.count > MessageHeader.size ? message[MessageHeader.size] : 0
        PassWorker.sayLine("stage \(way)-\(step)")
    }
}

/// One end in a process of its own, with the other at the far end of its standard input.
enum OneEnd {
    static func ground(_ folder: String, _ fault: Fault) throws {
        let end = try EndStore(folder: folder, role: .station, fault: fault, say: Frame.sayLine)
        var session: GroundEnd?
        var isTold = true
        while true {
            // Until a message comes or one of ours has to be repeated.
            if let frame = try Frame.next(waiting: session?.isOver == false ? 2 : -1) {
                switch frame.kind {
                case UInt8(ascii: "b"):
                    try end.report()
                    Frame.sayLine("ready")
                    session = try GroundEnd(
                        end, plan: Plan(session: frame.number, retry: 8_000_000_000), now: now)
                    isTold = false
                case UInt8(ascii: "m"): session?.receive(frame.content, now: now)
                default:
                    session?.giveUp(now: now)
                    session = nil
                    Frame.sayLine("ended early")
                }
            }
            guard let current = session else { continue }
            for message in current.messages(now: now) { Frame.send("m", message) }
            if current.isOver, !isTold {
                isTold = true
                try end.sayUnsettled()
                Frame.sayLine("ended \(current.outcomes)")
            }
        }
    }

    static func satellite(_ folder: String, _ fault: Fault) throws {
        let end = try EndStore(folder: folder, role: .satellite, fault: fault, say: Frame.sayLine)
        var session: SatelliteEnd?
        while true {
            guard let frame = try Frame.next(waiting: -1) else { continue }
            switch frame.kind {
            case UInt8(ascii: "b"):
                try end.report()
                Frame.sayLine("ready")
                session = try SatelliteEnd(
                    end, plan: Plan(session: frame.number, retry: 8_000_000_000))
            case UInt8(ascii: "m"):
                let answer = session?.receive(frame.content) ?? []
                if !answer.isEmpty { Frame.send("m", answer) }
            default: try end.sayUnsettled()
            }
        }
    }

    /// Time on a clock that does not step, ps.
    private static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000_000 + Int64(time.tv_nsec) * 1000
    }
}

/// A frame on standard input or output.
struct Frame {
    var kind: UInt8
    var content: [UInt8]

    /// The content as a number.
    var number: UInt32 { content.prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) } }

    /// The next one; `nil` if none begins within `waiting` ms. Ends the process where input ends.
    static func next(waiting: Int32) throws -> Frame? {
        var input = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
        guard poll(&input, 1, waiting) > 0 else { return nil }
        let head = take(3)
        return Frame(kind: head[0], content: take(Int(head[1]) | Int(head[2]) << 8))
    }

    private static func take(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var got = 0
        while got < count {
            let more = bytes.withUnsafeMutableBytes { room in
                read(
                    0, UnsafeMutableRawBufferPointer(rebasing: room[got...]).baseAddress,
                    count - got)
            }
            if more <= 0 { exit(0) }
            got += more
        }
        return bytes
    }

    static func send(_ kind: Character, _ content: [UInt8]) {
        let head = [
            kind.asciiValue ?? 0, UInt8(content.count & 0xFF), UInt8(content.count >> 8),
        ]
        let frame = head + content
        var sent = 0
        while sent < frame.count {
            let more = frame.withUnsafeBytes { bytes in
                write(
                    1, UnsafeRawBufferPointer(rebasing: bytes[sent...]).baseAddress,
                    bytes.count - sent)
            }
            if more <= 0 { exit(0) }
            sent += more
        }
    }

    static func sayLine(_ text: String) { send("l", Array(text.utf8)) }
}
