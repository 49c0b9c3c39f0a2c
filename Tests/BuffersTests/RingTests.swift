import Buffers
import Testing

@Suite struct RingTests {
    @Test func aFullRingRefusesAndAnEmptyOneGivesNothing() {
        let elements = UnsafeMutableBufferPointer<UInt16>.allocate(capacity: 4)
        let counters = UnsafeMutablePointer<RingCounters>.allocate(capacity: 1)
        defer {
            elements.deallocate()
            counters.deinitialize(count: 1)
            counters.deallocate()
        }
        elements.initialize(repeating: 0)
        counters.initialize(to: RingCounters())
        var ring = Ring(elements: elements, counters: counters)
        var writer = ring.takeWriter()
        var reader = ring.takeReader()
        let nothing = reader.next()
        #expect(nothing == nil)
        // Three times round, so that writing and reading wrap at every place.
        for start in stride(from: UInt16(0), to: 12, by: 3) {
            let source = (start..<start + 5).map { $0 }
            let written = source.withUnsafeBufferPointer { writer.write($0) }
            let room = writer.room()
            #expect(written == 4 && room == 0)
            let refused = writer.write(99)
            #expect(!refused)
            var target = [UInt16](repeating: 0, count: 3)
            let read = target.withUnsafeMutableBufferPointer { reader.read(into: $0) }
            #expect(read == 3 && target == Array(source[..<3]))
            let last = reader.next()
            let empty = reader.next()
            #expect(last == source[3] && empty == nil)
        }
    }

    @Test func twoThreadsPassEveryElementOnceAndInOrder() async {
        let total: UInt32 = 300_000
        let elements = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: 256)
        let counters = UnsafeMutablePointer<RingCounters>.allocate(capacity: 1)
        elements.initialize(repeating: 0)
        counters.initialize(to: RingCounters())
        var ring = Ring(elements: elements, counters: counters)
        var writer = ring.takeWriter()
        let writing = Task.detached {
            var next: UInt32 = 0
            while next < total {
                let burst = (next..<min(total, next + 1 + next % 97)).map { UInt64($0) }
                let count = burst.withUnsafeBufferPointer { writer.write($0) }
                next += UInt32(count)
                if count == 0 { await Task.yield() }
            }
        }
        var reader = ring.takeReader()
        var expected: UInt64 = 0
        var wrong = 0
        var room = [UInt64](repeating: 0, count: 61)
        while expected < UInt64(total) {
            let count = room.withUnsafeMutableBufferPointer { reader.read(into: $0) }
            for element in room[..<count] {
                if element != expected { wrong += 1 }
                expected += 1
            }
            if count == 0 { await Task.yield() }
        }
        await writing.value
        #expect(wrong == 0)
        elements.deallocate()
        counters.deinitialize(count: 1)
        counters.deallocate()
    }
}
