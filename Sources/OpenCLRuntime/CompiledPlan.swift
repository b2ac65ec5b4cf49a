import COpenCL
import Plans

/// A plan's kernels, compiled, without their memory: what plans that are equal share.
final class CompiledPlan: @unchecked Sendable {
  let code: ProgramCode
  /// nil where nothing is ever enqueued. Kernels may be made from it on any thread.
  let program: cl_program?
  private let context: OpenCLContext

  init(_ code: ProgramCode, by compiler: ProgramCompiler, in context: OpenCLContext) throws {
    self.code = code
    self.context = context
    program = code.enqueued.isEmpty ? nil : try compiler.program(from: code.source)
  }

  deinit {
    if let program { _ = context.cl.pointee.releaseProgram(program) }
  }
}
