/// The parities of an answer, once its head was checked.
struct ParityReader {
    private let bytes: UnsafeRawBufferPointer

    /// Checks that `answer` is a whole answer to the request of `round` for `asked` parities.
    init(_ answer: UnsafeRawBufferPointer, round: UInt32, asked: Int) throws(CascadeError) {
        guard answer.count >= CascadeMessage.headSize, answer[0] == CascadeMessage.answer,
            answer[1] == 0
        else { throw .malformed }
        let found = CascadeMessage.number(answer, at: 2)
        guard found == round else { throw .wrongRound(found, expected: round) }
        let count = CascadeMessage.number(answer, at: 6)
        guard count == UInt32(truncatingIfNeeded: asked), asked > 0 else {
            throw .wrongCount(Int(truncatingIfNeeded: count & 0x7FFF_FFFF), asked: asked)
        }
        guard answer.count == CascadeMessage.headSize + (asked + 7) / 8 else { throw .malformed }
        if asked % 8 > 0, answer[answer.count - 1] &>> UInt8(truncatingIfNeeded: asked % 8) != 0 {
            throw .malformed
        }
        bytes = answer
    }

    /// Parity `i`, below what was asked.
    @inline(__always) subscript(i: Int) -> Bool {
        bytes[CascadeMessage.headSize + i / 8] &>> UInt8(truncatingIfNeeded: i % 8) & 1 != 0
    }
}
