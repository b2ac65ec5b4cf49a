import Foundation
import Testing

/// `./elbo` on a machine that is made up: the folder of commands it finds holds only what a test puts there.
@Suite("The script ./elbo")
struct ScriptTests {
  let folder: URL
  private var commands: URL { folder.appending(path: "commands") }
  private var program: URL { folder.appending(path: "checkout/.build/release/elbo") }

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "elbo-script-\(UUID())")
    let checkout = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized
    try FileManager.default.createDirectory(at: commands, withIntermediateDirectories: true)
    try FileManager.default.createDirectory(
      at: program.deletingLastPathComponent(), withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      at: checkout.appending(path: "elbo"), to: folder.appending(path: "checkout/elbo"))
    try command("dirname", "exec /usr/bin/dirname \"$@\"")
    try command("env", "exec /usr/bin/env \"$@\"")
    try command("id", "echo 0")
    try command("dpkg-query", "echo installed")
    try command("apt-get", log("apt-get"))
    try command("sudo", log("sudo"))
    try command("swift", log("swift"))
    try write("#!/bin/sh\n" + log("program") + "\nexit 7\n", to: program)
  }

  /// A line of shell that keeps what a command was called with.
  private func log(_ name: String) -> String { "echo \(name) \"$@\" >>'\(folder.path)/log'" }

  private func command(_ name: String, _ body: String) throws {
    try write("#!/bin/sh\n\(body)\n", to: commands.appending(path: name))
  }

  private func write(_ text: String, to url: URL) throws {
    try text.write(to: url, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: url.path)
  }

  private func run(_ words: String...) throws -> (status: Int32, error: String, log: [String]) {
    defer { try? FileManager.default.removeItem(at: folder) }
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = [folder.appending(path: "checkout/elbo").path] + words
    process.environment = ["PATH": commands.path]
    process.standardInput = FileHandle.nullDevice
    let error = Pipe()
    process.standardError = error
    try process.run()
    let text = String(decoding: try error.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    let log = (try? String(contentsOf: folder.appending(path: "log"), encoding: .utf8)) ?? ""
    return (process.terminationStatus, text, log.split(separator: "\n").map(String.init))
  }

  private var checkout: String {
    // The script speaks of the folder by its real name, whatever links lead there.
    folder.appending(path: "checkout").resolvingSymlinksInPath().path
  }

  @Test("a verb builds, then has the words and gives its exit status, without a word of the script's own")
  func verb() throws {
    let checkout = checkout
    let result = try run("train", "my data", "--epochs=3")
    #expect(result.status == 7)
    #expect(result.error == "")
    #expect(
      result.log == [
        "swift build --package-path \(checkout) --configuration release --product elbo --quiet",
        "program train my data --epochs=3",
      ])
  }

  @Test("the first build is announced and shows its progress")
  func firstBuild() throws {
    let checkout = checkout
    try FileManager.default.removeItem(at: program)
    try command("swift", log("swift") + "\ncp '\(program.path).new' '\(program.path)'")
    try write("#!/bin/sh\nexit 0\n", to: URL(filePath: program.path + ".new"))
    try command("cp", "exec /bin/cp \"$@\"")
    let result = try run("devices")
    #expect(result.status == 0)
    #expect(result.error == "elbo: building, which takes a few minutes the first time\n")
    #expect(result.log == ["swift build --package-path \(checkout) --configuration release --product elbo"])
  }

  @Test("a build that fails is an error of the world")
  func failingBuild() throws {
    try command("swift", "exit 1")
    let result = try run("devices")
    #expect(result.status == 1)
    #expect(result.error == "elbo: error: the build failed\n")
    #expect(result.log == [])
  }

  @Test("test runs the tests with the words that follow")
  func test() throws {
    let checkout = checkout
    let result = try run("test", "--filter", "A B")
    #expect(result.status == 0)
    #expect(result.log == ["swift test --package-path \(checkout) --filter A B"])
  }

  @Test("only what is missing is installed, and said")
  func install() throws {
    try command("dpkg-query", "case $3 in libpng-dev|zlib1g-dev) echo not-installed;; *) echo installed;; esac")
    let result = try run("test")
    #expect(result.status == 0)
    #expect(result.error == "elbo: installing: libpng-dev zlib1g-dev\n")
    let installation = result.log.filter { $0.hasPrefix("apt-get") && !$0.hasSuffix("update") }
    #expect(installation.count == 1)
    #expect(installation.first?.hasSuffix("install --yes --no-install-recommends libpng-dev zlib1g-dev") == true)
  }

  @Test("where the lists are out of date they are fetched, once")
  func update() throws {
    try command("dpkg-query", "case $3 in libpng-dev) ;; *) echo installed;; esac")
    try command(
      "apt-get",
      """
      \(log("apt-get"))
      [ -e '\(folder.path)/updated' ] && exit 0
      case "$*" in *update) echo >'\(folder.path)/updated';; *) exit 100;; esac
      """)
    let result = try run("test")
    #expect(result.status == 0)
    #expect(result.log.filter { $0.hasSuffix("update") }.count == 1)
    #expect(result.log.suffix(2).first?.hasSuffix("install --yes --no-install-recommends libpng-dev") == true)
    #expect(result.log.last?.hasPrefix("swift test") == true)
  }

  @Test("an installation that fails says what to run")
  func failingInstallation() throws {
    try command("dpkg-query", "case $3 in libpng-dev) ;; *) echo installed;; esac")
    try command("apt-get", "case \"$*\" in *update) ;; *) exit 100;; esac")
    let result = try run("test")
    #expect(result.status == 1)
    #expect(
      result.error.hasSuffix(
        "elbo: error: the installation failed; as root: apt-get install --yes --no-install-recommends libpng-dev\n"))
    #expect(result.log == [])
  }

  @Test("--no-install installs nothing, wherever it stands, and is no word of the verb's")
  func noInstall() throws {
    try command("dpkg-query", "exit 1")
    let result = try run("sample", "--no-install", "run")
    #expect(result.status == 7)
    #expect(result.error.hasPrefix("elbo: not installed, as --no-install asks: ocl-icd-opencl-dev "))
    #expect(result.log.last == "program sample run")
    #expect(!result.log.contains { $0.hasPrefix("apt-get") })
  }

  @Test("whoever is not root installs with sudo, which asks nothing where nobody can answer")
  func sudo() throws {
    try command("id", "echo 1000")
    try command("dpkg-query", "case $3 in libpng-dev) ;; *) echo installed;; esac")
    let result = try run("test")
    #expect(result.error == "elbo: installing with sudo: libpng-dev\n")
    #expect(result.log.contains { $0.hasPrefix("sudo -n ") && $0.hasSuffix("libpng-dev") })
    #expect(!result.log.contains { $0.hasPrefix("apt-get") })
  }

  @Test("no sudo: one line")
  func missingSudo() throws {
    try command("dpkg-query", "case $3 in libpng-dev) ;; *) echo installed;; esac")
    try command("id", "echo 1000")
    try FileManager.default.removeItem(at: commands.appending(path: "sudo"))
    let result = try run("test")
    #expect(result.status == 1)
    #expect(
      result.error == "elbo: error: missing packages, and no sudo to install them; as root: "
        + "apt-get install --yes --no-install-recommends libpng-dev\n")
  }

  @Test("no Swift: one line")
  func missingSwift() throws {
    try FileManager.default.removeItem(at: commands.appending(path: "swift"))
    let result = try run("train")
    #expect(result.status == 1)
    #expect(
      result.error == "elbo: error: no Swift toolchain on PATH: "
        + "install Swift 6.2 or later from https://www.swift.org/install\n")
  }
}
