import FiniteKey
import Foundation
import KeyLengthFile
import Testing

/// A file with a key, as the command's help shows it.
private let good = """
    {"method": "lim2014", "tail": "chernoff", "clamp": "vclamp",
     "intensities": [0.8, 0.1, 0], "probabilities": [0.5, 0.25, 0.25],
     "key": {"n": [1870000, 118000, 2200], "m": [19000, 2100, 1100]},
     "test": {"n": [1860000, 117000, 2150], "m": [19500, 2050, 1080]},
     "f_ec": 1.16, "eps_sec": 1e-9, "eps_cor": 1e-15}
    """

/// The answer to `text`.
private func answer(_ text: String) throws(KeyLengthFileError) -> KeyLengthAnswer {
    try KeyLengthAnswer(try KeyLengthRequest(json: Data(text.utf8)).input)
}

/// The line that refuses `text`.
private func refusal(_ text: String) -> String {
    do throws(KeyLengthFileError) {
        _ = try answer(text)
        return ""
    } catch {
        return error.description
    }
}

/// The good file with `old` replaced.
private func changed(_ old: String, _ new: String) -> String {
    precondition(good.contains(old))
    return good.replacingOccurrences(of: old, with: new)
}

@Suite struct KeyLengthFileTests {
    @Test func theAnswerNamesMethodTermsAndEpsilons() throws {
        let data = try answer(good).json()
        let object = try #require(
            try JSONSerialization.jsonObject(with: data) as? [String: Any])
        for key in [
            "key_bits", "key_bits_real", "s0", "s1", "s1_test", "v", "gamma", "phi", "method",
            "tail", "clamp", "epsilons", "phase_error_bits", "leak_bits", "secrecy_bits",
            "correctness_bits", "balance_bits", "qber_key", "qber_test",
        ] {
            #expect(object[key] != nil, "\(key) is missing")
        }
        #expect(object["method"] as? String == "lim2014")
        #expect(object["tail"] as? String == "chernoff")
        #expect(object["clamp"] as? String == "vclamp")
        let epsilons = try #require(object["epsilons"] as? [String: Double])
        #expect(epsilons == ["eps_sec": 1e-9, "eps_cor": 1e-15])
    }

    @Test func withoutChoicesTheConservativeOnesAreTaken() throws {
        let bare = changed(
            "\"method\": \"lim2014\", \"tail\": \"chernoff\", \"clamp\": \"vclamp\",", "")
        let three = try answer(bare)
        #expect([three.method, three.tail, three.clamp] == ["lim2014", "hoeffding", "literal"])
        let pairs = try answer(
            """
            {"key": {"n": 1000000}, "test": {"n": 100000, "m": 1000}, "leak_bits": 100000,
             "eps_sec": 1e-9, "eps_cor": 1e-15}
            """)
        #expect([pairs.method, pairs.tail, pairs.clamp] == ["bbm92", "serfling", "none"])
        #expect(pairs.keyBits > 0)
        #expect(pairs.leak == "disclosed")
    }

    @Test(arguments: [
        ("\"lim2014\"", "\"lim2015\"", "allowed is bbm92, lim2014, rusca2018, wiesemann2024"),
        ("\"chernoff\"", "\"cherno\"", "tail is \"cherno\"; allowed is chernoff, hoeffding"),
        ("[0.8, 0.1, 0]", "[0.8, 0.1]", "intensities has 2 values; lim2014 wants 3"),
        ("0.25, 0.25]", "0.25, 0.3]", "the probabilities sum to 1.05"),
        ("118000, 2200", "118000.5, 2200", "118000.5 is no whole number"),
        ("[1870000,", "[18999,", "key.m of intensity 1 is 19000, more than key.n, 18999"),
        (
            "118000, 2200], \"m\": [19000, 2100, 1100]", "118000, 0], \"m\": [19000, 2100, 0]",
            "key.n of intensity 3 is 0"
        ),
        ("[19500,", "[295000,", "the QBER of the test basis is"),
        ("\"f_ec\": 1.16", "\"f_ec\": 0.9", "f_ec is 0.9; allowed is 1 or more"),
        ("\"f_ec\": 1.16", "\"f_ec\": 1.16, \"leak_bits\": 5", "both given"),
        ("\"f_ec\": 1.16,", "", "f_ec and leak_bits are missing"),
        ("\"eps_sec\": 1e-9", "\"eps_sec\": 0", "eps_sec is 0.0; allowed is above 0"),
        ("\"eps_sec\": 1e-9,", "", "eps_sec is missing"),
        ("[19000, 2100, 1100]", "\"many\"", "key.m is of the wrong kind"),
        ("{\"method\"", "{{\"method\"", "the file is not JSON"),
        (", \"m\": [19000, 2100, 1100]", "", "key.m is missing"),
        (", \"m\": [19500, 2050, 1080]", "", "test.m is missing"),
    ]) func whatIsWrongIsNamedByItsField(old: String, new: String, words: String) {
        let line = refusal(changed(old, new))
        #expect(line.contains(words), "\(line)")
    }

    @Test func aFieldThatMeansNothingIsReported() throws {
        let request = try KeyLengthRequest(
            json: Data(changed("\"clamp\"", "\"clmap\"").utf8))
        #expect(request.unknownFields == ["clmap"])
        #expect(request.input.clamp == .literal)
    }

    @Test func noTextTraps() {
        for text in [
            "", "[]", "null", "1", "{}", "{\"key\": {}}", "{\"key\": {\"n\": []}}",
            changed("[1870000,", "[1e999,"), changed("[1870000,", "[1e30,"),
            changed("[1870000, 118000, 2200]", "[]"), changed("[0.8, 0.1, 0]", "[]"),
        ] {
            #expect(!refusal(text).isEmpty, "\(text)")
        }
    }
}
