/// A setting that a worker cannot start with, in one line.
struct SettingsError: Error, CustomStringConvertible, Equatable {
    var name: SettingName
    var message: String

    var description: String { "\(name.rawValue) \(message)" }
}
