import Runtime
import Tensors

extension BatchSource {
  /// Fields of a data set on a device.
  static func resident(_ fields: [Tensor], order: Order, on backend: any Backend) throws -> BatchSource {
    for field in fields { _ = try field.storage?.buffer(on: backend) }
    return BatchSource(fields, order: order)
  }
}
