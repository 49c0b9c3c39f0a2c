// swift-tools-version: 6.2
import PackageDescription

// The layers, bottom to top. `scripts/layers` checks that imports only point down.
let core: [Target] = [
    // Optimised in debug builds too: tests decode and privacy-amplify whole blocks with it.
    .target(
        name: "CHardware", cSettings: [.unsafeFlags(["-O2"], .when(configuration: .debug))]),
    .target(
        name: "Quantities", swiftSettings: strict, linkerSettings: [.linkedLibrary("m")]),
    .target(name: "Buffers", dependencies: ["Quantities"], swiftSettings: strict),
    .target(name: "TimeTags", dependencies: ["Quantities", "CHardware"], swiftSettings: strict),
    .target(name: "Wire", dependencies: ["Quantities", "TimeTags"], swiftSettings: strict),
    // Optimised in debug builds too: its tests propagate whole years.
    .target(
        name: "Orbit", dependencies: ["Quantities"],
        swiftSettings: strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]),
    // Optimised in debug builds too: its tests run whole passes at the rate of the loop.
    .target(
        name: "Tracking", dependencies: ["Quantities"],
        swiftSettings: strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]),
    .target(
        name: "PassControl", dependencies: ["Quantities", "Tracking"], swiftSettings: strict),
    // Optimised in debug builds too: its tests run whole calibrations.
    .target(
        name: "Calibration", dependencies: ["Quantities", "TimeTags", "Tracking"],
        swiftSettings: strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]),
    // Optimised in debug builds too: its tests run hundreds of passes.
    .target(
        name: "Monitors", dependencies: ["Quantities"],
        swiftSettings: strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]),
    // Optimised in debug builds too: the filter's small matrices are a hundred times slower
    // otherwise, and its tests run whole passes.
    .target(
        name: "ClockSync", dependencies: ["Quantities"],
        swiftSettings: strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]),
    .target(
        name: "Gating", dependencies: ["Quantities", "TimeTags", "ClockSync", "CHardware"],
        swiftSettings: strict),
    .target(name: "Secrets", dependencies: ["CHardware"], swiftSettings: strict),
    .target(
        name: "Authentication", dependencies: ["Quantities", "Secrets", "CHardware"],
        swiftSettings: strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]),
    .target(
        name: "Sifting", dependencies: ["Quantities", "Gating", "Wire", "Authentication"],
        swiftSettings: strict),
    .target(name: "FiniteKey", dependencies: ["Quantities"], swiftSettings: strict),
    .target(
        name: "Coincidence",
        dependencies: [
            "Quantities", "Gating", "Wire", "FiniteKey", "Secrets", "Authentication", "Sifting",
        ],
        swiftSettings: strict),
    // Optimised in debug builds too: its tests compare products of thousands of words.
    .target(
        name: "Amplification", dependencies: ["Quantities", "Secrets", "CHardware"],
        swiftSettings: strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]),
    // Optimised in debug builds too: its tests correct whole blocks.
    .target(
        name: "Cascade", dependencies: ["Quantities", "Secrets"],
        swiftSettings: strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]),
    // Optimised in debug builds too: its tests decode whole blocks.
    .target(
        name: "Reconciliation", dependencies: ["CHardware", "Quantities", "Secrets"],
        swiftSettings: strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]),
    // Allocates block by block, in no hot loop.
    // Optimised in debug builds too: its tests run whole passes.
    .target(
        name: "Distillation",
        dependencies: [
            "Quantities", "Secrets", "Authentication", "Wire", "Sifting", "FiniteKey",
            "Reconciliation", "Cascade", "Amplification",
        ],
        swiftSettings: strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]),
]

let hal: [Target] = [
    .target(name: "PayloadHAL", dependencies: ["Quantities"], swiftSettings: strict),
    // Scripted connections and the checks that every driver passes, for tests and rigs.
    .target(
        name: "PayloadDoubles", dependencies: ["PayloadHAL", "Quantities"], swiftSettings: strict),
]

let devices: [Target] = [
    // Digital lines; its two interfaces stay behind CLinuxIO/include/gpio.h.
    .systemLibrary(
        name: "CGPIO", pkgConfig: "libgpiod", providers: [.apt(["libgpiod-dev"])]),
    .systemLibrary(
        name: "CUSB", pkgConfig: "libusb-1.0", providers: [.apt(["libusb-1.0-0-dev"])]),
    .target(name: "CLinuxIO", dependencies: ["CGPIO"]),
    .target(
        name: "LinuxIO", dependencies: ["CLinuxIO", "CUSB", "PayloadHAL", "Quantities"],
        swiftSettings: strict),
    .target(
        name: "TaggerDrivers", dependencies: ["PayloadHAL", "Quantities"], swiftSettings: strict),
    // Drivers around drivers that spoil what they say, on order.
    .target(
        name: "FaultyDrivers", dependencies: ["PayloadHAL", "Quantities"], swiftSettings: strict),
    .target(
        name: "MountDrivers", dependencies: ["PayloadHAL", "Quantities"], swiftSettings: strict),
    .target(
        name: "MirrorDrivers", dependencies: ["PayloadHAL", "Quantities"], swiftSettings: strict),
    .target(
        name: "GateDrivers", dependencies: ["PayloadHAL", "Quantities", "TimeTags"],
        swiftSettings: strict),
    .target(
        name: "LinkDrivers", dependencies: ["PayloadHAL", "Quantities", "TimeTags"],
        swiftSettings: strict),
    .target(name: "CVideo"),
    .target(
        name: "CameraDrivers", dependencies: ["CVideo", "PayloadHAL", "Quantities"],
        swiftSettings: strict),
    // Loads the camera library at run time: neither the build nor the programs need it.
    .target(name: "CAravis"),
    .target(
        name: "AravisCamera",
        dependencies: ["CAravis", "CameraDrivers", "LinuxIO", "PayloadHAL", "Quantities"],
        swiftSettings: strict),
    // The server's end of USB/IP and emulated devices: bytes in, bytes out.
    .target(
        name: "USBIP", dependencies: ["PayloadHAL", "Quantities", "TimeTags"], swiftSettings: strict
    ),
    // Optimised in debug builds too: whole passes of camera frames are drawn in tests.
    .target(
        name: "Simulator",
        dependencies: [
            "Quantities", "TimeTags", "Orbit", "ClockSync", "Gating", "Sifting", "Wire",
            "Tracking", "Calibration", "Monitors",
        ],
        swiftSettings: strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]),
]

let runtime: [Target] = [
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .target(name: "Control", dependencies: ["LinuxIO"], swiftSettings: strict),
    .target(
        name: "Daemon",
        dependencies: [
            "Control", "LinuxIO", "Quantities", "RealTime",
            .product(name: "Logging", package: "swift-log"),
        ],
        swiftSettings: strict),
    .target(name: "RealTime", dependencies: ["LinuxIO", "Quantities"], swiftSettings: strict),
    // crypt(3) of the system.
    .target(name: "CPassword", linkerSettings: [.linkedLibrary("crypt")]),
    .target(
        name: "Shell",
        dependencies: [
            "BoardFile", "Control", "CPassword", "FaultyDrivers", "LinuxIO", "Quantities",
            "RealTime",
        ],
        swiftSettings: strict),
    .target(name: "TagFiles", dependencies: ["Quantities", "TimeTags"], swiftSettings: strict),
    .target(name: "OrbitFiles", dependencies: ["Quantities", "Orbit"], swiftSettings: strict),
    .target(name: "BoardFile", dependencies: ["Quantities"], swiftSettings: strict),
    // Opens what aims the telescope as the board says.
    .target(
        name: "PointingInstruments",
        dependencies: [
            "AravisCamera", "BoardFile", "CameraDrivers", "LinuxIO", "MirrorDrivers",
            "MountDrivers", "PayloadHAL", "Quantities", "Tracking",
        ],
        swiftSettings: strict),
    .target(name: "CMachine"),
    .target(
        name: "Doctor",
        dependencies: ["AravisCamera", "BoardFile", "CMachine", "LinuxIO", "Quantities"],
        swiftSettings: strict),
    // Which driver speaks to what.
    .target(
        name: "Instruments",
        dependencies: [
            "BoardFile", "FaultyDrivers", "GateDrivers", "LinuxIO", "PayloadHAL", "Quantities",
            "TaggerDrivers", "USBIP",
        ],
        swiftSettings: strict),
    .target(name: "KeyLengthFile", dependencies: ["FiniteKey"], swiftSettings: strict),
    .target(
        name: "Recorder",
        dependencies: ["CZstd", "TimeTags", .product(name: "GRDB", package: "GRDB.swift")],
        swiftSettings: strict),
    .target(
        name: "Report", dependencies: ["Recorder", "BoardFile", "CalibrationRecords"],
        swiftSettings: strict),
    .target(
        name: "CalibrationRecords",
        dependencies: [
            "BoardFile", "Secrets", .product(name: "Crypto", package: "swift-crypto"),
        ],
        swiftSettings: strict),
    // Optimised in debug builds too: its tests run whole calibrations.
    .target(
        name: "Procedures",
        dependencies: [
            "BoardFile", "Calibration", "CalibrationRecords", "GateDrivers", "Instruments",
            "LinuxIO", "PayloadHAL", "PointingInstruments", "Quantities", "Shell", "Simulator",
            "TagFiles", "TimeTags", "Tracking",
        ],
        swiftSettings: strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]),
    .target(
        name: "KeyStore",
        dependencies: [
            "Authentication", "Secrets", .product(name: "GRDB", package: "GRDB.swift"),
            .product(name: "Crypto", package: "swift-crypto"),
        ],
        swiftSettings: strict),
    // Optimised in debug builds too: its tests run whole passes, camera frames and all.
    .target(
        name: "Station",
        dependencies: [
            "Quantities", "Buffers", "PayloadHAL", "GateDrivers", "RealTime", "TimeTags", "Wire",
            "Orbit", "ClockSync", "FaultyDrivers", "Gating", "Sifting",
            "Simulator", "TagFiles", "OrbitFiles", "BoardFile", "Recorder", "FiniteKey", "Secrets",
            "Distillation", "KeyStore", "Coincidence", "Tracking", "PassControl", "Monitors",
            "CalibrationRecords",
            .product(name: "Crypto", package: "swift-crypto"),
        ],
        swiftSettings: strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]),
]

let apps: [Target] = [
    .executableTarget(
        name: "lodestar",
        dependencies: [
            "Station", "Report", "Recorder", "TagFiles", "BoardFile", "ClockSync", "Quantities",
            "TimeTags", "FiniteKey", "KeyLengthFile", "Secrets", "Amplification", "Reconciliation",
            "Cascade", "KeyStore", "Simulator", "Orbit", "OrbitFiles", "Doctor", "Procedures",
            "CalibrationRecords", "Calibration", "PayloadHAL", "LinuxIO", "Instruments",
            "GateDrivers", "Control", "PointingInstruments", "RealTime", "Shell",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ],
        swiftSettings: strict),
    .executableTarget(
        name: "lodestard",
        dependencies: [
            "BoardFile", "Control", "Daemon", "FaultyDrivers", "GateDrivers", "Instruments",
            "KeyStore", "LinkDrivers", "LinuxIO", "Orbit", "PayloadHAL", "PointingInstruments",
            "Procedures", "Quantities", "RealTime", "Shell", "Station",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
            .product(name: "Logging", package: "swift-log"),
        ],
        swiftSettings: strict),
    .executableTarget(
        name: "lodestar-sim",
        dependencies: [
            "AravisCamera", "BoardFile", "CAravis", "FaultyDrivers", "LinkDrivers", "LinuxIO",
            "MirrorDrivers", "PayloadHAL", "Procedures", "Quantities", "Simulator", "Station",
            "TimeTags", "Tracking", "USBIP",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ],
        swiftSettings: strict),
]

let benchmarks: [Target] = [
    .executableTarget(
        name: "lodestar-bench",
        dependencies: [
            "Quantities", "TimeTags", "Wire", "Orbit", "ClockSync", "Gating", "Sifting",
            "Simulator", "Station", "Secrets", "Amplification", "Reconciliation", "Cascade",
            "Tracking", "Calibration", "Monitors", "GateDrivers", "PayloadHAL",
        ],
        path: "Sources/Benchmarks", swiftSettings: strict),
    // How fast a tagger's bytes come through libusb, in the emulated machine or on a rig.
    .executableTarget(
        name: "usb-rate",
        dependencies: [
            "CUSB", "ClockSync", "Gating", "LinuxIO", "PayloadDoubles", "PayloadHAL", "Quantities",
            "TaggerDrivers",
            "TimeTags", "USBIP",
        ],
        swiftSettings: strict),
    .target(name: "CAllocationCounter"),
    .executableTarget(
        name: "AllocationBenchmark",
        dependencies: [
            "CAllocationCounter", "TimeTags", "Wire", "Orbit", "ClockSync", "Gating", "Sifting",
            "Simulator", "BoardFile", "Station", "Quantities", "Tracking", "RealTime",
            .product(name: "Crypto", package: "swift-crypto"),
        ],
        swiftSettings: strict),
]

let tests: [Target] = [
    .testTarget(
        name: "OrbitTests", dependencies: ["Orbit", "OrbitFiles", "Quantities"],
        exclude: ["Fixtures"]),
    .testTarget(name: "OrbitFilesTests", dependencies: ["OrbitFiles", "Orbit"]),
    .testTarget(name: "QuantitiesTests", dependencies: ["Quantities", "Orbit"]),
    .testTarget(name: "TimeTagsTests", dependencies: ["TimeTags"]),
    .testTarget(name: "WireTests", dependencies: ["Wire"]),
    .testTarget(name: "ClockSyncTests", dependencies: ["ClockSync", "Orbit"]),
    .testTarget(
        name: "TrackingTests",
        dependencies: ["Tracking", "PassControl", "Quantities", "Orbit", "Simulator"]),
    .testTarget(
        name: "PassControlTests", dependencies: ["PassControl", "Tracking", "Quantities"]),
    .testTarget(
        name: "CalibrationTests",
        dependencies: [
            "Calibration", "Simulator", "TimeTags", "ClockSync", "Tracking", "Quantities",
        ]),
    .testTarget(
        name: "ProceduresTests",
        dependencies: [
            "Procedures", "CalibrationRecords", "BoardFile", "Calibration", "PayloadHAL",
            "PointingInstruments", "Quantities", "Simulator", "TimeTags",
        ]),
    .testTarget(
        name: "PointingInstrumentsTests",
        dependencies: ["AravisCamera", "BoardFile", "LinuxIO", "PointingInstruments"]),
    .testTarget(
        name: "CalibrationRecordsTests", dependencies: ["CalibrationRecords", "BoardFile"]),
    .testTarget(name: "MonitorsTests", dependencies: ["Monitors", "Simulator"]),
    .testTarget(name: "BuffersTests", dependencies: ["Buffers"]),
    .testTarget(
        name: "GatingTests",
        dependencies: ["Gating", "TimeTags", "ClockSync", "Quantities"]),
    .testTarget(name: "AuthenticationTests", dependencies: ["Authentication", "Secrets"]),
    .testTarget(
        name: "CoincidenceTests",
        dependencies: ["Coincidence", "Simulator", "Gating", "Wire", "FiniteKey", "Secrets"]),
    .testTarget(
        name: "DistillationTests",
        dependencies: [
            "Distillation", "Sifting", "Gating", "Wire", "Secrets", "Authentication",
            "FiniteKey", "TimeTags", "Coincidence", "Simulator",
        ]),
    .testTarget(name: "AmplificationTests", dependencies: ["Amplification", "Secrets"]),
    .testTarget(name: "SiftingTests", dependencies: ["Sifting", "Gating", "Wire"]),
    .testTarget(name: "ReconciliationTests", dependencies: ["Reconciliation", "Quantities"]),
    .testTarget(name: "CascadeTests", dependencies: ["Cascade", "Secrets"]),
    .testTarget(name: "FiniteKeyTests", dependencies: ["FiniteKey"]),
    .testTarget(name: "KeyLengthFileTests", dependencies: ["KeyLengthFile", "FiniteKey"]),
    .testTarget(
        name: "SimulatorTests",
        dependencies: ["Simulator", "TimeTags", "Orbit", "Quantities", "Gating", "Sifting", "Wire"]),
    .testTarget(
        name: "USBIPTests",
        dependencies: [
            "PayloadDoubles", "PayloadHAL", "Quantities", "Simulator", "TaggerDrivers", "TimeTags",
            "USBIP",
        ]),
    .testTarget(name: "TagFilesTests", dependencies: ["TagFiles", "TimeTags"]),
    .testTarget(name: "BoardFileTests", dependencies: ["BoardFile"]),
    .testTarget(
        name: "InstrumentsTests",
        dependencies: ["BoardFile", "GateDrivers", "Instruments", "PayloadHAL"]),
    .testTarget(name: "DoctorTests", dependencies: ["Doctor", "BoardFile"]),
    .testTarget(name: "RecorderTests", dependencies: ["Recorder"]),
    .testTarget(
        name: "StationTests",
        dependencies: [
            "Station", "Tracking", "BoardFile", "CalibrationRecords", "ClockSync", "Distillation",
            "Gating", "KeyStore", "Monitors", "Recorder", "Secrets", "Sifting", "Simulator",
            "TagFiles", "TimeTags", "PassControl", "Quantities",
            "GateDrivers", "LinuxIO", "PayloadDoubles", "PayloadHAL", "RealTime", "USBIP", "Wire",
            .product(name: "Crypto", package: "swift-crypto"),
        ]),
    .testTarget(
        name: "PayloadHALTests", dependencies: ["PayloadDoubles", "PayloadHAL", "Quantities"]),
    .testTarget(
        name: "LinuxIOTests",
        dependencies: ["LinuxIO", "PayloadDoubles", "PayloadHAL", "Quantities"]),
    .testTarget(
        name: "TaggerDriversTests",
        dependencies: ["TaggerDrivers", "PayloadDoubles", "PayloadHAL", "Quantities", "TimeTags"]),
    .testTarget(
        name: "MountDriversTests",
        dependencies: ["MountDrivers", "PayloadDoubles", "PayloadHAL", "Quantities"]),
    .testTarget(
        name: "MirrorDriversTests",
        dependencies: ["LinuxIO", "MirrorDrivers", "PayloadDoubles", "PayloadHAL", "Quantities"]),
    .testTarget(
        name: "LinkDriversTests",
        dependencies: [
            "LinkDrivers", "LinuxIO", "PayloadDoubles", "PayloadHAL", "Quantities", "Wire",
        ]),
    .testTarget(
        name: "GateDriversTests",
        dependencies: ["GateDrivers", "PayloadDoubles", "PayloadHAL", "Quantities", "TimeTags"]),
    .testTarget(
        name: "AravisCameraTests", dependencies: ["AravisCamera", "PayloadHAL"]),
    .testTarget(
        name: "CameraDriversTests",
        dependencies: ["CVideo", "CameraDrivers", "PayloadDoubles", "PayloadHAL", "Quantities"]),
    .testTarget(name: "ControlTests", dependencies: ["Control", "LinuxIO"]),
    .testTarget(
        name: "ShellTests",
        dependencies: [
            "BoardFile", "Control", "Daemon", "FaultyDrivers", "LinuxIO", "Quantities", "RealTime",
            "Shell", .product(name: "Logging", package: "swift-log"),
        ],
        exclude: ["Transcripts"]),
    .testTarget(
        name: "DaemonTests",
        dependencies: [
            "Control", "Daemon", "LinuxIO", "Quantities", "RealTime",
            .product(name: "Logging", package: "swift-log"),
        ]),
    .testTarget(name: "RealTimeTests", dependencies: ["RealTime", "Quantities"]),
    .testTarget(name: "ReportTests", dependencies: ["Report", "Recorder"]),
    .testTarget(name: "KeyStoreTests", dependencies: ["KeyStore", "Secrets"]),
    // Works on key stores until it is killed: scripts/test crash.
    .executableTarget(
        name: "store-worker", dependencies: ["KeyStore", "Secrets"],
        path: "Tests/Crash/StoreWorker", swiftSettings: strict),
    // Drives mounts, mirrors and cameras that others made: scripts/test drivers.
    .executableTarget(
        name: "driver-rig",
        dependencies: [
            "AravisCamera", "CAllocationCounter", "GateDrivers", "LinkDrivers", "LinuxIO",
            "MirrorDrivers", "MountDrivers", "PayloadDoubles", "PayloadHAL", "Quantities",
        ],
        path: "Tests/Peers/DriverRig", swiftSettings: strict),
    // Runs the calibrations' estimators on events that others made: scripts/test peers.
    .executableTarget(
        name: "calibration-rig", dependencies: ["Calibration", "Quantities", "TimeTags"],
        path: "Tests/Peers/CalibrationRig", swiftSettings: strict),
    // Makes keys with key stores at both ends until it is killed: scripts/test crash.
    .executableTarget(
        name: "pass-worker",
        dependencies: [
            "Authentication", "Distillation", "FiniteKey", "Gating", "KeyStore", "Quantities",
            "Secrets", "Sifting", "Station", "Wire",
        ],
        path: "Tests/Crash/PassWorker", swiftSettings: strict),
]

/// Existentials and what Embedded mode refuses are errors everywhere below the apps.
var strict: [SwiftSetting] {
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableExperimentalFeature("Lifetimes"),
        .enableExperimentalFeature("Extern"),
    ]
}

let package = Package(
    name: "lodestar",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: core + hal + devices + runtime + apps + benchmarks + tests
)
