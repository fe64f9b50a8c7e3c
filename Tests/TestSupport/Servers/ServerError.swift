/// Why a server that a test needs is not there. Thrown into the test, so that the test fails rather than skips.
package struct ServerError: Error, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}
