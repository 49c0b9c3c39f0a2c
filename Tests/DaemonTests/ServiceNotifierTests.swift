import Daemon
import Foundation
import Glibc
import Quantities
import Testing

/// A service manager: a datagram socket that somebody notifies.
final class Manager {
    let name: String
    private let socket: Int32

    /// Listens at `name`: a path, or `@` and an abstract name.
    init(_ name: String) throws {
        self.name = name
        socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(name.utf8)
        withUnsafeMutableBytes(of: &address.sun_path) {
            $0.copyBytes(from: bytes)
            if bytes.first == UInt8(ascii: "@") { $0[0] = 0 }
        }
        let length = socklen_t(2 + bytes.count + (bytes.first == UInt8(ascii: "@") ? 0 : 1))
        let bound = withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, length) }
        }
        try #require(bound == 0)
    }

    deinit {
        close(socket)
        unlink(name)
    }

    /// The next datagram that waits; `nil` if none does.
    func next() -> String? {
        var room = [UInt8](repeating: 0, count: 4_096)
        let count = recv(socket, &room, room.count, Int32(MSG_DONTWAIT))
        return count > 0 ? String(decoding: room[..<count], as: UTF8.self) : nil
    }
}

@Suite struct ServiceNotifierTests {
    static func names() -> [String] {
        let unique = UUID().uuidString.prefix(8)
        return ["/tmp/lodestar-notify-\(unique)", "@lodestar-notify-\(unique)"]
    }

    @Test(arguments: names())
    func theManagerIsToldInTheWordsOfSdNotify(_ name: String) throws {
        let manager = try Manager(name)
        let notifier = ServiceNotifier(
            environment: ["NOTIFY_SOCKET": name, "WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "7"],
            process: 7)
        let isService = notifier.isService
        #expect(isService)
        let period = notifier.watchdogPeriod
        #expect(period == .seconds(3))
        notifier.ready("ready\nREADY=0")
        notifier.feedWatchdog()
        notifier.status("a pass runs")
        notifier.stopping("SIGTERM")
        #expect(manager.next() == "READY=1\nSTATUS=ready;READY=0")
        #expect(manager.next() == "WATCHDOG=1")
        #expect(manager.next() == "STATUS=a pass runs")
        #expect(manager.next() == "STOPPING=1\nSTATUS=SIGTERM")
        #expect(manager.next() == nil)
    }

    @Test func withoutAManagerOrWithABadAddressNothingIsSaidAndNothingBreaks() {
        for environment in [
            [:], ["NOTIFY_SOCKET": ""], ["NOTIFY_SOCKET": "@"],
            ["NOTIFY_SOCKET": "/nowhere/at/all"],
            ["NOTIFY_SOCKET": "/" + String(repeating: "x", count: 200)],
        ] {
            let notifier = ServiceNotifier(environment: environment, process: 1)
            notifier.ready("")
            notifier.feedWatchdog()
        }
    }

    @Test(arguments: ["0", "-5", "abc", "99999999999999999999", "86400000001"])
    func aWatchdogThatMakesNoSenseIsNone(_ limit: String) {
        let notifier = ServiceNotifier(environment: ["WATCHDOG_USEC": limit], process: 1)
        let period = notifier.watchdogPeriod
        #expect(period == nil)
    }

    @Test func theWatchdogOfAnotherProcessIsNotOurs() {
        let notifier = ServiceNotifier(
            environment: ["WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "8"], process: 7)
        let period = notifier.watchdogPeriod
        #expect(period == nil)
    }
}
