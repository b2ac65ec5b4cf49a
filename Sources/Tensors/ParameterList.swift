/// What has parameters: a layer, a network, a model, or a single parameter.
///
/// A type says which, by name and in order, in one line:
///
/// ```swift
/// extension Linear: Parameterized {
///   public var parameters: ParameterList { ["weight": weight, "bias": bias] }
/// }
///
/// extension VAE: Parameterized {
///   public var parameters: ParameterList { ["encoder": encoder, "decoder": decoder] }
/// }
/// ```
///
/// The names along the way make the path, which is the key in a checkpoint: `encoder.layers.0.weight`.
public protocol Parameterized {
  var parameters: ParameterList { get }
}

/// Parameters by path, in the order in which they are declared.
public struct ParameterList: Sendable {
  public struct Entry: Sendable {
    /// Names from the outside in, separated by dots; empty for a parameter by itself.
    public let path: String
    public let parameter: Parameter
  }

  public private(set) var entries: [Entry]

  init(_ entries: [Entry]) { self.entries = entries }

  /// Parts without names of their own are numbered from 0.
  public init(numbering parts: [any Parameterized]) {
    entries = parts.enumerated().flatMap { Self.entries(of: $1, under: String($0)) }
  }

  /// These parameters and then others.
  public static func + (a: ParameterList, b: ParameterList) -> ParameterList {
    ParameterList(a.entries + b.entries)
  }

  /// The number of elements of all parameters.
  public var elementCount: Int { entries.reduce(0) { $0 + $1.parameter.count } }

  private static func entries(of part: any Parameterized, under name: String) -> [Entry] {
    part.parameters.entries.map { entry in
      Entry(path: entry.path.isEmpty ? name : "\(name).\(entry.path)", parameter: entry.parameter)
    }
  }
}

extension ParameterList: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral parts: (String, any Parameterized)...) {
    entries = parts.flatMap { Self.entries(of: $1, under: $0) }
  }
}

extension ParameterList: Parameterized {
  public var parameters: ParameterList { self }
}

extension Parameter: Parameterized {
  public var parameters: ParameterList { ParameterList([ParameterList.Entry(path: "", parameter: self)]) }
}

/// What is not there has no parameters: a layer without bias.
extension Optional: Parameterized where Wrapped: Parameterized {
  public var parameters: ParameterList { self?.parameters ?? [:] }
}
