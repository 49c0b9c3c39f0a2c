import ArgumentParser
import BoardFile
import Foundation

/// `lodestar board`: checks, shows and compares board files, and prints their schema.
struct BoardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "board", abstract: "Check, show, compare and explain board files.",
        subcommands: [Check.self, Show.self, Diff.self, Schema.self])

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List everything that is wrong with a board file.")

        @Argument(help: "The board file.") var file: String
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            do throws(BoardError) {
                let board = try Board.load(file)
                print(
                    json
                        ? #"{"file": "# + quoted(file) + #", "valid": true, "faults": []}"#
                        : "\(file): board \"\(board.name)\" is valid")
            } catch {
                print(json ? faultsJSON(error.faults) : error.description)
                throw ExitCode(1)
            }
        }

        private func faultsJSON(_ faults: [BoardFault]) -> String {
            let rows = faults.map { fault in
                "{\"file\": \(quoted(fault.file)), \"line\": \(fault.line.map(String.init) ?? "null"), "
                    + "\"path\": \(quoted(fault.path)), "
                    + "\"value\": \(fault.value.map(quoted) ?? "null"), "
                    + "\"problem\": \(quoted(fault.problem)), "
                    + "\"allowed\": \(fault.allowed.map(quoted) ?? "null")}"
            }
            return "{\"file\": \(quoted(file)), \"valid\": false, \"faults\": [\n  "
                + rows.joined(separator: ",\n  ") + "\n]}"
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a board with everything that it inherits and every default.")

        @Argument(help: "The board file.") var file: String
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            do throws(BoardError) {
                let board = try Board.load(file)
                guard json else {
                    print(board.text, terminator: "")
                    return
                }
                let rows = board.values.map { "  \(quoted($0.path)): \($0.value)" }
                print("{\n" + rows.joined(separator: ",\n") + "\n}")
            } catch {
                FileHandle.standardError.write(Data((error.description + "\n").utf8))
                throw ExitCode(1)
            }
        }
    }

    struct Diff: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List every key in which two boards differ, inherited keys and defaults too.",
            discussion: "Exit code: 0 if they mean the same, 1 if they differ, 2 if one is faulty.")

        @Argument(help: "A board file.") var first: String
        @Argument(help: "The board file that is compared with it.") var second: String
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let differences: [BoardDifference]
            do throws(BoardError) {
                differences = try Board.load(first).differences(to: Board.load(second))
            } catch {
                FileHandle.standardError.write(Data((error.description + "\n").utf8))
                throw ExitCode(2)
            }
            if json {
                let rows = differences.map { row in
                    "{\"path\": \(quoted(row.path)), \"first\": \(row.first ?? "null"), "
                        + "\"second\": \(row.second ?? "null")}"
                }
                print(
                    "{\"first\": \(quoted(first)), \"second\": \(quoted(second)), "
                        + "\"differences\": [\n  " + rows.joined(separator: ",\n  ") + "\n]}")
            } else if differences.isEmpty {
                print("\(first) and \(second) mean the same")
            } else {
                print(differences.map(\.text).joined(separator: "\n"))
            }
            if !differences.isEmpty { throw ExitCode(1) }
        }
    }

    struct Schema: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print every key with its unit, range, default and meaning.")

        @Flag(help: "Print JSON.") var json = false

        func run() {
            print(json ? BoardSchema.json : BoardSchema.markdown, terminator: "")
        }
    }
}

/// `text` as a JSON string.
private func quoted(_ text: String) -> String {
    let data = (try? JSONEncoder().encode(text)) ?? Data("\"\"".utf8)
    return String(decoding: data, as: UTF8.self).replacingOccurrences(of: "\\/", with: "/")
}
