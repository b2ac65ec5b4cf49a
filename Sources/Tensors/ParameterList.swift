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

/// Parameters by path, in the order in which they are declared, and beside them the variables that a model keeps and does
/// not learn.
public struct ParameterList: Sendable {
  public struct Entry: Sendable {
    /// Names from the outside in, separated by dots; empty for a parameter by itself.
    public let path: String
    public let parameter: Parameter
  }

  /// What is kept from step to step and not learned: a running mean.
  public struct StateEntry: Sendable {
    /// As that of a parameter.
    public let path: String
    public let variable: Variable
  }

  public private(set) var entries: [Entry]
  /// What is kept and not learned, in the order in which it is declared.
  public private(set) var state: [StateEntry]

  init(_ entries: [Entry], state: [StateEntry] = []) {
    self.entries = entries
    self.state = state
  }

  private init(parts: [(name: String, part: any Parameterized)]) {
    self.init([])
    for (name, part) in parts {
      func path(_ inner: String) -> String { inner.isEmpty ? name : "\(name).\(inner)" }
      let list = part.parameters
      entries += list.entries.map { Entry(path: path($0.path), parameter: $0.parameter) }
      state += list.state.map { StateEntry(path: path($0.path), variable: $0.variable) }
    }
  }

  /// Parts without names of their own are numbered from 0.
  public init(numbering parts: [any Parameterized]) { self.init(parts: parts.enumerated().map { (String($0), $1) }) }

  /// These parameters and then others.
  public static func + (a: ParameterList, b: ParameterList) -> ParameterList {
    ParameterList(a.entries + b.entries, state: a.state + b.state)
  }

  /// The number of elements of all parameters.
  public var elementCount: Int { entries.reduce(0) { $0 + $1.parameter.count } }
}

extension ParameterList: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral parts: (String, any Parameterized)...) { self.init(parts: parts.map { ($0, $1) }) }
}

extension ParameterList: Parameterized {
  public var parameters: ParameterList { self }
}

extension Parameter: Parameterized {
  public var parameters: ParameterList { ParameterList([ParameterList.Entry(path: "", parameter: self)]) }
}

extension Variable: Parameterized {
  /// The variable itself, as what is kept and not learned.
  public var parameters: ParameterList {
    ParameterList([], state: [ParameterList.StateEntry(path: "", variable: self)])
  }
}

/// What is not there has no parameters: a layer without bias.
extension Optional: Parameterized where Wrapped: Parameterized {
  public var parameters: ParameterList { self?.parameters ?? [:] }
}
