import KeyStore
import Secrets
import Testing

/// Simulated keys stay apart from real ones for ever.
@Suite struct SimulationTests {
    let stores = TestStores()

    @Test func aRealStoreTakesNoSimulatedKey() throws {
        let real = try stores.create("ground", isSimulated: false)
        let error = failure {
            try real.add(newKey(1), bytes: secret(knownBytes(100)), state: .pending)
        }
        #expect(error == .simulation(what: "key \(newKey(1).id)", isSimulated: true))
        #expect(throws: KeyStoreError.self) {
            try real.installPreSharedKey(
                id: KeyID(first: 1, second: 1), bytes: secret(knownBytes(300)), isSimulated: true)
        }
        #expect(try real.keys().isEmpty)
    }

    @Test func aSimulatedStoreTakesNoRealKey() throws {
        let simulated = try stores.create("ground")
        var key = newKey(1)
        key.isSimulated = false
        #expect(throws: KeyStoreError.self) {
            try simulated.add(key, bytes: secret(knownBytes(100)), state: .pending)
        }
    }

    @Test func aSimulatedMessageIsNotReadByARealStore() throws {
        let (simulated, real) = (
            try stores.create("ground"), try stores.create("sat", isSimulated: false)
        )
        var key = newKey(1)
        try simulated.add(key, bytes: secret(knownBytes(1000)), state: .pending)
        try simulated.advance(key.id, to: .available)
        key.isSimulated = false
        try real.add(key, bytes: secret(knownBytes(1000)), state: .committed)
        try real.advance(key.id, to: .available)
        let message = try Array("text".utf8).withUnsafeBytes {
            try OneTimePad.encrypt($0, key: key.id, store: simulated)
        }
        let error = failure {
            try message.withUnsafeBytes { try OneTimePad.decrypt($0, store: real) { _ in } }
        }
        #expect(error == .simulation(what: "the message", isSimulated: true))
    }
}
