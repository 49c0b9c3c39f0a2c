import Foundation
import LinkDrivers
import LinuxIO
import PayloadDoubles
import PayloadHAL
import Quantities
import Testing

/// The links over what the system has: sockets, and a pseudo-terminal as a serial line.
@Suite struct SystemLinkTests {
    private func local(_ port: UInt16) throws -> NetworkAddress {
        try NetworkAddress(host: "127.0.0.1", port: port)
    }

    @Test func messagesGoByUDPBetweenTwoEndsOfWhichOneWaitsToBeFound() throws {
        let waiting = try UDPConnection(on: local(0))
        let port = waiting.port
        var far = DatagramLink(waiting, session: 20)
        var near = DatagramLink(try UDPConnection(to: local(port)), session: 10)
        // It is found by the first packet; before, it sends to nobody.
        try send("nobody", &far)
        try send("here I am", &near)
        #expect(try receive(&far, milliseconds: 2_000) == "here I am")
        let faults = linkFaults(
            between: &near, and: &far, messages: 40, promise: .complete, patience: .seconds(20))
        #expect(faults == [])
    }

    @Test func aPeerThatDoesNotListenIsSilence() throws {
        let port: UInt16
        do {
            let taken = try UDPConnection(on: local(0))
            port = taken.port
        }
        var near = DatagramLink(try UDPConnection(to: local(port)), session: 10)
        for _ in 0..<5 {
            try send("anybody?", &near)
            #expect(try receive(&near, milliseconds: 5) == nil)
        }
        try near.reopen(by: near.now)
    }

    @Test func messagesGoByTCPAsByASerialLineWithFlowControl() throws {
        var listener = try TCPListener(on: local(0))
        let deadline = HostClock.now.later(by: .seconds(5))
        let first = try TCPConnection(to: local(listener.port), by: deadline)
        guard let second = try listener.accept(by: deadline) else {
            Issue.record("nobody connected")
            return
        }
        var near = SerialLink(first, session: 10)
        var far = SerialLink(second, session: 20)
        let faults = linkFaults(
            between: &near, and: &far, messages: 40, promise: .reliable, patience: .seconds(20))
        #expect(faults == [])
    }
}
