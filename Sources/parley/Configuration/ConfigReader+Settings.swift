import Configuration
import SystemPackage

extension ConfigReader {
    /// Where settings come from: flags win over the environment, the environment over a file named `.env` in the working
    /// directory.
    static func settings(_ flags: InMemoryProvider) async throws -> ConfigReader {
        ConfigReader(providers: [
            flags,
            EnvironmentVariablesProvider(),
            try await EnvironmentVariablesProvider(environmentFilePath: ".env", allowMissing: true),
        ])
    }
}

extension InMemoryProvider {
    /// The flags that were given, under the names of the environment's settings.
    init(flags: [(SettingName, String?)]) {
        self.init(
            name: "flags",
            values: Dictionary(
                uniqueKeysWithValues: flags.compactMap { name, value in
                    value.map { (AbsoluteConfigKey(name.key), ConfigValue(.string($0), isSecret: name.isSecret)) }
                }
            )
        )
    }
}
