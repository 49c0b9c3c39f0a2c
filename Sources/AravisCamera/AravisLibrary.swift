public import CAravis

/// The Aravis library, which is loaded when a camera is first asked for.
public enum AravisLibrary {
    /// What to type where it is missing, on Debian.
    public static let remedy = "sudo apt-get install libaravis-0.8-0"

    /// Why it cannot be used, in one line; `nil` if it can.
    public static func absence() -> String? {
        do throws(AravisError) {
            _ = try functions()
            return nil
        } catch {
            guard case .missing(let problem) = error else { return "\(error)" }
            return problem
        }
    }

    /// Its functions. The library stays loaded; one that was missing is looked for anew each time.
    ///
    /// - Parameter file: Where it is; a name without a folder is looked for by the system's loader.
    public static func functions(
        of file: String = LODESTAR_ARAVIS_FILE
    ) throws(AravisError) -> lodestar_aravis {
        var functions = lodestar_aravis()
        // The loader names a path and a function.
        var words = [CChar](repeating: 0, count: 400)
        guard lodestar_aravis_load(file, &functions, &words, words.count) else {
            throw .missing("the Aravis library cannot be loaded (\(text(words)))")
        }
        return functions
    }

    /// What C wrote, up to its zero.
    static func text(_ words: [CChar]) -> String {
        String(decoding: words.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
