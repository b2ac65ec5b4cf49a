import Foundation
import Testing

@Suite("The order of the targets")
struct LayeringTests {
  let targets: [Checkout.Target]

  init() throws {
    targets = try Checkout.current.get().targets
  }

  private var sources: [Checkout.Target] {
    targets.filter { !$0.folder.hasPrefix("Tests/") }
  }

  @Test("the table's own arrows point up")
  func tableIsOrdered() {
    for (index, layer) in order.enumerated() {
      let above = Set(order[..<index].map(\.name))
      #expect(layer.imports.subtracting(above).isEmpty, "\(layer.name) points down")
    }
  }

  @Test("every target has a row in the table, and every folder is a target")
  func everythingIsKnown() throws {
    let rows = Set(order.map(\.name))
    for target in sources { #expect(rows.contains(target.name), "\(target.name) has no row in the table") }

    let declared = Set(targets.map(\.folder))
    for folder in ["Sources", "Benchmarks", "Tests"] {
      for path in try Checkout.foldersWithSources(in: folder) {
        #expect(declared.contains(path), "\(path) holds sources, and Package.swift has no target for it")
      }
    }
  }

  @Test("no import goes against the table")
  func importsFollowTheTable() {
    let layers = Dictionary(uniqueKeysWithValues: order.map { ($0.name, $0) })
    for target in sources {
      guard let layer = layers[target.name] else { continue }
      let allowed = Set(layer.imports.map(Checkout.module)).union(layer.system)
      for file in target.files where file.path.hasSuffix(".swift") {
        for module in file.imports.subtracting(allowed).sorted() {
          Issue.record("\(file.path) imports \(module), which \(target.name) may not")
        }
      }
    }
  }

  @Test("a C target includes only its own headers, and those it shares by name")
  func includesFollowTheTable() {
    for target in sources where !target.isSwift {
      let own = Set(target.files.map { URL(filePath: $0.path).lastPathComponent })
      let allowed = own.union(sharedHeaders[target.name] ?? [])
      for file in target.files {
        for header in file.ownHeaders where !allowed.contains(URL(filePath: header).lastPathComponent) {
          Issue.record("\(file.path) includes \(header), which \(target.name) may not")
        }
      }
    }
  }

  @Test("every target declares what it imports, and nothing else")
  func declarationsAreExact() {
    let modules = Set(targets.map(\.module))
    for target in targets where target.isSwift && target.type != "plugin" {
      let declared = Set(target.dependencies.map(Checkout.module))
      let imported = target.imports.intersection(modules).subtracting([target.module])
      for module in imported.subtracting(declared).sorted() {
        Issue.record("\(target.folder) imports \(module), and Package.swift does not declare it")
      }
      for module in declared.subtracting(imported).sorted() {
        Issue.record("\(target.folder) imports no \(module), and Package.swift declares it")
      }
    }
  }

  @Test("one place speaks to each library", arguments: OwnedName.allCases)
  func namesStayWithTheirOwners(name: OwnedName) {
    for target in sources where !name.owners.contains(target.name) {
      for file in target.files {
        for match in file.code.matches(of: name.pattern) {
          Issue.record("\(file.path) says \(match.output), which belongs to \(name.owners.sorted())")
        }
      }
    }
  }
}

@Suite("Reading imports")
struct SourceFileTests {
  @Test("every form of an import is found, and no other line")
  func everyForm() {
    let file = SourceFile(
      path: "a.swift",
      text: ##"""
        import A
        @testable import B
        @_exported public import C
          internal import struct D.Shape
        import E.Sub  // import F
        // import G
        let important = "import"
        let python = #"""
          import json
          """Docstring"""
          import numpy
          """#
        @_spi(Testing) @preconcurrency import H
        """##)
    #expect(file.imports == ["A", "B", "C", "D", "E", "H"])
  }

  @Test("headers in quotes are the package's own")
  func headers() {
    let file = SourceFile(path: "a.c", text: "#include \"x.h\"\n#  include <stdio.h>\n// #include \"y.h\"\n")
    #expect(file.ownHeaders == ["x.h"])
  }

  @Test("a call is told from prose and from a longer name")
  func calls() {
    let file = SourceFile(path: "a.swift", text: "api.clFinish (queue)\n/// clFlush(queue)\nclose(file); clamp(x)\n")
    #expect(file.code.matches(of: OwnedName.openCL.pattern).map { String($0.output) } == ["clFinish ("])
  }
}
