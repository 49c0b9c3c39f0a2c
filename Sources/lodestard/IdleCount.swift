import BoardFile
import FaultyDrivers
import Instruments
import PayloadHAL
import RealTime
import Station

/// What is done with a tagger between passes: it is set as for a pass, and counted from.
struct IdleCount: TaggerUse {
    let board: Board
    let counts: LiveCounts
    /// Faults on order, if the board allows them.
    let faults: FaultOrders?
    let isOver: () -> Bool
    let onExcess: () -> Void

    func use<Tagger: TimeTagger & ~Copyable>(_ tagger: consuming Tagger) throws {
        try tagger.configure(TaggerSettings(board, for: tagger.identity))
        let count = TaggerCount(board: board, counts: counts)
        guard let faults else {
            return try count.run(tagger, isOver: isOver, onExcess: onExcess)
        }
        try count.run(
            FaultyTagger(tagger, orders: faults), isOver: isOver, onExcess: onExcess)
    }
}
