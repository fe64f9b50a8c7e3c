import ChatPage
import Testing

@Suite struct AssetTests {
    @Test func everyAssetHasATagOfItsOwn() {
        #expect(Set(PageAsset.all.map(\.entityTag)).count == PageAsset.all.count)
        for asset in PageAsset.all { #expect(asset.entityTag.wholeMatch(of: /"[0-9a-f]{32}"/) != nil) }
    }
}
