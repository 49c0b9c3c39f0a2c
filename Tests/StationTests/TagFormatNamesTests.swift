import TagFiles
import Testing

@testable import BoardFile

@Suite struct TagFormatNamesTests {
    @Test func aBoardMayNameExactlyTheFormatsThatCanBeRead() {
        #expect(Parameter.tagFormats.sorted() == TagFormat.allCases.map(\.rawValue).sorted())
    }
}
