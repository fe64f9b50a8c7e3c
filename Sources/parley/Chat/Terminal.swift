import Foundation

/// What the standard streams are, as far as it decides what is written to them.
struct Terminal: Sendable {
    /// Somebody types and reads: they are asked for prompts.
    var isInteractive: Bool
    var output: Palette
    var error: Palette

    init() {
        let environment = ProcessInfo.processInfo.environment
        // Source: no-color.org
        let hasColors = (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
        isInteractive = isatty(0) == 1 && isatty(1) == 1
        output = Palette(isOn: hasColors && isatty(1) == 1)
        error = Palette(isOn: hasColors && isatty(2) == 1)
    }
}

/// Colours of ECMA-48 that every terminal has; off, texts stay as they are.
struct Palette: Sendable {
    enum Color: Int, Sendable {
        case faint = 2
        case red = 31
        case green = 32
        case yellow = 33
        case cyan = 36
    }

    var isOn: Bool

    func paint(_ text: String, _ color: Color) -> String {
        isOn ? "\u{1B}[\(color.rawValue)m\(text)\u{1B}[0m" : text
    }
}

extension String {
    /// Without anything that a terminal would obey, but for line ends and tabs.
    var printableText: String {
        var text = String.UnicodeScalarView()
        for scalar in unicodeScalars where scalar != "\r" {
            text.append(scalar == "\n" || scalar == "\t" || !scalar.isObeyed ? scalar : "\u{FFFD}")
        }
        return String(text)
    }
}
