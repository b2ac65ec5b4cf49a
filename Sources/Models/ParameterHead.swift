import Layers
import Tensors

/// One parameter of a distribution as a head makes it: read off features, or learned for all data alike.
public struct HeadParameter: Sendable {
  public let name: String
  /// Numbers for each datum.
  public let size: Int
  /// What a parameter begins with that does not depend on features; nil for one that does.
  fileprivate let initializer: Initializer?

  /// By an affine map of the features. Parameters: those of the map under `name`, such as `name.weight`.
  public static func affine(_ name: String, _ size: Int) -> HeadParameter {
    HeadParameter(name: name, size: size, initializer: nil)
  }

  /// The same for all data. Parameter: `name` (size,).
  public static func free(_ name: String, _ size: Int, initial: Double = 0) -> HeadParameter {
    HeadParameter(name: name, size: size, initializer: .constant(initial))
  }
}

/// The parameters of a distribution read off features, each by its name.
public struct ParameterHead: Parameterized, Sendable {
  private enum Source: Sendable {
    case affine(any Layer)
    case free(Parameter)
  }

  private let sources: [(name: String, source: Source)]

  /// - Parameter readout: what makes the affine maps.
  public init(by readout: Readout, _ parameters: [HeadParameter]) {
    sources = parameters.map { parameter in
      let source =
        parameter.initializer.map { Source.free(Parameter([parameter.size], initializer: $0)) }
        ?? .affine(readout.layer(parameter.size))
      return (parameter.name, source)
    }
  }

  /// Linear maps of so many features.
  public init(features: Int, _ parameters: [HeadParameter], initialization: LinearInitialization = .fanIn) {
    self.init(by: .linear(features, initialization: initialization), parameters)
  }

  /// (batch..., features) to one tensor for each parameter, in their order: (batch..., size) by features, (size,) of
  /// those that are free.
  public func callAsFunction(_ features: Tensor) -> [Tensor] {
    sources.map { _, source in
      switch source {
      case .affine(let map): map(features)
      case .free(let parameter): parameter.tensor
      }
    }
  }

  public var parameters: ParameterList {
    sources.reduce([:]) { list, entry in
      switch entry.source {
      case .affine(let map): list + [entry.name: map]
      case .free(let parameter): list + [entry.name: parameter]
      }
    }
  }
}
