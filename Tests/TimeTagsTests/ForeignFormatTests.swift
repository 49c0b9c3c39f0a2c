import Testing
import TimeTags

/// The bytes of `value`, lowest first.
func bytes<I: FixedWidthInteger>(_ value: I) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian, Array.init)
}

@Suite struct ForeignFormatTests {
    /// 256 ticks are 1 ns; ticks 1 to 4 are 3.90625, 7.8125, 11.71875 and 15.625 ps.
    @Test func timestamp7TicksRoundHalfUp() {
        let scale = Timestamp7Format.scale
        #expect(
            [0, 1, 2, 3, 4, 16, 256].map { scale.picosecondsRoundedHalfUp($0) }
                == [0, 4, 8, 12, 16, 63, 1000])
        #expect(scale.picosecondsRoundedHalfUp((1 << 54) - 1) == 70_368_744_177_663_996)
        #expect(scale.picosecondsRoundedHalfUp(-16) == -62)
        for tick: Int64 in [0, 1, 77, 1_000_003, (1 << 54) - 1] {
            #expect(scale.ticksRoundedHalfUp(scale.picosecondsRoundedHalfUp(tick)) == tick)
        }
    }

    @Test(
        arguments: [
            (1e-12, 1, 1), (4e-12, 4, 1), (2.5e-10, 250, 1), (2.5e-11, 25, 1),
            (3.90625e-12, 125, 32), (5e-15, 1, 200), (1.0 / 3e12, 1, 3),
        ] as [(Double, Int64, Int64)])
    func resolutionsOfFilesBecomeExactFractions(seconds: Double, top: Int64, bottom: Int64) {
        let scale = TickScale(seconds: seconds)
        #expect(scale?.numerator == top)
        #expect(scale?.denominator == bottom)
    }

    @Test(arguments: [0.0, -1e-12, .nan, .infinity, 1.0, 1e-20])
    func senselessResolutionsAreRefused(seconds: Double) {
        #expect(TickScale(seconds: seconds) == nil)
    }

    @Test func bothWordOrdersOfTimestamp7AreFound() throws {
        let tags = someTags(100).map { TimeTag(time: $0.time / 125 * 125, channel: $0.channel + 1) }
        for highFirst in [false, true] {
            var encoder = Timestamp7Encoder(highFirst: highFirst)
            let events = try encoded(tags, with: &encoder)
            let (back, decoder) = decodedInEveryWay(events, with: Timestamp7Decoder(encoding: .a1))
            #expect(back == tags)
            #expect(decoder.wordOrder == (highFirst ? .highFirst : .lowFirst))
            #expect(encoder.counters.roundedTags == 0)
        }
    }

    @Test func aTimestamp7WrapGoesOnAndIsARecord() {
        let top: UInt64 = (1 << 54) - 256
        let words: [UInt64] = [top << 10 | 1, 256 << 10 | 2, (top + 128) << 10 | 4]
        let (tags, decoder) = decodedInEveryWay(
            words.flatMap(bytes), with: Timestamp7Decoder(encoding: .a1, wordOrder: .lowFirst))
        let period: Int64 = (1 << 46) * 1000
        #expect(tags.map(\.time) == [period - 1000, period, period + 1000, period - 500])
        #expect(tags.map(\.kind) == [.detection, .rollOver, .detection, .detection])
        #expect(decoder.counters.rollOvers == 1)
    }

    @Test func aBadLineOfTextCostsOneEventAndIsTold() {
        let text = "0000000000040001\nnonsense\n0000000000080002\r\n00000000000c0004\n00"
        let (tags, decoder) = decodedInEveryWay(
            Array(text.utf8), with: Timestamp7Decoder(encoding: .a2))
        #expect(tags.filter { $0.kind == .detection }.map(\.channel) == [1, 2, 3])
        #expect(tags.filter { $0.kind == .detection }.map(\.time) == [1000, 2000, 3000])
        #expect(decoder.counters.firstFault?.offset == 17)
        #expect(tags.last?.detail == LossReason.truncated.rawValue)
    }

    @Test func ptuOverflowsOfEveryCountAndMarkersAndSyncAreKept() {
        let special: UInt32 = 1 << 31
        let records: [UInt32] = [
            3 << 25 | 7, special | 63 << 25, special | 63 << 25 | 5,
            special | 63 << 25 | 0x1FF_FFFF,
            special | 9, special | 15 << 25 | 10, 63 << 25 | 11, special | 20 << 25,
        ]
        let (tags, decoder) = decodedInEveryWay(
            records.flatMap(bytes), with: PTUDecoder(recordType: .generic, scale: .picosecond))
        let period: Int64 = 1 << 25
        let base = period * (1 + 5 + 0x1FF_FFFF)
        #expect(
            tags == [
                TimeTag(time: 7, channel: 3),
                TimeTag(time: period, channel: 0, kind: .rollOver, count: 1),
                TimeTag(time: period * 6, channel: 0, kind: .rollOver, count: 5),
                TimeTag(time: base, channel: 0, kind: .rollOver, count: 0x1FF_FFFF),
                TimeTag(time: base + 9, channel: PTUChannel.sync),
                TimeTag(time: base + 10, channel: 0, kind: .marker, detail: 15),
                TimeTag(time: base + 11, channel: 63),
            ])
        #expect(decoder.counters.unknownRecords == 1)
        #expect(decoder.counters.firstFault?.offset == 28)
    }

    @Test func overflowsThatLeaveSixtyFourBitsAreUnknownNotATrap() {
        let overflow: UInt32 = 0xFFFF_FFFF
        let records = [UInt32](repeating: overflow, count: 20_000)
        let (_, decoder) = decodedInEveryWay(
            records.flatMap(bytes), with: PTUDecoder(recordType: .hydraHarp2, scale: .picosecond))
        #expect(decoder.counters.unknownRecords > 0)
    }

    @Test func aPTUFileOfOursComesBackInEverySplit() throws {
        var tags = someTags(500)
        tags[100].channel = PTUChannel.sync
        tags[200] = TimeTag(time: tags[200].time, channel: 0, kind: .marker, detail: 3)
        for index in 300..<500 { tags[index].time += 1 << 40 }
        var encoder = PTUEncoder()
        let file = try encoded(tags, with: &encoder)
        let (back, decoder) = decodedInEveryWay(file, with: PTUDecoder())
        #expect(back.filter { $0.kind != .rollOver } == tags)
        #expect(decoder.recordType == .hydraHarp2)
    }

    @Test func whatAFormatCannotHoldIsNamed() {
        var ptu = PTUEncoder()
        #expect(throws: EncodeError.channel(found: 65, allowed: 0...64)) {
            try encoded([TimeTag(time: 1, channel: 65)], with: &ptu)
        }
        var early = PTUEncoder()
        #expect(throws: EncodeError.outOfOrder(found: 3, earliest: 1 << 25)) {
            try encoded(
                [TimeTag(time: 1 << 25, channel: 1), TimeTag(time: 3, channel: 1)], with: &early)
        }
        var a1 = Timestamp7Encoder()
        #expect(throws: EncodeError.channel(found: 0, allowed: 1...4)) {
            try encoded([TimeTag(time: 1, channel: 0)], with: &a1)
        }
    }

    @Test func quTAGRecordsAreReadWithAndWithoutTheHeader() {
        let records = (0..<20).flatMap { bytes(UInt64(1_000_000 + $0 * 500)) + bytes(UInt16(3)) }
        let header: [UInt8] =
            [0x87, 0xB3, 0x91, 0xFA, 0x22, 0xDD, 0x28, 0, 0, 8, 0, 0, 0x73, 0]
            + [UInt8](repeating: 0, count: 26)
        for file in [records, header + records] {
            let (tags, _) = decodedInEveryWay(file, with: QuTAGDecoder())
            #expect(tags == (0..<20).map { TimeTag(time: Int64(1_000_000 + $0 * 500), channel: 3) })
        }
    }

    @Test func aDamagedFirstRecordOfAQuTAGFileIsNoHeader() {
        let good = (0..<20).flatMap { bytes(UInt64($0 * 100_000_000)) + bytes(UInt16(2)) }
        let (tags, decoder) = decodedInEveryWay(
            bytes(UInt64(1) << 63) + bytes(UInt16(2)) + good, with: QuTAGDecoder())
        #expect(tags == (0..<20).map { TimeTag(time: Int64($0 * 100_000_000), channel: 2) })
        #expect(decoder.counters.unknownRecords == 1)
        #expect(decoder.counters.firstFault?.fault == .unknownRecord)
    }

    @Test func aQuTAGFileWithTheMostSignificantByteFirstIsSaidToBeOne() {
        let reversed = (0..<20).flatMap {
            Array(bytes(UInt64($0 * 100_000_000)).reversed()) + bytes(UInt16(2)).reversed()
        }
        let (tags, decoder) = decodedInEveryWay(reversed, with: QuTAGDecoder())
        #expect(tags.isEmpty)
        #expect(decoder.counters.firstFault?.fault == .wrongByteOrder)
        #expect(decoder.counters.firstFault?.offset == 0)
    }

    /// Coarse 1, fine 2 on channel 0: (4096 + 2) x 1.878005 ps = 7696.06 ps.
    @Test func aNoxMessageIsDecodedFromItsBits() {
        let message: [UInt8] = [0x24, 0, 0, 0, 0, 0x10, 0x10, 0x02]
        let (tags, decoder) = decodedInEveryWay([0xFF] + message, with: NoxDecoder())
        #expect(tags.last == TimeTag(time: 7696, channel: 0))
        #expect(tags.first?.kind == .lossBegin)
        #expect(decoder.counters.skippedBytes == 1)
    }

    @Test func anFX2RecordSaysChannelsLossAndWrap() {
        let events: [UInt64] = [
            0x10_0000_0002, 0x8030_0000_0004, 0x4010_0000_0001, 0x2050_0000_0005,
        ]
        let stream = events.flatMap { Array(bytes($0).prefix(6).reversed()) }
        let (tags, decoder) = decodedInEveryWay(stream, with: FX2Decoder())
        let period: Int64 = (1 << 36) * 15_625 / 2
        #expect(
            tags.map(\.kind) == [
                .detection, .lossBegin, .lossEnd, .detection, .detection, .rollOver, .detection,
                .marker,
            ])
        #expect(
            tags.map(\.time) == [
                15_625, 15_625, 31_250, 31_250, 31_250, period, period + 7_813, period + 39_063,
            ])
        #expect(decoder.counters.losses == 1)
    }

    /// Time in bits 31 to 5, 2 ns; the words are those that pyS15 makes
    /// [20, 268435452, 268435456, 536870914] ns with patterns 0001, 1100, 0010, 1000 of.
    @Test func tdc1WordsAreUnwrappedAsThePublicReaderDoes() {
        let words: [UInt32] = [
            10 << 5 | 1, 0x7FF_FFFE << 5 | 12, 2, 0x7FF_FFFF << 5 | 16, 0x10, 1 << 5 | 8,
        ]
        let (tags, decoder) = decodedInEveryWay(words.flatMap(bytes), with: TDC1Decoder())
        let period: Int64 = (1 << 28) * 1000
        #expect(
            tags == [
                TimeTag(time: 20_000, channel: 0),
                TimeTag(time: period - 4_000, channel: 2),
                TimeTag(time: period - 4_000, channel: 3),
                TimeTag(time: period, channel: 0, kind: .rollOver, count: 1),
                TimeTag(time: period, channel: 1),
                TimeTag(time: 2 * period, channel: 0, kind: .rollOver, count: 1),
                TimeTag(time: 2 * period + 2_000, channel: 3),
            ])
        #expect(decoder.counters.detections == 5)
        #expect(decoder.counters.records == 6)
        #expect(decoder.counters.losses == 0)
    }

    @Test func aTDC1WordWithoutInputIsCountedAndACutOneIsALoss() {
        let (tags, decoder) = decodedInEveryWay(
            bytes(UInt32(7 << 5)) + bytes(UInt32(9 << 5 | 4)) + [1, 2], with: TDC1Decoder())
        #expect(tags.first == TimeTag(time: 18_000, channel: 2))
        #expect(tags.last?.detail == LossReason.truncated.rawValue)
        #expect(decoder.counters.unknownRecords == 1)
        #expect(decoder.counters.firstFault?.value == 7 << 5)
    }

    @Test func aDamagedUSTCFrameIsALossAndTheNextOneIsRead() {
        var stream = ustcFrame(firstCount: 10) + ustcFrame(firstCount: 300)
        stream[100] ^= 1
        stream += ustcFrame(firstCount: 600)
        let (tags, decoder) = decodedInEveryWay([1, 2] + stream, with: USTCDecoder())
        #expect(tags.count == 2 + 2 * 254)
        #expect(tags[0].detail == LossReason.resynchronised.rawValue)
        #expect(tags[2] == TimeTag(time: 300 * 6250, channel: 3))
        #expect(decoder.counters.skippedBytes == 2 + 2048)
    }

    /// A frame of events one coarse tick apart on channel 3, fine code 0.
    private func ustcFrame(firstCount: UInt32) -> [UInt8] {
        var frame: [UInt8] = [0xA5, 0xA5, 0xA5, 0xA5, 0, 0, 0, 0]
        for index in 0..<254 {
            let count = firstCount + UInt32(index)
            frame += [
                0, 0, UInt8(count >> 16 & 0xFF), UInt8(count >> 24), UInt8(count & 0xFF),
                UInt8(count >> 8 & 0xFF), 3, 0,
            ]
        }
        let sum = frame.withUnsafeBytes {
            USTCDecoder.checksum(UnsafeRawBufferPointer(rebasing: $0[4...]))
        }
        return frame + bytes(sum) + [UInt8](repeating: 0x47, count: 6)
    }

    /// The text with its pairs swapped has the plain checksum of the text itself.
    @Test func theUSTCChecksumIsCRC16OfSwappedPairs() {
        let swapped = Array("21436587".utf8)
        // Python: crc of b"12345678" with polynomial 0x8005, initial value 0, not reflected.
        #expect(swapped.withUnsafeBytes { USTCDecoder.checksum($0) } == 0x95FD)
    }

    @Test func randomBytesNeverStopADecoder() {
        var state: UInt64 = 5
        let noise = (0..<20_000).map { _ -> UInt8 in
            state = state &* 6_364_136_223_846_793_005 &+ 1
            return UInt8(truncatingIfNeeded: state >> 50)
        }
        _ = decodedInEveryWay(noise, with: ReferenceDecoder())
        _ = decodedInEveryWay(noise, with: PTUDecoder(recordType: .picoHarp300, scale: .picosecond))
        _ = decodedInEveryWay(noise, with: Timestamp7Decoder(encoding: .a1))
        _ = decodedInEveryWay(noise, with: QuTAGDecoder())
        _ = decodedInEveryWay(noise, with: USTCDecoder())
        _ = decodedInEveryWay(noise, with: NoxDecoder())
        _ = decodedInEveryWay(noise, with: FX2Decoder())
        _ = decodedInEveryWay(noise, with: TDC1Decoder())
    }
}
