import Foundation
import TestSupport

/// What a run has measured, in order. Its JSON is one flat list of figures.
struct FigureList: Sendable {
    var figures: [Figure] = []

    init() {}

    init(contentsOf path: String) throws {
        figures = try JSONDecoder().decode([Figure].self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    }

    func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try FileManager.default.createDirectory(
            at: URL(fileURLWithPath: path).deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        try encoder.encode(figures).write(to: URL(fileURLWithPath: path))
    }

    var table: String {
        var table = Table(["group", "figure", "value", "unit", "bar", ""], rightAligned: [2])
        for figure in figures {
            table.add([
                figure.group, figure.name, number(figure.value), figure.unit, figure.barText, figure.metText,
            ])
        }
        return table.text
    }

    /// Both runs side by side, and the second as a multiple of the first.
    func compared(with other: FigureList) -> String {
        let theirs = Dictionary(other.figures.map { ($0.key, $0) }) { $1 }
        let ours = Set(figures.map(\.key))
        var table = Table(["group", "figure", "A", "B", "unit", "B/A", "bar", "A", "B"], rightAligned: [2, 3, 5])
        func add(_ first: Figure?, _ second: Figure?) {
            guard let figure = second ?? first else { return }
            let ratio = if let first, let second, first.value != 0 { number(second.value / first.value) } else { "" }
            table.add([
                figure.group, figure.name, first.map { number($0.value) } ?? "–",
                second.map { number($0.value) } ?? "–",
                figure.unit, ratio, figure.barText, first?.metText ?? "", second?.metText ?? "",
            ])
        }
        for figure in figures { add(figure, theirs[figure.key]) }
        for figure in other.figures where !ours.contains(figure.key) { add(nil, figure) }
        return table.text
    }
}
