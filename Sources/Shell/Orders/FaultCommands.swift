public import Control
public import FaultyDrivers

/// `fault`: one instrument does one thing wrong, on order.
public enum FaultCommands {
    /// The orders.
    ///
    /// - Parameters:
    ///   - orders: Where drivers look; `nil` where the board allows no faults.
    ///   - offered: The kinds that this board's instruments can play.
    public static func all(
        _ orders: FaultOrders?, offered: [FaultyInstrument: [FaultKind]]
    ) -> [ControlCommand] {
        [
            ControlCommand(
                "fault", "[INSTRUMENT KIND]", "let an instrument fail, or say what fails"
            ) {
                fault($0.words, orders, offered)
            }.with {
                $0.places = [.shell]
                $0.role = .engineer
                $0.writes = true
                $0.needsArm = true
                $0.completion = { words in
                    words.isEmpty
                        ? FaultyInstrument.allCases.map(\.rawValue)
                        : words.count == 1
                            ? (FaultyInstrument(rawValue: words[0]).flatMap { offered[$0] } ?? [])
                                .map(\.rawValue) : []
                }
            },
            ControlCommand("fault list", "", "what can fail on this board, and what does") { _ in
                .done(list(orders, offered))
            }.with { $0.places = [.shell] },
            ControlCommand("fault clear", "", "everything is well again") { _ in
                orders?.clear()
                return .done("")
            }.with {
                $0.places = [.shell]
                $0.role = .technician
                $0.writes = true
            },
        ]
    }

    private static let notAllowed =
        "this board allows no faults\ntry: faults.allowed = true in the board file, on a station "
        + "whose keys nobody uses"

    private static func list(
        _ orders: FaultOrders?, _ offered: [FaultyInstrument: [FaultKind]]
    ) -> String {
        let rows = FaultyInstrument.allCases.compactMap { instrument -> String? in
            guard let kinds = offered[instrument], !kinds.isEmpty else { return nil }
            return instrument.rawValue.padded(to: 10)
                + kinds.map(\.rawValue).joined(separator: ", ")
        }
        guard let orders else { return notAllowed.split(separator: "\n").joined(separator: "; ") }
        let now = orders.all.map { "\($0.instrument.rawValue) \($0.kind.rawValue)" }
        return (rows + ["now: \(now.isEmpty ? "none" : now.joined(separator: ", "))"])
            .joined(separator: "\n")
    }

    private static func fault(
        _ words: [String], _ orders: FaultOrders?, _ offered: [FaultyInstrument: [FaultKind]]
    ) -> ControlAnswer {
        guard let orders else { return .refused(notAllowed) }
        guard !words.isEmpty else { return .done(list(orders, offered)) }
        guard let instrument = FaultyInstrument(rawValue: words[0]), let kinds = offered[instrument]
        else {
            let known = FaultyInstrument.allCases.filter { offered[$0] != nil }
            return .refused(
                "nothing that could fail is called \"\(words[0].prefix(40))\"\nallowed: "
                    + known.map(\.rawValue).joined(separator: ", ") + "\ntry: fault list")
        }
        guard words.count > 1 else {
            return .refused(
                "say how the \(instrument.rawValue) fails\nallowed: "
                    + kinds.map(\.rawValue).joined(separator: ", "))
        }
        guard words.count == 2, let kind = FaultKind(rawValue: words[1]), kinds.contains(kind)
        else {
            return .refused(
                "\(instrument.rawValue) cannot fail as \"\(words.dropFirst().joined(separator: " ").prefix(40))\""
                    + "\nallowed: " + kinds.map(\.rawValue).joined(separator: ", "))
        }
        orders[instrument] = kind
        return .done("\(instrument.rawValue) \(kind.rawValue), until fault clear")
    }
}
