import API
import Agent
import Configuration
import MCP

/// What an operator can set of `parley mcp`.
struct MCPSettings: Sendable {
    /// What it shares with a worker: where to listen, which Taiga, how to log.
    let base: Settings
    private(set) var server = MCPServerSettings()
    private(set) var http = MCPHTTPSettings()

    /// - Throws: for the first value that is wrong.
    init(reading reader: ConfigReader, overHTTP: Bool) throws(SettingsError) {
        base = try Settings(reading: reader)
        let values = SettingsReader(reader)
        let isLoopback = MCPHTTPSettings.loopback.contains(base.host) || base.host == "::1"

        let milestone = try values.integer(.taigaMilestone, in: 1...Int.max)
        if let project = try values.integer(.taigaProject, in: 1...Int.max) {
            server.project = MCPServerSettings.DefaultProject(id: project, milestoneID: milestone ?? 0)
        } else if milestone != nil {
            throw SettingsError(name: .taigaMilestone, message: "is set, but TAIGA_PROJECT_ID is not")
        }

        if let token = values.text(.taigaAuthToken) {
            guard isLoopback || !overHTTP else {
                throw SettingsError(
                    name: .taigaAuthToken,
                    message: "would give whoever reaches \(base.host) its rights"
                )
            }
            let refresh = Secret(values.text(.taigaRefreshToken) ?? "")
            server.credentials = RunCredentials(Credentials(authToken: Secret(token), refresh: refresh))
        } else if values.text(.taigaRefreshToken) != nil {
            throw SettingsError(name: .taigaRefreshToken, message: "is set, but TAIGA_AUTH_TOKEN is not")
        }

        // Where others can come in, nobody here knows by what names.
        http.hosts = isLoopback ? MCPHTTPSettings.loopback : nil
        if let hosts = values.text(.mcpAllowedHosts) {
            http.hosts = hosts == "*" ? nil : Set(hosts.split { $0 == "," || $0 == " " }.map { $0.lowercased() })
        }
        if case .only(let origins) = base.allowedOrigins { http.origins = origins }
    }

    /// The sandbox asks for no token, and has one project.
    mutating func useSandbox(_ project: MCPServerSettings.DefaultProject) {
        server.needsToken = false
        server.project = server.project ?? project
    }
}
