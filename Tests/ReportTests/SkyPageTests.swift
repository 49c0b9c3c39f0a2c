import Report
import Testing

@Suite struct SkyPageTests {
    private func page(_ count: Int, mask: [Double] = []) -> String {
        let track = SkyPage.Track(
            name: "<b>pass</b>",
            points: [
                SkyPage.Point(azimuth: 0, elevation: 0.17),
                SkyPage.Point(azimuth: .pi / 2, elevation: .pi / 2),
                SkyPage.Point(azimuth: .nan, elevation: 0.17),
            ],
            isDark: true)
        return SkyPage(
            title: "Passes", subtitle: "all",
            tracks: Array(repeating: track, count: count), mask: mask, lowestElevation: 10,
            columns: ["rise", "warnings"],
            rows: Array(repeating: ["21:00", "a & b"], count: count)
        ).html
    }

    @Test func namesAreEscapedAndNothingIsFetched() {
        let html = page(2)
        #expect(html.contains("&lt;b&gt;pass&lt;/b&gt;"))
        #expect(html.contains("a &amp; b"))
        #expect(!html.contains("<b>pass"))
        #expect(!html.contains("<script") && !html.contains("http"))
    }

    @Test func theZenithIsTheMiddleAndNorthIsUp() {
        // The first point lies north, at 80.3 of 90 degrees from the zenith, the second in it.
        let html = page(1)
        #expect(html.contains("d=\"M230 55.2L230 230L"))
    }

    @Test func whatCannotBeToldApartIsInTheTableOnly() {
        let html = page(SkyPage.mostTracks + 3)
        #expect(html.contains("3 later passes are in the table only"))
        #expect(html.contains("<td>43</td>"))
        #expect(page(0).contains("There is no pass."))
        #expect(page(1, mask: [10, 20, 30]).contains("class=\"fade\""))
    }
}
