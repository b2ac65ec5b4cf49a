import Elbo
import Graphs
import OpenCLRuntime

extension KernelCase {
  /// What a form's parameters are judged by: sizes of training, all of one weight.
  static func tuning(_ form: TunableParameter.Form) -> [KernelCase] {
    switch form {
    case .product:
      [(128, 400, 784), (1000, 200, 784), (784, 400, 128), (128, 40, 400), (1024, 1024, 1024)]
        .flatMap { rows, columns, depth in
          Transposition.allCases.map { product(rows, columns, depth, $0) }
        }
    case .convolution:
      [(3, 32, 64), (32, 64, 32), (128, 256, 8)].flatMap { convolutions(examples: 16, $0, $1, size: $2) }
    case .map:
      [
        map("multiply and add 1M", count: 1 << 20, inputs: 3) { graph, sources in
          graph.add(.binary(.add), [graph.add(.binary(.multiply), [sources[0], sources[1]]), sources[2]])
        },
        map("softplus 100k", count: 128 * 784) { $0.add(.unary(.softplus), $1) },
        map("tanh 1M", count: 1 << 20) { $0.add(.unary(.tanh), $1) },
        normal(rows: 1000, columns: 1000), gather(rows: 128, columns: 784, from: 10_000),
      ]
    case .reduction:
      [
        sum("sum 128 x 784 by rows", 128, 784, axis: 1), sum("sum 1000 x 784 by rows", 1000, 784, axis: 1),
        sum("sum 128 x 400 by columns", 128, 400, axis: 0), sum("sum 1000 x 784 by columns", 1000, 784, axis: 0),
        sum("sum 1M", 1, 1 << 20, axis: 1),
      ]
    }
  }

  /// A layer of 4 x 4 filters that halves its pictures, and its two gradients.
  private static func convolutions(
    examples: Int, _ channels: Int, _ outputs: Int, size: Int
  ) -> [KernelCase] {
    let window = ConvolutionWindow(stride: [2, 2], padding: [1, 1])
    let pictures: Shape = [examples, channels, size, size]
    let filters: Shape = [outputs, channels, 4, 4]
    let results: Shape = [examples, outputs, size / 2, size / 2]
    let size = "\(channels) to \(outputs) of \(size) x \(size)"
    return [
      KernelCase(
        name: "convolution \(size)", inputs: [(pictures, .float32), (filters, .float32)],
        build: { $0.add(.convolution(window), $1) }),
      KernelCase(
        name: "its input's gradient", inputs: [(results, .float32), (filters, .float32)],
        build: { $0.add(.convolutionInputGradient(window, input: pictures), $1) }),
      KernelCase(
        name: "its filters' gradient", inputs: [(pictures, .float32), (results, .float32)],
        build: { $0.add(.convolutionFilterGradient(window, filter: filters), $1) }),
    ]
  }
}
