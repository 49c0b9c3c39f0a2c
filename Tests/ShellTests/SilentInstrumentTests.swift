import BoardFile
import Control
import Foundation
import LinuxIO
import Quantities
import Shell
import Synchronization
import Testing

/// Instruments that take a connection and never say a word, and are waited for a minute.
private final class SilentAim: AimBench {
    private let address: NetworkAddress
    /// Whether an order has come to the wait.
    private let waits = Atomic<Bool>(false)
    var isWaitedFor: Bool { waits.load(ordering: .acquiring) }

    init(_ address: NetworkAddress) { self.address = address }

    private func silence() throws(AimRefusal) -> AimRefusal {
        do throws(LinuxIOError) {
            let end = HostClock.now.later(by: .seconds(60))
            var connection = try TCPConnection(to: address, by: end)
            waits.store(true, ordering: .releasing)
            var memory = InlineArray<4, UInt8>(repeating: 0)
            var span = memory.mutableSpan
            var bytes = span.mutableBytes
            _ = try connection.receive(into: &bytes, by: end)
            return AimRefusal("no answer for a minute")
        } catch { return AimRefusal("\(error)") }
    }

    func obstacle(_ part: String) -> AimRefusal? { nil }
    func mirror() throws(AimRefusal) -> MirrorState { throw try silence() }
    func steer(to tilt: MirrorTilt) throws(AimRefusal) -> MirrorState { throw try silence() }
    func camera() throws(AimRefusal) -> CameraState { throw try silence() }
    func expose(_ exposure: Picoseconds) throws(AimRefusal) -> CameraState { throw try silence() }
    func snap() throws(AimRefusal) -> (state: CameraState, path: String) { throw try silence() }
    func spots(milliseconds: Int) throws(AimRefusal) -> [FieldAngle] { throw try silence() }
    func mount() throws(AimRefusal) -> MountState { throw try silence() }
    func slew(to direction: SkyDirection) throws(AimRefusal) { throw try silence() }
    func halt() throws(AimRefusal) { throw try silence() }
    func makeSafe() -> [String] { [] }
}

@Suite struct SilentInstrumentTests {
    @Test(arguments: ["mirror", "camera snap", "mount point 180 deg 45 deg", "spot"])
    func ctrlCEndsTheWaitForIt(_ order: String) throws {
        let listener = try TCPListener(on: NetworkAddress(host: "127.0.0.1", port: 0))
        let aim = SilentAim(try NetworkAddress(host: "127.0.0.1", port: listener.port))
        let bench = ShellBench("aim")
        let inUse: @Sendable () -> Board = { [workspace = bench.workspace] in workspace.inUse }
        let orders =
            AimCommands(board: inUse, counts: bench.live, aim: aim).commands
            + [SpotCommand(bench.live, board: inUse, aim: aim).command]
        let done = Started()
        let session = done.session(on: orders.map { $0.with { $0.needsArm = false } })
        session.receive(Array((order + "\r").utf8))
        for _ in 0..<5_000 where !aim.isWaitedFor { usleep(1_000) }
        #expect(aim.isWaitedFor)
        session.receive([0x03])
        // Without an ear for it the silence would be the answer, in a minute.
        done.wait()
        session.poll()
        #expect(!session.isBusy)
        let said = String(decoding: session.takeOutput(), as: UTF8.self)
        #expect(!said.contains("no answer for a minute"), "\(said)")
        #expect(order == "spot" || said.contains("was stopped"), "\(said)")
    }
}
