import BoardFile
import Foundation
import Simulator
import Testing

@testable import Station

@Suite struct BoardOrbitTests {
    private let path =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path
        + "/boards/sim.toml"

    @Test func theWorldFollowsTheElementsAndThePredictionRunsAhead() throws {
        let board = try Board.load(path)
        let world = try #require(try board.worldParameters(seed: 1))
        #expect(world.faults.isEmpty)
        let truth = world.trueOrbit
        let predicted = world.predictedOrbit
        let top = truth.look(at: truth.culminationTime).elevation * 180 / .pi
        #expect(top > 80)
        #expect(truth.duration > 400 && truth.duration < 480)
        let rise = truth.look(at: 0).elevation * 180 / .pi
        #expect(rise > 9.9 && rise <= 10)
        // 0.3 s ahead of the truth; the ground turns by 140 m in that time.
        let difference = predicted.look(at: 100).range - truth.look(at: 100.3).range
        #expect(abs(difference) < 150)
        #expect(abs(predicted.look(at: 100).range - truth.look(at: 100).range) > 1000)
    }

    @Test func elementsThatAreNoneAreAFaultOfTheBoard() throws {
        let board = try Board.load(path)
        let text = board.text.replacing("97.4000  24.0000", with: "97.4000  24.0001")
        let broken = try Board.parse(text, path: "broken.toml")
        let error = #expect(throws: PassError.self) { try broken.worldParameters(seed: 1) }
        #expect(error?.description.contains("world.orbit, line 2, column 69") == true)
    }
}
