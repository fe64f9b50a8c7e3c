import API
import Agent
import Anthropic
import Configuration
import Logging
import MCP
import Taiga

extension Settings {
    /// Reads every setting; what is not set keeps its default. An empty value counts as not set.
    /// - Throws: for the first value that is wrong.
    init(reading reader: ConfigReader) throws(SettingsError) {
        let values = SettingsReader(reader)
        host = values.text(.host) ?? host
        port = try values.integer(.port, in: 0...65535) ?? port
        run.timeToLive = try values.integer(.sessionTTL, in: 1...31_536_000) ?? run.timeToLive
        run.historyMaxTokens = try values.integer(.historyMaxTokens, in: 1000...10_000_000) ?? run.historyMaxTokens
        run.deadline = try values.integer(.deadline, in: 1...600).map { .seconds($0) } ?? run.deadline
        run.budgets.steps = try values.integer(.maxSteps, in: 1...1000) ?? run.budgets.steps
        run.budgets.toolCalls = try values.integer(.maxToolCalls, in: 0...10_000) ?? run.budgets.toolCalls
        run.budgets.writeCalls = try values.integer(.maxWriteCalls, in: 0...10_000) ?? run.budgets.writeCalls
        run.budgets.repeatedCalls = try values.integer(.maxRepeatedCalls, in: 1...10_000) ?? run.budgets.repeatedCalls
        limits.inFlight = try values.integer(.maxRuns, in: 1...1_000_000) ?? limits.inFlight
        let perPrincipal = try values.integer(.maxRunsPerPrincipal, in: 0...1_000_000)
        limits.perPrincipal = perPrincipal.flatMap { $0 > 0 ? $0 : nil }
        shutdownGrace = try values.integer(.shutdownGrace, in: 0...3600).map { .seconds($0) } ?? shutdownGrace
        logLevel = try values.choice(.logLevel, of: Logger.Level.allCases) ?? logLevel
        logFormat = try values.choice(.logFormat, of: LogFormat.allCases) ?? logFormat
        allowedOrigins = try values.origins(.corsOrigins) ?? allowedOrigins
        store = try values.store()
        nearCacheBytes = try values.integer(.nearCache, in: 0...1 << 44) ?? nearCacheBytes
        archive = try values.archive(of: store)
        anthropic = try values.anthropic()
        taiga = try values.taiga()
        toolServers = try values.toolServers()
        authenticates = try values.authenticates(with: taiga)
        operatorToken = values.text(.opsToken).map { Secret($0) }
    }
}

/// Reads single settings and says what is wrong with them.
struct SettingsReader {
    private let reader: ConfigReader

    init(_ reader: ConfigReader) { self.reader = reader }

    func text(_ name: SettingName) -> String? {
        let value = reader.string(forKey: name.key, isSecret: name.isSecret)
        return value.flatMap { $0.isEmpty ? nil : $0 }
    }

    func integer(_ name: SettingName, in range: ClosedRange<Int>) throws(SettingsError) -> Int? {
        guard let text = text(name) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw SettingsError(
                name: name,
                message: "must be a whole number from \(range.lowerBound) to \(range.upperBound), not '\(text)'"
            )
        }
        return value
    }

    func choice<Choice: RawRepresentable>(
        _ name: SettingName,
        of choices: [Choice]
    ) throws(SettingsError) -> Choice? where Choice.RawValue == String {
        guard let text = text(name) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let known = choices.map(\.rawValue).joined(separator: ", ")
            throw SettingsError(name: name, message: "must be one of \(known), not '\(text)'")
        }
        return choice
    }

    func origins(_ name: SettingName) throws(SettingsError) -> AllowedOrigins? {
        guard let text = text(name) else { return nil }
        if text == "*" { return .all }
        let origins = text.split { $0 == "," || $0 == " " }.map { $0.lowercased() }
        guard !origins.isEmpty,
            origins.allSatisfy({ $0.wholeMatch(of: /https?:\/\/[a-z0-9.\-\[\]]+(:[0-9]+)?/) != nil })
        else {
            throw SettingsError(name: name, message: "must be * or origins like https://app.example.com, not '\(text)'")
        }
        return .only(Set(origins))
    }

    func anthropic() throws(SettingsError) -> AnthropicSettings? {
        let key = text(.anthropicKey)
        let baseURL = text(.anthropicBaseURL)
        let model = text(.anthropicModel)
        guard key != nil || baseURL != nil else {
            guard model == nil else {
                throw SettingsError(
                    name: .anthropicModel,
                    message: "is set, but neither ANTHROPIC_API_KEY nor ANTHROPIC_BASE_URL is"
                )
            }
            return nil
        }
        if let baseURL, !isWebURL(baseURL) {
            throw SettingsError(name: .anthropicBaseURL, message: "must be an http or https URL, not '\(baseURL)'")
        }
        var settings = AnthropicSettings(key: key.map { Secret($0) })
        settings.model = model ?? settings.model
        settings.baseURL = baseURL ?? settings.baseURL
        return settings
    }

    func taiga() throws(SettingsError) -> TaigaSettings? {
        guard let url = text(.taigaURL) else { return nil }
        guard let settings = TaigaSettings(url: url) else {
            throw SettingsError(name: .taigaURL, message: "must be an http or https URL, not '\(url)'")
        }
        return settings
    }

    func toolServers() throws(SettingsError) -> [MCPServerAddress] {
        do throws(MCPError) { return try MCPServerAddress.list(parsing: text(.mcpURLs) ?? "") } catch {
            throw SettingsError(name: .mcpURLs, message: "is wrong: \(error.message)")
        }
    }

    /// Taiga is asked who somebody is where there is one, unless it is said otherwise.
    func authenticates(with taiga: TaigaSettings?) throws(SettingsError) -> Bool {
        switch text(.auth) {
        case nil: return taiga != nil
        case "off": return false
        case "taiga" where taiga != nil: return true
        case "taiga": throw SettingsError(name: .auth, message: "is taiga, but TAIGA_URL is not set")
        case let other?: throw SettingsError(name: .auth, message: "must be off or taiga, not '\(other)'")
        }
    }

    private func isWebURL(_ text: String) -> Bool {
        text.wholeMatch(of: /https?:\/\/[^\/?#@\s:]+(:[0-9]+)?(\/[^\s?#]*)?/) != nil
    }
}
