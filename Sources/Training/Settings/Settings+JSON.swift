import FoundationEssentials

/// Settings that cannot be.
public enum SettingsError: Error, Hashable, Sendable {
  /// There is no setting of that name.
  case unknown(key: String)
  /// A setting does not take that value.
  case invalid(key: String, value: String, expectation: String)
  /// Settings that do not go together, and why.
  case incompatible(String)
}

extension SettingsError {
  /// The setting that it is about, where it is about one.
  public var key: String? {
    switch self {
    case .unknown(let key), .invalid(let key, _, _): key
    case .incompatible: nil
    }
  }
}

extension SettingsError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unknown(let key): "there is no setting '\(key)'"
    case .invalid(let key, let value, let expectation):
      value.isEmpty ? "\(key) takes \(expectation)" : "\(key) takes \(expectation), not '\(value)'"
    case .incompatible(let reason): reason
    }
  }
}

extension Settings: Codable {
  /// Entries of `config.json` that say what a run was, and that settings leave alone.
  static let provenanceKeys: Set<String> = [
    "fingerprints", "shape", "classCount", "conditionSize", "dataCount", "versions", "machine",
  ]

  /// Settings from JSON; what is not there has its default.
  ///
  /// - Throws: `SettingsError` for a key that is none, or a value that its key does not take.
  public init(from decoder: any Decoder) throws {
    try take(from: decoder.container(keyedBy: SettingKey.self))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: SettingKey.self)
    for setting in Self.table { try setting.write(self, to: &container) }
  }

  private mutating func take(from container: KeyedDecodingContainer<SettingKey>) throws {
    for key in container.allKeys.sorted(by: { $0.stringValue < $1.stringValue }) {
      let name = key.stringValue
      if Self.provenanceKeys.contains(name) { continue }
      guard let setting = Self.table.first(where: { $0.key == name }) else { throw SettingsError.unknown(key: name) }
      guard setting.read(from: container, into: &self) else {
        let text = (try? container.decode(JSONText.self, forKey: key).text) ?? ""
        throw SettingsError.invalid(key: name, value: text, expectation: setting.expectation)
      }
    }
  }

  /// Takes the settings that an object of JSON names, and leaves the others.
  ///
  /// - Throws: `SettingsError` for a key that is none, or a value that its key does not take; what the decoder throws
  ///   where the text is no object of JSON.
  public mutating func merge(json: Data) throws {
    let object = try JSONDecoder().decode(Merge.self, from: json)
    try take(from: object.container)
  }

  /// Takes one setting as text: JSON, a bare word, or the elements of a list separated by commas.
  ///
  /// - Throws: `SettingsError` for a key that is none, or a value that its key does not take.
  public mutating func set(_ key: String, to text: String) throws {
    guard let setting = Self.table.first(where: { $0.key == key }) else { throw SettingsError.unknown(key: key) }
    // JSON has no number without a digit before the point.
    let number = Double(text).map { "\($0)" } ?? text
    for value in [text, number, "[\(text)]", quoted(text)] {
      let json = Data("{\(quoted(key)):\(value)}".utf8)
      guard let object = try? JSONDecoder().decode(Merge.self, from: json), object.container.allKeys.count == 1 else {
        continue
      }
      if setting.read(from: object.container, into: &self) { return }
    }
    throw SettingsError.invalid(key: key, value: text, expectation: setting.expectation)
  }

  /// Checks values that were set in Swift, and that all of them go together.
  ///
  /// - Throws: `SettingsError.invalid` for the first setting that does not take its value, and
  ///   `SettingsError.incompatible`.
  public func validate() throws(SettingsError) {
    for setting in Self.table where !setting.isValid(in: self) {
      throw .invalid(key: setting.key, value: "", expectation: setting.expectation)
    }
    if let misfit { throw .incompatible(misfit) }
  }

  /// The values as text, by key, of the settings that are something.
  func texts() throws -> [String: String] {
    try JSON.decoded([String: JSONText].self, from: JSON.encoded(self)).mapValues(\.text)
  }

  private func quoted(_ text: String) -> String {
    (try? JSONEncoder().encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
  }

  /// An object whose entries are looked at one by one.
  private struct Merge: Decodable {
    let container: KeyedDecodingContainer<SettingKey>
    init(from decoder: any Decoder) throws { container = try decoder.container(keyedBy: SettingKey.self) }
  }
}

/// A value of JSON as a message shows it.
private struct JSONText: Decodable {
  let text: String

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(Int.self) {
      text = "\(number)"
    } else if let number = try? container.decode(Double.self) {
      text = "\(number)"
    } else if let flag = try? container.decode(Bool.self) {
      text = "\(flag)"
    } else if let word = try? container.decode(String.self) {
      text = word
    } else if container.decodeNil() {
      text = "null"
    } else if let list = try? container.decode([JSONText].self) {
      text = "[\(list.map(\.text).joined(separator: ","))]"
    } else {
      text = "{…}"
    }
  }
}
