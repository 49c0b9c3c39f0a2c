import BoardFile
import Foundation
import Testing

/// The folder of the boards that are shipped.
let boards = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("boards").path

/// A board that has all it must have.
let minimal = """
    [board]
    name = "test"
    [channels]
    H = 3
    """

/// All faults of `text`, in the order of their lines.
func faults(_ text: String) -> [BoardFault] {
    do throws(BoardError) {
        _ = try Board.parse(text, path: "test.toml")
        return []
    } catch {
        return error.faults
    }
}

@Suite struct ShippedBoardTests {
    @Test func theSimulatedBoardMeansWhatItsFileSays() throws {
        let board = try Board.load(boards + "/sim.toml")
        #expect(board.name == "sim")
        #expect(board.isSimulated)
        #expect(board.transmitter.slotPeriod == 1_600)
        #expect(board.transmitter.beaconPeriod == 100_000_000)
        #expect(board.transmitter.intensities == [0.8, 0.1, 0.0])
        #expect(board.channels.vertical?.channel == 4)
        #expect(board.channels.vertical?.skew == -35)
        #expect(board.gate.width == 800)
        #expect(board.gate.deadTime == 50_000)
        #expect(board.clock.lag == 500_000_000_000)
        #expect(board.clock.stability == 1e-11)
        #expect(board.sifting.epoch == 200_000_000_000)
        #expect(board.link.largestMessage == 16_384)
        let world = try #require(board.world)
        #expect(world.start == 1_774_026_000)
        #expect(world.orbit.altitude == 500_000)
        #expect(world.orbit.culmination == 80.6)
        #expect(world.orbit.alongTrackError == 300_000_000_000)
        #expect(world.orbit.duration == nil)
        #expect(world.optics.loss == 34.5)
        #expect(world.optics.background == 400)
        #expect(world.beacon.falseRate == 1_000)
        #expect(world.clocks.stationOffset == 13_000_000)
        #expect(world.link.delayLongest == 10_000_000_000)
    }

    @Test func theMiciusBoardReplacesKeysOneByOne() throws {
        let board = try Board.load(boards + "/sim-micius.toml")
        #expect(board.name == "sim-micius")
        #expect(board.transmitter.slotPeriod == 10_000)
        #expect(board.transmitter.probabilities == [0.5, 0.25, 0.25])
        #expect(board.gate.width == 2_000)
        #expect(board.gate.deadTime == 50_000)
        #expect(board.world?.orbit.rangeTable == [1196, 645, 1189])
        // An empty text takes back what the board above gives.
        #expect(board.world?.orbit.firstLine == nil)
        #expect(board.world?.orbit.duration == 273_000_000_000_000)
        #expect(board.world?.optics.lossTableLoss.count == 12)
        #expect(board.world?.detectors.efficiency == 0.48)
        #expect(board.world?.detectors.jitter == 229)
    }

    @Test func aRecordingNeedsItsChannelsOnly() throws {
        let board = try Board.load(boards + "/recording.toml")
        #expect(board.world == nil)
        #expect(!board.isSimulated)
        #expect(board.transmitter.slotPeriod == 1_600)
        #expect(board.transmitter.beaconPeriod == 100_000_000)
        #expect(board.channels.pps?.channel == 1)
        #expect(board.channels.pps?.skew == 0)
        #expect(board.channels.beacon?.skew == 120)
        #expect(board.channels.antidiagonal?.channel == 6)
    }

    @Test func theBoardOfElementsHasItsSiteAndItsLines() throws {
        let board = try Board.load(boards + "/sim.toml")
        #expect(board.site.latitude == 36.67)
        #expect(board.site.height == 80)
        #expect(board.world?.orbit.firstLine?.hasPrefix("1 99999U") == true)
        #expect(board.world?.orbit.secondLine?.hasPrefix("2 99999 ") == true)
        #expect(board.world?.orbit.ephemeris == nil)
    }

    @Test func elementsNeedBothLinesASiteAndNoOtherOrbit() throws {
        // The board without its own orbit and site.
        let own = try String(contentsOfFile: boards + "/sim.toml", encoding: .utf8)
        let text = own.split(separator: "\n", omittingEmptySubsequences: false).filter { line in
            !["line_", "[site]", "latitude", "longitude", "height"].contains {
                line.hasPrefix($0)
            }
        }.joined(separator: "\n")
        func problems(_ orbit: String, _ more: String = "") -> [String] {
            faults(
                text.replacing("[world.orbit]", with: "[world.orbit]\n" + orbit) + "\n" + more
            ).map(\.path)
        }
        let site = "[site]\nlatitude = \"1 deg\"\nlongitude = \"2 deg\"\nheight = \"3 m\""
        #expect(problems("line_1 = \"1\"\nline_2 = \"2\"", site).isEmpty)
        #expect(problems("line_1 = \"1\"\nline_2 = \"2\"") == ["site"])
        #expect(problems("line_2 = \"2\"", site) == ["world.orbit.line_2"])
        #expect(
            problems("line_1 = \"1\"\nline_2 = \"2\"\nephemeris = \"x\"", site)
                == ["world.orbit.ephemeris"])
    }

    @Test(arguments: [
        "sim", "sim-micius", "sim-clouds", "sim-calibrated", "recording", "base", "portable-280",
        "bench-lab",
        "qemu-hil", "qemu-hil-mirror",
    ])
    func theResolvedTextLoadsAsTheSameBoard(name: String) throws {
        let board = try Board.load(boards + "/\(name).toml")
        #expect(try Board.parse(board.text, path: "resolved.toml") == board)
    }

    @Test func theSchemaPageIsTheOneThatIsCommitted() throws {
        let page = URL(fileURLWithPath: boards).deletingLastPathComponent()
            .appendingPathComponent("docs/board-schema.md")
        #expect(try String(contentsOf: page, encoding: .utf8) == BoardSchema.markdown)
    }

    @Test func theSchemaIsAlsoJSON() throws {
        let rows = try JSONSerialization.jsonObject(with: Data(BoardSchema.json.utf8))
        #expect((rows as? [[String: Any]])?.count == Parameter.all.count)
    }
}

@Suite struct BoardQuantityTests {
    @Test(arguments: [
        ("1600 ps", Int64(1_600)), ("1.6 ns", 1_600), ("0.0016us", 1_600), ("1e3 ps", 1_000),
        ("0.5ms", 500_000_000), ("2 µs", 2_000_000),
    ])
    func timesAreReadExactly(text: String, picoseconds: Int64) throws {
        let board = try Board.parse(
            minimal + "\n[gate]\ndead_time = \"\(text)\"", path: "test.toml")
        #expect(board.gate.deadTime == picoseconds)
    }

    @Test func aTimeThatNoBinaryFractionHoldsIsExact() throws {
        // 0.3 has no exact binary fraction: 0.3 ns through a Double of seconds is 299.99... ps.
        let board = try Board.parse(
            minimal + "\n[clock]\nlag = \"4.999999999999 s\"\nsigma_valid = \"0.3 ns\"",
            path: "test.toml")
        #expect(board.clock.lag == 4_999_999_999_999)
        #expect(board.clock.sigmaValid == 300)
    }

    @Test(arguments: [
        ("625 MHz", Int64(1_600)), ("0.625 GHz", 1_600), ("320 MHz", 3_125), ("100 MHz", 10_000),
        ("1.25 GHz", 800),
    ])
    func slotRatesBecomePeriods(rate: String, picoseconds: Int64) throws {
        let board = try Board.parse(
            minimal + "\n[transmitter]\nslot_rate = \"\(rate)\"", path: "test.toml")
        #expect(board.transmitter.slotPeriod == picoseconds)
        #expect(try Board.parse(board.text, path: "again.toml") == board)
    }

    @Test func aRateWithoutAWholePeriodIsRefused() {
        let found = faults(minimal + "\n[transmitter]\nslot_rate = \"300 MHz\"")
        #expect(found.map(\.path) == ["transmitter.slot_rate"])
        #expect(found.first?.problem.contains("whole number of ps") == true)
    }
}

@Suite struct BoardFaultTests {
    @Test func aBareNumberIsRefusedWithTheFix() throws {
        let fault = try #require(faults(minimal + "\n[gate]\nwidth = 800").first)
        #expect(fault.line == 6)
        #expect(fault.path == "gate.width")
        #expect(fault.value == "800")
        #expect(fault.problem == "a unit is missing; write for example \"800 ps\"")
        #expect(fault.allowed == "1 ps to 1 us")
        #expect(
            fault.description == "test.toml:6: gate.width = 800: a unit is missing; write for "
                + "example \"800 ps\" (allowed: 1 ps to 1 us)")
    }

    @Test func allFaultsAreListedAtOnceWithTheirLines() {
        let found = faults(
            """
            [board]
            nmae = "x"
            [transmitter]
            intensities = [0.1, 0.8, 0]
            probabilities = [0.5, 0.25, 0.3]
            [channels]
            H = { channel = 3, skew = "40 Hz" }
            V = { channel = 3 }
            D = { skew = "3 ps" }
            [gate]
            width = "1700 ps"
            dead_time = "2 s"
            [clock]
            lag = true
            """)
        let seen = found.map { "\($0.line ?? 0) \($0.path)" }
        #expect(
            seen == [
                "2 board.nmae", "4 transmitter.intensities", "5 transmitter.probabilities",
                "7 channels.H.skew", "11 gate.width", "12 gate.dead_time", "14 clock.lag",
                "0 board.name",
            ])
        #expect(found.first?.problem == "unknown key; did you mean \"board.name\"?")
    }

    @Test func inputsAreUniqueAndHaveChannels() {
        let found = faults(
            """
            [board]
            name = "x"
            [channels]
            H = 3
            V = { channel = 3 }
            D = { skew = "3 ps" }
            A = 256
            """)
        #expect(found.map(\.path) == ["channels.A.channel"])
        let next = faults(
            """
            [board]
            name = "x"
            [channels]
            H = 3
            V = { channel = 3 }
            D = { skew = "3 ps" }
            """)
        #expect(next.map(\.path) == ["channels.V.channel", "channels.D.skew"])
        #expect(next.first?.problem == "input 3 is already that of H")
    }

    @Test(arguments: [
        ("[gate]\nwidth = \"3 parsec\"", "no unit of time; use ps, ns, us, ms, s, min"),
        ("[gate]\nwidth = \"ps\"", "no number"),
        ("[gate]\nwidth = \"0.5 ps\"", "whole number of ps"),
        ("[gate]\nwidth = \"99999999999 s\"", "below 2^63"),
        ("[gate]\nwidth = { a = 1 }", "a section where a time"),
        ("[gate]\nwidth = \"1700 ps\"", "wider than a slot"),
        ("gate = 3", "this is a section"),
        ("[gat]\nwidth = \"8 ps\"", "did you mean \"gate.width\"?"),
        ("[sifting]\nkey_basis = \"diagnal\"", "did you mean \"diagonal\"?"),
        ("[transmitter]\nprobabilities = [0.5, 0.5]", "2 numbers where 3 are due"),
        ("[transmitter]\nprobabilities = [0.5, 0.6, -0.1]", "out of range"),
        ("[transmitter]\nbeacon_rate = \"64 kHz\"", "whole number of slots"),
        ("[world]\nseed = 3", "must be true on a board with a [world]"),
        ("[recorder]\nlevel = 20", "out of range"),
        ("[recorder]\nlevel = 1.5", "a bare number where a whole number is due"),
    ])
    func eachFaultSaysWhatToDo(lines: String, problem: String) {
        let text = lines.hasPrefix("[") ? minimal + "\n" + lines : lines + "\n" + minimal
        let found = faults(text)
        #expect(found.contains { $0.problem.contains(problem) }, "\(found)")
    }

    @Test func whatIsNoTOMLIsRefusedAtItsLine() {
        let found = faults("[board]\nname = \"x\"\nsummary = \n")
        #expect(found.count == 1)
        #expect(found.first?.line == 3)
        #expect(found.first?.problem.hasPrefix("not TOML") == true)
    }

    @Test func aKeyGivenTwiceIsRefused() {
        #expect(faults(minimal + "\nH = 4").first?.problem.hasPrefix("not TOML") == true)
    }

    @Test func aMissingFileIsOneClearFault() {
        do throws(BoardError) {
            _ = try Board.load("no/such/board.toml")
            Issue.record("loaded a file that is not there")
        } catch {
            #expect(error.faults.count == 1)
            #expect(error.description.hasPrefix("no/such/board.toml: cannot be read"))
        }
    }

    @Test func valuesInMultilineListsAndInlineTablesHaveTheirLines() {
        let found = faults(
            """
            [board]
            name = '''a
            b'''
            [channels]
            H = { channel = 300, skew = "1 ps" }   # [not a section]
            [transmitter]
            intensities = [
              0.8, # signal
              0.1,
              11,
            ]
            rectilinear_probability = 2
            """)
        #expect(found.map(\.line) == [5, 7, 12])
    }
}

@Suite struct BoardInheritanceTests {
    /// A folder of board files that is gone after the test.
    final class Folder {
        let path = NSTemporaryDirectory() + "boards-" + UUID().uuidString
        init(_ files: [String: String]) throws {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
            for (name, text) in files {
                try text.write(toFile: path + "/" + name, atomically: true, encoding: .utf8)
            }
        }
        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    @Test func aChildReplacesOneKeyOfAnInput() throws {
        let folder = try Folder([
            "base.toml": minimal + "\nV = { channel = 4, skew = \"7 ps\" }",
            "child.toml": """
            [board]
            name = "child"
            inherits = "base"
            [channels]
            V = { skew = "9 ps" }
            H = 8
            """,
        ])
        let board = try Board.load(folder.path + "/child.toml")
        #expect(board.name == "child")
        #expect(board.channels.vertical?.channel == 4)
        #expect(board.channels.vertical?.skew == 9)
        #expect(board.channels.horizontal?.channel == 8)
    }

    @Test func aFaultOfTheBaseIsReportedInTheBase() throws {
        let folder = try Folder([
            "base.toml": minimal + "\n[gate]\nwidth = 3",
            "child.toml": "[board]\nname = \"child\"\ninherits = \"base\"",
        ])
        do throws(BoardError) {
            _ = try Board.load(folder.path + "/child.toml")
            Issue.record("loaded a board with a fault")
        } catch {
            #expect(error.faults.map(\.file) == [folder.path + "/base.toml"])
            #expect(error.faults.first?.line == 6)
        }
    }

    @Test func boardsThatInheritInACircleAreRefused() throws {
        let folder = try Folder([
            "a.toml": "[board]\nname = \"a\"\ninherits = \"b\"\n[channels]\nH = 1",
            "b.toml": "[board]\nname = \"b\"\ninherits = \"a\"",
        ])
        do throws(BoardError) {
            _ = try Board.load(folder.path + "/a.toml")
            Issue.record("loaded a circle")
        } catch {
            #expect(error.description.contains("b.toml:3: board.inherits = \"a\": the boards"))
        }
    }

    @Test(arguments: ["../base", "", ".hidden", "a/b"])
    func onlySiblingsAreInherited(name: String) {
        let found = faults("[board]\nname = \"x\"\ninherits = \"\(name)\"\n[channels]\nH = 1")
        #expect(found.map(\.path) == ["board.inherits"])
    }

    @Test func aMissingBaseIsReportedAtTheLineThatAsks() {
        let found = faults("[board]\nname = \"x\"\ninherits = \"none\"\n[channels]\nH = 1")
        #expect(found.first?.line == 3)
        #expect(found.first?.problem.contains("none.toml cannot be read") == true)
    }
}

@Suite struct BoardFuzzTests {
    @Test func damagedBoardsNeverCrashTheParser() throws {
        let text = Array(try String(contentsOfFile: boards + "/sim.toml", encoding: .utf8).utf8)
        var random = SplitMix(state: 7)
        for _ in 0..<2_000 {
            var bytes = text
            for _ in 0...random.below(6) {
                let at = random.below(bytes.count)
                switch random.below(4) {
                case 0: bytes[at] = UInt8(random.below(256))
                case 1: bytes.remove(at: at)
                case 2: bytes.insert(contentsOf: Array("[]{}\"'#=\\.\n".utf8).shuffled(), at: at)
                default: bytes.removeSubrange(at..<min(bytes.count, at + random.below(40)))
                }
            }
            let board = String(decoding: bytes, as: UTF8.self)
            _ = try? Board.parse(board, path: "fuzz.toml")
        }
    }

    @Test(arguments: [
        "\"a\\u0000b\" = 1", "[:x]", "[[ =x]]", "\u{2028}[:x]", "a\0b = 1",
        String(repeating: "[", count: 5_000),
        "x = " + String(repeating: "{a=", count: 5_000),
        String(repeating: "a.", count: 5_000) + "a=1",
    ])
    func textThatCutsOrNestsIsRefused(text: String) {
        #expect(!faults(text).isEmpty)
    }
}

/// A small repeatable random source (SplitMix64, Steele et al. 2014).
struct SplitMix {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(bound, 1))) }
}
