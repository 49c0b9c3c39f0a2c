import Reconciliation
import Testing

/// Key bits, errors and what is believed of them do not outlive the value that held them.
@Suite struct WipingTests {
    private func decode(in memory: UnsafeMutableRawBufferPointer) throws -> Bool {
        let plan = try ReconciliationPlan(bits: 20_000, qberPPM: 30_000)
        var block = TestBlock(bits: plan.bits, errors: 500, seed: 8)
        var satellite = try SyndromeEncoder(plan: plan)
        try block.alice.withUnsafeBytes { try satellite.load($0) }
        var disclosure = [UInt8](repeating: 0, count: plan.firstDisclosureBytes)
        try disclosure.withUnsafeMutableBytes { try satellite.firstDisclosure(into: $0) }
        var ground = try BlockDecoder(plan: plan, in: memory)
        let bob = block.bob
        try bob.withUnsafeBytes { key in
            try disclosure.withUnsafeBytes { try ground.start(key, disclosure: $0) }
        }
        let outcome = try block.bob.withUnsafeMutableBytes { try ground.attempt(correcting: $0) }
        return outcome == .corrected && memory.contains { $0 != 0 }
    }

    private func encode(in memory: UnsafeMutableRawBufferPointer) throws -> Bool {
        let plan = try ReconciliationPlan(bits: 20_000, qberPPM: 30_000)
        let block = TestBlock(bits: plan.bits, errors: 0, seed: 8)
        var satellite = try SyndromeEncoder(plan: plan, in: memory)
        try block.alice.withUnsafeBytes { try satellite.load($0) }
        return memory.contains { $0 != 0 }
    }

    @Test func nothingIsLeftOfADecoder() throws {
        let plan = try ReconciliationPlan(bits: 20_000, qberPPM: 30_000)
        let memory = UnsafeMutableRawBufferPointer.allocate(
            byteCount: BlockDecoder.memoryBytes(plan), alignment: 64)
        defer { memory.deallocate() }
        memory.initializeMemory(as: UInt8.self, repeating: 0xA5)
        #expect(try decode(in: memory))
        #expect(memory.allSatisfy { $0 == 0 })
    }

    @Test func nothingIsLeftOfAnEncoder() throws {
        let plan = try ReconciliationPlan(bits: 20_000, qberPPM: 30_000)
        let memory = UnsafeMutableRawBufferPointer.allocate(
            byteCount: SyndromeEncoder.memoryBytes(plan), alignment: 64)
        defer { memory.deallocate() }
        memory.initializeMemory(as: UInt8.self, repeating: 0xA5)
        #expect(try encode(in: memory))
        #expect(memory.allSatisfy { $0 == 0 })
    }

    @Test func tooLittleMemoryIsRefused() throws {
        let plan = try ReconciliationPlan(bits: 20_000, qberPPM: 30_000)
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1000, alignment: 64)
        defer { memory.deallocate() }
        var refused = 0
        do { _ = try SyndromeEncoder(plan: plan, in: memory) } catch { refused += 1 }
        do { _ = try BlockDecoder(plan: plan, in: memory) } catch { refused += 1 }
        #expect(refused == 2)
    }
}
