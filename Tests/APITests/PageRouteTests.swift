import ChatPage
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import TestSupport
import Testing

@testable import API

@Suite struct PageRouteTests {
    @Test func thePageAndItsFilesAreServed() async throws {
        try await withWorker { client in
            for asset in PageAsset.all {
                let response = try await client.execute(uri: "/" + asset.path, method: .get)
                #expect(response.status == .ok)
                #expect(Array(response.body.readableBytesView) == asset.bytes)
                #expect(response.headers[.contentType] == asset.contentType)
                #expect(response.headers[.eTag] == asset.entityTag)
                #expect(response.headers[.cacheControl] == "no-cache")
                #expect(response.headers[.xContentTypeOptions] == "nosniff")
                #expect(response.headers[.referrerPolicy] == "no-referrer")
                let policy = response.headers[.contentSecurityPolicy] ?? ""
                #expect(policy.hasPrefix("default-src 'none'; script-src 'self'; style-src 'self'; "))
                #expect(!policy.contains("unsafe"))
            }
        }
    }

    @Test func aFileThatIsKnownIsNotSentAgain() async throws {
        try await withWorker { client in
            let asset = PageAsset.all[0]
            let known = [asset.entityTag, "\"other\", \(asset.entityTag)", "W/\(asset.entityTag)", "*"]
            for tags in known {
                let response = try await client.execute(uri: "/", method: .get, headers: [.ifNoneMatch: tags])
                #expect(response.status == .notModified)
                #expect(response.body.readableBytes == 0)
                #expect(response.headers[.eTag] == asset.entityTag)
                #expect(response.headers[.contentSecurityPolicy] != nil)
            }
            let changed = try await client.execute(uri: "/", method: .get, headers: [.ifNoneMatch: "\"other\""])
            #expect(changed.status == .ok)
        }
    }

    @Test func aHeadRequestGetsTheHead() async throws {
        try await withWorker { client in
            let response = try await client.execute(uri: "/app.js", method: .head)
            #expect(response.status == .ok)
            #expect(response.body.readableBytes == 0)
            let size = PageAsset.all.first { $0.path == "app.js" }?.bytes.count
            #expect(response.headers[.contentLength] == size.map(String.init))
        }
    }
}
