import Amplification
import Authentication
import FiniteKey
import Quantities
import Secrets
import Sifting
import Wire

/// What an end holds of a window; everything but the bits is the same on both ends, or no key
/// comes of it.
struct WindowLedger: ~Copyable {
    /// Number of the window.
    let window: UInt32
    /// Key bits of the epochs that the ground keeps, in order.
    var bits: BitString
    /// Detections of those epochs, and on the ground the test errors.
    var counts = SiftCounts()
    /// Epochs of the window up to here have been settled between the ends.
    var nextEpoch: UInt32
    /// Of the bits, those that lie in blocks of error correction.
    var blockedBits = 0
    /// Blocks so far.
    var blocks = 0
    /// Bits that the satellite disclosed of the blocks, each block's at most its length.
    var disclosedBits = 0
    private var transcript = TranscriptHash()

    /// A window of which nothing has been said; its transcript begins with the parameters.
    init(_ window: UInt32, parameters: DistillationParameters, key: borrowing HashKey) {
        self.window = window
        bits = BitString()
        nextEpoch = parameters.firstEpoch(ofWindow: window)
        parameters.withEncoding { encoding in
            note(.parameters, .up, sequence: 0, encoding, session: parameters.session, key: key)
        }
    }

    /// What a record of the transcript is.
    enum Entry: UInt8 {
        case parameters = 1
        case epochPart = 2
        case message = 3
        case confirmation = 4
        case reunion = 5
    }

    /// Adds to what both ends have to agree on.
    mutating func note(
        _ entry: Entry, _ direction: MessageDirection, sequence: UInt32,
        _ content: UnsafeRawBufferPointer, session: UInt32, key: borrowing HashKey
    ) {
        transcript.append(
            TranscriptRecord(
                kind: entry.rawValue, direction: direction.rawValue, window: window,
                sequence: UInt64(widening: sequence), session: UInt64(widening: session)),
            content, key: key)
    }

    /// The hash of all that was noted.
    borrowing func value(key: borrowing HashKey) -> HashValue { transcript.value(key: key) }

    /// The tag of the key in the transcript: its bits in clear under `publicKey`.
    borrowing func verificationTag(publicKey: UnsafeRawBufferPointer) throws(AuthenticationError)
        -> VerificationTag
    {
        let key = try HashKey(copying: publicKey)
        return VerificationTag(of: bits.withUnsafeBytes { key.hash($0) })
    }

    /// The first `byteCount` bytes that privacy amplification makes of the bits.
    borrowing func amplified(
        seed: borrowing SecretBytes, byteCount: Int
    ) throws(AmplificationError) -> SecretBytes {
        let hash = try ToeplitzHash(inputBits: bits.count, outputBits: 8 * byteCount)
        var output = SecretBytes(count: byteCount)
        var scratch = SecretBytes(count: 8 * hash.scratchWordCount)
        try bits.withUnsafeBytes { input throws(AmplificationError) in
            try seed.withUnsafeBytes { seed throws(AmplificationError) in
                try output.withUnsafeMutableBytes { output throws(AmplificationError) in
                    try scratch.withUnsafeMutableBytes { scratch throws(AmplificationError) in
                        try hash.apply(
                            to: input, seed: seed, into: output,
                            scratch: scratch.bindMemory(to: UInt64.self))
                    }
                }
            }
        }
        return output
    }
}

extension ProofParameters {
    /// What the analysis gives for the counts of a window, of which `disclosedBits` were told.
    ///
    /// The verification tag goes out in clear: where it is longer than what the proof subtracts
    /// for correctness, the rest counts as disclosed.
    func keyLength(
        counts: SiftCounts, keyBasis: UInt8, disclosedBits: Int
    ) throws(KeyLengthFault) -> KeyLength {
        let key = counts.detections(ofBasis: keyBasis)
        let test = counts.detections(ofBasis: 1 - keyBasis)
        let errors = counts.errors
        let subtracted = 1 - Elementary.log(correctness) / Elementary.log(2)
        let rest = max(Double(VerificationTag.disclosedBits) - subtracted, 0)
        var input = KeyLengthInput(
            method: method, tail: tail, clamp: clamp, intensities: intensities,
            probabilities: probabilities,
            key: method.basis(key, errors: nil), test: method.basis(test, errors: errors),
            leak: .disclosed(bits: Double(Int64(widening: disclosedBits)) + rest),
            secrecy: secrecy, correctness: correctness)
        input.efficiencyRatio = efficiencyRatio
        return try input.keyLength()
    }
}

extension KeyMethod {
    /// Counts as the proof wants them: of a source without intensities the sums.
    fileprivate func basis(
        _ detections: PerIntensity<Int64>, errors: PerIntensity<Int64>?
    ) -> BasisCounts {
        guard intensityCount == 1 else {
            return BasisCounts(detections: detections, errors: errors)
        }
        return BasisCounts(detections: detections.sum, errors: errors?.sum)
    }
}

extension PerIntensity<Int64> {
    fileprivate var sum: Int64 { first + second + third }
}

extension SiftCounts {
    fileprivate func detections(ofBasis basis: UInt8) -> PerIntensity<Int64> {
        PerIntensity(
            Int64(widening: detections(basis: basis, intensity: 0)),
            Int64(widening: detections(basis: basis, intensity: 1)),
            Int64(widening: detections(basis: basis, intensity: 2)))
    }

    fileprivate var errors: PerIntensity<Int64> {
        PerIntensity(
            Int64(widening: testErrors[0]), Int64(widening: testErrors[1]),
            Int64(widening: testErrors[2]))
    }
}

extension DistillationParameters {
    private static let encodedSize = 112

    /// Calls `body` with the same bytes on both ends if, and only if, they hold the same.
    func withEncoding(_ body: (UnsafeRawBufferPointer) -> Void) {
        withUnsafeTemporaryAllocation(byteCount: Self.encodedSize, alignment: 8) { bytes in
            for index in 0..<bytes.count { bytes[index] = 0 }
            bytes.put(epochsPerWindow, at: 0)
            bytes[4] = keyBasis
            bytes[5] = proof.method.rawValue
            bytes[6] = proof.tail.rawValue
            bytes[7] = proof.clamp.rawValue
            bytes.put(UInt64(widening: padBytesPerLane), at: 8)
            for index in 0..<3 {
                bytes.put(proof.intensities[index].bitPattern, at: 16 + 8 * index)
                bytes.put(proof.probabilities[index].bitPattern, at: 40 + 8 * index)
            }
            bytes.put(proof.secrecy.bitPattern, at: 64)
            bytes.put(proof.correctness.bitPattern, at: 72)
            bytes.put(proof.efficiencyRatio.bitPattern, at: 80)
            body(UnsafeRawBufferPointer(bytes))
        }
    }
}
