/// What somebody types.
enum ChatLine: Equatable {
    case nothing
    case prompt(String)
    case new, stop, history, help, quit
    /// A command that there is not.
    case unknown(String)

    init(_ text: String) {
        var line = text[...]
        while line.first?.isWhitespace == true { line.removeFirst() }
        while line.last?.isWhitespace == true { line.removeLast() }
        switch line {
        case "": self = .nothing
        case "/new": self = .new
        case "/stop": self = .stop
        case "/history": self = .history
        case "/help": self = .help
        case "/quit": self = .quit
        case _ where line.hasPrefix("//"): self = .prompt(String(line.dropFirst()))
        case _ where line.hasPrefix("/"): self = .unknown(String(line))
        default: self = .prompt(String(line))
        }
    }

    static let helpText = """
        /new      begins another conversation
        /stop     stops the run under way, as Ctrl-C does; what it has done is kept
        /history  shows what is stored of this conversation
        /quit     ends the program, as Ctrl-D does
        //…       sends a prompt that begins with a slash

        """
}
