import Graphs
import Synchronization

/// A tensor that is learned.
///
/// A layer declares the parameter's shape and how it begins; a `ParameterArena` gives it a place among all parameters
/// of the model. From then on `tensor` is a view of that place.
public final class Parameter: Sendable {
  public let shape: Shape
  public let type: ElementType
  public let initializer: Initializer

  private struct Place {
    let arena: Variable
    let offset: Int
  }

  private let place = Mutex<Place?>(nil)

  public init(_ shape: Shape, type: ElementType = .float32, initializer: Initializer) {
    guard type.isFloatingPoint else { trap("parameter", "\(type) is not a floating-point type") }
    self.shape = shape
    self.type = type
    self.initializer = initializer
  }

  /// The number of elements.
  public var count: Int { shape.elementCount }

  /// The parameter as a tensor: the arena's elements from its offset on, in its shape.
  public var tensor: Tensor {
    guard let place = place.withLock({ $0 }) else {
      trap("parameter", "a parameter of shape \(shape) has no value; make a ParameterArena of the model first")
    }
    return place.arena.tensor.sliced(place.offset..<place.offset + count).reshaped(shape)
  }

  /// Gives the parameter its place for good.
  func settle(in arena: Variable, at offset: Int, path: String) {
    place.withLock { place in
      guard place == nil else { trap("parameter", "\(path) already belongs to another arena") }
      place = Place(arena: arena, offset: offset)
    }
  }
}
