import KeyStore
import Secrets
import Testing

/// What becomes of a key when the link died before both ends knew of each other.
@Suite struct SettlementTests {
    let stores = TestStores()

    /// One end's state before, what the other says, the outcome, the state after.
    static let rules: [(KeyState, KeyState?, Settlement, KeyState)] = [
        (.pending, nil, .abandoned, .abandoned),
        (.pending, .pending, .abandoned, .abandoned),
        (.pending, .committed, .available, .available),
        (.pending, .available, .available, .available),
        (.pending, .abandoned, .abandoned, .abandoned),
        (.pending, .destroyed, .abandoned, .abandoned),
        (.committed, nil, .abandoned, .abandoned),
        (.committed, .pending, .waits, .committed),
        (.committed, .committed, .available, .available),
        (.committed, .available, .available, .available),
        (.committed, .exhausted, .available, .available),
        (.committed, .abandoned, .abandoned, .abandoned),
        (.committed, .destroyed, .abandoned, .abandoned),
        (.available, nil, .contradiction, .available),
        (.available, .abandoned, .contradiction, .available),
        (.available, .committed, .unchanged, .available),
        (.available, .destroyed, .unchanged, .available),
    ]

    @Test(arguments: rules.indices)
    func aKeyIsSettledByWhatTheOtherEndHolds(rule: Int) throws {
        let (before, peerState, outcome, after) = Self.rules[rule]
        let (store, key) = (try stores.create("ground"), newKey(1))
        try store.add(
            key, bytes: secret(knownBytes(100)), state: before == .pending ? .pending : .committed)
        if before == .available { try store.advance(key.id, to: .available) }
        #expect(try store.settle(key.id, peerState: peerState) == outcome)
        #expect(try store.state(of: key.id) == after)
        if after == .abandoned { #expect(try store.record(key.id).bytesLeft == 0) }
    }

    /// Wherever the link dies, settling ends with both holding the key, or with neither.
    @Test(arguments: 0...3, [true, false])
    func settlingNeverLeavesAKeyAtOneEndOnly(messagesThatArrived: Int, groundAsksFirst: Bool) throws
    {
        let (ground, sat) = (try stores.create("ground"), try stores.create("sat"))
        let key = newKey(1)
        try ground.add(key, bytes: secret(knownBytes(100)), state: .pending)
        if messagesThatArrived > 0 {
            try sat.add(key, bytes: secret(knownBytes(100)), state: .committed)
        }
        if messagesThatArrived > 1 { try ground.advance(key.id, to: .available) }
        if messagesThatArrived > 2 { try sat.advance(key.id, to: .available) }

        // Two rounds of telling each other, in either order.
        for round in 0..<4 {
            let groundTurn = (round % 2 == 0) == groundAsksFirst
            let (one, other) = groundTurn ? (ground, sat) : (sat, ground)
            guard try one.state(of: key.id) != nil else { continue }
            try one.settle(key.id, peerState: try other.state(of: key.id))
        }
        let states = (try ground.state(of: key.id), try sat.state(of: key.id))
        #expect(
            states == (.available, .available) || states == (.abandoned, .abandoned)
                || states == (.abandoned, nil))
        #expect(messagesThatArrived == 0 || states == (.available, .available))
        #expect(try ground.unsettled().isEmpty && sat.unsettled().isEmpty)
    }

    @Test func aCommittedKeyIsNotGivenUpAlone() throws {
        let (sat, key) = (try stores.create("sat"), newKey(1))
        try sat.add(key, bytes: secret(knownBytes(100)), state: .committed)
        #expect(throws: KeyStoreError.self) { try sat.abandon(key.id, reason: "tired") }
        #expect(try sat.unsettled().map(\.id) == [key.id])
    }
}
