/// Finds the known word that a mistyped one most likely stands for.
public enum Nearest {
    /// The nearest of `words` within a third of its letters, or `nil`.
    public static func word(to word: String, among words: [String]) -> String? {
        let typed = Array(word.utf8.prefix(80))
        var best: (word: String, distance: Int)?
        for word in words {
            let limit = max(2, word.utf8.count / 3)
            // Words of very different length are never near, and most are.
            guard abs(word.utf8.count - typed.count) <= limit else { continue }
            let distance = distance(typed, Array(word.utf8))
            if distance <= limit, distance < best?.distance ?? .max { best = (word, distance) }
        }
        return best?.word
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
