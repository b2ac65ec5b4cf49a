import Graphs

/// All parameters of a model, one after the other in one variable.
///
/// An optimizer's step, the norm of the gradient and a checkpoint are each one pass over it, whatever the model's
/// layers are. The parameters lie in order of declaration, without gaps.
///
/// ```swift
/// let arena = ParameterArena(model, seed: 0)
/// let gradient = arena.gradient(of: loss)      // (count,)
/// ```
public final class ParameterArena: Sendable {
  /// A parameter's place.
  public struct Entry: Sendable {
    /// The key in a checkpoint: `encoder.layers.0.weight`.
    public let path: String
    public let parameter: Parameter
    /// Where the parameter begins, in elements.
    public let offset: Int

    public var shape: Shape { parameter.shape }
    /// The parameter's elements in the arena.
    public var range: Range<Int> { offset..<offset + parameter.count }
  }

  /// The parameters in order of declaration, which is that of their offsets.
  public let parameters: [Entry]
  /// Everything that is learned: (count,).
  public let variable: Variable

  /// Places the parameters of a model, which are drawn anew from the seed when a device first asks for them.
  ///
  /// A parameter that two layers share is placed once, under its first path. All must be of one type, each path must
  /// be the only one of its name, and no parameter may be in another arena.
  public init(_ model: some Parameterized, seed: UInt64) {
    var entries: [Entry] = []
    var paths: Set<String> = []
    var placed: Set<ObjectIdentifier> = []
    var offset = 0
    for entry in model.parameters.entries where placed.insert(ObjectIdentifier(entry.parameter)).inserted {
      guard paths.insert(entry.path).inserted else { trap("parameters", "two parameters are named \(entry.path)") }
      entries.append(Entry(path: entry.path, parameter: entry.parameter, offset: offset))
      offset += entry.parameter.count
    }
    guard let type = entries.first?.parameter.type else { trap("parameters", "the model has none") }
    if let other = entries.first(where: { $0.parameter.type != type }) {
      trap("parameters", "\(entries[0].path) is \(type) and \(other.path) is \(other.parameter.type)")
    }
    parameters = entries
    variable = Variable(Self.initialValues(of: entries, seed: seed))
    for entry in entries { entry.parameter.settle(in: variable, at: entry.offset, path: entry.path) }
  }

  /// The number of elements of all parameters.
  public var count: Int { variable.shape.elementCount }
  public var type: ElementType { variable.type }

  /// What the parameters begin with when they are drawn from a seed: (count,), not yet computed.
  public func initialValues(seed: UInt64) -> Tensor { Self.initialValues(of: parameters, seed: seed) }

  /// What the parameters begin with, in order of declaration: (count,).
  static func initialValues(of entries: [Entry], seed: UInt64) -> Tensor {
    // In a trace of its own: a value that is still to be computed must not belong to a step that is being captured.
    Trace.$current.withValue(nil) {
      let key = RandomKey(seed: seed, domain: .initialization)
      let values = entries.map { entry in
        entry.parameter.initializer(entry.shape, type: entry.parameter.type, key: key).flattened()
      }
      return concatenated(values)
    }
  }

  /// The gradient of a scalar with respect to every parameter, in their order: (count,).
  ///
  /// Parameters that the scalar does not depend on have gradient 0.
  public func gradient(of loss: Tensor) -> Tensor {
    let gradients = gradients(of: loss, withRespectTo: parameters.map(\.parameter.tensor))
    return concatenated(gradients.map { $0.flattened() })
  }

  private func gradients(of loss: Tensor, withRespectTo variables: [Tensor]) -> [Tensor] {
    guard loss.count == 1 else { trap("gradient", "a loss is one number, not shape \(loss.shape)") }
    return Tensors.gradients(of: loss, withRespectTo: variables)
  }
}
