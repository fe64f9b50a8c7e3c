import ArgumentParser

/// The figures that have a bar, for people and for programs.
@main
struct Figures: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "figures",
        abstract: "Figures of Parley's parts, as JSON.",
        subcommands: [Bars.self, CountInstructions.self, RunWorkload.self],
        defaultSubcommand: Bars.self
    )
}

/// `figures`: prints one object and nothing else.
struct Bars: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bars",
        abstract: "What has a bar: the history scan and the C store. Takes some 20 seconds and 3 GB."
    )

    @Option(help: "Entries in the C store.")
    var entries = 1_000_000

    func run() throws {
        let scan = try ScanFigures()
        let store = try CStoreFigures(entries: entries)
        print(jsonObject(scan.all + store.all))
    }
}

/// Names and numbers as a JSON object, a member a line.
func jsonObject(_ members: [(name: String, value: Double)]) -> String {
    let lines = members.map { name, value in
        let number = value.magnitude < 1000 ? (value * 1000).rounded() / 1000 : value.rounded()
        return "  \"\(name)\": \(number == number.rounded() ? String(Int(number)) : String(number))"
    }
    return "{\n" + lines.joined(separator: ",\n") + "\n}"
}
