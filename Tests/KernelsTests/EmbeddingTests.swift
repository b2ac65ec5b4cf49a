import Foundation
import Kernels
import Testing

@testable import EmbedKernels

@Suite("Embedding kernels in the package")
struct EmbeddingTests {
  @Test("the embedded text is the file, byte for byte")
  func embeddedTextIsTheFile() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Kernels").standardized
    let prelude = try String(contentsOf: folder.appending(path: "prelude.cl"), encoding: .utf8)
    let math = try String(contentsOf: folder.appending(path: "include/elbo_math.h"), encoding: .utf8)
    #expect(KernelSource.prelude == prelude)
    #expect(KernelSource.elboMath == math)
  }

  @Test(
    "a file is a member in lower camel case",
    arguments: [("prelude.cl", "prelude"), ("elbo_math.h", "elboMath"), ("a_b_c.cl", "aBC")])
  func memberNames(file: String, member: String) {
    #expect(EmbedKernels.memberName(of: file) == member)
  }

  @Test("no text ends, escapes or interpolates its literal")
  func literalIsInert() {
    #expect(EmbedKernels.rawLiteral("a\\\nb") == "#\"\"\"\na\\\nb\n\"\"\"#")
    #expect(EmbedKernels.rawLiteral("\\#(x) \"\"\"##") == "###\"\"\"\n\\#(x) \"\"\"##\n\"\"\"###")
  }
}
