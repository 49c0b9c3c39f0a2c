/// The head and foot that all pages share: no network, no scripts, light and dark.
enum PageFrame {
    /// A whole page.
    ///
    /// - Parameters:
    ///   - title: Plain text.
    ///   - style: Rules of this page alone, behind those of all.
    ///   - body: Markup.
    static func html(title: String, style: String = "", body: String) -> String {
        """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>Lodestar: \(Markup.escape(title))</title>
        <style>\(Style.sheet)\(style)</style></head><body><main>
        \(body)
        </main></body></html>

        """
    }

    /// The word that no simulated page is without; empty on a page of hardware.
    static func badge(isSimulated: Bool) -> String {
        isSimulated ? "<span class=\"badge\">SIMULATED</span>" : ""
    }
}
