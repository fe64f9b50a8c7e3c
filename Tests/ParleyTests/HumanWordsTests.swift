import Testing

@testable import parley

@Suite struct HumanWordsTests {
    @Test(arguments: [
        (-5, "0 s"), (0, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "119 min"), (7200, "2 h"), (172_799, "47 h"),
        (172_800, "2 d"), (Int.max, "106751991167300 d"),
    ])
    func lengths(_ seconds: Int, _ words: String) {
        #expect(HumanWords.length(seconds: seconds) == words)
    }

    @Test(arguments: [(100, "now"), (130, "now"), (40, "60 s ago"), (-3500, "60 min ago"), (Int.min, "now")])
    func timesPassed(_ time: Int, _ words: String) {
        #expect(HumanWords.ago(time, now: 100) == words)
    }

    @Test(arguments: [
        (0, "1970-01-01 00:00:00 UTC"), (1_795_381_435, "2026-11-22 21:03:55 UTC"),
        (253_402_300_799, "9999-12-31 23:59:59 UTC"), (-1, "?"), (Int.max, "?"),
    ])
    func times(_ seconds: Int, _ text: String) {
        #expect(HumanWords.time(seconds) == text)
    }

    @Test(arguments: [
        (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1049, "1.0 kB"), (1050, "1.1 kB"), (9949, "9.9 kB"),
        (9951, "10 kB"), (16_777_216, "17 MB"), (2_000_000_000, "2.0 GB"), (3_000_000_000_000, "3.0 TB"),
        (4_000_000_000_000_000, "4000 TB"),
    ])
    func sizes(_ bytes: Int, _ text: String) {
        #expect(HumanWords.size(bytes: bytes) == text)
    }
}
