// The shell, and faults on order.
extension Parameter {
    static let shell: [Parameter] = [
        connection(
            "shell.serial", [.serial], \.shell.serial,
            "The serial line that a shell is served at, 8N1 without flow control; none: only sockets"
        ),
        text(
            "shell.access", as: .choice(["open", "login"]), \.shell.access, .text("open"),
            "Whether a shell asks for a login before it changes anything"),
        optionalText(
            "shell.technician", \.shell.technician,
            "What the technicians' password is checked against, from: lodestar shell password"),
        optionalText(
            "shell.engineer", \.shell.engineer,
            "What the engineers' password is checked against, from: lodestar shell password"),
        whole(
            "shell.arm_time", .time, \.shell.armTime, Range("1 s", "60 min"), .text("5 min"),
            "After this time without an order a shell is disarmed"),
        whole(
            "shell.idle_time", .time, \.shell.idleTime, Range("10 s", "1440 min"),
            .text("30 min"), "After this time without an order a shell is logged out"),
    ]

    static let faults: [Parameter] = [
        flag(
            "faults.allowed", \.allowsFaults, .text("false"),
            "Whether faults may be played on order; never on a station that makes keys to be used")
    ]
}
