import Testing
import TimeTags

@Suite struct ReferenceFormatTests {
    @Test func everyTagComesBackAsItWas() throws {
        var tags = someTags(2_000)
        tags[3].time = -7
        tags[4].time = .min / 2
        tags[700].kind = .marker
        tags[700].detail = 9
        tags.insert(
            TimeTag(time: tags[900].time, channel: 0, kind: .rollOver, count: .max), at: 900)
        tags.insert(
            TimeTag(time: 12, channel: 255, kind: .lossBegin, detail: 3, count: 1), at: 1200)
        var encoder = ReferenceEncoder()
        let bytes = try encoded(tags, with: &encoder)
        let (back, _) = decodedInEveryWay(bytes, with: ReferenceDecoder())
        // The jump to the distant past is real here, so the decoder rightly reports it.
        #expect(back.filter { $0.detail != LossReason.timeReversed.rawValue } == tags)
    }

    @Test func tagsUnpackedByInstructionAreThoseOfPortableCode() throws {
        // Times about the wrap of the 48 bits and about zero, and every rest of a turn of four.
        for base: Int64 in [0, 1 << 47, -1 << 47, 1 << 48, (1 << 60) - 5, -(1 << 60), 77] {
            for count in [1, 2, 3, 4, 5, 7, 8, 250, 251, 252, 700] {
                var tags = (0..<count).map { index in
                    TimeTag(
                        time: base + Int64(index) * 123_456_789_012 % (1 << 46),
                        channel: UInt8(truncatingIfNeeded: 255 - index))
                }
                for isMixed in [false, true] {
                    if isMixed { tags[count / 2].kind = .marker }
                    var encoder = ReferenceEncoder()
                    let bytes = try encoded(tags, with: &encoder)
                    let (fast, one) = decodedInEveryWay(bytes, with: ReferenceDecoder())
                    let (portable, two) = decodedInEveryWay(
                        bytes, with: ReferenceDecoder(isPortable: true))
                    #expect(fast == portable && one.counters == two.counters)
                    #expect(fast.filter { $0.kind != .lossBegin && $0.kind != .lossEnd } == tags)
                }
            }
        }
    }

    @Test func aFullFrameIsExactly2048Bytes() throws {
        var encoder = ReferenceEncoder()
        let bytes = try encoded(someTags(251 * 3), with: &encoder)
        #expect(bytes.count == 3 * 2048)
    }

    /// The worked example of docs/formats/reference-tagger.md, its checksum found with Python.
    @Test func theDocumentedFrameIsWhatTheEncoderWrites() throws {
        var encoder = ReferenceEncoder(sequence: 7)
        let tags = [
            TimeTag(time: 1_000_000_000_000_000, channel: 2),
            TimeTag(time: 1_000_000_000_001_600, channel: 5),
        ]
        let bytes = try encoded(tags, with: &encoder)
        let expected: [UInt8] = [
            0x4C, 0x54, 0x54, 0x46, 1, 0, 2, 0, 7, 0, 0, 0, 0, 0, 0, 0,
            0x00, 0x80, 0xC6, 0xA4, 0x7E, 0x8D, 0x03, 0x00, 0, 0, 0, 0, 0, 0, 0, 0,
            0x00, 0x80, 0xC6, 0xA4, 0x7E, 0x8D, 2, 0, 0x40, 0x86, 0xC6, 0xA4, 0x7E, 0x8D, 5, 0,
            0, 0, 0, 0,
        ]
        #expect(Array(bytes.prefix(52)) == expected)
        #expect(bytes.suffix(4) == [0x3C, 0xB7, 0xA3, 0xDF])
        let (back, _) = decodedInEveryWay(bytes, with: ReferenceDecoder())
        #expect(back == tags)
    }

    @Test func aMissingFrameIsALossBetweenItsNeighbours() throws {
        let tags = someTags(251 * 3)
        var encoder = ReferenceEncoder()
        var bytes = try encoded(tags, with: &encoder)
        bytes.removeSubrange(2048..<4096)
        let (back, decoder) = decodedInEveryWay(bytes, with: ReferenceDecoder())
        #expect(
            back[251]
                == TimeTag(
                    time: tags[250].time, channel: 0, kind: .lossBegin,
                    detail: LossReason.sequenceGap.rawValue))
        #expect(back[252].kind == .lossEnd)
        #expect(back[252].time == tags[502].time)
        #expect(Array(back[253...]) == Array(tags[502...]))
        #expect(decoder.counters.losses == 1)
    }

    @Test func aFlippedBitCostsOneFrameAndIsToldWithItsOffset() throws {
        let tags = someTags(251 * 4)
        var encoder = ReferenceEncoder()
        var bytes = try encoded(tags, with: &encoder)
        bytes[2048 + 100] ^= 0x10
        let (back, decoder) = decodedInEveryWay(bytes, with: ReferenceDecoder())
        #expect(back.filter { $0.kind == .detection } == Array(tags[..<251]) + Array(tags[502...]))
        #expect(back[251].detail == LossReason.checksum.rawValue)
        #expect(decoder.counters.firstFault?.fault == .checksum)
        #expect(decoder.counters.firstFault?.offset == 2048)
    }

    @Test func aCutAnywhereKeepsAllWholeFrames() throws {
        let tags = someTags(251 * 2)
        var encoder = ReferenceEncoder()
        let bytes = try encoded(tags, with: &encoder)
        for cut in [1, 3, 31, 32, 2047, 2048, 2049, 2048 + 31, 2048 + 40, 4095] {
            let (back, _) = decodedInEveryWay(Array(bytes[..<cut]), with: ReferenceDecoder())
            let whole = cut / 2048 * 251
            #expect(Array(back.prefix(whole)) == Array(tags[..<whole]), "cut at \(cut)")
            #expect(back.count == whole + (cut % 2048 == 0 ? 0 : 2), "cut at \(cut)")
        }
    }

    @Test func aDevicesOwnLossReportBecomesRecords() throws {
        var encoder = ReferenceEncoder()
        encoder.reportLoss(from: 40, count: 12)
        let bytes = try encoded([TimeTag(time: 90, channel: 1)], with: &encoder)
        let (back, decoder) = decodedInEveryWay(bytes, with: ReferenceDecoder())
        let reason = LossReason.taggerOverflow.rawValue
        #expect(
            back == [
                TimeTag(time: 40, channel: 0, kind: .lossBegin, detail: reason, count: 12),
                TimeTag(time: 90, channel: 0, kind: .lossEnd, detail: reason, count: 12),
                TimeTag(time: 90, channel: 1),
            ])
        #expect(decoder.counters.tagsLost == 12)
    }
}
