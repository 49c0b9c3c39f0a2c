import Foundation

/// The files of a machine, or of a folder that stands in for one.
///
/// **For tests.** Make a folder with `sys/`, `proc/` and `dev/` in it and give it as `root`.
struct FileTree {
    /// The folder that stands for `/`; empty for the machine itself.
    let root: String

    /// The folder that stands for the machine itself is `/`.
    init(root: String) {
        self.root = root.hasSuffix("/") ? String(root.dropLast()) : root
    }

    /// The text of a small file without its line end; `nil` if it cannot be read.
    func text(_ path: String) -> String? {
        let number = open(root + path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard number >= 0 else { return nil }
        defer { close(number) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(number, &bytes, bytes.count)
        guard count >= 0 else { return nil }
        return String(decoding: bytes.prefix(count), as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The names in a folder, in order; empty if it cannot be looked into.
    func names(_ path: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root + path)) ?? []
        return names.sorted { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
    }

    /// The path with all links followed, within the root; `nil` if it leads nowhere.
    func resolved(_ path: String) -> String? {
        guard let pointer = realpath(root + path, nil) else { return nil }
        defer { free(pointer) }
        let whole = String(cString: pointer)
        // The root itself may be reached over a link.
        let base = root.isEmpty ? "" : realpathOfRoot
        return whole.hasPrefix(base) ? String(whole.dropFirst(base.count)) : whole
    }

    /// The last step of where a link leads, such as the name of a driver; `nil` if it is no link.
    func target(_ path: String) -> String? {
        guard let target = link(path) else { return nil }
        return target.split(separator: "/").last.map(String.init)
    }

    /// Where a link leads, as it is written; `nil` if it is no link.
    func link(_ path: String) -> String? {
        var characters = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(root + path, &characters, characters.count)
        guard count > 0 else { return nil }
        return String(
            decoding: characters.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Owner, group and mode; `nil` if there is no such file, with the reason in `errno`.
    func status(_ path: String) -> (owner: String, group: String, mode: UInt32)? {
        var status = stat()
        guard stat(root + path, &status) == 0 else { return nil }
        let owner = getpwuid(status.st_uid).map { String(cString: $0.pointee.pw_name) }
        let group = getgrgid(status.st_gid).map { String(cString: $0.pointee.gr_name) }
        return (
            owner ?? "\(status.st_uid)", group ?? "\(status.st_gid)", status.st_mode
        )
    }

    /// Whether this user may do that with a file: `R_OK`, `W_OK`, together.
    func isAccessible(_ path: String, _ rights: Int32) -> Bool {
        access(root + path, rights) == 0
    }

    private var realpathOfRoot: String {
        guard let pointer = realpath(root, nil) else { return root }
        defer { free(pointer) }
        return String(cString: pointer)
    }
}

/// Permissions as `ls` prints them, in octal.
func octal(_ mode: UInt32) -> String {
    let digits = String(mode & 0o777, radix: 8)
    return String(repeating: "0", count: max(0, 3 - digits.count)) + digits
}
