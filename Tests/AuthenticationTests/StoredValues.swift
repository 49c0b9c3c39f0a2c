// Made by Tests/Peers/authentication_vectors.py, which checks it too.

/// Values of the hash computed from the definition by a Python program.
///
/// Key and message at index k are what ``pseudorandomBytes(_:count:)`` makes of 2k + 1 and
/// 2k + 2.
struct StoredValue: Sendable {
    var byteCount: Int
    var low: UInt64
    var high: UInt64
}

let storedValues = [
    StoredValue(
        byteCount: 0, low: 0x0000000000000000, high: 0x0000000000000000),
    StoredValue(
        byteCount: 1, low: 0xc3c958f19ecd2a1d, high: 0xbc07c07deb1b8f1b),
    StoredValue(
        byteCount: 7, low: 0x90596bfbba9f3cbc, high: 0x30c38f077c951f2d),
    StoredValue(
        byteCount: 8, low: 0x29623f4c6117d903, high: 0xbd2b254a3e115f39),
    StoredValue(
        byteCount: 15, low: 0x53617f5a229e8e94, high: 0x93e3105c60a389d5),
    StoredValue(
        byteCount: 16, low: 0xe9655a5b196bf93c, high: 0x50961709e627f9b2),
    StoredValue(
        byteCount: 17, low: 0x12f599ab58dcb502, high: 0xb1cc169039ad96fa),
    StoredValue(
        byteCount: 31, low: 0x0494c5bf6aa257eb, high: 0xf67d30353fcecd8d),
    StoredValue(
        byteCount: 32, low: 0xc61eb240955a0d99, high: 0x90287b52286c365e),
    StoredValue(
        byteCount: 33, low: 0xfc5bc4fdcd08ecb2, high: 0x32d1d92e7b13ae4a),
    StoredValue(
        byteCount: 63, low: 0xc12717e12f7c671a, high: 0x3154238d0fbfe89a),
    StoredValue(
        byteCount: 64, low: 0x01fc152e99e92113, high: 0xded0cf91a7f1d79c),
    StoredValue(
        byteCount: 65, low: 0xeba65e34befb673f, high: 0xab6fe081e1fd1bb7),
    StoredValue(
        byteCount: 191, low: 0xd5d37c0b77ebd199, high: 0xe49a5410851fd1de),
    StoredValue(
        byteCount: 192, low: 0x631f4f13e0b423b1, high: 0x35559ff67f090420),
    StoredValue(
        byteCount: 193, low: 0x001f193a9e0c060e, high: 0x4fb19c45c8a7c7a8),
    StoredValue(
        byteCount: 255, low: 0xccb9850082a0e6a4, high: 0x93a3a392dd8da93c),
    StoredValue(
        byteCount: 256, low: 0x61d82125b62a1f3d, high: 0x776f4e0662b798ad),
    StoredValue(
        byteCount: 257, low: 0xff1e9af5d9d58d5b, high: 0x85828e44e238d578),
    StoredValue(
        byteCount: 1000, low: 0x606f95e278872b79, high: 0xbee1981451260891),
    StoredValue(
        byteCount: 5000, low: 0x5e8ee1b618406c9f, high: 0x1aa7a50e03664ccb),
]

/// The value of the transcript that `TranscriptHashTests` builds.
let storedTranscript = StoredValue(
    byteCount: 10, low: 0x9945f8b7da0c3c54, high: 0x5158417d1575959d)
