import Foundation
import Testing

@testable import ParleyClient

@Suite struct MailboxTests {
    @Test func whatArrivedIsTakenInOrder() {
        var mailbox = Mailbox(limit: 10)
        #expect(mailbox.take() == nil)
        mailbox.arrived(ResponseHead(status: 200))
        let isTaken = mailbox.arrived(Data("ab".utf8))
        let isMoreTaken = mailbox.arrived(Data("c".utf8))
        mailbox.ended(nil)
        mailbox.ended(ParleyError(.unreachable, "late"))
        #expect(isTaken && isMoreTaken)
        #expect(mailbox.take() == .head(ResponseHead(status: 200)))
        #expect(mailbox.take() == .bytes(Data("abc".utf8)))
        #expect(mailbox.take() == .end)
        #expect(mailbox.take() == .end)
    }

    @Test func whatIsNotTakenEndsTheTransfer() {
        var mailbox = Mailbox(limit: 3)
        let isTaken = mailbox.arrived(Data("abc".utf8))
        let isMoreTaken = mailbox.arrived(Data("d".utf8))
        #expect(isTaken && !isMoreTaken)
        mailbox.ended(.taskCancelled)
        #expect(mailbox.take() == .bytes(Data("abcd".utf8)))
        #expect(mailbox.take() == .failure(ParleyError(.unreachable, "More than 3 bytes were not taken")))
    }
}
