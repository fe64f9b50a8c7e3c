import WebClient

extension StandInTests {
    /// A request of the captures. `{story}` and `{task}` stand for ids.
    struct Sample: Sendable {
        var user: Int?
        var method: WebRequest.Method = .get
        var path: String
        var body: String?
        var headers: [(String, String)] = []
        var status: Int
        /// What the answer must contain.
        var text = ""
    }

    private static let member = Users.smith

    static let samples: [Sample] = [
        // Tokens.
        .init(path: "/users/me", status: 401, text: "NotAuthenticated"),
        .init(
            path: "/users/me",
            headers: [("authorization", "Bearer bad")],
            status: 401,
            text: #""code":"token_not_valid""#
        ),
        .init(
            path: "/users/me",
            headers: [("authorization", "Bearer ")],
            status: 401,
            text: "bad_authorization_header"
        ),
        .init(path: "/users/me", headers: [("authorization", "Token x")], status: 401, text: "NotAuthenticated"),
        .init(path: "/users/me", headers: [("authorization", "bearer x")], status: 401, text: "NotAuthenticated"),
        .init(user: member, path: "/users/me", status: 200, text: #""username":"alex.smith""#),
        .init(method: .post, path: "/auth/refresh", body: "{}", status: 400, text: #"{"refresh":["#),
        .init(method: .post, path: "/auth/refresh", body: #"{"refresh":"x"}"#, status: 401, text: "Token is invalid"),
        .init(method: .post, path: "/auth", body: "{nope", status: 400, text: "ParseError"),
        .init(method: .post, path: "/auth", body: #"{"username":"a"}"#, status: 400, text: "invalid login type"),
        .init(
            method: .post,
            path: "/auth",
            body: #"{"type":"normal","username":"ALEX.SMITH","password":"pw-123456"}"#,
            status: 200,
            text: #""auth_token":""#
        ),
        // Projects and lists.
        .init(user: Users.outsider, path: "/projects/1729875", status: 403, text: "PermissionDenied"),
        .init(path: "/projects/1729875", status: 401, text: "NotAuthenticated"),
        .init(user: member, path: "/projects/99999", status: 404, text: #"{"_error_message":""}"#),
        .init(user: member, path: "/projects/1729875/", status: 404, text: "<!doctype html>"),
        .init(user: member, path: "/nope", status: 404, text: "<!doctype html>"),
        .init(user: member, path: "/users/me", headers: [("accept", "text/html")], status: 406, text: "NotAcceptable"),
        .init(user: Users.outsider, path: "/userstories?project=1729875", status: 200, text: "[]"),
        .init(path: "/userstories?project=1729875", status: 200, text: "[]"),
        .init(user: member, path: "/userstories?project=1729875&page=99", status: 404, text: "_error_message"),
        .init(user: member, path: "/userstories?project=abc", status: 400, text: "must be an integer"),
        .init(user: member, path: "/userstories?project=1729875&status=abc", status: 400, text: "Wrong arguments"),
        .init(user: member, path: "/userstories?project=1729875&foo=1", status: 200, text: #""tags":[["seed",null]]"#),
        .init(user: member, path: "/userstories/by_ref?ref=1&project=1729875", status: 200, text: #""ref":1"#),
        .init(user: member, path: "/resolver?project=mobile-app&us=1", status: 200, text: #""us":{story}"#),
        .init(user: member, path: "/milestones/99999", status: 404, text: "No Milestone matches"),
        .init(user: Users.outsider, path: "/milestones/499548", status: 403, text: "PermissionDenied"),
        // Creating.
        .init(
            user: member,
            method: .post,
            path: "/userstories",
            body: #"{"project":1729875}"#,
            status: 400,
            text: #"{"subject":["#
        ),
        .init(
            user: member,
            method: .post,
            path: "/userstories",
            body: #"{"subject":"x"}"#,
            status: 400,
            text: #"{"project":["#
        ),
        .init(user: member, method: .post, path: "/userstories", body: "[1,2]", status: 400, text: "non_field_errors"),
        .init(
            user: member,
            method: .post,
            path: "/tasks",
            body: #"{"user_story":{story},"subject":"x"}"#,
            status: 400,
            text: "project"
        ),
        .init(
            user: member,
            method: .post,
            path: "/userstories",
            body: ##"{"project":1729875,"subject":"x","tags":["UPPER",["b","#ff0000"]],"foo":1,"milestone":"499548"}"##,
            status: 201,
            text: #""tags":[["upper",null],["b",null]]"#
        ),
        .init(
            user: member,
            method: .post,
            path: "/userstories",
            body: #"{"project":1729875,"subject":"x","tags":"a"}"#,
            status: 500,
            text: "Server application error"
        ),
        .init(
            user: member,
            method: .post,
            path: "/userstories",
            body: #"{"project":1729875,"subject":"a\u0000b"}"#,
            status: 500,
            text: "Server application error"
        ),
        .init(
            user: member,
            method: .post,
            path: "/userstories",
            body: #"{"project":1729875,"subject":"x","assigned_to":738905}"#,
            status: 400,
            text: "must be a project member"
        ),
        .init(
            user: member,
            method: .post,
            path: "/userstories",
            body: #"{"project":1729875,"subject":"x","assigned_to":"a"}"#,
            status: 400,
            text: "Incorrect type"
        ),
        .init(
            user: member,
            method: .post,
            path: "/userstories",
            body: #"{"project":1729875,"subject":"x","milestone":499600}"#,
            status: 403,
            text: "set this sprint"
        ),
        .init(
            user: member,
            method: .post,
            path: "/userstories",
            body: #"{"project":1729875,"subject":"x","milestone":99999}"#,
            status: 400,
            text: "Invalid pk '99999'"
        ),
        .init(
            user: Users.stakeholder,
            method: .post,
            path: "/userstories",
            body: #"{"project":1729875,"subject":"x"}"#,
            status: 403,
            text: "PermissionDenied"
        ),
        .init(
            user: member,
            method: .post,
            path: "/tasks",
            body: #"{"project":1729875,"user_story":{story},"milestone":499547,"subject":"x"}"#,
            status: 201,
            text: #""milestone":499548"#
        ),
        // Changing.
        .init(
            user: member,
            method: .patch,
            path: "/userstories/{story}",
            body: #"{"subject":"z"}"#,
            status: 400,
            text: #"{"version":"The version"#
        ),
        .init(
            user: member,
            method: .patch,
            path: "/userstories/{story}",
            body: #"{"subject":"z","version":"abc"}"#,
            status: 400,
            text: #"{"version":["#
        ),
        .init(
            user: member,
            method: .patch,
            path: "/userstories/{story}",
            body: #"{"subject":"z","version":99}"#,
            status: 400,
            text: "not valid"
        ),
        .init(
            user: member,
            method: .patch,
            path: "/userstories/{story}",
            body: #"{"subject":"z","version":1}"#,
            status: 200,
            text: #""version":2"#
        ),
        .init(
            user: member,
            method: .patch,
            path: "/userstories/{story}",
            body: #"{"subject":"y","version":1}"#,
            status: 400,
            text: "doesn't match"
        ),
        .init(
            user: member,
            method: .patch,
            path: "/userstories/{story}",
            body: #"{"description":"d","version":1}"#,
            status: 200,
            text: #""version":3"#
        ),
        .init(
            user: member,
            method: .patch,
            path: "/userstories/{story}",
            body: #"{"comment":"c","version":3}"#,
            status: 200,
            text: #""comment":"""#
        ),
        .init(user: member, path: "/history/userstory/{story}", status: 200, text: #""comment":"c""#),
        .init(
            user: member,
            method: .patch,
            path: "/userstories/99999",
            body: #"{"subject":"z","version":1}"#,
            status: 403,
            text: "PermissionDenied"
        ),
        .init(
            user: 1,
            method: .patch,
            path: "/userstories/99999",
            body: #"{"subject":"z","version":1}"#,
            status: 404,
            text: #"{"_error_message":""}"#
        ),
        .init(
            user: member,
            method: .put,
            path: "/userstories",
            body: #"{"a":1}"#,
            status: 405,
            text: "MethodNotAllowed"
        ),
        .init(user: member, method: .delete, path: "/tasks/{task}", status: 204),
        .init(user: member, method: .delete, path: "/tasks/{task}", status: 403, text: "PermissionDenied"),
        // Many at once.
        .init(
            user: member,
            method: .post,
            path: "/tasks/bulk_create",
            body: #"{"project_id":1729875,"us_id":{story},"bulk_tasks":"a"}"#,
            status: 400,
            text: #"{"milestone_id":["#
        ),
        .init(
            user: member,
            method: .post,
            path: "/tasks/bulk_create",
            body: #"{"project_id":1729875,"us_id":{story},"milestone_id":499547,"bulk_tasks":"a"}"#,
            status: 400,
            text: "Invalid user story id"
        ),
        .init(
            user: member,
            method: .post,
            path: "/tasks/bulk_create",
            body: #"{"project_id":1729875,"us_id":{story},"milestone_id":499548,"bulk_tasks":"  \n"}"#,
            status: 200,
            text: "[]"
        ),
        .init(
            user: member,
            method: .post,
            path: "/tasks/bulk_create",
            body: #"{"project_id":1729875,"us_id":{story},"milestone_id":499548,"bulk_tasks":"a\n\n b "}"#,
            status: 200,
            text: #""subject":"b""#
        ),
        .init(
            user: member,
            method: .post,
            path: "/userstories/bulk_create",
            body: #"{"project_id":1729875,"milestone_id":499548,"bulk_stories":"m"}"#,
            status: 200,
            text: #""milestone":null"#
        ),
    ]
}
