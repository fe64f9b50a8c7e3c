/// What a turn stands on, once the turns are settled whose workers died.
struct Ground {
    var history: Conversation
    var turnsCut: Int
    /// Messages of ``history`` that are not in the store: those of settled turns, at its end.
    var settledMessages = 0
    var settledTurns = 0
    var settled: [SettledRun] = []
    /// The settled turns, for the archive.
    var archived: [ArchivedTurn] = []
    /// Turns that came from the archive, since the store had forgotten the session.
    var restoredTurns = 0
    /// The turn itself, when its worker died: it goes on where that one stopped.
    var resumed: RecordedTurn?
    /// The answer of the turn itself, when a later turn has followed it already.
    var answer: RunAnswer?

    /// The first message that is to be put behind what another program has stored meanwhile.
    var firstUnstored: Int { max(0, history.messages.count - settledMessages) }

    /// The history for the store when the turn itself leaves nothing in it.
    var settledHistory: Conversation? { settledTurns == 0 ? nil : history }
}
