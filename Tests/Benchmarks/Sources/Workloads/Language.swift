/// What a ``TurnSample`` says.
struct Language {
    var prompt: String
    var plan: String
    var answer: String
    /// Four.
    var subjects: [String]
}

extension Language {
    /// Most turns are in English.
    static let samples = [english, english, russian, english, english, japanese]

    private static let english = Language(
        prompt: """
            Which tasks of the "sign-in" story are still open? Please create the missing ones for Alex Smith, \
            and keep the estimates that we agreed on last week.
            """,
        plan: "Let me look at what is there first, so that nothing is created twice.",
        answer: """
            Here is what I found for the story "Sign in with a passkey":

            1. **Design the prompt** is in progress. It is assigned to Alex Smith, who moved it to "In progress" on Monday.
            2. **Store the credential** is open. There is a note in it: "needs the new endpoint, see #48".
            3. **Fall back to a password** is open and blocked by the one before.

            Eight tasks stand in the story as of now, none of them overdue. I created nothing yet, because two of the tasks \
            that you asked for are there already under other names:

            | you asked for | there is | ref |
            |---|---|---|
            | "Passkey dialog" | "Design the prompt" | #52 |
            | "Keychain storage" | "Store the credential" | #53 |

            Should I create the other three as you described them, with 2, 3 and 5 points, or would you rather rename the \
            two above? If so, tell me which name you'd like to keep; the history of each task stays as it is.

            The sprint ends on Friday. With the three new tasks it would hold 34 points, which is four more than the team \
            has finished in each of the last three sprints. It may be wise to move "Fall back to a password" to the next.
            """,
        subjects: [
            "Design the prompt", "Store the credential", "Fall back to a password", "Write the \"what's new\" text",
        ]
    )

    private static let russian = Language(
        prompt: "Какие задачи по истории «Вход по ключу» ещё открыты? Создай недостающие и назначь их на Alex Smith.",
        plan: "Сначала посмотрю, что уже есть, чтобы ничего не создать дважды.",
        answer: """
            Вот что я нашёл по истории «Вход по ключу доступа»:

            1. **Продумать подсказку** — в работе, назначена на Alex Smith.
            2. **Сохранить ключ** — открыта, ждёт нового метода, см. #48.
            3. **Запасной вход по паролю** — открыта, заблокирована предыдущей.

            Всего в истории восемь задач, просроченных нет. Я пока ничего не создал: две из тех, что ты назвал, уже есть \
            под другими именами. Создать остальные три с оценками 2, 3 и 5 или переименовать эти две? 🙂
            """,
        subjects: ["Продумать подсказку", "Сохранить ключ", "Запасной вход по паролю", "Текст «Что нового»"]
    )

    private static let japanese = Language(
        prompt: "「パスキーでサインイン」のストーリーで、まだ終わっていないタスクはどれですか。足りないものを作成してください。",
        plan: "重複を避けるため、まず既存のタスクを確認します。",
        answer: """
            「パスキーでサインイン」のタスクは次のとおりです。

            1. **プロンプトの設計** — 進行中、担当は Alex Smith さんです。
            2. **資格情報の保存** — 未着手。「新しいエンドポイントが必要、#48 を参照」というメモがあります。
            3. **パスワードへの切り替え** — 未着手で、前のタスクにブロックされています。

            全部で八件あり、期限切れはありません。ご依頼のうち二件は別の名前ですでに存在するため、まだ何も作成していません。\
            残りの三件を 2、3、5 ポイントで作成してよろしいでしょうか。✅
            """,
        subjects: ["プロンプトの設計", "資格情報の保存", "パスワードへの切り替え", "「新機能」の文章"]
    )
}
