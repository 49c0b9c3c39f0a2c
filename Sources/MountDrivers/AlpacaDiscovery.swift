/// How Alpaca devices are found: one UDP packet to port 32227 of everyone (Alpaca API, 4).
public enum AlpacaDiscovery {
    /// The port that devices listen on.
    public static let port: UInt16 = 32_227
    /// What is sent to it.
    public static let question = Array("alpacadiscovery1".utf8)

    /// The TCP port that an answer names; `nil` if it is none.
    public static func devicePort(in answer: [UInt8]) -> UInt16? {
        JSONValue(answer)?["AlpacaPort"]?.integer.flatMap { UInt16(exactly: $0) }
    }
}
