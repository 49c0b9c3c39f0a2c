import Foundation
import KeyStore
import Secrets
import Synchronization
import Testing

/// Many callers, clocks that jump, and a log that says what happened.
@Suite struct RunningTests {
    let stores = TestStores()

    @Test func threadsAtOnceGetRangesThatDoNotOverlap() throws {
        let (store, key) = (try stores.create("ground"), newKey(1))
        try store.add(key, bytes: secret(knownBytes(8000)), state: .pending)
        try store.advance(key.id, to: .available)
        let ranges = Mutex<[KeyRange]>([])
        DispatchQueue.concurrentPerform(iterations: 40) { index in
            let range = try? store.takeKey(key.id, lane: 0, count: 10 + index).range
            if let range { ranges.withLock { $0.append(range) } }
        }
        let sorted = ranges.withLock { $0.sorted { $0.offset < $1.offset } }
        #expect(sorted.count == 40)
        for (one, next) in zip(sorted, sorted.dropFirst()) {
            #expect(one.offset + one.count == next.offset)
        }
    }

    @Test func ofTwoReadersOfOneMessageOneReadsIt() throws {
        let (store, key) = (try stores.create("ground"), newKey(1))
        try store.add(key, bytes: secret(knownBytes(8000)), state: .pending)
        try store.advance(key.id, to: .available)
        let range = KeyRange(id: key.id, lane: 1, offset: 100, count: 50)
        let readers = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            let read: Void? = try? store.useReceived(range) { _ in usleep(1000) }
            if read != nil { readers.add(1, ordering: .relaxed) }
        }
        #expect(readers.load(ordering: .relaxed) == 1)
    }

    @Test func aClockThatJumpsChangesOnlyTheTimesInTheLog() throws {
        let time = Atomic<Int64>(1_000_000)
        let store = try stores.create("ground") { time.load(ordering: .relaxed) }
        var offsets: [Int] = []
        for (number, now) in [5_000_000, -7, Int64.max, Int64.min, 0].enumerated() {
            time.store(now, ordering: .relaxed)
            let key = newKey(UInt64(number), pads: 12)
            try store.add(key, bytes: secret(knownBytes(200)), state: .pending)
            try store.advance(key.id, to: .available)
            offsets.append(try store.takePad(lane: 0, count: 12).range.offset)
            #expect(try store.newestAvailable(bytes: 1, lane: 0) == key.id)
        }
        #expect(offsets == [0, 0, 0, 0, 0])
        let log = try store.audit()
        #expect(log.map(\.number) == Array(1...log.count))
        #expect(Set(log.map(\.time)).isSuperset(of: [5_000_000, -7, Int64.max, Int64.min, 0]))
        #expect(try store.keys().map(\.id) == (0..<5).map { newKey($0).id })
    }

    @Test func theLogSaysWhatWasDoneByWhom() throws {
        let (store, key) = (try stores.create("ground"), newKey(1, pads: 24))
        try store.add(key, bytes: secret(knownBytes(500)), state: .pending)
        try store.advance(key.id, to: .available)
        _ = try store.takePad(lane: 0, count: 12)
        _ = try store.takeKey(key.id, lane: 0, count: 40)
        try store.useReceived(KeyRange(id: key.id, lane: 1, offset: 3, count: 4)) { _ in }
        try store.destroy(key.id, reason: "lost at sea")
        let log = try store.audit(key: key.id)
        #expect(
            log.map(\.action)
                == ["pending", "available", "send pad", "send", "receive", "destroyed"])
        #expect(log.allSatisfy { $0.actor == "test" && $0.key == key.id })
        #expect(log[3].lane == 0 && log[3].first == 0 && log[3].bytes == 40)
        #expect(log.last?.note == "lost at sea")
        #expect(try store.audit(key: key.id, last: 1).map(\.action) == ["destroyed"])
    }

    @Test func afterClosingNothingIsHandedOut() throws {
        let store = try stores.create("ground")
        try store.close()
        let path = stores.directory("ground") + "/" + KeyStore.fileName
        #expect(failure { _ = try store.takePad(lane: 0, count: 12) } == .closed(path: path))
    }

    @Test func namesOfKeysAreUUIDs() throws {
        let text = "00112233-4455-4677-8899-aabbccddeeff"
        let id = try #require(KeyID(text: text))
        #expect(id.description == text)
        #expect(
            id.bytes == [0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x46, 0x77] + [
                0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF,
            ])
        #expect(KeyID(id.bytes) == id && KeyID(text: text.uppercased()) == id)
        let made = UUID(uuidString: KeyID.random().description)
        #expect(made.map { ($0.uuid.6 >> 4, $0.uuid.8 >> 6) } ?? (0, 0) == (4, 2))
        for wrong in ["", "0011", text + "0", "g" + text.dropFirst(), "+0" + text.dropFirst(2)] {
            #expect(KeyID(text: wrong) == nil, "\(wrong)")
        }
    }
}
