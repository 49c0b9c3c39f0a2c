/// Finds the known word that a mistyped one most likely stands for.
enum Nearest {
    /// The nearest of `words` within a third of its letters, or `nil`.
    static func word(to word: String, among words: [String]) -> String? {
        let typed = Array(word.utf8.prefix(80))
        let ranked = words.map { (word: $0, distance: distance(typed, Array($0.utf8))) }
        guard let best = ranked.min(by: { $0.distance < $1.distance }),
            best.distance <= max(2, best.word.utf8.count / 3)
        else { return nil }
        return best.word
    }

    /// Levenshtein distance: insertions, deletions and replacements.
    static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var row = Array(0...b.count)
        for (i, letter) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in b.enumerated() {
                let replaced = diagonal + (letter == other ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, row[j] + 1, diagonal + 1)
            }
        }
        return row[b.count]
    }
}
