// swift-tools-version: 6.2
import PackageDescription

// The layers, bottom to top. `scripts/layers` checks that imports only point down.
let core: [Target] = [
    .target(name: "CHardware"),
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
    .target(name: "CLinuxIO"),
    .target(
        name: "LinuxIO", dependencies: ["CLinuxIO", "PayloadHAL", "Quantities"],
        swiftSettings: strict),
    .target(
        name: "MountDrivers", dependencies: ["PayloadHAL", "Quantities"], swiftSettings: strict),
    .target(
        name: "MirrorDrivers", dependencies: ["PayloadHAL", "Quantities"], swiftSettings: strict),
    .target(name: "CVideo"),
    .target(
        name: "CameraDrivers", dependencies: ["CVideo", "PayloadHAL", "Quantities"],
        swiftSettings: strict),
    // Empty without the trait, so that the first build needs no camera library.
    .systemLibrary(
        name: "CAravis", pkgConfig: "aravis-0.8",
        providers: [.apt(["libaravis-dev", "libusb-1.0-0-dev"])]),
    .target(
        name: "AravisCamera",
        dependencies: [
            "CameraDrivers", "LinuxIO", "PayloadHAL", "Quantities",
            .target(name: "CAravis", condition: .when(traits: ["Aravis"])),
        ],
        swiftSettings: strict),
    // Optimised in debug builds too: whole passes of camera frames are drawn in tests.
    .target(
        name: "Simulator",
        dependencies: [
            "Quantities", "TimeTags", "Orbit", "ClockSync", "Gating", "Sifting", "Wire",
            "Tracking",
        ],
        swiftSettings: strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]),
]

let runtime: [Target] = [
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .target(name: "TagFiles", dependencies: ["Quantities", "TimeTags"], swiftSettings: strict),
    .target(name: "OrbitFiles", dependencies: ["Quantities", "Orbit"], swiftSettings: strict),
    .target(name: "BoardFile", dependencies: ["Quantities"], swiftSettings: strict),
    .target(name: "KeyLengthFile", dependencies: ["FiniteKey"], swiftSettings: strict),
    .target(
        name: "Recorder",
        dependencies: ["CZstd", "TimeTags", .product(name: "GRDB", package: "GRDB.swift")],
        swiftSettings: strict),
    .target(name: "Report", dependencies: ["Recorder", "BoardFile"], swiftSettings: strict),
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
            "Quantities", "Buffers", "TimeTags", "Wire", "Orbit", "ClockSync", "Gating", "Sifting",
            "Simulator", "TagFiles", "OrbitFiles", "BoardFile", "Recorder", "FiniteKey", "Secrets",
            "Distillation", "KeyStore", "Coincidence", "Tracking", "PassControl",
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
            "Cascade", "KeyStore", "Simulator", "Orbit", "OrbitFiles",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ],
        swiftSettings: strict),
    .executableTarget(
        name: "lodestar-sim",
        dependencies: [
            "LinuxIO", "MirrorDrivers", "PayloadHAL", "Quantities",
            .target(name: "CAravis", condition: .when(traits: ["Aravis"])),
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
            "Tracking",
        ],
        path: "Sources/Benchmarks", swiftSettings: strict),
    .target(name: "CAllocationCounter"),
    .executableTarget(
        name: "AllocationBenchmark",
        dependencies: [
            "CAllocationCounter", "TimeTags", "Wire", "Orbit", "ClockSync", "Gating", "Sifting",
            "Simulator", "BoardFile", "Station", "Quantities", "Tracking",
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
    .testTarget(name: "TagFilesTests", dependencies: ["TagFiles", "TimeTags"]),
    .testTarget(name: "BoardFileTests", dependencies: ["BoardFile"]),
    .testTarget(name: "RecorderTests", dependencies: ["Recorder"]),
    .testTarget(
        name: "StationTests",
        dependencies: [
            "Station", "BoardFile", "ClockSync", "Distillation", "Gating", "KeyStore", "Recorder",
            "Secrets", "Sifting", "Simulator", "TagFiles", "TimeTags", "PassControl", "Quantities",
            .product(name: "Crypto", package: "swift-crypto"),
        ]),
    .testTarget(
        name: "PayloadHALTests", dependencies: ["PayloadDoubles", "PayloadHAL", "Quantities"]),
    .testTarget(
        name: "LinuxIOTests",
        dependencies: ["LinuxIO", "PayloadDoubles", "PayloadHAL", "Quantities"]),
    .testTarget(
        name: "MountDriversTests",
        dependencies: ["MountDrivers", "PayloadDoubles", "PayloadHAL", "Quantities"]),
    .testTarget(
        name: "MirrorDriversTests",
        dependencies: ["LinuxIO", "MirrorDrivers", "PayloadDoubles", "PayloadHAL", "Quantities"]),
    .testTarget(
        name: "CameraDriversTests",
        dependencies: ["CVideo", "CameraDrivers", "PayloadDoubles", "PayloadHAL", "Quantities"]),
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
            "AravisCamera", "CAllocationCounter", "LinuxIO", "MirrorDrivers", "MountDrivers",
            "PayloadDoubles", "PayloadHAL", "Quantities",
        ],
        path: "Tests/Peers/DriverRig", swiftSettings: strict),
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
    traits: [
        .trait(name: "Aravis", description: "GigE Vision and USB3 Vision cameras, through Aravis")
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: core + hal + devices + runtime + apps + benchmarks + tests
)
