// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "parley",
    // The service needs macOS 15; ParleyClient, alone, is written for macOS 14 and iOS 17.
    platforms: [.macOS(.v15), .iOS(.v17)],
    products: [
        .executable(name: "parley", targets: ["parley"]),
        .library(name: "ParleyClient", targets: ["ParleyClient"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // The executable: reads the configuration, wires the parts together, decides nothing.
        .executableTarget(
            name: "parley",
            dependencies: [
                "API", "Sessions", "Anthropic", "MCP", "ParleyClient", "Taiga", "Postgres", "Redis", "WebClient",
                "Agent", "CJemalloc", "CLinux",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),

        // For apps: a client of the service, over Foundation and nothing of ours.
        .target(name: "ParleyClient", swiftSettings: settings),

        // HTTP: routes, middleware, the wire's shapes.
        .target(
            name: "API",
            dependencies: [
                "Agent", "ChatPage", "COpenSSL",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            resources: [.embedInCode("OpenAPI/Document")],
            swiftSettings: settings
        ),

        // The page for browsers, and the client that it and other programs speak to the service with.
        .target(
            name: "ChatPage",
            dependencies: ["COpenSSL"],
            // Tells node that the files are modules.
            exclude: ["package.json"],
            resources: [.embedInCode("Files")],
            swiftSettings: settings
        ),

        // What implements the protocols of the core.
        .target(
            name: "Sessions",
            dependencies: [
                "Agent", "CSessionStore", "Postgres", "Redis",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            resources: [
                .embedInCode("Postgres/Migrations"), .embedInCode("Postgres/Statements"),
                .embedInCode("Redis/Scripts"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "Anthropic",
            dependencies: ["Agent", "WebClient", .product(name: "Logging", package: "swift-log")],
            swiftSettings: settings
        ),
        .target(
            name: "Taiga",
            dependencies: ["Agent", "COpenSSL", "WebClient", .product(name: "Logging", package: "swift-log")],
            swiftSettings: settings
        ),
        .target(
            name: "MCP",
            dependencies: [
                "Agent", "WebClient",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),

        // The core: sessions, turns, the agent loop. Imports nothing of ours, does no I/O.
        .target(
            name: "Agent",
            dependencies: [
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
            ],
            swiftSettings: settings
        ),

        // Transports.
        .target(
            name: "Redis",
            dependencies: [
                "CHiredis", "COpenSSL",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "Postgres",
            dependencies: [
                "CPostgres",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
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

        // C: Debian's libraries behind a module map and a shim, and one data structure of our own.
        .systemLibrary(name: "CHiredis"),
        .systemLibrary(name: "CPostgres"),
        .systemLibrary(name: "CCurl"),
        .systemLibrary(name: "COpenSSL"),
        .systemLibrary(name: "CJemalloc"),
        .systemLibrary(name: "CLinux"),
        .target(name: "CSessionStore", cSettings: [.treatAllWarnings(as: .error)]),

        // Real servers and stand-ins that tests start.
        .target(
            name: "TestSupport",
            dependencies: [
                "Agent",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            path: "Tests/TestSupport",
            swiftSettings: settings
        ),
        // What deploy/bench becomes: load on a worker, and what came of it.
        .executableTarget(
            name: "LoadBench",
            dependencies: [
                "TestSupport",
                "Agent",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/LoadBench",
            exclude: ["Load/load.lua"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "LoadBenchTests",
            dependencies: ["LoadBench", "TestSupport"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "AgentTests",
            dependencies: ["Agent", "TestSupport", .product(name: "Logging", package: "swift-log")],
            swiftSettings: settings
        ),
        .testTarget(
            name: "APITests",
            dependencies: [
                "API", "Agent", "ChatPage", "TestSupport",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .testTarget(name: "CSessionStoreTests", dependencies: ["CSessionStore"], swiftSettings: settings),
        .testTarget(
            name: "SessionsTests",
            dependencies: [
                "Sessions", "Agent", "Postgres", "Redis", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "RedisTests",
            dependencies: [
                "Redis", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "PostgresTests",
            dependencies: [
                "Postgres", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "WebClientTests",
            dependencies: [
                "WebClient", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "AnthropicTests",
            dependencies: [
                "Anthropic", "Agent", "WebClient", "TestSupport", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "TaigaTests",
            dependencies: [
                "Taiga", "Agent", "WebClient", "TestSupport", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ChatPageTests",
            dependencies: [
                // The program itself, which serves the page.
                "parley",
                "Agent", "ChatPage", "WebClient", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            exclude: ["JavaScript"],
            swiftSettings: settings
        ),
        // The program that the README shows, word for word.
        .executableTarget(
            name: "ReadmeProgram",
            dependencies: ["ParleyClient"],
            path: "Tests/ReadmeProgram",
            swiftSettings: settings
        ),
        .testTarget(
            name: "ParleyClientTests",
            dependencies: ["ParleyClient", "ReadmeProgram", "parley", "Agent", "TestSupport"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ParleyTests",
            dependencies: ["parley", "Agent", "ParleyClient", "WebClient"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MCPTests",
            dependencies: [
                // The program itself, for clients that start it or call it from outside.
                "parley",
                "MCP", "Agent", "Taiga", "WebClient", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            exclude: ["Servers", "Schemas"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "parley", "Agent", "WebClient", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            exclude: ["Contract"],
            swiftSettings: settings
        ),
    ]
)
