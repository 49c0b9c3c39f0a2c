import Simulator
import Testing
import TimeTags

private let parameters: WorldParameters = {
    var parameters = WorldParameters()
    parameters.geometry.lowestElevationDegrees = 80.5
    return parameters
}()

private let halfSecond: Int64 = 500_000_000_000

/// Runs half a second in steps of `stepPicoseconds` and gives all bytes and the tagger.
private func bytes(
    stepPicoseconds: Int64, faults: TaggerFaults = TaggerFaults(),
    of world: WorldParameters = parameters
) -> (bytes: [UInt8], tagger: SimulatedTagger) {
    var tagger = SimulatedTagger(world, faults: faults)
    var all: [UInt8] = []
    var time: Int64 = 0
    while time < halfSecond {
        time = min(time + stepPicoseconds, halfSecond)
        tagger.advance(to: time)
        all += tagger.bytes
    }
    return (all, tagger)
}

/// Decodes everything at once.
private func decode(_ bytes: [UInt8]) -> (tags: [TimeTag], counters: DecodeCounters) {
    var decoder = ReferenceDecoder()
    var tags = [TimeTag](
        repeating: TimeTag(time: 0, channel: 0), count: bytes.count / 8 + 1_000)
    let written = bytes.withUnsafeBytes { input in
        tags.withUnsafeMutableBufferPointer { output in
            let first = decoder.decode(input, into: output)
            let rest = UnsafeRawBufferPointer(rebasing: input[first.bytesConsumed...])
            let free = UnsafeMutableBufferPointer(rebasing: output[first.tagsWritten...])
            return first.tagsWritten + decoder.finish(rest, into: free).tagsWritten
        }
    }
    return (Array(tags[..<written]), decoder.counters)
}

@Suite struct SimulatedTaggerTests {
    @Test func itsBytesDecodeToTheTagsOfTheWorld() {
        let (sent, _) = bytes(stepPicoseconds: 10_000_000_000)
        var world = SimulatedWorld(parameters)
        world.advance(to: halfSecond)
        let (tags, counters) = decode(sent)
        #expect(tags == world.tags)
        #expect(tags.count > 20_000)
        #expect(counters.losses == 0)
        #expect(counters.firstFault == nil)
    }

    @Test func itsBytesDoNotDependOnTheSteps() {
        let once = bytes(stepPicoseconds: 10_000_000_000).bytes
        #expect(bytes(stepPicoseconds: halfSecond).bytes == once)
        #expect(bytes(stepPicoseconds: 7_000_000_000).bytes == once)
    }

    @Test func lostFramesAreFoundByTheDecoder() {
        var faults = TaggerFaults()
        faults.frameLossProbability = 0.1
        let (sent, tagger) = bytes(stepPicoseconds: 10_000_000_000, faults: faults)
        let (tags, counters) = decode(sent)
        #expect(tagger.counts.framesLost > 3)
        #expect(counters.losses > 0)
        let made = tagger.world.counts.tags - tagger.counts.tagsInLostFrames
        #expect(tags.filter { $0.kind == .detection }.count == Int(made))
    }

    @Test func damagedFramesAreDroppedByTheDecoderAndTheRestIsWhole() {
        var faults = TaggerFaults()
        faults.frameDamageProbability = 0.1
        let (sent, tagger) = bytes(stepPicoseconds: 10_000_000_000, faults: faults)
        let (tags, counters) = decode(sent)
        #expect(tagger.counts.framesDamaged > 3)
        #expect(counters.losses > 0)
        let detections = tags.filter { $0.kind == .detection }
        #expect(
            detections.count
                == Int(tagger.world.counts.tags - tagger.counts.tagsInDamagedFrames))
        #expect(zip(detections.dropFirst(), detections).allSatisfy { $0.time >= $1.time })
    }

    @Test func theTaggersOwnOverflowIsSaidInTheNextFrame() {
        var faults = TaggerFaults()
        faults.overflowProbability = 0.2
        let (sent, tagger) = bytes(stepPicoseconds: 10_000_000_000, faults: faults)
        let (tags, _) = decode(sent)
        let begins = tags.filter { $0.kind == .lossBegin }
        #expect(begins.count > 2)
        #expect(begins.allSatisfy { $0.detail == LossReason.taggerOverflow.rawValue })
        #expect(tagger.counts.tagsOverflowed > 1_000)
    }

    @Test func aSilentIntervalGivesAHeartbeat() {
        var silent = darkWorld()
        silent.transmitter.beaconPeriodPicoseconds = 1_000_000_000_000
        let (sent, tagger) = bytes(stepPicoseconds: halfSecond, of: silent)
        #expect(tagger.counts.frames == 50)
        #expect(decode(sent).tags.count == 2)
    }
}
