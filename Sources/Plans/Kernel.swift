import Graphs

/// One computation that a backend knows how to run: a form, an iteration space and what is computed there.
///
/// A kernel names its memory by position: argument `i` has the element type `arguments[i]` and is bound to a slot by a
/// `Launch`. Two kernels that are equal are the same program.
///
/// No element that is stored is touched by anything else in the launch, except by the expression that stores it, at the
/// place where it does: an epilogue, as any body, may load what it overwrites. So an argument may be stored to and read
/// elsewhere, by the same kernel or by one beside it, where the elements are others.
public struct Kernel: Hashable, Sendable {
  public enum Form: Hashable, Sendable {
    /// `body` at every place of `domain`; its stores.
    case map
    /// See `Reduction`.
    case reduce(Reduction)
    /// See `Contraction`; `body` is the epilogue: its accumulators are the products at this place.
    case matmul(Contraction)
    /// A convolution or one of its gradients, with the same epilogue.
    case convolution(Convolution)
  }

  public var form: Form
  /// The extents of the iteration space, row-major.
  ///
  /// - map: every place once.
  /// - reduce: the kept dimensions, then the reduced ones.
  /// - matmul: dimensions whose product is batch * rows * columns, in that row-major order.
  public var domain: [Int]
  public var body: Expression
  public var stores: [Store]
  public var arguments: [ElementType]

  public init(form: Form, domain: [Int], body: Expression, stores: [Store], arguments: [ElementType]) {
    self.form = form
    self.domain = domain
    self.body = body
    self.stores = stores
    self.arguments = arguments
  }
}

/// Reductions over the last dimensions of a kernel's domain.
///
/// `body` and `stores` run at every place of the domain (the prologue; stores there are side outputs). Value
/// `values[i]` of `body` is combined by `ops[i]` over the reduced dimensions. Then `finish`, whose affine functions are
/// over the kept dimensions (followed by the chunk, if there is one), sees the results as accumulators, and
/// `finishStores` write.
///
/// With a chunk, the reduced places, counted row-major over the reduced dimensions, are cut into pieces of `chunk`
/// (the last may be shorter) that are reduced independently; `finish` runs once for each piece, and the piece's number
/// is the last coordinate of its space. A later kernel combines them in order: that is how a long reduction is parallel
/// and yet the same for any number of threads.
///
/// With products, which are of one matrix each, the kept dimensions are their rows and the reduced ones their columns, and
/// `body` sees them as accumulators.
public struct Reduction: Hashable, Sendable {
  public var products: Contraction?
  public var reducedRank: Int
  public var ops: [ReduceOp]
  public var values: [Expression.Value]
  public var finish: Expression
  public var finishStores: [Store]
  public var chunk: Int?

  public init(
    products: Contraction? = nil, reducedRank: Int, ops: [ReduceOp], values: [Expression.Value], finish: Expression,
    finishStores: [Store], chunk: Int? = nil
  ) {
    self.products = products
    self.reducedRank = reducedRank
    self.ops = ops
    self.values = values
    self.finish = finish
    self.finishStores = finishStores
    self.chunk = chunk
  }
}

/// A matrix of a batch in memory: element (b, i, j) of an argument is at offset + b * batch + i * row + j * column.
public struct MatrixView: Hashable, Sendable {
  public var argument: Int
  public var offset: Int
  public var batchStride: Int
  public var rowStride: Int
  public var columnStride: Int

  public init(argument: Int, offset: Int, batchStride: Int, rowStride: Int, columnStride: Int) {
    self.argument = argument
    self.offset = offset
    self.batchStride = batchStride
    self.rowStride = rowStride
    self.columnStride = columnStride
  }
}

/// Products of matrices that share their result's shape: product p, at (b, i, j), is the sum over k < depth of
/// left(b, i, k) * right(b, k, j). In each view the row or the column stride is 1.
public struct Contraction: Hashable, Sendable {
  public struct Product: Hashable, Sendable {
    public var left: MatrixView
    public var right: MatrixView
    public var depth: Int

    public init(left: MatrixView, right: MatrixView, depth: Int) {
      self.left = left
      self.right = right
      self.depth = depth
    }
  }

  public var type: ElementType
  public var batch: Int
  public var rows: Int
  public var columns: Int
  public var products: [Product]

  public init(type: ElementType, batch: Int, rows: Int, columns: Int, products: [Product]) {
    self.type = type
    self.batch = batch
    self.rows = rows
    self.columns = columns
    self.products = products
  }
}

/// A 2-D convolution (NCHW) or one of its gradients, on contiguous arguments.
public struct Convolution: Hashable, Sendable {
  public enum Role: Hashable, Sendable {
    /// result = output; left = input, right = filters.
    case forward
    /// result = input gradient; left = output gradient, right = filters.
    case inputGradient
    /// result = filter gradient; left = input, right = output gradient.
    case filterGradient
  }

  /// A contiguous tensor: an argument, from an offset in elements on.
  public struct TensorView: Hashable, Sendable {
    public var argument: Int
    public var offset: Int

    public init(argument: Int, offset: Int) {
      self.argument = argument
      self.offset = offset
    }
  }

  public var role: Role
  public var window: ConvolutionWindow
  public var input: Shape
  public var filter: Shape
  public var output: Shape
  public var type: ElementType
  public var left: TensorView
  public var right: TensorView

  public init(
    role: Role, window: ConvolutionWindow, input: Shape, filter: Shape, output: Shape, type: ElementType,
    left: TensorView, right: TensorView
  ) {
    self.role = role
    self.window = window
    self.input = input
    self.filter = filter
    self.output = output
    self.type = type
    self.left = left
    self.right = right
  }
}
