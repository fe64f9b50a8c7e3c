/// What a turn stands on, once the turns are settled whose workers died.
struct Ground {
    var history: Conversation
    /// How many bytes of ``history`` the store has as they are, with nothing but a closing bracket behind them; `nil`: it is
    /// not what is stored.
    var storedBytes: Int?
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
    @Indirect var resumed: RecordedTurn? = nil
    /// The answer of the turn itself, when a later turn has followed it already.
    @Indirect var answer: RunAnswer? = nil

    /// How many messages the turn itself comes behind.
    var messages: Int { takenMessages ?? history.messages.count }
    private var takenMessages: Int?

    /// The first message that is to be put behind what another program has stored meanwhile.
    var firstUnstored: Int { max(0, messages - settledMessages) }

    init(history: Conversation, storedBytes: Int? = nil, turnsCut: Int) {
        self.history = history
        self.storedBytes = storedBytes
        self.turnsCut = turnsCut
    }

    /// Hands the history over, so that whoever appends to it need not copy it.
    mutating func takeHistory() -> Conversation {
        let taken = history
        takenMessages = taken.messages.count
        history = Conversation()
        return taken
    }
}
