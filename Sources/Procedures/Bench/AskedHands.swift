/// A person who is asked for one thing after the other, at a shell.
final class AskedHands: BenchHands {
    let isOrdered = false
    private let ask: (String) -> Bool

    /// - Parameter ask: Returns once it is done; `false` if it will not be.
    init(_ ask: @escaping (String) -> Bool) { self.ask = ask }

    func bring(
        to setting: BenchSetting, isSoon: Bool, isCancelled: () -> Bool
    ) throws(ProcedureFailure) -> Int64? {
        let words = isSoon ? setting.words + ", within half a minute after Enter" : setting.words
        guard ask(words) else { throw .cancelled }
        return nil
    }
}
