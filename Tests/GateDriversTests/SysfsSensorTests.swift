import GateDrivers
import PayloadDoubles
import PayloadHAL
import Testing

/// A device of sysfs that is only written down.
private struct WrittenTree: AttributeTree, ~Copyable {
    enum Failure: InstrumentError {
        case absent
        var fault: InstrumentFault { .unreachable }
    }
    let texts: [String: String]

    func has(_ name: String) -> Bool { texts[name] != nil }

    func read(_ name: String) throws(Failure) -> String {
        guard let text = texts[name] else { throw .absent }
        return text
    }

    mutating func open(_ name: String) throws(Failure) -> Int { throw .absent }
    func write(_ bytes: RawSpan, to attribute: Int) throws(Failure) { throw .absent }
}

@Suite struct SysfsSensorTests {
    @Test func hwmonAndIndustrialIOAreReadAsTheKernelWritesThem() throws {
        let cases: [([String: String], String, SensorQuantity, Double)] = [
            (["temp1_input": "-20125"], "temp1_input", .temperature, -20.125),
            (["in0_input": "3300"], "in0_input", .voltage, 3.3),
            (["curr2_input": "1500"], "curr2_input", .current, 1.5),
            (["in_temp_input": "45000"], "in_temp_input", .temperature, 45),
            (
                [
                    "in_voltage3_raw": "2000", "in_voltage_scale": "0.5",
                    "in_voltage3_offset": "-10",
                ],
                "in_voltage3_raw", .voltage, 0.995
            ),
            (["in_current0_raw": "7"], "in_current0_raw", .current, 0.007),
        ]
        for (texts, attribute, quantity, value) in cases {
            let sensor = try SysfsSensor(WrittenTree(texts: texts), attribute: attribute)
            #expect(sensor.quantity == quantity)
            #expect(abs(try sensor.reading() - value) < 1e-12)
            #expect(sensorFaults(of: sensor, range: (value - 1)...(value + 1)) == [])
        }
    }

    @Test func whatIsNoReadingIsAnErrorThatNamesIt() {
        for text in ["", "warm", "nan", "inf", "1e999"] {
            do throws(SysfsSensorError<WrittenTree.Failure>) {
                _ = try SysfsSensor(
                    WrittenTree(texts: ["temp1_input": text]), attribute: "temp1_input")
                Issue.record("read \(text)")
            } catch { #expect(error.fault == .garbled) }
        }
        for attribute in ["fan1_input", "intrusion0_alarm", "temp1_crit", "../temp1_input", ""] {
            do throws(SysfsSensorError<WrittenTree.Failure>) {
                _ = try SysfsSensor(
                    WrittenTree(texts: [attribute: "1"]), attribute: attribute)
                Issue.record("took \(attribute)")
            } catch { #expect(error.fault == .outOfRange) }
        }
    }
}
