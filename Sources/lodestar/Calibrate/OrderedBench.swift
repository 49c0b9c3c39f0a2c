import LinuxIO
import PayloadHAL
import Procedures
import Quantities

/// A served bench, `lodestar-sim bench`, that is ordered over its control socket.
final class OrderedBench: BenchHands {
    let isOrdered = true
    private let address: String
    private var link: LineLink<TCPConnection>

    /// Why an order was not carried out.
    enum Failure: InstrumentError, CustomStringConvertible {
        /// The bench is not reached any more.
        case lost(String, String)
        /// The bench does not do it.
        case refused(order: String, answer: String)

        var fault: InstrumentFault {
            switch self {
            case .lost: .unreachable
            case .refused: .refused
            }
        }

        var description: String {
            switch self {
            case .lost(let address, let problem): "the bench at \(address) is lost: \(problem)"
            case .refused(let order, let answer): "the bench answers \"\(order)\" by: \(answer)"
            }
        }
    }

    /// Connects to `address`, HOST:PORT.
    init(_ address: String) throws {
        self.address = address
        do {
            link = LineLink(
                try TCPConnection(
                    to: NetworkAddress(parsing: address),
                    by: HostClock.now.later(by: .seconds(2))))
        } catch {
            throw CalibrationProblem(
                description: "--bench-control \(address): no bench is there (\(error)); "
                    + "lodestar-sim bench BOARD --control HOST:PORT serves one")
        }
    }

    /// Gives one order; returns when it was done on the tagger's clock, ps.
    func give(_ order: BenchOrder) throws(Failure) -> Int64 {
        let answer = try exchange(order.line)
        let words = answer.split(separator: " ")
        guard words.first == "ok", words.count == 2, let time = Int64(words[1]) else {
            throw .refused(order: order.line, answer: answer)
        }
        return time
    }

    /// The seed of what the bench hides.
    func seed() throws(Failure) -> UInt64 {
        let answer = try exchange("seed")
        guard let seed = UInt64(answer) else { throw .refused(order: "seed", answer: answer) }
        return seed
    }

    private func exchange(_ line: String) throws(Failure) -> String {
        let deadline = HostClock.now.later(by: .seconds(5))
        do throws(LineError<LinuxIOError>) {
            try link.send(line + "\n", by: deadline)
            return link.text(try link.line(by: deadline))
        } catch {
            throw .lost(address, "\(error)")
        }
    }

    func bring(
        to setting: BenchSetting, isSoon: Bool, isCancelled: () -> Bool
    ) throws(ProcedureFailure) -> Int64? {
        var done: Int64?
        do throws(Failure) {
            for order in setting.orders { done = try give(order) }
        } catch {
            throw .bench("\(error). Nothing was recorded")
        }
        return done
    }
}
