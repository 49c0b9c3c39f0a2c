import Control

/// One shell: bytes from a terminal or a program in, bytes to it out.
///
/// **For users.** One thread calls it. ``receive(_:)`` with what came, ``poll()`` when `wake` was
/// called and at least twice a second, ``takeOutput()`` for what is to be sent; ``hangUp()`` when
/// the other end is gone. Nothing waits here: long orders have threads of their own.
///
/// A program says `ESC _ lodestar script ESC \` first (``ShellHello``); it then sees no echo and no
/// prompt, each line of an answer begins with two spaces, each of a refusal with `! `, and a line
/// `ok` or `failed` ends it.
public final class ShellSession {
    /// What it may do now.
    public let state: SessionState
    let host: ShellHost
    var editor = LineEditor()
    var isScript = false
    private let wake: @Sendable () -> Void
    private var output: [UInt8] = []
    private var running: (call: CommandCall, outbox: Outbox)?
    private var hello = ShellHello()
    /// What came while an order ran.
    private var waiting: [UInt8] = []
    private var lastOrder: Int64
    private var painter = OutputPainter()

    /// Bytes that may wait while an order runs: what somebody pastes.
    private static let longestPaste = 65_536

    /// A session that has said nothing yet.
    ///
    /// - Parameters:
    ///   - name: Who it is, for others to read.
    ///   - wake: Called on any thread when ``poll()`` has something to do.
    public init(_ host: ShellHost, name: String, wake: @escaping @Sendable () -> Void = {}) {
        self.host = host
        self.wake = wake
        state = SessionState(name: name, access: host.access, writeRole: host.writeRole)
        lastOrder = host.now()
    }

    /// Whether the other end should be let go once it has the output.
    public var hasEnded: Bool { state.isEnding && running == nil }

    /// Whether an order runs on a thread of its own.
    public var isBusy: Bool { running != nil }

    /// What is to be sent, once.
    public func takeOutput() -> [UInt8] {
        defer { output.removeAll(keepingCapacity: true) }
        return output
    }

    /// Says who answers, and asks for the first order.
    public func greet() {
        guard !isScript else { return }
        say(host.settings.greeting)
        if host.access.needsLogin { say("look around with help; to change anything: login") }
        let unsaved = host.unsaved()
        if unsaved > 0 {
            say(
                "\(unsaved) \(unsaved == 1 ? "setting is" : "settings are") not saved; diff shows which"
            )
        }
        prompt()
    }

    // MARK: Bytes in

    /// Takes what the other end sent.
    public func receive(_ bytes: some Sequence<UInt8>) {
        for byte in bytes {
            guard !state.isEnding else { return }
            switch hello.take(byte) {
            case .pass(let held): for byte in held { take(byte) }
            case .hold: continue
            case .settings(let settings): apply(settings)
            }
        }
    }

    private func apply(_ settings: ShellHello.Settings) {
        state.setTerminal(
            columns: settings.columns, rows: settings.rows, isDumb: settings.isDumb)
        editor.columns = state.terminal.columns
        guard settings.isScript, !isScript else { return }
        isScript = true
        editor.isSilent = true
        output = []
    }

    private func take(_ byte: UInt8) {
        if let running {
            // Ctrl-C reaches what runs at once; the rest waits for its end.
            if byte == 0x03 {
                running.call.cancel()
                waiting = []
            } else if running.call.waitsForEnter {
                if byte == 0x0D || byte == 0x0A { running.call.enter() }
            } else if waiting.count < Self.longestPaste {
                waiting.append(byte)
            }
            return
        }
        guard let event = editor.take(byte, into: &output) else { return }
        switch event {
        case .line(let line): carryOut(line)
        case .interrupt:
            if state.takeAwaited() != nil { editor.isHidden = false }
            if isScript { end(.refused("interrupted")) } else { prompt() }
        case .end:
            write("\r\n")
            state.end()
        case .complete(let words):
            editor.offer(
                Completion.candidates(for: words, in: host.table.commands(at: .shell)),
                into: &output)
        case .complaint(let text): end(.refused(text))
        }
    }

    // MARK: Orders

    private func carryOut(_ line: String) {
        lastOrder = host.now()
        if let role = state.takeAwaited() { return logIn(as: role, password: line) }
        let words = ControlCommand.split(line)
        guard let first = words.first, !first.hasPrefix("#") else { return finish() }
        if first == "help" {
            return end(
                ShellHelp.answer(
                    Array(words.dropFirst()), in: host.table.commands(at: .shell)))
        }
        guard let command = host.table.command(for: words, at: .shell) else {
            return end(.refused(ShellHelp.unknown(words, in: host.table.commands(at: .shell))))
        }
        let arguments = Array(words.dropFirst(command.words.count))
        if !(command.isHarmlessAlone && arguments.isEmpty) {
            if let refusal = refusal(of: command) { return end(.refused(refusal)) }
            if command.writes { host.log("\(state.name): \(ShellHelp.logged(words))") }
        }
        run(isLong: command.isLong, words: arguments) { command.action($0) }
    }

    /// Why this session may not give an order now.
    private func refusal(of command: ControlCommand) -> String? {
        if state.role < command.role {
            return "\(command.name) needs a login as \(command.role.rawValue)\n"
                + "try: login \(command.role.rawValue)"
        }
        if command.needsArm, !state.isArmed {
            return "\(command.name) can do harm, and this shell is not armed\ntry: arm"
        }
        if command.writes { return state.takeWriteRole() }
        return nil
    }

    private func logIn(as role: CommandRole, password: String) {
        editor.isHidden = false
        let (state, host) = (state, host)
        run(isLong: true, words: []) { _ in
            if let problem = host.access.attempt(password, for: role, now: host.now()) {
                host.log("\(state.name): a login as \(role.rawValue) failed")
                return .refused(problem)
            }
            state.login(as: role)
            host.log("\(state.name): logged in as \(role.rawValue)")
            return .done("logged in as \(role.rawValue)")
        }
    }

    private func run(
        isLong: Bool, words: [String],
        _ action: @escaping @Sendable (CommandCall) -> ControlAnswer
    ) {
        let outbox = Outbox(wake: wake)
        let terminal = state.terminal
        let call = CommandCall(
            words: words, session: state, columns: terminal.columns, rows: terminal.rows,
            isDumb: terminal.isDumb || isScript, hasPerson: !isScript
        ) { outbox.show($0) }
        running = (call, outbox)
        painter = OutputPainter(
            columns: terminal.columns, isDumb: terminal.isDumb, isScript: isScript)
        if isLong {
            host.start { outbox.finish(action(call)) }
        } else {
            outbox.finish(action(call))
            poll()
        }
    }

    /// Shows what a running order has to say, and looks at the time.
    public func poll() {
        if let running {
            let (shown, answer) = running.outbox.take()
            for item in shown { write(painter.paint(item)) }
            if let answer {
                write(painter.finish())
                self.running = nil
                end(answer)
                let held = waiting
                waiting = []
                for byte in held { take(byte) }
            }
        }
        watchTime()
    }

    private func watchTime() {
        guard running == nil else {
            lastOrder = host.now()
            return
        }
        let silence = host.now() - lastOrder
        if silence >= host.settings.armTime, state.disarm() {
            note(["disarmed after a while of silence"] + host.makeSafe())
        }
        let mayDo = host.access.needsLogin ? state.role != .none : host.writeRole.isHeld(by: state)
        if silence >= host.settings.idleTime, mayDo {
            state.logout()
            note(["logged out after a while of silence"])
        }
    }

    /// The other end is gone: what runs is cancelled, and what was driven by hand is made safe.
    public func hangUp() {
        running?.call.cancel()
        waiting = []
        if state.disarm() {
            host.log("\(state.name): gone while armed; disarmed")
            for line in host.makeSafe() { host.log(line) }
        }
        state.logout()
        editor = LineEditor(columns: state.terminal.columns)
    }

    // MARK: Bytes out

    private func end(_ answer: ControlAnswer) {
        switch answer {
        case .done(let text):
            for line in text.split(separator: "\n", omittingEmptySubsequences: text.isEmpty) {
                say((isScript ? "  " : "") + line)
            }
            finish()
        case .refused(let text):
            state.countBatchError()
            for (index, line) in text.split(separator: "\n").enumerated() {
                say((isScript ? "! " : "") + (index == 0 ? "error: " : "") + line)
            }
            if isScript { say("failed") } else { prompt() }
        }
    }

    private func finish() {
        if isScript { say(state.isAwaitingPassword ? "password" : "ok") }
        prompt()
    }

    /// Says something while a line may be being typed.
    private func note(_ lines: [String]) {
        guard !isScript else { return }
        editor.hide(into: &output)
        for line in lines { say(line) }
        prompt()
    }

    private func prompt() {
        guard !state.isEnding else { return }
        if state.isAwaitingPassword {
            editor.isHidden = true
            editor.prompt = "password: "
        } else {
            let star = host.unsaved() > 0 ? "*" : ""
            editor.prompt = "\(host.settings.board)\(star)\(state.isArmed ? " ARMED" : "")> "
        }
        editor.draw(into: &output)
    }

    private func say(_ line: some StringProtocol) { write(line + "\r\n") }

    private func write(_ text: some StringProtocol) {
        guard !isScript else {
            output += text.utf8.filter { $0 != 0x0D }
            return
        }
        output += text.utf8
    }
}
