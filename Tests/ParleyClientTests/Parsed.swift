import Foundation

extension Decodable {
    /// The value that a JSON text describes.
    static func parsed(_ json: String) throws -> Self { try parsed(Data(json.utf8)) }

    static func parsed(_ json: Data) throws -> Self { try JSONDecoder().decode(Self.self, from: json) }
}
