import AravisCamera
import PayloadHAL
import Testing

/// Goal: a machine without the camera library, or with another version of it, is told so in the
/// loader's own words.
@Suite struct AravisLibraryTests {
    @Test func aLibraryThatIsNotThereIsNamed() {
        let error = #expect(throws: AravisError.self) {
            _ = try AravisLibrary.functions(of: "/nowhere/libaravis-0.8.so.0")
        }
        guard case .missing(let problem) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(problem.hasPrefix("the Aravis library cannot be loaded (/nowhere/libaravis"))
        #expect(problem.contains("No such file or directory"))
        #expect(error?.fault == .unreachable)
    }

    @Test func aLibraryWithoutAFunctionThatWeNeedIsNamedWithIt() {
        let error = #expect(throws: AravisError.self) {
            _ = try AravisLibrary.functions(of: "libc.so.6")
        }
        guard case .missing(let problem) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(problem.contains("libc.so.6"))
        #expect(problem.contains("undefined symbol: arv_camera_new"))
    }

    @Test func theRemedyNamesDebiansPackage() {
        #expect(AravisLibrary.remedy.hasSuffix("apt-get install libaravis-0.8-0"))
    }

    @Test func aLoadedLibraryHasNoFault() {
        // Whether it is installed here is not for this test to say.
        let absence = AravisLibrary.absence()
        #expect(absence?.hasPrefix("the Aravis library cannot be loaded (libaravis") ?? true)
    }
}
