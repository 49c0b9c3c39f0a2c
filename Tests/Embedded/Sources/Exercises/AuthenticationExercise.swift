import Authentication
import Secrets

/// Messages in a transcript of two levels, verified and tagged; the memory of the keys wiped.
func authenticationExercise() -> UInt64 {
    var digest = Digest()
    var numbers = NumberStream(seed: 12)
    // Two keys, a pad and a message.
    var memory = InlineArray<1024, UInt8>(repeating: 0)
    var span = memory.mutableSpan
    for index in 0..<1024 { span[index] = UInt8(truncatingIfNeeded: numbers.next()) }
    span.withUnsafeMutableBytes { bytes in
        do throws(AuthenticationError) { try exercise(bytes, into: &digest) } catch {
            preconditionFailure("keys and pad of the right length were refused")
        }
        for byte in bytes[..<32] { digest.add(byte) }
    }
    return digest.value
}

private func exercise(
    _ bytes: UnsafeMutableRawBufferPointer, into digest: inout Digest
) throws(AuthenticationError) {
    let inner = try HashKey(
        SecretBytes(in: UnsafeMutableRawBufferPointer(rebasing: bytes[..<16])))
    let outer = try HashKey(
        SecretBytes(in: UnsafeMutableRawBufferPointer(rebasing: bytes[16..<32])))
    let pad = UnsafeRawBufferPointer(rebasing: bytes[32..<44])
    var transcript = TranscriptHash()
    for count in 0..<40 {
        let content = UnsafeRawBufferPointer(rebasing: bytes[44..<(44 + 24 * count)])
        let record = TranscriptRecord(
            kind: 1, direction: UInt8(count & 1), window: 7, sequence: 1 &<< 40, session: 5)
        let value = inner.hash(content)
        digest.add(VerificationTag(of: value).rawValue)
        if count & 2 == 0 {
            transcript.append(record, content, key: outer)
        } else {
            transcript.append(record, digest: value, ofBytes: 1 &<< 35, key: outer)
        }
    }
    let value = transcript.close(key: outer)
    digest.add(value.low)
    digest.add(value.high)
    let room = UnsafeMutableRawBufferPointer(rebasing: bytes[44..<56])
    try AuthenticationTag(of: value, pad: pad).put(in: room)
    for byte in room { digest.add(byte) }
}
