import Testing

@testable import parley

@Suite struct TextTableTests {
    @Test func alignsEachColumnByItsWidestCell() {
        var table = TextTable([("NAME", .left), ("SIZE", .right), ("NOTE", .left)])
        table.append(["a", "1", "short"])
        table.append(["a long name", "1000", "-"])
        #expect(
            table.lines == [
                "NAME         SIZE  NOTE",
                "a               1  short",
                "a long name  1000  -",
            ]
        )
    }

    @Test func withoutRowsThereAreTheTitles() {
        #expect(TextTable([("A", .left), ("B", .right)]).lines == ["A  B"])
    }

    @Test func emptyCellsLeaveNothingAtTheEndOfALine() {
        var table = TextTable([("A", .left), ("B", .left)])
        table.append(["x", ""])
        #expect(table.lines == ["A  B", "x"])
    }

    @Test(arguments: ["\u{1B}[31mred", "two\nlines", "a\rb", "a\u{202E}b", "a\u{85}b", "a\u{2028}b", "tab\tbed"])
    func noCellLeavesItsLine(_ text: String) {
        var table = TextTable([("A", .left)])
        table.append([text])
        #expect(table.lines.count == 2)
        #expect(table.lines[1].unicodeScalars.filter { $0 == "\u{FFFD}" }.count == 1)
        #expect(table.lines[1].count == text.printable.count)
    }

    @Test func accentsAreOneColumnWide() {
        var table = TextTable([("A", .left), ("B", .left)])
        table.append(["cafe\u{301}", "1"])
        table.append(["cafes", "2"])
        #expect(table.lines == ["A      B", "cafe\u{301}   1", "cafes  2"])
    }
}
