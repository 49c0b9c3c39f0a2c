import LinuxIO

/// Why an arena handed out nothing.
public enum ArenaError: Error, Equatable, CustomStringConvertible {
    /// It was closed: memory is asked for at the start only.
    case closed(asked: Int)
    /// There is not enough left.
    case full(asked: Int, left: Int)
    /// The kernel gave no memory of this size.
    case unavailable(byteCount: Int)

    /// One line that says what to do.
    public var description: String {
        switch self {
        case .closed(let asked):
            "\(asked) bytes were asked of the arena after it was closed; ask at the start"
        case .full(let asked, let left):
            "\(asked) bytes were asked of the arena, \(left) are left; make it larger"
        case .unavailable(let byteCount):
            "the kernel gave no \(byteCount) bytes for the arena; make it smaller or add memory"
        }
    }
}

/// Memory that is mapped, locked and touched once; its parts are handed out, and then no more.
///
/// Parts are zeroed, aligned to a cache line and live as long as the arena, which is meant to live as
/// long as the process.
public struct Arena: ~Copyable, Sendable {
    /// What parts are aligned to, so that two never share a cache line.
    public static let alignment = 64

    private let memory: MappedMemory
    private var used = 0
    private var isClosed = false

    /// Maps `byteCount` bytes; what the machine refuses goes to `refused`.
    public init(byteCount: Int, refused: RefusedByMachine) throws(ArenaError) {
        precondition(byteCount > 0)
        do throws(LinuxIOError) {
            memory = try MappedMemory(byteCount: byteCount)
        } catch {
            throw .unavailable(byteCount: byteCount)
        }
        guard memory.lockError != 0 else { return }
        refused.note(
            Refusal(
                subject: .lockedMemory, asker: "arena",
                problem: "\(byteCount) bytes could not be locked (mlock: "
                    + "\(Refusal.text(memory.lockError)))",
                remedy: "Give it LimitMEMLOCK=infinity in the unit, or memlock in limits.conf."))
    }

    /// Bytes handed out so far, what was lost to alignment with them.
    public var byteCountUsed: Int { used }
    /// Bytes left.
    public var byteCountLeft: Int { memory.bytes.count - used }

    /// Room for `count` elements, all zero bits.
    public mutating func take<Element: BitwiseCopyable>(
        _ type: Element.Type, count: Int
    ) throws(ArenaError) -> UnsafeMutableBufferPointer<Element> {
        precondition(count >= 0)
        let (asked, isTooMuch) = MemoryLayout<Element>.stride.multipliedReportingOverflow(by: count)
        let raw = try part(isTooMuch ? .max : asked)
        return UnsafeMutableBufferPointer(
            start: raw.bindMemory(to: type, capacity: count), count: count)
    }

    /// Puts `value` into the arena, where it stays; it is never deinitialised.
    public mutating func place<Value: ~Copyable>(
        _ value: consuming Value
    ) throws(ArenaError) -> UnsafeMutablePointer<Value> {
        precondition(MemoryLayout<Value>.alignment <= Self.alignment)
        let raw = try part(MemoryLayout<Value>.size)
        let pointer = raw.bindMemory(to: Value.self, capacity: 1)
        pointer.initialize(to: value)
        return pointer
    }

    /// Hands out nothing from here on.
    public mutating func close() { isClosed = true }

    private mutating func part(_ asked: Int) throws(ArenaError) -> UnsafeMutableRawPointer {
        guard !isClosed else { throw .closed(asked: asked) }
        let left = byteCountLeft
        guard asked <= left, let base = memory.bytes.baseAddress else {
            throw .full(asked: asked, left: left)
        }
        let raw = base + used
        let next = (used + asked + Self.alignment - 1) / Self.alignment * Self.alignment
        used = min(next, memory.bytes.count)
        return raw
    }
}
