import Graphs

/// Why a tensor could not be read.
public enum TensorError: Error, Hashable, Sendable {
  /// The tensor of this shape and type is still to be computed.
  case notEvaluated(Shape, ElementType)
}

extension TensorError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notEvaluated(let shape, let type):
      "a tensor of shape \(shape) and type \(type) has no value yet; evaluate it on a device first"
    }
  }
}

/// Stops a program that asks for what cannot be, naming the op.
package func trap(_ op: String, _ message: String, file: StaticString = #file, line: UInt = #line) -> Never {
  fatalError("[\(op)] \(message)", file: file, line: line)
}
