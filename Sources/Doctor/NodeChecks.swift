/// What may be wrong with any device file.
enum NodeChecks {
    /// The user may not read and write it; says by which of the usual ways that is mended.
    static func permission(
        _ check: String, _ node: Machine.Node, _ rights: Machine.Rights
    ) -> Finding? {
        guard node.exists, !node.isAccessible else { return nil }
        let mend =
            if !rights.hasGroup {
                MachineChecks.install
            } else if node.group != "lodestar" {
                "no rule of udev/ knows it: sudo udevadm control --reload; "
                    + "sudo udevadm trigger --action=change"
            } else if rights.isMember {
                "log in again, or: newgrp lodestar"
            } else {
                "sudo usermod -aG lodestar \(rights.user), then log in again"
            }
        return .fail(check, "no permission: \(node.path) is \(node.owner)", mend: mend)
    }

    /// Another program than ours has it.
    static func busy(_ check: String, _ node: Machine.Node) -> Finding? {
        guard let other = node.holders.first(where: { !$0.name.hasPrefix("lodestar") }) else {
            return nil
        }
        return .fail(
            check, "busy: \(other.name) (process \(other.process)) has \(node.path) open",
            mend: "end it: kill \(other.process)")
    }
}
