import Testing

@testable import Agent

@Suite struct InboxTests {
    @Test func handsOutWhatCameInItsOrder() async {
        let inbox = Inbox<Int>()
        inbox.post(1)
        inbox.post(2)
        #expect(await inbox.next() == 1)
        inbox.post(3)
        #expect(await inbox.next() == 2)
        #expect(await inbox.next() == 3)
    }

    @Test func whoWaitsGetsWhatComesNext() async {
        let inbox = Inbox<Int>()
        async let first = inbox.next()
        inbox.post(1)
        #expect(await first == 1)
    }

    @Test func nothingIsLostBetweenManyWhoPost() async {
        let inbox = Inbox<Int>()
        let sum = await withTaskGroup(of: Void.self) { group in
            for number in 1...1000 { group.addTask { inbox.post(number) } }
            var sum = 0
            for _ in 1...1000 { sum += await inbox.next() }
            return sum
        }
        #expect(sum == 500_500)
    }
}
