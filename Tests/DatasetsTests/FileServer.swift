import Foundation
import Glibc
import Synchronization

/// Serves files of a test over HTTP on a port of its own, from a byte on where that is asked for.
final class FileServer: Sendable {
  struct Request: Sendable {
    let path: String
    /// The first byte asked for.
    let first: Int
  }

  /// The address of the root: `http://127.0.0.1:PORT`.
  let address: String
  private let listener: Int32
  private let files: [String: [UInt8]]
  private let state: Mutex<(requests: [Request], cuts: [Int])>

  /// What was asked for so far.
  var requests: [Request] { state.withLock { $0.requests } }

  /// - Parameter cutting: after how many bytes the first answers end, whatever they promised.
  init(_ files: [String: [UInt8]], cutting: [Int] = []) throws {
    self.files = files
    state = Mutex(([], cutting))
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    let port = try withUnsafeMutablePointer(to: &place) { pointer in
      try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        guard bind(listener, address, size) == 0, listen(listener, 8) == 0, getsockname(listener, address, &size) == 0
        else { throw POSIXError(.EADDRNOTAVAIL) }
      }
      return UInt16(bigEndian: pointer.pointee.sin_port)
    }
    address = "http://127.0.0.1:\(port)"
    let thread = Thread { [weak self] in
      while true {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { return }
        self?.answer(connection)
        close(connection)
      }
    }
    thread.start()
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  private func answer(_ connection: Int32) {
    var text = ""
    var buffer = [UInt8](repeating: 0, count: 4096)
    while !text.contains("\r\n\r\n") {
      let count = recv(connection, &buffer, buffer.count, 0)
      guard count > 0 else { return }
      text += String(decoding: buffer[..<count], as: UTF8.self)
    }
    let lines = text.split(separator: "\r\n").map(String.init)
    let path = String(lines[0].split(separator: " ")[1])
    let range = lines.first { $0.lowercased().hasPrefix("range: bytes=") }
    let first = range.flatMap { Int($0.dropFirst("range: bytes=".count).prefix { $0.isNumber }) } ?? 0
    let cut = state.withLock { state -> Int? in
      state.requests.append(Request(path: path, first: first))
      return state.cuts.isEmpty ? nil : state.cuts.removeFirst()
    }
    guard let file = files[path] else {
      return send(connection, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", [])
    }
    guard first == 0 || first < file.count else {
      let head = "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */\(file.count)\r\n"
      return send(connection, head + "Content-Length: 0\r\nConnection: close\r\n\r\n", [])
    }
    let body = file[first...]
    let status = range == nil ? "200 OK" : "206 Partial Content"
    let place = range == nil ? "" : "Content-Range: bytes \(first)-\(file.count - 1)/\(file.count)\r\n"
    send(
      connection, "HTTP/1.1 \(status)\r\n\(place)Content-Length: \(body.count)\r\nConnection: close\r\n\r\n",
      body.prefix(cut ?? body.count))
  }

  private func send(_ connection: Int32, _ head: String, _ body: ArraySlice<UInt8>) {
    var rest = (Array(head.utf8) + body)[...]
    while !rest.isEmpty {
      let sent = rest.withUnsafeBytes { Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard sent > 0 else { return }
      rest = rest.dropFirst(sent)
    }
  }
}
