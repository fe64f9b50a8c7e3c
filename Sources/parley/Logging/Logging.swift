import Logging

/// Sends all logs to standard error: as lines for people, or as one JSON object per line.
func bootstrapLogging(format: Settings.LogFormat, level: Logger.Level) {
    LoggingSystem.bootstrap { label in
        var handler: any LogHandler =
            switch format {
            case .text: TextLogHandler(label: label)
            case .json: JSONLogHandler(label: label)
            }
        handler.logLevel = level
        return handler
    }
}
