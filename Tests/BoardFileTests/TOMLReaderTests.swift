import Foundation
import Testing

@testable import BoardFile

/// Our reading of TOML against that of Python's standard library.
@Suite struct TOMLReaderTests {
    /// What Python's tomllib says about texts: its values as JSON, or `null` where it refuses.
    static func judge(_ texts: [String]) throws -> [String?]? {
        let program = """
            import json, sys, tomllib
            def judge(text):
                try: return json.dumps(tomllib.loads(text), sort_keys=True)
                except Exception: return None
            json.dump([judge(t) for t in json.load(sys.stdin)], sys.stdout)
            """
        let python = Process()
        python.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        python.arguments = ["python3", "-c", program]
        let (input, output) = (Pipe(), Pipe())
        python.standardInput = input
        python.standardOutput = output
        python.standardError = FileHandle.nullDevice
        do { try python.run() } catch { return nil }
        let question = try JSONEncoder().encode(texts)
        let writer = Thread {
            try? input.fileHandleForWriting.write(contentsOf: question)
            try? input.fileHandleForWriting.close()
        }
        writer.start()
        let answer = output.fileHandleForReading.readDataToEndOfFile()
        python.waitUntilExit()
        guard python.terminationStatus == 0 else { return nil }
        return try JSONDecoder().decode([String?].self, from: answer)
    }

    /// Our values as the same JSON.
    static func json(_ node: BoardText.Node) -> Any {
        switch node {
        case .table(let entries): entries.mapValues(json)
        case .array(let items): items.map(json)
        case .text(let text), .other(let text): text
        case .integer(let value): value
        case .number(let value): value
        case .flag(let value): value
        }
    }

    @Test(arguments: [
        "a.b.c = 1\na.b.d = 2\n[a.e]\nf = 'g'", "[a.b]\nx=1\n[a]\ny=2", "[a]\nb.c=1\n[a.b.d]\ne=1",
        "a = \"\"\"\n x \\\n   y\"\"\"\"\nb = '''it''s'''", "a = [1, 2.5,\n # c\n 'x', [true],]",
        "\"a b\".c = {d = 1, e.f = 2, g = [{}]}", "i = [0x_1]", "a = 0xff\nb=0o17\nc=0b11\nd=1_000",
        "a = \"\\u00e9\\U0001F600\\t\\\"\"", "a = +1.5e-3\nb = -0\nc = 1e5", "a = 01", "a = 1.",
        "a = .5",
        "a = 1__0", "a = \"x\ny\"", "[a]\n[a]", "a = 1\na = 2", "[a.b]\n[a]\nb.c = 1",
        "a={b=1}\n[a.c]",
        "a={b=1}\na.c=2", "[a]\nb=1\n[a.b]", "[a]\nb.c=1\n[a.b]", "a={b=1,}", "a={b=1\n}",
        "a = 1 b = 2",
        "= 1", "a = ", "a", "[a", "[]", "[a.]", "a. = 1", "a = [1 2]", "a = \"\\x\"",
        "a = \"\\ud800\"",
        "# \u{1}", "a = '\u{7f}'", "", "\n\r\n# x", "a = 1\r\nb = 2", "a = 1\rb = 2", "a = 1_e3",
    ])
    func theRulesOfTOMLAreThoseOfPython(text: String) throws {
        guard let verdict = try Self.judge([text]) else {
            print("skipped: no python3 with tomllib")
            return
        }
        let ours = try? TOMLReader(text).root
        #expect((ours == nil) == (verdict[0] == nil))
        guard let ours, let theirs = verdict[0] else { return }
        let value = try JSONSerialization.jsonObject(with: Data(theirs.utf8))
        #expect(NSDictionary(dictionary: ours.mapValues(Self.json)).isEqual(value))
    }

    @Test func damagedTextsAreRefusedExactlyWherePythonRefusesThem() throws {
        let text = Array(try String(contentsOfFile: boards + "/sim.toml", encoding: .utf8).utf8)
        var random = SplitMix(state: 11)
        var texts: [String] = []
        for _ in 0..<3_000 {
            // A short piece, so that damage is seldom hidden behind other damage.
            let start = random.below(text.count - 400)
            var bytes = Array(text[start..<start + random.below(400)])
            for _ in 0..<random.below(3) where !bytes.isEmpty {
                let at = random.below(bytes.count)
                let mark = Array("[]{}\"'#=\\.\n ,_-+e0".utf8)[random.below(17)]
                if random.below(2) == 0 { bytes[at] = mark } else { bytes.insert(mark, at: at) }
            }
            texts.append(String(decoding: bytes, as: UTF8.self))
        }
        guard let verdicts = try Self.judge(texts) else {
            print("skipped: no python3 with tomllib")
            return
        }
        var accepted = 0
        for (text, verdict) in zip(texts, verdicts) where !text.contains("[[") {
            let ours = try? TOMLReader(text)
            #expect((ours == nil) == (verdict == nil), "\(text)")
            accepted += ours == nil ? 0 : 1
        }
        #expect(accepted > 300)
    }
}
