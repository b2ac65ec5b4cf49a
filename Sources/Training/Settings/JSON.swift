import FoundationEssentials

/// JSON as the program writes it: keys in order of the alphabet, and words for what is no number: `"NaN"`, `"Infinity"`,
/// `"-Infinity"`.
package enum JSON {
  package static func encoded(_ value: some Encodable, pretty: Bool = false) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: infinity, negativeInfinity: "-" + infinity, nan: notANumber)
    return [UInt8](try encoder.encode(value))
  }

  static func decoded<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: infinity, negativeInfinity: "-" + infinity, nan: notANumber)
    return try decoder.decode(type, from: Data(bytes))
  }

  private static let (infinity, notANumber) = ("Infinity", "NaN")
}
