import Foundation
import MountDrivers
import Testing

@Suite struct HTTPAnswerTests {
    private static let chunked =
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
        + "Connection: close\r\n\r\n4\r\nWiki\r\n6;x=y\r\npedia \r\n0\r\nTrailer: z\r\n\r\n"

    @Test func chunksArePutTogetherWholeOrByteByByte() throws {
        var (whole, pieces) = (HTTPAnswer(), HTTPAnswer())
        try whole.feed(Self.chunked.utf8)
        for byte in Self.chunked.utf8 { try pieces.feed([byte]) }
        #expect(String(decoding: whole.body, as: UTF8.self) == "Wikipedia ")
        #expect(whole.isComplete && whole.status == 200 && !whole.keepsAlive)
        #expect(whole == pieces)
    }

    @Test func anyBytesAtAllAreAnAnswerOrAFault() {
        for round in 0..<2_000 {
            var bytes = Array(Self.chunked.utf8)
            for _ in 0...round % 5 {
                bytes[Int.random(in: 0..<bytes.count)] = UInt8.random(in: 0...255)
            }
            var answer = HTTPAnswer()
            try? answer.feed(bytes)
            #expect(answer.body.count <= HTTPAnswer.limit)
        }
    }
}

@Suite struct JSONValueTests {
    /// Against Foundation's reader, which is another's.
    @Test func itReadsWhatFoundationReads() throws {
        let texts = [
            #"{"a":[1,-2.5e3,true,null,"x\n\u00e9\ud83d\ude00"],"b":{"c":"\/\\\""}}"#, "  [ ] ",
            "0", "-0.0", "\"\"", "{\"a\" : 1 , \"a\" : 2}", "{", "01", "1.", ".5", "1e",
            "\"\\x\"", "\"\n\"", "tru", "nul", "[1 2]", "{\"a\"}", "{1:2}", "", " ", "+1",
            "[[[[1]]]]",
            "\"\u{e9}\"", "NaN", "1 2",
        ]
        for text in texts {
            let ours = JSONValue(Array(text.utf8))
            let theirs = try? JSONSerialization.jsonObject(
                with: Data(text.utf8), options: .fragmentsAllowed)
            #expect((ours == nil) == (theirs == nil), "\(text)")
            guard let ours, let theirs else { continue }
            #expect(Self.isSame(ours, theirs), "\(text): \(ours), \(theirs)")
        }
    }

    /// Which Foundation takes and RFC 8259 does not.
    @Test func aCommaBehindTheLastElementIsRefused() {
        #expect(JSONValue(Array("[1,]".utf8)) == nil)
        #expect(JSONValue(Array("{\"a\":1,}".utf8)) == nil)
    }

    @Test func nestingWithoutEndIsRefused() {
        #expect(JSONValue([UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)) == nil)
    }

    @Test func anyBytesAtAllAreAValueOrNone() {
        let seed = Array(#"{"a":[1,-2.5e3,true,null,"x\n\u00e9"],"b":{"c":"d"}}"#.utf8)
        for _ in 0..<5_000 {
            var bytes = seed
            for _ in 0..<3 { bytes[Int.random(in: 0..<bytes.count)] = .random(in: 0...255) }
            _ = JSONValue(Array(bytes.prefix(.random(in: 0...bytes.count))))
        }
    }

    private static func isSame(_ ours: JSONValue, _ theirs: Any) -> Bool {
        switch ours {
        case .null: theirs is NSNull
        case .bool(let value): (theirs as? Bool) == value
        case .number(let value): (theirs as? NSNumber)?.doubleValue == value
        case .string(let value): (theirs as? String) == value
        case .array(let values):
            (theirs as? [Any]).map {
                $0.count == values.count && zip(values, $0).allSatisfy(isSame)
            }
                ?? false
        case .object(let members):
            (theirs as? [String: Any]).map { theirs in
                theirs.count == members.count
                    && members.allSatisfy { name, value in
                        theirs[name].map { isSame(value, $0) } ?? false
                    }
            } ?? false
        }
    }
}
