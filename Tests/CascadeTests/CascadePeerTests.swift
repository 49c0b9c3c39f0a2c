import Cascade
import Secrets
import Testing

/// Ends that are driven by hand, to meet peers that answer anything.
@Suite struct CascadePeerTests {
    private static func ground(_ plan: CascadePlan) throws -> CascadeCorrector {
        try CascadeCorrector(
            plan: plan, memory: SecretBytes(count: CascadeCorrector.byteCount(plan)))
    }

    private static func satellite(_ plan: CascadePlan) throws -> CascadeAnswerer {
        try CascadeAnswerer(
            plan: plan, memory: SecretBytes(count: CascadeAnswerer.byteCount(plan)))
    }

    private static func request(_ ground: inout CascadeCorrector) throws -> [UInt8] {
        var room = [UInt8](repeating: 0, count: CascadeBlock.largestMessage)
        let size = try room.withUnsafeMutableBytes { try ground.nextRequest(into: $0) }
        return Array(room[..<size])
    }

    private static func answer(
        _ satellite: inout CascadeAnswerer, _ request: [UInt8]
    ) throws -> [UInt8] {
        var room = [UInt8](repeating: 0, count: CascadeBlock.largestMessage)
        let size = try request.withUnsafeBytes { request in
            try room.withUnsafeMutableBytes { try satellite.answer(request, into: $0) }
        }
        return Array(room[..<size])
    }

    private static let plan = Result {
        try CascadePlan(variant: .yan, bits: 3_000, errorRatePPM: 20_000, seed: 9)
    }

    @Test func bothEndsCountTheSame() throws {
        let plan = try Self.plan.get()
        var ground = try Self.ground(plan)
        var satellite = try Self.satellite(plan)
        let block = TestBlock(bits: plan.bits, errorRatePPM: 20_000, seed: 2)
        try block.alice.withUnsafeBytes { try satellite.load($0) }
        try block.bob.withUnsafeBytes { try ground.load($0) }
        while true {
            let request = try Self.request(&ground)
            if request.isEmpty { break }
            let again = try Self.request(&ground)
            #expect(again == request, "asked again, the same request")
            let answer = try Self.answer(&satellite, request)
            try answer.withUnsafeBytes { try ground.receive($0) }
            let (ours, theirs) = (ground.disclosedBits, satellite.disclosedBits)
            #expect(ours == theirs)
            let (rounds, requests) = (ground.rounds, satellite.rounds)
            #expect(rounds == requests)
        }
        let (isFinished, corrected) = (ground.isFinished, ground.correctedBits)
        #expect(isFinished)
        #expect(corrected == block.errors)
    }

    @Test func aPeerThatAnswersAnythingEndsInAnErrorOrAnEnd() throws {
        let plan = try Self.plan.get()
        var source = Sequence(state: 31)
        var lost = 0
        for trial in 0..<200 {
            var ground = try Self.ground(plan)
            let block = TestBlock(bits: plan.bits, errorRatePPM: 20_000, seed: UInt64(trial))
            try block.bob.withUnsafeBytes { try ground.load($0) }
            // Every round discloses a parity at least, and the limit holds.
            do {
                for _ in 0...plan.disclosureLimit {
                    let request = try Self.request(&ground)
                    if request.isEmpty { break }
                    let answer = Self.nonsense(
                        to: request, tops: plan.topParityCount, &source, zeros: trial % 2 == 0)
                    try answer.withUnsafeBytes { try ground.receive($0) }
                }
            } catch let error as CascadeError {
                switch error {
                case .contradiction, .disclosureLimit: lost += 1
                default: Issue.record("unexpected \(error)")
                }
                #expect(throws: error) { try Self.request(&ground) }
                continue
            }
            let isFinished = ground.isFinished
            #expect(isFinished)
        }
        #expect(lost > 50)
    }

    private static func nonsense(
        to request: [UInt8], tops: Int, _ source: inout Sequence, zeros: Bool
    ) -> [UInt8] {
        let at = request[0] == 1 ? 26 : 6
        let count = (0..<4).reduce(0) { $0 | Int(request[at + $1]) << (8 * $1) }
        var answer: [UInt8] = [3, 0] + request[2..<6]
        for i in 0..<4 { answer.append(UInt8(truncatingIfNeeded: count >> (8 * i))) }
        for _ in 0..<(count + 7) / 8 {
            answer.append(zeros ? 0 : UInt8(truncatingIfNeeded: source.next()))
        }
        if count % 8 > 0 { answer[answer.count - 1] &= (1 << UInt8(count % 8)) - 1 }
        return answer
    }

    @Test func anAnswerThatIsNotToTheRequestChangesNothing() throws {
        let plan = try Self.plan.get()
        var ground = try Self.ground(plan)
        var satellite = try Self.satellite(plan)
        let block = TestBlock(bits: plan.bits, errorRatePPM: 20_000, seed: 2)
        try block.alice.withUnsafeBytes { try satellite.load($0) }
        try block.bob.withUnsafeBytes { try ground.load($0) }
        let request = try Self.request(&ground)
        let answer = try Self.answer(&satellite, request)
        let spoilt: [(CascadeError, [UInt8])] = [
            (.malformed, []), (.malformed, Array(answer.dropLast())), (.malformed, answer + [0]),
            (.malformed, [2] + answer.dropFirst()),
            (.malformed, [3, 1] + answer.dropFirst(2)),
            (.malformed, answer.dropLast() + [0xFF]),
            (.wrongRound(1, expected: 0), [3, 0, 1] + answer.dropFirst(3)),
            (
                .wrongCount(plan.topParityCount & ~0xFF, asked: plan.topParityCount),
                Array(answer[..<6]) + [0] + answer[7...]
            ),
        ]
        for (error, message) in spoilt {
            #expect(throws: error) { try message.withUnsafeBytes { try ground.receive($0) } }
        }
        let before = ground.disclosedBits
        #expect(before == 0)
        try answer.withUnsafeBytes { try ground.receive($0) }
        let after = ground.disclosedBits
        #expect(after == plan.topParityCount)
        #expect(throws: CascadeError.self, "not twice") {
            try answer.withUnsafeBytes { try ground.receive($0) }
        }
    }

    @Test func aRequestThatIsNotDueOrNotWholeDisclosesNothing() throws {
        let plan = try Self.plan.get()
        var ground = try Self.ground(plan)
        var satellite = try Self.satellite(plan)
        let block = TestBlock(bits: plan.bits, errorRatePPM: 20_000, seed: 2)
        try block.bob.withUnsafeBytes { try ground.load($0) }
        let request = try Self.request(&ground)
        #expect(throws: CascadeError.otherPlan, "no block yet") {
            try Self.answer(&satellite, request)
        }
        try block.alice.withUnsafeBytes { try satellite.load($0) }
        let part: [UInt8] = [2, 0, 0, 0, 0, 0, 1, 0, 0, 0]
        let spoilt: [(CascadeError, [UInt8])] = [
            (.malformed, []), (.malformed, Array(request.dropLast())), (.malformed, request + [0]),
            (.malformed, [4] + request.dropFirst()),
            (.otherPlan, [1, 1] + request.dropFirst(2)),
            (.otherPlan, Array(request[..<14]) + [1] + request[15...]),
            (.wrongRound(7, expected: 0), [1, 2, 7] + request.dropFirst(3)),
            // Parities from behind the last on, none, and more than there are.
            (.malformed, Array(request[..<22]) + [0xFF, 0xFF] + request[24...]),
            (.malformed, Array(request[..<26]) + [0, 0, 0, 0] + request[30...]),
            (.malformed, Array(request[..<26]) + [0xFF, 0xFF] + request[28...]),
            // A part of no places, behind the end, of too many; a number cut, too long, written long.
            (.malformed, part + [0, 0]), (.malformed, part + [0xB8, 0x17, 1]),
            (.malformed, part + [0, 0xB9, 0x17]), (.malformed, part + [0, 0x80]),
            (.malformed, part + [0, 0x80, 0x80, 0x80, 0x01]), (.malformed, part + [0, 0x81, 0x00]),
            (.malformed, part + [0, 1, 0]), (.malformed, [2, 10] + part.dropFirst(2) + [0, 1]),
            (.malformed, Array(part[..<6]) + [2, 0, 0, 0, 0, 1]),
            (.malformed, Array(part[..<6]) + [0xFF, 0xFF, 0xFF, 0xFF, 0, 1]),
        ]
        for (error, message) in spoilt {
            #expect(throws: error, "\(message)") { try Self.answer(&satellite, message) }
        }
        let before = satellite.disclosedBits
        #expect(before == 0)
        _ = try Self.answer(&satellite, request)
        #expect(throws: CascadeError.wrongRound(0, expected: 1), "a repeated request") {
            try Self.answer(&satellite, request)
        }
        let after = satellite.disclosedBits
        #expect(after == plan.topParityCount)
    }

    @Test func theSatelliteStopsAtTheLimit() throws {
        let plan = try CascadePlan(variant: .yan, bits: 8, errorRatePPM: 0, seed: 0)
        var satellite = try Self.satellite(plan)
        try [UInt8(0xA5)].withUnsafeBytes { try satellite.load($0) }
        for round in 0..<plan.disclosureLimit {
            let answer = try Self.answer(
                &satellite, [2, 0, UInt8(round), 0, 0, 0, 1, 0, 0, 0, 0, 1])
            #expect(answer.last == 1)
        }
        #expect(throws: CascadeError.disclosureLimit(80)) {
            try Self.answer(&satellite, [2, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 1])
        }
    }

    @Test func nothingOfTheBlockStaysInMemoryThatWasHandedIn() throws {
        let plan = try Self.plan.get()
        let block = TestBlock(bits: plan.bits, errorRatePPM: 20_000, seed: 2)
        let sizes = (CascadeAnswerer.byteCount(plan), CascadeCorrector.byteCount(plan))
        let first = UnsafeMutableRawBufferPointer.allocate(byteCount: sizes.0, alignment: 16)
        let second = UnsafeMutableRawBufferPointer.allocate(byteCount: sizes.1, alignment: 16)
        defer {
            first.deallocate()
            second.deallocate()
        }
        func use() throws -> Bool {
            var satellite = try CascadeAnswerer(plan: plan, memory: SecretBytes(in: first))
            var ground = try CascadeCorrector(plan: plan, memory: SecretBytes(in: second))
            try block.alice.withUnsafeBytes { try satellite.load($0) }
            try block.bob.withUnsafeBytes { try ground.load($0) }
            let request = try Self.request(&ground)
            let answer = try Self.answer(&satellite, request)
            try answer.withUnsafeBytes { try ground.receive($0) }
            return first.contains { $0 != 0 } && second.contains { $0 != 0 }
        }
        #expect(try use())
        #expect(first.allSatisfy { $0 == 0 })
        #expect(second.allSatisfy { $0 == 0 })
    }

    @Test func tooLittleMemoryIsRefused() throws {
        let plan = try Self.plan.get()
        let needed = CascadeAnswerer.byteCount(plan)
        #expect(throws: CascadeError.wrongLength(bytes: needed - 1, needed: needed)) {
            _ = try CascadeAnswerer(plan: plan, memory: SecretBytes(count: needed - 1))
        }
    }
}
