public import BoardFile

/// Facts about a machine, as a probe read them; the checks look at nothing else.
public struct Machine: Equatable, Sendable {
    /// The kernel that runs.
    public var kernel = Kernel()
    /// The processors.
    public var processors = Processors()
    /// What this user may do.
    public var rights = Rights()
    /// The host's clock.
    public var clock = Clock()
    /// Memory that programs can still have, bytes; `nil` if not known.
    public var availableMemory: Int64?
    /// Folders that were asked for, by path.
    public var folders: [String: Folder] = [:]
    /// USB devices that are plugged in, hubs left out; `nil` on a machine without USB.
    public var usb: [USBPlug]? = nil
    /// GPIO chips.
    public var chips: [GPIOChipFacts] = []
    /// Device files that were asked for, by path.
    public var nodes: [String: Node] = [:]
    /// Serial ports on USB.
    public var serialPorts: [SerialPort] = []
    /// Sensors that were asked for.
    public var sensors: [Connection: Sensor] = [:]
    /// Names of the hwmon chips and IIO devices that are there.
    public var sensorChips: [String] = []
    /// What the network says of each connection over it.
    public var peers: [Connection: Peer] = [:]
    /// Why the library of GigE Vision and USB3 Vision cameras cannot be used; `nil` if it can, or
    /// no camera needs it.
    public var cameraLibraryFault: String?
    /// UDP ports asked for that another program has.
    public var takenPorts: [Int64] = []
    /// Whether the service `lodestard` is installed.
    public var hasService = false
    /// Whether it runs now.
    public var runsService = false
    /// Network interfaces without the loop-back.
    public var interfaces: [NetworkInterface] = []

    /// A machine of which nothing is known.
    public init() {}

    /// The kernel that runs.
    public struct Kernel: Equatable, Sendable {
        /// As `uname -r` prints it.
        public var release = ""
        /// As `uname -v` prints it.
        public var version = ""
        /// Whether it is a kernel of the real-time patch.
        public var isRealTime = false
        /// Microseconds of each second that real-time threads may have; -1: all; `nil`: not known.
        public var realTimeShare: Int?
        /// One of which nothing is known.
        public init() {}
    }

    /// The processors.
    public struct Processors: Equatable, Sendable {
        /// How many are online.
        public var count = 1
        /// How each one's frequency is governed, without repeats; empty if it is fixed.
        public var governors: [String] = []
        /// Those that the kernel gives to nobody unasked (`isolcpus`).
        public var isolated = ""
        /// One of which nothing is known.
        public init() {}
    }

    /// What this user may do.
    public struct Rights: Equatable, Sendable {
        /// The user's name.
        public var user = ""
        /// Whether it is root.
        public var isRoot = false
        /// The groups that this process has.
        public var groups: [String] = []
        /// Whether the machine has the group `lodestar`, which the rules give the devices to.
        public var hasGroup = false
        /// Whether the user is in it, though perhaps not this process.
        public var isMember = false
        /// Highest SCHED_FIFO priority allowed.
        public var realTimePriority = 0
        /// Memory that may be locked, bytes; `nil`: all.
        public var lockedMemory: Int64? = 0
        /// One of which nothing is known.
        public init() {}
    }

    /// The host's clock.
    public struct Clock: Equatable, Sendable {
        /// What the kernel counts with.
        public var source = ""
        /// Whether the kernel believes that something keeps it right.
        public var isSynchronised = false
        /// The most that it may be off, us.
        public var greatestError: Int64 = 0
        /// Whether a pulse per second reaches the kernel's clock.
        public var hasPulse = false
        /// The kernel's pulse-per-second devices.
        public var pulseDevices: [String] = []
        /// One of which nothing is known.
        public init() {}
    }

    /// A folder that the station writes to.
    public struct Folder: Equatable, Sendable {
        /// Whether it is there.
        public var exists = false
        /// Whether this user may not even see whether it is there.
        public var isHidden = false
        /// Whether it belongs to the service's user.
        public var isOfService = false
        /// Whether this user may write into it.
        public var isWritable = false
        /// Whether its file system is read-only.
        public var isReadOnly = false
        /// Owner, group and mode as `ls` calls them.
        public var owner = ""
        /// Whether users beyond owner and group may look into it.
        public var isOpenToAll = false
        /// Bytes that may still be written.
        public var free: Int64 = 0
        /// Bytes per second that reached the disk; `nil` if it was not tried.
        public var writeRate: Double?
        /// One of which nothing is known.
        public init() {}
    }

    /// One USB device.
    public struct USBPlug: Equatable, Sendable {
        /// Vendor's id.
        public var vendor: UInt16 = 0
        /// Product's id.
        public var product: UInt16 = 0
        /// Serial number; `nil` if it has none.
        public var serial: String?
        /// What its maker calls it.
        public var title = ""
        /// Where it is plugged in, such as `1-2.3`.
        public var port = ""
        /// Its release number (`bcdDevice`).
        public var release: UInt16 = 0
        /// Speed of its link, Mbit/s; 0 if not known.
        public var megabits = 0
        /// Whether the kernel may suspend it.
        public var suspends = false
        /// Drivers of the kernel that have its interfaces; `usbfs` is another program.
        public var drivers: [String] = []
        /// Its device file.
        public var node = Node()
        /// One of which nothing is known.
        public init() {}
    }

    /// One GPIO chip.
    public struct GPIOChipFacts: Equatable, Sendable {
        /// The kernel's name.
        public var name = ""
        /// What its driver calls it; `nil` if this user may not ask.
        public var label: String?
        /// How many lines it has; 0 if this user may not ask.
        public var lines = 0
        /// Lines that somebody holds, and what the holder calls itself.
        public var holders: [UInt32: String] = [:]
        /// Its device file.
        public var node = Node()
        /// One of which nothing is known.
        public init() {}
    }

    /// A device file.
    public struct Node: Equatable, Sendable {
        /// The path, links followed.
        public var path = ""
        /// Whether it is there.
        public var exists = false
        /// Whether this user may read and write it.
        public var isAccessible = false
        /// Group that it belongs to.
        public var group = ""
        /// Owner, group and mode as `ls` calls them.
        public var owner = ""
        /// Programs that have it open, as far as this user may see: name and process.
        public var holders: [Holder] = []
        /// How long an FTDI adapter keeps bytes, ms; `nil` for others.
        public var latency: Int?
        /// One of which nothing is known.
        public init() {}
    }

    /// A program that has a device open.
    public struct Holder: Equatable, Sendable {
        /// The program's name.
        public var name: String
        /// Its process.
        public var process: Int32
        /// A program by its name and process.
        public init(name: String, process: Int32) {
            self.name = name
            self.process = process
        }
    }

    /// A serial port on USB.
    public struct SerialPort: Equatable, Sendable, CustomStringConvertible {
        /// The device file, such as `/dev/ttyUSB0`.
        public var path: String
        /// The adapter's ids, as `lsusb` prints them; empty if not known.
        public var ids: String
        /// The adapter's serial number; empty if it has none.
        public var serial: String
        /// A port by what tells it apart.
        public init(path: String, ids: String, serial: String) {
            self.path = path
            self.ids = ids
            self.serial = serial
        }

        /// Path, ids and serial number, for people.
        public var description: String {
            let parts = [ids, serial.isEmpty ? "" : "serial number \(serial)"]
                .filter { !$0.isEmpty }
            return parts.isEmpty ? path : "\(path) (\(parts.joined(separator: ", ")))"
        }
    }

    /// What became of reading a sensor.
    public enum Sensor: Equatable, Sendable {
        /// There is no chip of this name.
        case noChip
        /// The chip has no such file, or it cannot be read.
        case noAttribute
        /// What it says.
        case text(String)
    }

    /// What the network says of another end.
    public enum Peer: Equatable, Sendable {
        /// It took the connection, or there is a way to it, by this interface.
        case reached(interface: String)
        /// The host is there, but nobody listens on the port.
        case refused
        /// Nothing came back in time.
        case silent
        /// There is no way to it.
        case unreachable
        /// Nobody knows the host's name.
        case unknownHost
        /// Something else, in the system's words.
        case failed(String)
    }

    /// One network interface.
    public struct NetworkInterface: Equatable, Sendable {
        /// Such as `eth0`.
        public var name: String
        /// Whether it has a link.
        public var isUp: Bool
        /// Speed of the link, Mbit/s; `nil` if not known.
        public var megabits: Int?
        /// An interface and its link.
        public init(name: String, isUp: Bool, megabits: Int?) {
            self.name = name
            self.isUp = isUp
            self.megabits = megabits
        }
    }
}
