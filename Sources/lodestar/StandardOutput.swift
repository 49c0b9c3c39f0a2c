// `stdout` is a variable of C, so Swift 6 refuses it; nothing but the C library ever sets it.
@preconcurrency import Glibc

/// What the program prints its answers to.
enum StandardOutput {
    /// Makes an answer that could not be written a failure of the program, however it ends.
    ///
    /// Printing does not say whether it succeeded: what the stream holds back is written, and the
    /// stream's own record of earlier failures read, on the way out.
    static func failOnLoss() {
        atexit {
            let isFlushed = fflush(stdout) == 0
            let code = errno
            guard !isFlushed || ferror(stdout) != 0 else { return }
            let reason =
                isFlushed ? "part of the answer is lost" : String(cString: strerror(code))
            let message = "Error: cannot write to standard output: \(reason)\n"
            _ = message.withCString { write(STDERR_FILENO, $0, strlen($0)) }
            _exit(EXIT_FAILURE)
        }
    }
}
