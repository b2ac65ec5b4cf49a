import Layers
import Models
import Tensors

/// A condition as further channels of a picture: pixels beside pixels, or each number of a vector as a plane of its own.
struct ConditionPlanes: Sendable {
  let pictures: PictureShape
  let conditionSize: Int

  init(_ pictures: PictureShape, conditionSize: Int) {
    self.pictures = pictures
    self.conditionSize = conditionSize
  }

  private var isPicture: Bool { conditionSize % pictures.size == 0 }

  /// Those of pictures and condition together.
  var channels: Int {
    pictures.channels * (isPicture ? 1 + conditionSize / pictures.size : 1) + (isPicture ? 0 : conditionSize)
  }

  /// Pictures with a condition behind each, (batch, data + condition), to (batch, channels x height x width).
  func callAsFunction(_ x: Tensor) -> Tensor {
    guard !isPicture else { return x }
    let parts = x.split(sizes: [pictures.size, conditionSize], axis: -1)
    let plane = pictures.height * pictures.width
    return concatenated([parts[0], parts[1].repeated(plane, axis: -1)], axis: -1)
  }
}

/// Features of pictures with a condition behind each.
struct ConditionedPictures: Layer {
  let planes: ConditionPlanes
  let features: PictureEncoder

  init(_ planes: ConditionPlanes, _ features: PictureEncoder) {
    self.planes = planes
    self.features = features
  }

  func callAsFunction(_ x: Tensor) -> Tensor { features(planes(x)) }

  var parameters: ParameterList { features.parameters }
}
