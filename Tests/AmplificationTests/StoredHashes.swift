/// Outputs computed bit by bit from the definition by a Python program.
///
/// Input and seed of the hash at index k are the bytes that ``pseudorandomBytes(_:count:)`` makes
/// of 2k + 1 and 2k + 2.
struct StoredHash: Sendable {
    var inputBits: Int
    var outputBits: Int
    /// Hexadecimal digits, byte 0 first.
    var output: String
}

let storedHashes = [
    StoredHash(inputBits: 1, outputBits: 1, output: "00"),
    StoredHash(inputBits: 8, outputBits: 8, output: "f2"),
    StoredHash(inputBits: 63, outputBits: 63, output: "36ef56b6cc1b4f2b"),
    StoredHash(inputBits: 64, outputBits: 64, output: "f2eed76777eb9af5"),
    StoredHash(inputBits: 65, outputBits: 64, output: "b76a23128fcdfbbf"),
    StoredHash(inputBits: 65, outputBits: 65, output: "fc1fc5ae290d4b1a00"),
    StoredHash(inputBits: 129, outputBits: 1, output: "00"),
    StoredHash(
        inputBits: 1000, outputBits: 300,
        output: """
            ef978a6c1e4678fc20cbedffc8254c2d284cfce26331cbb6c1aea9f3c5db57941a3b6b1d9c0a
            """),
    StoredHash(
        inputBits: 3001, outputBits: 1001,
        output: """
            613e6e632425a7e7dd250adebb1b8f793061b79a21e4b4ec6581b5d50d6a6f7f7de6ddee6d57\
            3c8f25096ef2702785bb458fb07cdda064221cd8986829a9052c742b8d6c354b5e4992f3c948\
            2f14905ca651940de3a076824e8a1c0198f2dec2d5f5004831ddd1d2f6d61de040726dae0d85\
            ea32040585ae944a067ef101
            """),
]
