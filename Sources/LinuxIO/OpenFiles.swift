import Glibc

/// Who has a file open, as far as this user may see.
enum OpenFiles {
    /// Name and number of another process that has `path` open; `nil` if none can be seen.
    static func holder(of path: String) -> String? {
        for process in entries(of: "/proc") where Int32(process) != nil {
            guard Int32(process) != getpid() else { continue }
            for file in entries(of: "/proc/\(process)/fd")
            where target(of: "/proc/\(process)/fd/\(file)") == path {
                let title = (try? SysfsTree(folder: "/proc/\(process)").read("comm")) ?? "process"
                return "\(title) (process \(process))"
            }
        }
        return nil
    }

    private static func entries(of folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            names.append(name)
        }
        return names
    }

    private static func target(of link: String) -> String? {
        var characters = [CChar](repeating: 0, count: 256)
        let count = readlink(link, &characters, characters.count)
        guard count > 0 else { return nil }
        return String(
            decoding: characters.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
