import Authentication
import Testing

/// A record and its content.
private struct Said: Equatable {
    var record: TranscriptRecord
    var content: [UInt8]
    var isDigest = false
}

@Suite struct TranscriptHashTests {
    private func value(_ said: [Said], portably: Bool = false) throws -> Halves {
        let inner = try hashKey(seed: 5_001)
        let outer = try hashKey(seed: 5_002)
        var transcript = TranscriptHash(portably: portably)
        for one in said {
            if one.isDigest {
                transcript.append(
                    one.record, digest: inner.hash(one.content, portably: portably),
                    ofBytes: UInt64(one.content.count), key: outer)
            } else {
                one.content.withUnsafeBytes { transcript.append(one.record, $0, key: outer) }
            }
        }
        let count = transcript.recordCount
        #expect(count == UInt64(said.count))
        let before = transcript.value(key: outer)
        let closed = transcript.close(key: outer)
        #expect(before.isEqual(to: closed))
        return Halves(closed)
    }

    /// Content by turns as it is and as a digest.
    private var conversation: [Said] {
        (0..<10).map { number in
            Said(
                record: TranscriptRecord(
                    kind: UInt8(number + 1), direction: UInt8(number % 2),
                    window: UInt32(number / 4), sequence: 1 << 33 | UInt64(number),
                    session: 0xFEDC_BA98_7654_3210),
                content: pseudorandomBytes(6_000 + UInt64(number), count: 37 * number),
                isDigest: number % 2 == 1)
        }
    }

    @Test func theValueIsThatOfTheLayoutComputedElsewhere() throws {
        for portably in [false, true] {
            let computed = try value(conversation, portably: portably)
            #expect(computed == Halves(storedTranscript))
        }
    }

    @Test func anythingElseThatWasSaidIsAnotherValue() throws {
        let same = try value(conversation)
        var others: [(String, [Said])] = []
        for index in conversation.indices {
            func changed(_ what: String, _ change: (inout Said) -> Void) {
                var other = conversation
                change(&other[index])
                others.append(("\(what) of record \(index)", other))
            }
            changed("kind") { $0.record.kind ^= 0x80 }
            changed("direction") { $0.record.direction ^= 1 }
            changed("window") { $0.record.window ^= 1 << 31 }
            changed("sequence") { $0.record.sequence ^= 1 << 63 }
            changed("session") { $0.record.session ^= 1 }
            changed("form") { $0.isDigest.toggle() }
            changed("length") { $0.content.append(0) }
            if index > 0 { changed("last bit") { $0.content[$0.content.count - 1] ^= 0x80 } }
            var dropped = conversation
            dropped.remove(at: index)
            others.append(("drop of record \(index)", dropped))
            var repeated = conversation
            repeated.insert(repeated[index], at: index)
            others.append(("repeat of record \(index)", repeated))
            for second in 0..<index {
                var swapped = conversation
                swapped.swapAt(index, second)
                others.append(("swap of \(index) and \(second)", swapped))
            }
        }
        for (what, other) in others {
            let computed = try value(other)
            #expect(computed != same, "\(what)")
        }
    }

    /// What looks like a record inside of a content is content.
    @Test func aRecordInAContentIsNotARecord() throws {
        let two = Array(conversation[2...3].map { Said(record: $0.record, content: [9]) })
        var inside = [9] + [UInt8](repeating: 0, count: 15)
        inside += [4, 1, 0, 0, 0, 0, 0, 0]
        let words = [two[1].record.sequence, two[1].record.session, 1]
        for word in words { withUnsafeBytes(of: word.littleEndian) { inside += $0 } }
        inside += [9]
        let one = Said(record: two[0].record, content: inside)
        let (apart, together) = (try value(two), try value([one]))
        #expect(apart != together)
    }

    @Test func contentsMayBeCutDifferentlyOnlyAtTheirOwnPeril() throws {
        let record = conversation[0].record
        let whole = try value([Said(record: record, content: [1, 2, 3, 4])])
        let halves = try value([
            Said(record: record, content: [1, 2]), Said(record: record, content: [3, 4]),
        ])
        #expect(whole != halves)
    }
}
