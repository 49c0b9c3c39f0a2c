import BoardFile

/// The checks of where the station writes; pure functions of the facts.
enum FolderChecks {
    /// What 1 Mtag/s of the reference tagger are uncompressed, B/s.
    private static let leastRate = 8e6
    /// Four times that: what leaves time for everything else.
    private static let goodRate = 32e6

    static func findings(_ board: Board, _ machine: Machine) -> [Finding] {
        var found: [Finding] = []
        if let folder = machine.folders[board.paths.recordings] {
            found += recordings(board.paths.recordings, folder, leastFree: board.paths.leastFree)
        }
        if let folder = machine.folders[board.paths.keys] {
            found += keys(board.paths.keys, folder)
        }
        return found
    }

    static func recordings(
        _ path: String, _ folder: Machine.Folder, leastFree: Int64
    ) -> [Finding] {
        if let fault = access("recordings", path, folder) { return [fault] }
        let free = MachineChecks.size(folder.free)
        var found: [Finding] = [
            folder.free < leastFree
                ? .fail(
                    "recordings",
                    "\(path): \(free) free, \(MachineChecks.size(leastFree)) are needed",
                    mend: "take old passes away: du -sh \(path)/* shows which are large")
                : .ok(
                    "recordings",
                    "\(path): \(free) free"
                        + (folder.isWritable ? "" : "; written by the service alone"))
        ]
        if let rate = folder.writeRate {
            let text = "\(Int(rate / 1e6)) MB/s reach the disk"
            let mend = "record to another disk: paths.recordings in the board"
            if rate < leastRate {
                found.append(
                    .fail("recording speed", "\(text), 1 Mtag/s make 8 MB/s", mend: mend))
            } else if rate < goodRate {
                found.append(.warn("recording speed", "\(text), little above 8 MB/s", mend: mend))
            } else {
                found.append(.ok("recording speed", text))
            }
        }
        return found
    }

    static func keys(_ path: String, _ folder: Machine.Folder) -> [Finding] {
        if let fault = access("keys", path, folder) { return [fault] }
        guard !folder.isOpenToAll else {
            return [
                .warn(
                    "keys", "\(path) is \(folder.owner): everyone may look into it",
                    mend: "sudo chmod 700 \(path)")
            ]
        }
        return [.ok("keys", path)]
    }

    private static func access(
        _ check: String, _ path: String, _ folder: Machine.Folder
    ) -> Finding? {
        if folder.isHidden {
            return .warn(
                check, "\(path) lies where this user may not look",
                mend: "sudo lodestar doctor, or sudo usermod -aG lodestar $USER and log in again")
        }
        if !folder.exists {
            return .fail(check, "\(path) is not there", mend: MachineChecks.install)
        }
        if folder.isReadOnly {
            return .fail(
                check, "\(path) lies on a disk that is read-only",
                mend: "dmesg | tail shows why; "
                    + "then: sudo mount -o remount,rw $(findmnt -no TARGET -T \(path))")
        }
        if !folder.isWritable, !folder.isOfService {
            return .fail(
                check, "\(path) is \(folder.owner): no permission to write",
                mend: "sudo chown lodestar:lodestar \(path), or a board with paths of your own")
        }
        return nil
    }
}
