// modules: Cascade
import Cascade
import Secrets

/// Both ends of Cascade under answers and requests of any content.
///
/// No end traps or goes on for ever; an end that is told the truth in between ends with the block that
/// counts, or says that it does not; what an error refuses discloses and changes nothing.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCascade(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    let variants: [CascadeVariant] = [.original, .yan, .martinezMateo]
    let kind = input.byte()
    let bits = 1 + Int(input.integer() as UInt16) % 2_500
    guard
        let plan = try? CascadePlan(
            variant: variants[Int(kind % 3)], bits: bits,
            errorRatePPM: Int(input.integer() as UInt16), seed: UInt64(input.byte()),
            passes: kind & 0x40 == 0 ? nil : 24)
    else { preconditionFailure("no plan") }
    var bench = Bench(plan: plan, isHonest: kind & 0x80 != 0, input: input)
    bench.run()
    return 0
}

private struct Bench: ~Copyable {
    var input: FuzzInput
    let plan: CascadePlan
    let isHonest: Bool
    var ground: CascadeCorrector
    var satellite: CascadeAnswerer
    var alice: [UInt8]
    let up = UnsafeMutableRawBufferPointer.allocate(
        byteCount: CascadeBlock.largestMessage, alignment: 16)
    let down = UnsafeMutableRawBufferPointer.allocate(
        byteCount: CascadeBlock.largestMessage, alignment: 16)

    init(plan: CascadePlan, isHonest: Bool, input: FuzzInput) {
        self.plan = plan
        self.isHonest = isHonest
        self.input = input
        guard
            let ground = try? CascadeCorrector(
                plan: plan, memory: SecretBytes(count: CascadeCorrector.byteCount(plan))),
            let satellite = try? CascadeAnswerer(
                plan: plan, memory: SecretBytes(count: CascadeAnswerer.byteCount(plan)))
        else { preconditionFailure("no ends") }
        self.ground = ground
        self.satellite = satellite
        alice = [UInt8](repeating: 0x5A, count: plan.byteCount)
    }

    deinit {
        up.deallocate()
        down.deallocate()
    }

    mutating func run() {
        var bob = alice
        for i in bob.indices where input.byte() & 7 == 0 { bob[i] ^= input.byte() }
        try? alice.withUnsafeBytes { try satellite.load($0) }
        try? bob.withUnsafeBytes { try ground.load($0) }
        // Each round discloses a parity at least, and the limit holds; what is refused ends the round.
        var rounds = 0
        while step() { rounds += 1 }
        precondition(rounds <= plan.disclosureLimit, "more rounds than the limit allows")
        precondition(ground.disclosedBits <= plan.disclosureLimit)
        precondition(satellite.disclosedBits <= plan.disclosureLimit)
    }

    private mutating func step() -> Bool {
        let size: Int
        do { size = try ground.nextRequest(into: up) } catch {
            precondition(!isHonest || error == .disclosureLimit(plan.disclosureLimit))
            return false
        }
        guard size > 0 else {
            precondition(ground.isFinished)
            return false
        }
        if !isHonest { disturb(UnsafeRawBufferPointer(rebasing: up[..<size])) }
        guard
            let answered = try? satellite.answer(
                UnsafeRawBufferPointer(rebasing: up[..<size]), into: down)
        else {
            precondition(!isHonest, "an honest request was refused")
            return false
        }
        if !isHonest, input.byte() & 3 == 0 { down[Int(input.byte()) % answered] ^= input.byte() }
        let before = ground.disclosedBits
        do { try ground.receive(UnsafeRawBufferPointer(rebasing: down[..<answered])) } catch {
            precondition(!isHonest, "an honest answer was refused")
            switch error {
            case .contradiction: break
            default: precondition(ground.disclosedBits == before, "refused, and counted")
            }
            return false
        }
        precondition(isHonest || ground.disclosedBits > before)
        return true
    }

    /// Shows the satellite something else than what the ground asked.
    private mutating func disturb(_ request: UnsafeRawBufferPointer) {
        guard input.byte() & 3 == 0 else { return }
        let before = satellite.disclosedBits
        var other = Array(request)
        for _ in 0..<input.byte() & 7 {
            other[Int(input.byte()) % other.count] ^= input.byte()
        }
        other += Array(input.take(Int(input.byte() & 15)))
        let size = other.withUnsafeBytes { try? satellite.answer($0, into: down) }
        precondition(size != nil || satellite.disclosedBits == before, "refused, and counted")
        precondition(size == nil || satellite.disclosedBits > before, "answered, not counted")
    }
}
