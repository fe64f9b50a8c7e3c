import Agent
import Testing

@testable import Taiga

@Suite struct RefreshBoardTests {
    private let start = ContinuousClock.now
    private let token = TokenHash(Secret("r1"))
    private let pair = RefreshBoard.Outcome.pair(Credentials(authToken: Secret("a2"), refresh: Secret("r2")))

    @Test("One exchange, and everyone gets its pair, also later")
    func pairs() {
        var board = RefreshBoard()
        #expect(board.ask(token, now: start) == .exchange)
        #expect(board.ask(token, now: start) == .wait(1))
        #expect(board.ask(token, now: start) == .wait(2))
        #expect(board.ask(TokenHash(Secret("other")), now: start) == .exchange)
        #expect(board.finished(token, pair, now: start) == [1, 2])
        #expect(board.ask(token, now: start + .seconds(599)) == .known(pair))
        #expect(board.ask(token, now: start + .seconds(601)) == .exchange)
    }

    @Test("A refused token is not tried again, one whose exchange failed is")
    func failures() {
        var board = RefreshBoard()
        #expect(board.ask(token, now: start) == .exchange)
        #expect(board.finished(token, .unavailable("x"), now: start) == [])
        #expect(board.ask(token, now: start) == .exchange)
        #expect(board.ask(token, now: start) == .wait(1))
        #expect(board.finished(token, .rejected, now: start) == [1])
        #expect(board.ask(token, now: start) == .known(.rejected))
    }

    @Test("A cache forgets by time and by number, and a value that was set again counts from then")
    func cache() {
        var cache = ExpiringCache<Int, Int>(limit: 3, lifetime: .seconds(10))
        cache.set(1, of: 1, now: start)
        #expect(cache.value(of: 1, now: start + .seconds(9)) == 1)
        #expect(cache.value(of: 1, now: start + .seconds(10)) == nil)
        for key in 1...5 { cache.set(key, of: key, now: start + .seconds(1)) }
        #expect((1...5).map { cache.value(of: $0, now: start + .seconds(2)) } == [nil, nil, 3, 4, 5])
        cache.set(33, of: 3, now: start + .seconds(8))
        cache.set(6, of: 6, now: start + .seconds(9))
        #expect(cache.value(of: 4, now: start + .seconds(9)) == nil)
        #expect(cache.value(of: 3, now: start + .seconds(12)) == 33)
        for key in 0..<10_000 { cache.set(key, of: key % 7, now: start + .seconds(20)) }
        #expect(cache.count == 3)
    }
}
