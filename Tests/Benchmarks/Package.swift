// swift-tools-version: 6.2
import PackageDescription

// Micro-benchmarks of the parts that every turn goes through: a package of its own, so that the service's build knows
// nothing of it. Run from the repository's root:
//
//     swift package --package-path Tests/Benchmarks benchmark                    times, and instructions where the
//                                                                                processor's counters can be read
//     swift run -c release --package-path Tests/Benchmarks figures               the figures that have a bar, as JSON
//     swift run -c release --package-path Tests/Benchmarks figures instructions  instructions, counted by valgrind
//
// Folders in Sources that are links are the service's own targets, built again here, as much of them as is measured.
// What the benchmarks reach is partly internal to a target: those are built for `@testable import`.

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]
let testable: [SwiftSetting] = settings + [.unsafeFlags(["-enable-testing"])]

let package = Package(
    name: "benchmarks",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "figures", targets: ["figures"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        // Without its traits: what would count allocations reads 0 here.
        .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // What is measured: each part with its input.
        .target(
            name: "Workloads",
            dependencies: [
                "Agent", "Anthropic", "CSessionStore", "Redis", "Sessions", "WebClient",
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "Suite",
            dependencies: ["Workloads", .product(name: "Benchmark", package: "benchmark")],
            path: "Suite",
            swiftSettings: settings,
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]
        ),
        .executableTarget(
            name: "figures",
            dependencies: [
                "Agent", "CMalloc", "Workloads",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Sources/Figures",
            swiftSettings: settings,
            // Valgrind gives up on Swift's debug information; names of functions stay.
            linkerSettings: [.unsafeFlags(["-Xlinker", "--strip-debug"], .when(platforms: [.linux]))]
        ),

        // The service's own.
        .target(
            name: "Agent",
            dependencies: [
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "Anthropic",
            dependencies: ["Agent", "WebClient", .product(name: "Logging", package: "swift-log")],
            swiftSettings: testable
        ),
        .target(
            name: "WebClient",
            dependencies: [
                "CCurl",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        // The codec without what connects.
        .target(
            name: "Redis",
            dependencies: ["CHiredis", .product(name: "NIOCore", package: "swift-nio")],
            exclude: [
                "Client", "Connection", "Lane", "Subscriber",
                "RedisConfiguration.swift", "RedisConfiguration+URL.swift",
            ],
            sources: ["Codec", "RedisCommand.swift", "RedisError.swift", "RedisReply.swift"],
            swiftSettings: testable
        ),
        // The memory store alone.
        .target(
            name: "Sessions",
            dependencies: [
                "Agent", "CSessionStore",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            exclude: ["Archive", "Postgres", "Redis", "LostClaims.swift"],
            sources: ["Memory", "Signals", "SessionPage+Limit.swift"],
            swiftSettings: settings
        ),
        // What the figures need of glibc.
        .systemLibrary(name: "CMalloc"),
        .systemLibrary(name: "CHiredis"),
        .systemLibrary(name: "CCurl"),
        .target(name: "CSessionStore", cSettings: [.treatAllWarnings(as: .error)]),
    ]
)
