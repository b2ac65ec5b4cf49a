import Graphs

extension KernelWriter {
  mutating func matmul(_ unit: Unit) throws(AccessMap.Failure) -> Draft {
    try epilogue(unit) { (self, arguments) throws(AccessMap.Failure) in
      .matmul(self.contraction(of: unit.contractions, &arguments))
    }
  }

  /// Matmuls of one shape.
  mutating func contraction(of matmuls: [NodeID], _ arguments: inout ArgumentTable) -> Contraction {
    let shape = graph.shape(matmuls[0])
    var products: [Contraction.Product] = []
    for id in matmuls {
      let operands = graph[id].inputs
      products.append(
        Contraction.Product(
          left: matrix(operands[0], &arguments), right: matrix(operands[1], &arguments),
          depth: graph.shape(operands[0]).dimensions.last!))
    }
    return Contraction(
      type: graph.type(matmuls[0]), batch: shape.dimensions.dropLast(2).reduce(1, *), rows: shape[shape.rank - 2],
      columns: shape[shape.rank - 1], products: products)
  }

  private mutating func operand(_ id: NodeID, fits: (StridedView) -> Bool) -> StridedView {
    var view = StridedView(base: graph.canonical(id), offset: 0, strides: graph.shape(id).strides)
    if !memory.isStored[view.base.index], let below = memory.view(of: id), fits(below) { view = below }
    loaded.insert(view.base)
    view.offset += homes.home(of: view.base).offset
    return view
  }

  private mutating func matrix(_ id: NodeID, _ arguments: inout ArgumentTable) -> MatrixView {
    let shape = graph.shape(id)
    let memory = memory
    let view = operand(id) { memory.isMatrix($0, of: shape) }
    let (row, column) = (shape.rank - 2, shape.rank - 1)
    return MatrixView(
      argument: arguments.argument(homes.home(of: view.base).memory, graph.type(id)), offset: view.offset,
      batchStride: memory.batchStride(view, of: shape) ?? 0,
      // The stride of a dimension of extent 1 is free: it is set so that the matrix reads as an ordinary one.
      rowStride: shape[row] == 1 && view.strides[column] == 1 ? max(shape[column], 1) : view.strides[row],
      columnStride: shape[column] == 1 && (shape[row] == 1 || view.strides[row] != 1) ? 1 : view.strides[column])
  }

  mutating func convolution(_ unit: Unit) throws(AccessMap.Failure) -> Draft {
    let node = graph[unit.contractions[0]]
    return try epilogue(unit) { (self, arguments) throws(AccessMap.Failure) in
      let views = node.inputs.map { id in
        let shape = self.graph.shape(id)
        let memory = self.memory
        let view = self.operand(id) { memory.isContiguous($0, shape) }
        return Convolution.TensorView(
          argument: arguments.argument(self.homes.home(of: view.base).memory, node.type), offset: view.offset)
      }
      let shapes = node.inputs.map(self.graph.shape)
      switch node.op {
      case .convolutionInputGradient(let window, let input):
        return .convolution(
          Convolution(
            role: .inputGradient, window: window, input: input, filter: shapes[1], output: shapes[0], type: node.type,
            left: views[0], right: views[1]))
      case .convolutionFilterGradient(let window, let filter):
        return .convolution(
          Convolution(
            role: .filterGradient, window: window, input: shapes[0], filter: filter, output: shapes[1],
            type: node.type, left: views[0], right: views[1]))
      case .convolution(let window):
        return .convolution(
          Convolution(
            role: .forward, window: window, input: shapes[0], filter: shapes[1], output: node.shape, type: node.type,
            left: views[0], right: views[1]))
      default: preconditionFailure("\(node.op.name) is no convolution")
      }
    }
  }
}
