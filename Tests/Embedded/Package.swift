// swift-tools-version: 6.2
import PackageDescription

// The core's second compilation: the same sources, through links, in Embedded Swift and without C.
// `scripts/layers` checks that these targets and their dependencies are those of the core.
// LODESTAR_COMPILATION=host compiles them as ordinary Swift, to compare the answers of the two;
// =heap as Embedded Swift for a machine with a heap, and with what works block by block on one.
let compilation = Context.environment["LODESTAR_COMPILATION"]
let isHost = compilation == "host"
let hasHeap = compilation == "heap"

var settings: [SwiftSetting] {
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableExperimentalFeature("Lifetimes"),
        .enableExperimentalFeature("Extern"),
    ] + (isHost ? [] : [.enableExperimentalFeature("Embedded")])
        + (isHost || hasHeap ? [] : [.define("NO_HEAP")])
}

let core: [Target] = [
    .target(name: "Quantities", swiftSettings: settings),
    .target(name: "Buffers", dependencies: ["Quantities"], swiftSettings: settings),
    .target(name: "TimeTags", dependencies: ["Quantities"], swiftSettings: settings),
    .target(name: "Wire", dependencies: ["Quantities", "TimeTags"], swiftSettings: settings),
    .target(name: "Orbit", dependencies: ["Quantities"], swiftSettings: settings),
    .target(name: "Tracking", dependencies: ["Quantities"], swiftSettings: settings),
    .target(
        name: "PassControl", dependencies: ["Quantities", "Tracking"], swiftSettings: settings),
    .target(
        name: "Calibration", dependencies: ["Quantities", "TimeTags", "Tracking"],
        swiftSettings: settings),
    .target(name: "Monitors", dependencies: ["Quantities"], swiftSettings: settings),
    .target(name: "ClockSync", dependencies: ["Quantities"], swiftSettings: settings),
    .target(
        name: "Gating", dependencies: ["Quantities", "TimeTags", "ClockSync"],
        swiftSettings: settings),
    .target(
        name: "Sifting", dependencies: ["Quantities", "Gating", "Wire", "Authentication"],
        swiftSettings: settings),
    .target(name: "FiniteKey", dependencies: ["Quantities"], swiftSettings: settings),
    .target(name: "Secrets", swiftSettings: settings),
    .target(
        name: "Amplification", dependencies: ["Quantities", "Secrets"], swiftSettings: settings),
    .target(
        name: "Authentication", dependencies: ["Quantities", "Secrets"], swiftSettings: settings),
    .target(name: "Cascade", dependencies: ["Quantities", "Secrets"], swiftSettings: settings),
    .target(
        name: "Reconciliation", dependencies: ["Quantities", "Secrets"], swiftSettings: settings),
    .target(
        name: "Coincidence",
        dependencies: [
            "Quantities", "Gating", "Wire", "FiniteKey", "Secrets", "Authentication", "Sifting",
        ],
        swiftSettings: settings),
]

/// Allocates block by block, in no hot loop.
let onHeap: [Target] = [
    .target(
        name: "Distillation",
        dependencies: [
            "Quantities", "Secrets", "Authentication", "Wire", "Sifting", "FiniteKey",
            "Reconciliation", "Cascade", "Amplification",
        ],
        swiftSettings: settings)
]

let exercises: [Target] = [
    .target(
        name: "Exercises",
        dependencies: [
            "Quantities", "Buffers", "TimeTags", "Wire", "Orbit", "ClockSync", "Gating", "Sifting",
            "FiniteKey", "Secrets", "Authentication", "Coincidence",
        ],
        swiftSettings: settings)
]

/// Prints the answers of the host, which the Cortex-M4 must repeat.
let host: [Target] = [
    .executableTarget(
        name: "HostAnswers", dependencies: ["Exercises"], swiftSettings: settings,
        linkerSettings: [.linkedLibrary("m")])
]

let package = Package(
    name: "embedded",
    targets: core + exercises + (isHost ? host : []) + (hasHeap ? onHeap : []))
