import CCurl

/// libcurl's list of the header lines of a request; lives as long as any handle that reads it.
final class HeaderLines {
    let headers: WebHeaders
    private(set) var list: UnsafeMutablePointer<curl_slist>?

    /// Without a value the colon removes what libcurl would send by itself, and a semicolon sends the empty field.
    init(_ headers: WebHeaders) throws(WebError) {
        self.headers = headers
        // A server that waits for nothing should not be asked whether it wants the body (RFC 9110, section 10.1.1).
        try append("Expect:")
        // What libcurl would claim of any body.
        if headers["content-type"] == nil { try append("Content-Type:") }
        for field in headers.fields {
            try append(field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)")
        }
    }

    deinit { curl_slist_free_all(list) }

    private func append(_ line: String) throws(WebError) {
        guard let longer = curl_slist_append(list, line) else {
            throw WebError(.overloaded, "libcurl has no memory")
        }
        list = longer
    }
}
