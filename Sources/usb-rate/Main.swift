// How fast a tagger's bytes come through libusb, bare and through the station's own path.
import Foundation
import LinuxIO

/// Why a rate could not be measured.
struct RateError: Error, CustomStringConvertible {
    /// What is wrong, with the value.
    let description: String
}

/// `usb-rate DEVICE` measures, `usb-rate serve ADDRESS` is a tagger to be measured.
@main
struct Main {
    private static let usage = """
        usage: usb-rate usb:1209:0001[:SERIAL] [--seconds 2] [--repeats 5] [--transfers 16]
                        [--bytes 65536] [--portable yes]
                 reads a reference tagger with a bare libusb reader, and through driver, decoder
                 and gate to slotted clicks, by turns; prints both rates and their ratio
               usb-rate list
                 what is plugged in
               usb-rate check usb:1209:0001[:SERIAL]
                 holds device and driver against the checks that all of them pass
               usb-rate watch usb:1209:0001[:SERIAL] SECONDS
                 reads through stalls, unplugging and silence, and says what happened
               usb-rate path [--repeats 5] [--portable yes]
                 the same path from memory, without USB
               usb-rate serve HOST:PORT
                 serves by USB/IP a reference tagger that always has more
        """

    static func main() {
        let words = CommandLine.arguments.dropFirst()
        do {
            if words.first == "serve", words.count == 2 {
                try RateServer(address: words[words.startIndex + 1]).run()
            } else if words.first == "list" {
                for entry in try USBDeviceList.all() { print(line(entry)) }
            } else if words.first == "check", words.count == 2 {
                try Check(name: try name(words.last ?? "")).run()
            } else if words.first == "watch", words.count == 3 {
                try Watch(
                    name: try name(words[words.startIndex + 1]),
                    length: number("SECONDS", words.last ?? "", 0.1...3600)
                ).run()
            } else if words.first == "path" {
                try reader(["usb:0000:0000"] + words.dropFirst()).runPath()
            } else {
                try reader(words).run()
            }
        } catch {
            FileHandle.standardError.write(Data("error: \(error)\n".utf8))
            exit(1)
        }
    }

    private static func line(_ entry: USBDeviceEntry) -> String {
        let access = entry.isAccessible ? "accessible" : "no permission"
        return "\(entry.name) \(entry.port) \(entry.node) \(entry.megabits) Mbit/s \(access) "
            + entry.title
    }

    /// The device that `text`, `usb:VVVV:PPPP[:SERIAL]`, names.
    private static func name(_ text: String) throws -> USBName {
        guard text.hasPrefix("usb:"), let name = USBName(String(text.dropFirst(4))) else {
            throw RateError(description: usage)
        }
        return name
    }

    private static func reader(_ words: ArraySlice<String>) throws -> RateReader {
        var reader = RateReader(name: try name(words.first ?? ""))
        var rest = words.dropFirst()
        while let option = rest.popFirst() {
            let value = rest.popFirst() ?? ""
            switch option {
            case "--seconds": reader.length = try number(option, value, 0.1...3600)
            case "--repeats": reader.repeats = Int(try number(option, value, 1...1000))
            case "--transfers": reader.transfers = Int(try number(option, value, 1...64))
            case "--portable": reader.isPortable = value == "yes"
            case "--bytes":
                reader.transferBytes =
                    Int(try number(option, value, 2048...1_048_576)) / 2048 * 2048
            default: throw RateError(description: "unknown option \(option)\n\(usage)")
            }
        }
        return reader
    }

    private static func number(
        _ option: String, _ value: String, _ range: ClosedRange<Double>
    ) throws -> Double {
        guard let number = Double(value), range.contains(number) else {
            throw RateError(
                description: "\(option) is \(value); \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}
