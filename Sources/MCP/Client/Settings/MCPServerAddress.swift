/// Where a server is, and whether it may know for whom it works.
package struct MCPServerAddress: Sendable, Equatable {
    package enum Endpoint: Sendable, Equatable {
        /// Streamable HTTP at this URL, without a user, a password or a fragment in it.
        case http(url: String)
        /// A program that talks on its standard input and output; the first element is its path, or its name in `PATH`.
        case stdio(command: [String])
    }

    package var endpoint: Endpoint
    /// The server gets the user's Taiga token pair and the request's context (project, milestone, user, roles) with each
    /// listing and call, and what it says about created artifacts and refreshed tokens is believed. No other server gets
    /// any of it.
    package var isTrusted: Bool

    package init(_ endpoint: Endpoint, isTrusted: Bool) {
        self.endpoint = endpoint
        self.isTrusted = isTrusted
    }

    /// What people are told instead of the address, which may hold secrets: the host, or the program's name.
    var label: String {
        switch endpoint {
        case .http(let url): String(Self.authority(of: url))
        case .stdio(let command): String(command.first?.split(separator: "/").last ?? "program")
        }
    }

    /// Host and port of a URL.
    static func authority(of url: String) -> Substring {
        guard let scheme = url.firstRange(of: "://") else { return "" }
        return url[scheme.upperBound...].prefix { !"/?#".contains($0) }
    }

    /// Whether a URL's host is this machine.
    static func isLoopback(_ url: String) -> Bool {
        let authority = authority(of: url).lowercased()
        let host =
            authority.hasPrefix("[") ? authority.prefix { $0 != "]" }.dropFirst() : authority.prefix { $0 != ":" }
        guard host != "localhost", host != "::1" else { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
