import Foundation
import TestSupport
import Testing

@testable import LoadBench

@Suite struct FigureListTests {
    @Test(arguments: [
        (Figure.Bar.atLeast(2), 1.999, false), (.atLeast(2), 2, true), (.atLeast(2), 3, true),
        (.atMost(2), 1, true), (.atMost(2), 2, true), (.atMost(2), 2.001, false),
    ])
    func aBarIsMetOrMissed(_ bar: Figure.Bar, value: Double, isMet: Bool) {
        #expect(Figure(.latency, "it", value, "ms", bar).isMet == isMet)
    }

    @Test func whatIsNoNumberMeetsNoBar() {
        #expect(Figure(.latency, "it", .nan, "ms", .atMost(2)).isMet == false)
        #expect(Figure(.latency, "it", .nan, "ms", .atLeast(2)).isMet == false)
        #expect(number(.nan) == "–")
    }

    @Test(arguments: [
        (0, "0"), (0.21349, "0.213"), (1.5, "1.50"), (45.24, "45.2"), (12345.6, "12,346"), (1_900_000, "1,900,000"),
        (-0.5, "-0.500"),
    ])
    func numbersHaveTheDigitsThatMeanSomething(_ value: Double, text: String) { #expect(number(value) == text) }

    @Test func theMedianIsInTheMiddle() {
        var samples = Samples()
        #expect(samples.median.isNaN)
        for value in [9.0, 1, 5] { samples.add(value) }
        #expect(samples.median == 5)
        samples.add(2)
        #expect(samples.median == 3.5)
    }

    @Test func theTableLinesUp() {
        let lines = Self.first.table.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(
            lines == [
                "group    figure     value  unit  bar",
                "latency  alone       1.25  ms    ≤ 1      MISSED",
                "memory   in flight  4,096  KiB   ≤ 5,000  met",
                "parts    scan           2  GB/s",
            ]
        )
    }

    @Test func aRunIsReadAsItWasWritten() throws {
        let directory = try TemporaryDirectory("figures")
        // A folder that is not there yet.
        let path = directory.file("bench/a.json")
        try Self.first.write(to: path)
        #expect(try FigureList(contentsOf: path).figures == Self.first.figures)
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path))) as? [[String: Any]]
        )
        #expect(json.first?["group"] as? String == "latency")
        #expect(json.first?["name"] as? String == "alone")
        #expect(json.first?["value"] as? Double == 1.25)
        #expect(json.first?["unit"] as? String == "ms")
        #expect(json.first?["at_most"] as? Double == 1)
        #expect(json.first?["met"] as? Bool == false)
    }

    /// What one run alone has measured is there as well, and nothing is divided by nothing.
    @Test func twoRunsAreShownSideBySide() {
        var second = FigureList()
        second.figures = [
            Figure(.latency, "alone", 0.5, "ms", .atMost(1)),
            Figure(.parts, "scan", 2, "GB/s"),
            Figure(.bytes, "sent", 10, "B"),
        ]
        let lines = Self.first.compared(with: second).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 5)
        let cells = lines.map { $0.split(separator: " ").map(String.init) }
        #expect(cells[1] == ["latency", "alone", "1.25", "0.500", "ms", "0.400", "≤", "1", "MISSED", "met"])
        #expect(cells[2] == ["memory", "in", "flight", "4,096", "–", "KiB", "≤", "5,000", "met"])
        #expect(cells[3] == ["parts", "scan", "2", "2", "GB/s", "1"])
        #expect(cells[4] == ["bytes", "sent", "–", "10", "B"])
    }

    private static let first: FigureList = {
        var list = FigureList()
        list.figures = [
            Figure(.latency, "alone", 1.25, "ms", .atMost(1)),
            Figure(.memory, "in flight", 4096, "KiB", .atMost(5000)),
            Figure(.parts, "scan", 2, "GB/s"),
        ]
        return list
    }()
}
