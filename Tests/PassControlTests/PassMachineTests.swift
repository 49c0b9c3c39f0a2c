import PassControl
import Testing

@Suite struct PassMachineTests {
    @Test func idleStaysIdleOnATick() {
        let step = PassMachine.step(PassState(), PassEvent(.tick, at: 0))
        #expect(step.transition == nil)
    }
}
